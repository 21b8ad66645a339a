using Xunit;

namespace Backup.Tests.System;

/// <summary>Programs that tests run.</summary>
internal static class Shell
{
    /// <summary>Runs a program; fails the test unless it ends with 0.</summary>
    public static async Task Run(string program, params string[] arguments)
    {
        using var process = global::System.Diagnostics.Process.Start(
            new global::System.Diagnostics.ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {errors}");
    }
}
