using Xunit;
using DiagnosticProcess = global::System.Diagnostics.Process;
using ProcessStartInfo = global::System.Diagnostics.ProcessStartInfo;

namespace Backup.Tests.System;

/// <summary>The scripts of `backup completion zsh` and `fish`, in real shells that ask the real program.</summary>
public sealed class ShellCompletionSpecs : IAsyncDisposable
{
    private static readonly TimeSpan EndsWithin = TimeSpan.FromMinutes(1);
    private readonly NodeFixture _node = new();

    /// <summary>
    /// On a terminal of its own, with zsh's own completion: what stands on the line when Tab was pressed. Sourced, and
    /// as a file of $fpath, as the Debian package brings it.
    /// </summary>
    [NeedsTheory("zsh")]
    [InlineData("sourced", "backup ru", "backup run ")]
    [InlineData("sourced", "backup run ni", "backup run nightly ")]
    [InlineData("fpath", "backup jobs --lim", "backup jobs --limit ")]
    [InlineData("fpath", "backup restore latest --to /et", "backup restore latest --to /etc/")]
    public async Task Zsh_completes(string how, string line, string expected) => Assert.Equal(expected, await Run(
        "zsh", "-f", "-c",
        """
        backup completion zsh > $ZDOTDIR/_backup || exit 9
        zmodload zsh/zpty
        zpty -b shell zsh -f -i
        [[ $1 == sourced ]] || zpty -w shell 'fpath+=($ZDOTDIR)'
        zpty -w shell 'autoload -Uz compinit; compinit -u -D'
        [[ $1 != sourced ]] || zpty -w shell 'source $ZDOTDIR/_backup'
        zpty -w shell 'show() { print -r -- "<""<$BUFFER>"">" }; zle -N show; bindkey "^X" show'
        zpty -w -n shell "$2"$'\t\x18'
        zpty -r -m shell seen '*<<*>>*'
        print -rn -- "${${seen##*<<}%%>>*}"
        zpty -d shell
        """, "zsh", how, line));

    [NeedsTheory("fish")]
    [InlineData("backup ru", "run")]
    [InlineData("  backup run ni", "nightly")]
    [InlineData("backup run ", "nightly")]
    [InlineData("backup jobs --lim", "--limit")]
    [InlineData("backup restore latest --to /et", "/etc/")]
    public async Task Fish_completes(string line, string expected) => Assert.Equal(expected, (await Run(
        "fish", "--no-config", "-c", "backup completion fish | source; or exit 9; complete -C $argv[1]", line)).Trim());

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    private async Task<string> Run(string shell, params string[] arguments)
    {
        _ = _node.Settings();
        var start = new ProcessStartInfo(shell, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = $"{AppContext.BaseDirectory}:{start.Environment["PATH"]}";
        start.Environment["BACKUP_CONFIG"] = _node.ConfigFile;
        start.Environment["HOME"] = start.Environment["ZDOTDIR"] = _node.Root;
        using var process = DiagnosticProcess.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(EndsWithin);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{shell} does not end: {await output} {await error}");
        }
        Assert.Equal((0, ""), (process.ExitCode, await error));
        return await output;
    }
}
