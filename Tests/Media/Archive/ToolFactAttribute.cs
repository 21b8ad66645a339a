using System.Diagnostics;
using Xunit;

namespace Backup.Tests.Media.Archive;

/// <summary>
/// A test that runs other programs: skipped with the reason where one is missing, but not in CI (environment variable
/// CI=true).
/// </summary>
public sealed class ToolFactAttribute : FactAttribute
{
    public ToolFactAttribute(params string[] tools)
    {
        var missing = tools.Where(tool => Tool.Find(tool) is null).ToList();
        if (missing.Count > 0 && Environment.GetEnvironmentVariable("CI") != "true")
            Skip = $"Not installed: {string.Join(", ", missing)}.";
    }
}

/// <summary>Programs that tests run.</summary>
internal static class Tool
{
    internal static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>
    /// Runs a line of shell in the C locale; fails the test unless it ends with 0. Returns what it printed.
    /// </summary>
    internal static string Shell(string line, string folder)
    {
        var start = new ProcessStartInfo("/bin/bash", ["-c", $"set -o pipefail; {line}"])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LC_ALL"] = "C";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{line}\nended with {process.ExitCode}: {errors.Result}");
        return output;
    }
}
