using Backup.Host;
using Backup.Host.CommandLine;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.Unit.CommandLine;

public sealed class FollowSpecs
{
    [Fact]
    public async Task Each_log_line_is_printed_once_and_the_report_ends_it()
    {
        using var run =
            new CommandRun(Steps(Replies.Details(null, Replies.Log(1), Replies.Log(2)), Replies.Details(
                null, Replies.Log(3)), Replies.Details()));

        Assert.Equal(ExitCode.CompleteWithExceptions, await run.Run("run", "nightly"));

        Assert.Equal([0L, 2L, 3L], run.Node.Asked.OfType<ShowJob>().Select(asked => asked.LogAfter));
        Assert.Equal(3, run.Lines.Count(line => line.Contains("warning: line ", StringComparison.Ordinal)));
        Assert.Contains("  excluded   7 by exclude *.tmp", run.Lines);
        Assert.Contains($"    {Replies.Hostile} could not be read.", run.Lines);
        Assert.Equal("    tail | zstd | tar", run.Lines[^1]);
    }

    [Fact]
    public async Task A_node_that_restarts_is_waited_for()
    {
        var asked = 0;
        using var run = new CommandRun(request => request is not ShowJob ? Replies.Answer(request)
            : asked++ == 1 ? throw new NodeUnreachableException("It is gone.") : asked > 2
            ? Replies.Details() : Replies.Details(null));
        var patient = new BackupCommand(run.Program.Context)
        {
            Pace = new FollowPace(TimeSpan.Zero, TimeSpan.FromHours(1), TimeSpan.FromHours(1)),
        };

        Assert.Equal(
            ExitCode.CompleteWithExceptions, await patient.Run(["run", "nightly", "--config", run.ConfigFile]));

        Assert.Contains("The node is back.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interrupted_without_a_terminal_it_leaves_the_job_and_says_how_to_cancel_it()
    {
        using var run = new CommandRun(Running);
        run.Interrupts.Raise();

        Assert.Equal(ExitCode.Interrupted, await run.Run("run", "nightly"));

        Assert.DoesNotContain(run.Node.Asked, request => request is CancelJob);
        Assert.Contains("backup cancel 12", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interrupted_on_a_terminal_it_asks_and_leaves_the_job_when_told_so()
    {
        using var run = new CommandRun(Running, interactive: true, input: "l\n");
        run.Interrupts.Raise();

        Assert.Equal(ExitCode.Interrupted, await run.Run("run", "nightly"));

        Assert.Contains("Leave job 12 running (l), cancel it (c)", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interrupted_on_a_terminal_it_cancels_the_job_when_told_so_and_waits_for_its_end()
    {
        var cancelled = false;
        using var run = new CommandRun(request =>
        {
            cancelled |= request is CancelJob;
            return cancelled && request is ShowJob ? Replies.Details(JobOutcome.Cancelled) : Running(request);
        }, interactive: true, input: "c\n");
        run.Interrupts.Raise();

        Assert.Equal(ExitCode.Cancelled, await run.Run("run", "nightly"));
    }

    [Fact]
    public async Task Left_in_a_node_of_its_own_the_job_waits_for_the_next_node()
    {
        using var run = new CommandRun(Running, solo: true, interactive: true, input: "l\n");
        run.Interrupts.Raise();

        Assert.Equal(ExitCode.Interrupted, await run.Run("run", "nightly"));

        Assert.Contains("the next node takes it up", run.Error, StringComparison.Ordinal);
        Assert.True(run.Door.Stopped);
    }

    [Fact]
    public void A_line_that_is_too_long_is_cut_in_its_middle()
    {
        Assert.Equal("/home/a/v…port.txt", ProgressText.Fit("/home/a/very/long/way/to/the/report.txt", 18));
        Assert.Equal("short", ProgressText.Fit("short", 18));
    }

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "0.98 KiB")]
    [InlineData(1536, "1.50 KiB")]
    [InlineData(1L << 43, "8.00 TiB")]
    [InlineData(long.MaxValue, "8.00 EiB")]
    public void Sizes_have_three_digits(long bytes, string expected) => Assert.Equal(expected, Quantity.Bytes(bytes));

    private static IReply Running(IRequest request) =>
        request is ShowJob ? Replies.Details(null) : Replies.Answer(request);

    private static Func<IRequest, IReply> Steps(params JobDetails[] steps)
    {
        var next = 0;
        return request => request is ShowJob ? steps[Math.Min(next++, steps.Length - 1)] : Replies.Answer(request);
    }
}
