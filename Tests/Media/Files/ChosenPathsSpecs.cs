using Backup.Media.Files;
using Backup.Messages.Files;
using Xunit;

namespace Backup.Tests.Media.Files;

/// <summary>A walk of only some paths of its roots (S1-04).</summary>
public sealed class ChosenPathsSpecs : IDisposable
{
    private readonly TemporaryTree _tree = new();

    public ChosenPathsSpecs()
    {
        foreach (var name in (string[])["a/b/c", "a/b/d.tmp", "a/bc/e", "f/g", "h"]) _tree.File(name);
    }

    public void Dispose() => _tree.Dispose();

    [Fact]
    public void Only_what_is_chosen_and_what_lies_below_is_handed_out_and_nothing_above()
    {
        Assert.Equal(["a/b", "a/b/c", "a/b/d.tmp", "h"], Walked("a/b", "h").PathsBelow(_tree.Path));
        Assert.Equal(["a", "a/b", "a/b/c", "a/b/d.tmp", "a/bc", "a/bc/e"],
            Walked("a/bc", "a", "a/b/c").PathsBelow(_tree.Path));
    }

    [Fact]
    public void What_the_rules_leave_out_is_not_handed_out_because_it_is_chosen()
    {
        var walk = Walked(["a/b", "a/b/d.tmp", "f/g"], new FileRule(false, "*.tmp"), new FileRule(false, "f/"));

        Assert.Equal(["a/b", "a/b/c"], walk.PathsBelow(_tree.Path));
        Assert.Equal([_tree.PathOf("f/g")], Missing(walk));
    }

    [Fact]
    public void What_is_chosen_and_not_there_is_named()
    {
        var walk = Walked("a/nothing", "h", "nowhere/at/all");

        Assert.Equal(["h"], walk.PathsBelow(_tree.Path));
        Assert.Equal([_tree.PathOf("a/nothing"), _tree.PathOf("nowhere/at/all")], Missing(walk));
    }

    [Fact]
    public void A_walk_that_goes_on_behind_a_path_names_only_what_is_missing_behind_it()
    {
        var walk = Walk.Of(
            Set(["a/b", "a/nothing", "h", "i"]), new WalkOptions { ResumeAfter = _tree.PathOf("a/z") });

        Assert.Equal(["h"], walk.PathsBelow(_tree.Path));
        Assert.Equal([_tree.PathOf("i")], Missing(walk));
    }

    private static IEnumerable<FilePath> Missing(Walk walk) =>
        walk.Exceptions.Where(each => each.Kind == FileExceptionKind.RootMissing)
            .Select(each => new FilePath(each.Path));

    private Walk Walked(params string[] only) => Walked(only, []);

    private Walk Walked(string[] only, params FileRule[] rules) => Walk.Of(Set(only, rules));

    private FileSet Set(string[] only, params FileRule[] rules) => Walk.Set(
        Walk.Operation(_tree.Path, rules) with { Only = [.. only.Select(path => $"{_tree.Path}/{path}")] });
}
