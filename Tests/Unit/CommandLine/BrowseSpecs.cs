using Backup.Host.CommandLine;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.Unit.CommandLine;

/// <summary>`backup browse` over a tree of three directories with three files each.</summary>
public sealed class BrowseSpecs
{
    private static readonly string[] Letters = ["a", "b", "c"];

    [Fact]
    public void Words_are_resolved_as_a_shell_does()
    {
        Assert.Equal("/etc/ssl", MarkedPaths.Resolve("/etc", "ssl"));
        Assert.Equal("/var", MarkedPaths.Resolve("/etc/ssl", "../../var/./"));
        Assert.Equal("/", MarkedPaths.Resolve("/etc", "../../.."));
        Assert.Equal("/srv", MarkedPaths.Resolve("/etc", "//srv"));
    }

    /// <summary>Against the set of files that is meant, in any order of marking and taking out.</summary>
    [Fact]
    public async Task What_is_marked_is_what_a_set_of_files_would_be()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            var marked = new MarkedPaths();
            var model = new HashSet<string>();
            for (var step = 0; step < 8; step++)
            {
                var depth = random.Next(3);
                var path = depth == 0 ? "/" : "/" + string.Join(
                    '/', Enumerable.Range(0, depth).Select(_ => Letters[random.Next(3)]));
                var below = Files().Where(file => path == "/" || file == path
                    || file.StartsWith(path + "/", StringComparison.Ordinal));
                if (random.Next(2) == 0)
                {
                    marked.Mark(path);
                    model.UnionWith(below);
                }
                else
                {
                    await marked.Unmark(
                        path, directory => Task.FromResult<IReadOnlyList<string>>([.. ChildrenOf(directory)]));
                    model.ExceptWith(below);
                }
                Assert.Equal(model.Order(), Files().Where(marked.Holds).Order());
                Assert.All(marked.All, one => Assert.DoesNotContain(marked.All, other =>
                    other != one && other.StartsWith(one == "/" ? "/" : one + "/", StringComparison.Ordinal)));
            }
        }
    }

    [Fact]
    public async Task A_script_marks_by_pattern_and_restores()
    {
        using var run = new CommandRun(Answer, input: """
            # the second of each
            cd /a
            mark b
            cd ..
            mark b c/*
            unmark c/a
            size
            restore /tmp/there newer
            """);

        Assert.Equal(ExitCode.Complete, await run.Run("browse", "latest"));

        Assert.Equal("", run.Error);
        var restore = Assert.Single(run.Node.Asked.OfType<RestoreFiles>(), asked => !asked.DryRun);
        Assert.Equal(["/a/b", "/b", "/c/b", "/c/c"], restore.Paths);
        Assert.Equal(("/tmp/there", ReplaceRule.Newer), (restore.Target, restore.Replace));
        Assert.Equal(Replies.Image.ToString(), restore.Image); // not what is the latest by now
        Assert.Contains("9 items", run.Output);
    }

    [Theory]
    [InlineData("mark nothing", ExitCode.NothingFound, "holds no /nothing")]
    [InlineData("mark x*", ExitCode.Usage, "Nothing here is called x*")]
    [InlineData("restore /tmp", ExitCode.Usage, "Nothing is marked")]
    [InlineData("mark a\nrestore /tmp sometimes", ExitCode.Usage, "Expected never, always")]
    [InlineData("dance", ExitCode.Usage, "found \"dance\"")]
    public async Task A_mistake_ends_a_script_before_the_next_line(string script, int code, string why)
    {
        using var run = new CommandRun(Answer, input: script + "\nmark /\nrestore /tmp/there");

        Assert.Equal(code, await run.Run("browse", "latest"));

        Assert.Contains(why, run.Error);
        Assert.Empty(run.Node.Asked.OfType<RestoreFiles>());
    }

    [Fact]
    public async Task At_a_terminal_a_mistake_is_said_and_the_next_line_counts()
    {
        using var run = new CommandRun(Answer, interactive: true, input: "dance\ncd /a\nmark /b\nmarked\nquit\nls");

        Assert.Equal(ExitCode.Complete, await run.Run("browse", "latest"));

        Assert.Contains("found \"dance\"", run.Error);
        Assert.Contains("/a> ", run.Output);
        Assert.Contains("+ /b\n", run.Output);
    }

    private static IEnumerable<string> Files() =>
        Letters.SelectMany(directory => Letters.Select(name => $"/{directory}/{name}"));

    private static IEnumerable<string> ChildrenOf(string directory) => directory == "/"
        ? Letters.Select(name => "/" + name) : Letters.Select(name => $"{directory}/{name}");

    private static IReply Answer(IRequest request) => request switch
    {
        ListFiles list when list.Path.Length == 0 || Letters.Contains(list.Path[1..]) =>
            new FileList(Replies.Image, [.. ChildrenOf(list.Path.Length == 0 ? "/" : list.Path).Select(path =>
                Replies.File with { Path = path, Kind = list.Path.Length == 0 ? "directory" : "regular" })], null),
        ListFiles list when Files().Contains(list.Path) =>
            new FileList(Replies.Image, [Replies.File with { Path = list.Path }], null),
        ListFiles list => new Refused(RefusalCode.NotFound, $"Image x holds no {list.Path}."),
        RestoreFiles { DryRun: true } => new RestorePlan(
            Replies.Image, new SortedDictionary<string, long> { ["regular"] = 9 }, 100, 50, null, null, [], "/"),
        RestoreFiles => new JobsStarted([]),
        _ => throw new InvalidOperationException($"{request}"),
    };
}
