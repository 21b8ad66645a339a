using Xunit;
using DiagnosticProcess = global::System.Diagnostics.Process;
using ProcessStartInfo = global::System.Diagnostics.ProcessStartInfo;

namespace Backup.Tests.System;

/// <summary>The script of `backup completion bash`, in a real shell that asks the real program.</summary>
public sealed class BashCompletionSpecs : IAsyncDisposable
{
    private readonly NodeFixture _node = new();

    [NeedsTheory("bash")]
    [InlineData("backup ru", "run")]
    [InlineData("  backup run ni", "nightly")]
    [InlineData("backup run ", "nightly")]
    [InlineData("backup jobs ", "")]
    public async Task A_shell_completes(string line, string expected)
    {
        _ = _node.Settings();
        var shell = new ProcessStartInfo("bash", ["-c", """
            source <(backup completion bash) || exit 9
            COMP_LINE=$1 COMP_POINT=${#1}
            read -ra COMP_WORDS <<< "$1"
            word=${1##*[[:space:]]}
            _backup backup "$word" ""
            printf '%s\n' "${COMPREPLY[@]}"
            complete -p backup >/dev/null
            """, "bash", line])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        shell.Environment["PATH"] = $"{AppContext.BaseDirectory}:{shell.Environment["PATH"]}";
        shell.Environment["BACKUP_CONFIG"] = _node.ConfigFile;
        using var process = DiagnosticProcess.Start(shell)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();

        Assert.Equal((0, ""), (process.ExitCode, await error));
        Assert.Equal(expected, (await output).Trim());
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();
}
