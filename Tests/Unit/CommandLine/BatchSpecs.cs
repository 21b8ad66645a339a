using Backup.Host.CommandLine;
using Backup.Host.Operations;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.Unit.CommandLine;

public sealed class BatchSpecs
{
    [Fact]
    public async Task Lines_are_run_in_order_and_remarks_left_out()
    {
        using var run = new CommandRun(Replies.Answer, input: """
            # what is there
            jobs --limit 3

              backup find "a b"
            """);

        Assert.Equal(ExitCode.Complete, await run.Run("batch"));

        Assert.Equal([new ListJobs(3), new FindFiles("a b")], run.Node.Asked);
    }

    [Theory]
    [InlineData("jobs\njbos", "standard input:2: There is no command \"jbos\"")]
    [InlineData("jobs\n\njob twelve\nrun", "standard input:3: Expected a job number")]
    [InlineData("jobs\n\njob twelve\nrun", "standard input:4: Required argument missing")]
    [InlineData("jobs\nnode", "standard input:2: `backup node` cannot stand in a batch.")]
    [InlineData("demo", "`backup demo` cannot")]
    [InlineData("local-cluster", "`backup local-cluster` cannot")]
    [InlineData("batch other", "`backup batch` cannot")]
    public async Task A_mistake_in_any_line_runs_none(string lines, string said)
    {
        using var run = new CommandRun(Replies.Answer, input: lines);

        Assert.Equal(ExitCode.Usage, await run.Run("batch", "-"));

        Assert.Contains(said, run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Node.Asked);
    }

    [Theory]
    [InlineData(false, 1, ExitCode.NothingFound)]
    [InlineData(true, 2, ExitCode.NothingFound)]
    public async Task The_first_failure_ends_it_unless_it_is_to_go_on_and_the_worst_code_counts(
        bool keepGoing, int asked, int code)
    {
        using var run = new CommandRun(
            request => request is FindFiles ? new FoundFiles([], More: false) : Replies.Answer(request),
            input: "find nothing\njobs");

        Assert.Equal(code, await run.Run(keepGoing ? ["batch", "--keep-going"] : ["batch"]));

        Assert.Equal(asked, run.Node.Asked.Count);
        Assert.Equal(!keepGoing, run.Error.Contains("was not run", StringComparison.Ordinal));
    }

    [Fact]
    public async Task With_json_the_replies_of_each_line_stand_between_its_begin_and_end()
    {
        using var run = new CommandRun(Replies.Answer, input: "jobs\nvolumes");

        Assert.Equal(ExitCode.Complete, await run.Run("batch", "--json"));

        var replies = run.Lines.Select(line => WireJson.Reply(
            line, [.. OperationTable.ReplyTypes, typeof(BatchLineBegun), typeof(BatchLineEnded)])).ToList();
        Assert.Equal(new BatchLineBegun(1, "jobs"), replies[0]);
        Assert.IsType<JobList>(replies[1]);
        Assert.Equal(new BatchLineEnded(1, 0), replies[2]);
        Assert.Equal(new BatchLineBegun(2, "volumes"), replies[3]);
        Assert.IsType<VolumeList>(replies[4]);
        Assert.Equal(new BatchLineEnded(2, 0), Assert.Single(replies.Skip(5)));
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_a_failure_in_words()
    {
        using var run = new CommandRun(Replies.Answer);

        Assert.Equal(ExitCode.Failed, await run.Run("batch", "/nowhere/at/all"));

        Assert.Contains("/nowhere/at/all", run.Error, StringComparison.Ordinal);
    }
}
