using System.CommandLine;
using Backup.Host.CommandLine;
using Backup.Host.Demo;
using Backup.Host.Extract;
using Backup.Host.Operations;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.Unit.CommandLine;

public sealed class CommandOutputSpecs
{
    private static readonly Type[] Schemas =
    [
        .. OperationTable.ReplyTypes, typeof(NodeEvent), typeof(ConfigChecked), typeof(FragmentsListed),
        typeof(MembersListed), typeof(ExtractReport), typeof(DemoReport),
    ];

    /// <summary>A command line for each command that asks a node.</summary>
    public static TheoryData<string> CommandLines => new(
        "run nightly", "run nightly --detach", "rerun 3 5-7",
        "jobs", "jobs --running", "job 12", "job 12 --follow", "job 12 --exceptions", "cancel 12",
        "ls latest", "ls 71a6 /srv -r", "ls latest /srv --sizes",
        "ls latest --client web1 --file-set sys --as-of 2026-11-20T06:00",
        "find hosts", "images", "restore latest /etc --to /tmp/x",
        "restore latest --to /tmp/x --dry-run --replace newer", "restore latest --to /tmp/x --replace older",
        "run nightly --level incremental --no-record --allow-empty",
        "restore --client web1 --file-set sys --as-of 2026-11-20T06:00 /etc --to /tmp/x --strip 1 --prefix y",
        "restore latest /a --to /tmp/x --rename s,^/a,/b,gi --rename s/x// --suffix .old --files-from /etc/hostname",
        "restore latest /a --to /tmp/x --dry-run --delete --replace changed", "restore latest --delete=all --to /x",
        "versions /etc/hosts", "versions /etc/hosts --client web1 --file-set sys", "diff 12 latest",
        "diff 12 latest /etc", "restore 12,14 --to /x", "restore --client web1 --all-file-sets --to /x --dry-run",
        "verify --media latest", "verify --disk latest --no-content", "scan tapes", "merge latest",
        "volumes",
        "label --pool disk", "label disk-0002 --pool disk --overwrite",
        "label --pool disk --template d-%02d --count 3", "label --pool disk --barcodes", "mount disk-0001",
        "mount disk-0001 --drive tapes/1", "inventory", "import tapes", "export disk-0001", "move tapes 1 9",
        "unmount tapes/0", "clients", "status", "reload",
        "schedule", "schedule --days 30 --policy nightly",
        "estimate nightly", "estimate nightly --walk -l 0 -l 1", "estimate nightly --method both -l 1",
        "estimate nightly --method history", "plan", "plan --days 3 --plan office");

    [Fact]
    public async Task Ls_asks_for_sizes_and_for_the_image_of_a_moment()
    {
        using var run = new CommandRun(Replies.Answer);

        await run.Run("ls latest /srv --sizes --client web1 --file-set sys --as-of 2026-11-20T06:00Z".Split(' '));
        var pages = run.Node.Asked.OfType<ListFiles>().ToList();
        var asked = pages[0];
        await run.Run("ls latest /srv --as-of yesterday --client web1 --file-set sys".Split(' '));

        Assert.Equal(("latest", "/srv", true), (asked.Image, asked.Path, asked.Sizes));
        Assert.Equal(("web1", "sys"), (asked.Client!.Value.Value, asked.FileSet!.Value.Value));
        // To the end of the minute that was named
        Assert.Equal(new DateTimeOffset(2026, 11, 20, 6, 1, 0, TimeSpan.Zero).AddTicks(-1), asked.AsOf);
        Assert.All(pages, page => Assert.Equal(asked with { After = page.After }, page));
        Assert.Equal(pages.Count, run.Node.Asked.OfType<ListFiles>().Count());
        Assert.Contains("Expected --as-of with a moment", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("estimate nightly", "walk", false)]
    [InlineData("estimate nightly --method history", "history", false)]
    [InlineData("estimate nightly --method walk", "walk", true)]
    [InlineData("estimate nightly --method both", "-75.0 %", true)]
    public async Task An_estimate_measures_when_its_method_does(string line, string shown, bool walks)
    {
        using var run = new CommandRun(Replies.Answer);

        await run.Run(line.Split(' '));

        Assert.Equal(walks, run.Node.Asked.OfType<EstimatePolicy>().Any());
        Assert.Contains(shown, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_restore_says_how_much_it_may_delete()
    {
        using var run = new CommandRun(Replies.Answer);

        await run.Run("restore latest --to /x --replace changed --dry-run --delete".Split(' '));
        await run.Run("restore latest --to /x --replace changed --dry-run --delete=all".Split(' '));
        await run.Run("restore latest --to /x --dry-run".Split(' '));
        await run.Run("restore latest --to /x --delete=half".Split(' '));

        Assert.Equal(
            [DeleteRule.Extra, DeleteRule.All, DeleteRule.None],
            run.Node.Asked.OfType<RestoreFiles>().Select(asked => asked.Delete));
        Assert.Contains("Expected --delete or --delete=all", run.Error, StringComparison.Ordinal);
    }

    /// <summary>RS-01.</summary>
    [Fact]
    public async Task Several_images_and_all_file_sets_are_restored_by_a_job_each()
    {
        using var run = new CommandRun(Replies.Answer);

        await run.Run("restore 12,14,12 /etc --to /x --detach".Split(' '));
        await run.Run("restore --client web1 --all-file-sets --as-of 2026-11-20 /etc --to /x --detach".Split(' '));
        var asked = run.Node.Asked.OfType<RestoreFiles>().ToList();
        await run.Run("restore 12,14 --to /x --delete".Split(' '));
        await run.Run("restore --all-file-sets --to /x".Split(' '));
        await run.Run("restore --client web1 --all-file-sets --file-set sys --to /x".Split(' '));

        Assert.Equal(["12", "14", "latest"], asked.Select(each => each.Image));
        Assert.Equal(["web1/sys"], asked.Where(each => each.FileSet is not null)
            .Select(each => $"{each.Source}/{each.FileSet}"));
        Assert.All(asked, each => Assert.Equal(["/etc"], each.Paths));
        Assert.Equal(3, asked.Select(each => each.Request).Distinct().Count());
        Assert.NotNull(asked[2].AsOf);
        Assert.Equal(3, run.Node.Asked.OfType<RestoreFiles>().Count());
        foreach (var refused in (string[])["--delete goes with one image", "--all-file-sets needs --client", "found both"])
            Assert.Contains(refused, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(CommandLines))]
    public async Task With_json_standard_output_holds_json_lines_of_known_schemas_and_nothing_else(string line)
    {
        using var run = new CommandRun(Replies.Answer);

        await run.Run([.. line.Split(' '), "--json"]);

        Assert.NotEmpty(run.Lines);
        foreach (var each in run.Lines) Assert.NotNull(WireJson.Reply(each, Schemas));
    }

    [Theory]
    [MemberData(nameof(CommandLines))]
    public async Task Without_json_no_control_character_and_no_markup_is_made_of_a_hostile_name(string line)
    {
        using var run = new CommandRun(Replies.Answer);

        await run.Run(line.Split(' '));

        Assert.DoesNotContain(run.Output + run.Error, letter => char.IsControl(letter) && letter != '\n');
    }

    [Theory]
    [MemberData(nameof(CommandLines))]
    public async Task A_refusal_is_a_json_line_with_json_and_a_sentence_on_standard_error_without(string line)
    {
        var refused = new Refused(RefusalCode.NotFound, "There is no such thing.");
        using var json = new CommandRun(_ => refused);
        using var plain = new CommandRun(_ => refused);

        Assert.Equal(ExitCode.NothingFound, await json.Run([.. line.Split(' '), "--json"]));
        Assert.Equal(ExitCode.NothingFound, await plain.Run(line.Split(' ')));

        Assert.Equal(refused, WireJson.Reply(Assert.Single(json.Lines), Schemas));
        Assert.Equal("There is no such thing.\n", plain.Error);
        Assert.Equal("", plain.Output);
    }

    [Theory]
    [InlineData("jobs")]
    [InlineData("status")]
    public async Task What_a_job_waits_for_stands_in_its_row(string command)
    {
        using var run = new CommandRun(Replies.Answer);

        await run.Run(command);

        Assert.Matches(@"(?m)^ *12 +backup +nightly .* waiting .*the drive of .*; job 7$", run.Output);
    }

    [Theory]
    [InlineData("status", "")]
    [InlineData("show library tapes", "  ")]
    public async Task How_full_a_spool_is_and_what_leaves_it_is_said(string command, string before)
    {
        using var run = new CommandRun(Replies.Answer);

        await run.Run(command.Split(' '));

        Assert.Contains(
            $"{before}Spool of tapes: 3.00 GiB of 4.00 GiB used (75 %); 2 images (5 fragments, 1.00 GiB) wait for a volume",
            run.Lines);
        Assert.Contains(
            $"{before}  no drive of tapes can be written: 50 % of the spool is kept for incrementals", run.Lines);
        Assert.Contains($"{before}  job 14 takes image 71a601c289f6 to a volume of pool disk", run.Lines);
    }

    [Fact]
    public async Task A_job_says_what_of_its_image_waits_on_a_spool()
    {
        using var run = new CommandRun(Replies.Answer);

        await run.Run("job", "12");

        Assert.Contains(
            run.Lines, line => line.EndsWith(
                "2 fragments on disk.spool-0001, until a volume of pool disk has them", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_checked_configuration_is_answered_with_all_its_problems()
    {
        using var run = new CommandRun(Replies.Answer);
        await File.AppendAllTextAsync(
            run.ConfigFile, "\nbackup.pools.disk { libary = tapes, fragment-size = 7 apples }\n");

        Assert.Equal(ExitCode.Usage, await run.Run("config", "check", run.ConfigFile, "--json"));

        var answer = Assert.IsType<ConfigChecked>(WireJson.Reply(Assert.Single(run.Lines), Schemas));
        Assert.Equal(["backup.pools.disk.libary", "backup.pools.disk.fragment-size"],
            answer.Problems.Select(problem => problem.Key));
    }

    [Fact]
    public async Task A_configuration_with_a_date_that_has_passed_is_good_and_says_so()
    {
        using var run = new CommandRun(Replies.Answer);
        await File.AppendAllTextAsync(
            run.ConfigFile, "\nbackup.schedules.once.runs = [\"2020-12-31 at 12:00\"]\n");

        Assert.Equal(ExitCode.Complete, await run.Run("config", "check", run.ConfigFile, "--json"));

        var answer = Assert.IsType<ConfigChecked>(WireJson.Reply(Assert.Single(run.Lines), Schemas));
        Assert.Equal("\"2020-12-31 at 12:00\" does not come any more", Assert.Single(answer.Warnings).Found);
    }

    [Fact]
    public void Every_command_that_does_something_has_an_example_that_parses()
    {
        using var run = new CommandRun(Replies.Answer);
        foreach (var command in Commands(run.Program.Root))
        {
            var examples = Assert.IsType<ExampledCommand>(command).Examples;
            Assert.NotEmpty(examples);
            foreach (var example in examples)
            {
                // As a shell: what stands in quotes is one word
                var words = global::System.Text.RegularExpressions.Regex.Matches(example, "'([^']*)'|[^ ]+")
                    .Select(word => word.Groups[1].Success ? word.Groups[1].Value : word.Value).ToArray();
                Assert.Equal("backup", words[0]);
                var parsed = run.Program.Root.Parse(words[1..]);
                Assert.Empty(parsed.Errors);
                Assert.Same(command, parsed.CommandResult.Command);
            }
        }
    }

    [Fact]
    public async Task Help_shows_examples_and_exit_codes()
    {
        using var run = new CommandRun(Replies.Answer);

        Assert.Equal(ExitCode.Complete, await run.Run("restore", "--help"));

        Assert.Contains("backup restore latest /etc/hosts --to /tmp/restored", run.Output, StringComparison.Ordinal);
        Assert.Contains(" 20  an operator cancelled the job", run.Output, StringComparison.Ordinal);
        Assert.Empty(run.Node.Asked);
    }

    [Fact]
    public async Task A_long_listing_goes_on_after_the_last_name()
    {
        using var run = new CommandRun(Replies.Answer);

        await run.Run("ls", "latest");

        Assert.Equal([null, "/srv"], run.Node.Asked.Cast<ListFiles>().Select(asked => asked.After));
        Assert.StartsWith("-rwsr-xr-x   1000    100         1234 ", run.Lines[0], StringComparison.Ordinal);
        Assert.EndsWith($"{Replies.Hostile}  [changed-while-read]", run.Lines[0], StringComparison.Ordinal);
        Assert.Contains($" -> {Replies.Hostile}", run.Lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tables_are_plain_where_nobody_looks_and_cut_no_id()
    {
        using var run = new CommandRun(Replies.Answer);

        await run.Run("images");

        Assert.StartsWith("IMAGE         JOB  LEVEL  SINCE", run.Lines[0], StringComparison.Ordinal);
        Assert.StartsWith("71a601c289f6   12  ", run.Lines[1], StringComparison.Ordinal);
        Assert.EndsWith("disk-0001 disk-0002", run.Lines[1], StringComparison.Ordinal);
    }

    private static IEnumerable<Command> Commands(Command command) => command.Subcommands.Count > 0
        ? command.Subcommands.SelectMany(Commands)
        : [command];
}
