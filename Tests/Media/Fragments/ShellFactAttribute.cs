using System.Diagnostics;
using Xunit;

namespace Backup.Tests.Media.Fragments;

/// <summary>
/// A test that runs bash, GNU tar and zstd: skipped with the reason where one is missing, but not in CI.
/// </summary>
public sealed class ShellFactAttribute : FactAttribute
{
    public ShellFactAttribute()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        var missing =
            ((string[])["bash", "tar", "zstd"])
                .Where(tool => !folders.Any(folder => File.Exists(Path.Combine(folder, tool)))).ToList();
        if (missing.Count > 0 && Environment.GetEnvironmentVariable("CI") != "true")
            Skip = $"Not installed: {string.Join(", ", missing)}.";
    }

    /// <summary>Runs a line in a directory; fails the test unless it ends with 0.</summary>
    public static void Run(string line, string directory)
    {
        var start = new ProcessStartInfo("bash", ["-c", $"set -o pipefail; {line}"])
        {
            WorkingDirectory = directory,
            RedirectStandardError = true,
        };
        using var shell = Process.Start(start)!;
        var errors = shell.StandardError.ReadToEnd();
        shell.WaitForExit();
        Assert.True(shell.ExitCode == 0, $"{line}\nended with {shell.ExitCode}: {errors}");
    }
}
