using System.Diagnostics;
using System.Globalization;

namespace Backup.Benchmark;

/// <summary>The floors: pipelines of standard tools.</summary>
internal static class Shell
{
    /// <summary>Runs a pipeline and measures it.</summary>
    /// <param name="script">For bash; every command in it must succeed.</param>
    public static async Task<(double Seconds, double Processor)> Run(string script)
    {
        var start = new ProcessStartInfo("bash") { RedirectStandardError = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"set -e -o pipefail; TIMEFORMAT='%R %U %S'; time {{ {script}; }}");
        using var process = Process.Start(start)!;
        var said = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{script} failed: {said}");
        var times = said.Trim().Split('\n')[^1].Split(' ')
            .Select(time => double.Parse(time, CultureInfo.InvariantCulture)).ToArray();
        return (times[0], times[1] + times[2]);
    }

    /// <summary>Removes a tree; .NET's own deletion refuses some names.</summary>
    public static Task Remove(string path) => Run($"rm -rf -- '{path}'");
}
