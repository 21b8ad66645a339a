using System.CommandLine;
using Backup.Host;
using Backup.Host.CommandLine;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.Unit.CommandLine;

public sealed class ExitCodeSpecs
{
    [Theory]
    [InlineData(JobOutcome.Complete, 0)]
    [InlineData(JobOutcome.CompleteWithExceptions, 3)]
    [InlineData(JobOutcome.Incomplete, 1)]
    [InlineData(JobOutcome.Failed, 1)]
    [InlineData(JobOutcome.Cancelled, 20)]
    public async Task A_followed_job_ends_with_the_code_of_its_outcome(JobOutcome outcome, int expected)
    {
        using var run =
            new CommandRun(request => request is ShowJob ? Replies.Details(outcome) : Replies.Answer(request));

        Assert.Equal(expected, await run.Run("run", "nightly"));
    }

    [Theory]
    [InlineData(RefusalCode.BadRequest, 2)]
    [InlineData(RefusalCode.NotFound, 4)]
    [InlineData(RefusalCode.Conflict, 1)]
    [InlineData(RefusalCode.Unavailable, 6)]
    [InlineData(RefusalCode.Forbidden, 5)]
    public async Task A_refused_command_ends_with_the_code_of_the_refusal(RefusalCode refusal, int expected)
    {
        using var run = new CommandRun(_ => new Refused(refusal, "No."));

        Assert.Equal(expected, await run.Run("cancel", "12"));
    }

    [Theory]
    [InlineData("jbos", "Did you mean jobs?")]
    [InlineData("run", "Required argument missing")]
    [InlineData("job twelve", "Expected a job number of 1 or more, found \"twelve\".")]
    [InlineData(
        "verify", "Expected one of --media IMAGE, --data IMAGE, --disk IMAGE, --catalog POLICY and --init POLICY.")]
    [InlineData(
        "verify --media a --disk b",
        "Expected one of --media IMAGE, --data IMAGE, --disk IMAGE, --catalog POLICY and --init POLICY.")]
    [InlineData("verify --init a --since-init", "--since-init goes with --catalog.")]
    [InlineData("run a --list", "--list goes with --dry-run.")]
    [InlineData("run a --dry-run --detach", "--dry-run starts no job")]
    [InlineData("verify --media a --no-content", "--no-content goes with --disk, --catalog and --init.")]
    [InlineData("verify --disk a --client b", "--client goes with --catalog and --init.")]
    [InlineData(
        "restore latest --to /x --replace 1",
        "Expected --replace never, always, newer, older or changed, found \"1\".")]
    [InlineData("restore latest", "'--to' is required")]
    [InlineData("jobs --limit 0", "Expected --limit 1 to 10000, found 0.")]
    [InlineData("extract /x", "Expected either --to DIR, --stream PATH or --list.")]
    [InlineData("extract /x --to /y --list", "Expected either --to DIR, --stream PATH or --list.")]
    [InlineData("extract /x --to /y --files", "--files goes with --list.")]
    [InlineData("extract --list", "Required argument missing")]
    [InlineData("extract /x --to /y --replace maybe", "found \"maybe\"")]
    [InlineData("scan", "Required argument missing")]
    public async Task Wrong_usage_ends_with_two_and_says_what_is_right_and_asks_nobody(string line, string said)
    {
        using var run = new CommandRun(Replies.Answer);

        Assert.Equal(ExitCode.Usage, await run.Run(line.Split(' ')));

        Assert.Contains(said, run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Node.Asked);
        Assert.Equal("", run.Output);
    }

    /// <summary>Checks of several options together come before the parser's own.</summary>
    [Theory]
    [InlineData()]
    [InlineData("?\u0001")]
    public void A_value_that_is_missing_or_is_none_is_a_mistake_of_whoever_wrote_it_and_none_of_the_program(
        params string[] value)
    {
        using var run = new CommandRun(Replies.Answer);

        foreach (var (path, option) in Options(run.Program.Root, []))
        {
            var mistake = run.Program.MistakeOf(run.Program.Parse([.. path, option.Name, .. value]));
            if (value.Length == 0)
                Assert.True(mistake is not null, $"{string.Join(" ", path)} {option.Name} needs no value.");
        }
    }

    private static IEnumerable<(string[] Path, Option Option)> Options(Command command, string[] path) =>
        command.Options.Where(option => option.Arity.MinimumNumberOfValues > 0).Select(option => (path, option))
        .Concat(command.Subcommands.SelectMany(inner => Options(inner, [.. path, inner.Name])));

    [Fact]
    public async Task A_wrong_configuration_ends_with_two_and_names_file_line_and_key()
    {
        using var run = new CommandRun(Replies.Answer);
        await File.AppendAllTextAsync(run.ConfigFile, "\nbackup.pools.disk.libary = tapes\n");

        Assert.Equal(ExitCode.Usage, await run.Run("jobs"));

        Assert.Contains("node.conf:8:19", run.Error, StringComparison.Ordinal);
        Assert.Contains("libary", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_found_ends_with_four()
    {
        using var run = new CommandRun(_ => new FoundFiles([], More: false));

        Assert.Equal(ExitCode.NothingFound, await run.Run("find", "nothing"));
    }

    [Fact]
    public async Task A_node_that_does_not_come_back_ends_with_six_and_says_how_to_see_the_job()
    {
        using var run = new CommandRun(request =>
            request is ShowJob ? throw new NodeUnreachableException("It is gone.") : Replies.Answer(request));

        Assert.Equal(ExitCode.Unreachable, await run.Run("run", "nightly"));

        Assert.Contains("backup job 12", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Detached_without_a_running_node_ends_with_six_and_starts_nothing()
    {
        using var run = new CommandRun(Replies.Answer, solo: true);

        Assert.Equal(ExitCode.Unreachable, await run.Run("run", "nightly", "--detach"));

        Assert.Empty(run.Node.Asked);
    }

    [Fact]
    public async Task Detached_prints_the_job_number_alone()
    {
        using var run = new CommandRun(Replies.Answer);

        Assert.Equal(ExitCode.Complete, await run.Run("run", "nightly", "--detach"));

        Assert.Equal("12\n", run.Output);
    }

    [Fact]
    public async Task A_job_of_its_own_says_which_others_wait_and_stops_its_node()
    {
        using var run = new CommandRun(Replies.Answer, solo: true, otherJobs: [new JobId(7), new JobId(9)]);

        await run.Run("run", "nightly");

        Assert.Contains("(7, 9)", run.Error, StringComparison.Ordinal);
        Assert.True(run.Door.Stopped);
    }
}
