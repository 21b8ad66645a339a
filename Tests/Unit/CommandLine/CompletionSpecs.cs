using System.Diagnostics;
using Backup.Host;
using Backup.Host.CommandLine;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.Unit.CommandLine;

public sealed class CompletionSpecs
{
    [Theory]
    [InlineData("run ", "nightly")]
    [InlineData("run n", "nightly")]
    [InlineData("label --pool ", "disk")]
    [InlineData("scan t", "tapes")]
    [InlineData("images --policy ", "nightly")]
    [InlineData("versions /etc/hosts --file-set ", "sys")]
    [InlineData("run nightly --level inc", "incremental")]
    [InlineData("completion z", "zsh")]
    [InlineData("job ", "12")]
    [InlineData("ls l", "latest")]
    [InlineData("ls 71", "71a601c289f6")]
    [InlineData("mount ", "disk-0001")]
    [InlineData("unmount ", "tapes/0")]
    [InlineData("rest", "restore")]
    public async Task Words_are_proposed_from_the_commands_the_configuration_and_the_node(string line, string word)
    {
        using var run = new CommandRun(Replies.Answer);

        Assert.Contains(word, await Proposed(run, line));

        Assert.All(run.Node.Asked, asked => Assert.IsNotAssignableFrom<ICommandRequest>(asked));
    }

    [Fact]
    public async Task What_does_not_begin_so_is_not_proposed()
    {
        using var run = new CommandRun(Replies.Answer);

        Assert.DoesNotContain("nightly", await Proposed(run, "run x"));
    }

    [Theory]
    [InlineData("run ")]
    [InlineData("job ")]
    public async Task A_configuration_with_a_mistake_proposes_nothing_and_says_nothing(string line)
    {
        using var run = new CommandRun(Replies.Answer);
        await File.AppendAllTextAsync(run.ConfigFile, "\nbackup.pools.disk.libary = tapes\n");

        Assert.DoesNotContain(await Proposed(run, line), word => word is "nightly" or "12");

        Assert.Equal("", run.Error);
        Assert.Empty(run.Node.Asked);
    }

    [Fact]
    public async Task Without_a_node_or_with_one_that_is_gone_nothing_is_proposed_and_none_is_started()
    {
        using var alone = new CommandRun(Replies.Answer, solo: true);
        using var gone = new CommandRun(_ => throw new NodeUnreachableException("It is gone."));

        Assert.DoesNotContain("12", await Proposed(alone, "job "));
        Assert.DoesNotContain("12", await Proposed(gone, "job "));

        Assert.Equal("", alone.Error + gone.Error);
        Assert.Empty(alone.Node.Asked);
    }

    [Fact]
    public async Task A_node_that_does_not_answer_is_not_waited_for()
    {
        using var silent = new ManualResetEventSlim();
        using var run = new CommandRun(request =>
        {
            silent.Wait(TimeSpan.FromMinutes(1));
            return Replies.Answer(request);
        });
        var since = Stopwatch.GetTimestamp();

        Assert.DoesNotContain("12", await Proposed(run, "job "));

        silent.Set();
        Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData("bash", "complete -o bashdefault -o default -F _backup backup")]
    [InlineData("zsh", "#compdef backup")]
    [InlineData("fish", "complete -c backup")]
    public async Task Each_shell_has_its_script(string shell, string line)
    {
        using var run = new CommandRun(Replies.Answer);

        Assert.Equal(ExitCode.Complete, await run.Run("completion", shell));

        Assert.Contains(line, run.Output, StringComparison.Ordinal);
        Assert.Contains("[suggest:", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_shell_without_a_script_is_wrong_usage()
    {
        using var run = new CommandRun(Replies.Answer);

        Assert.Equal(ExitCode.Usage, await run.Run("completion", "tcsh"));
    }

    /// <summary>As a shell asks.</summary>
    private static async Task<string[]> Proposed(CommandRun run, string line)
    {
        var whole = $"--config {run.ConfigFile} {line}";
        Assert.Equal(0, await run.Program.Run([$"[suggest:{whole.Length}]", whole]));
        return run.Lines;
    }
}
