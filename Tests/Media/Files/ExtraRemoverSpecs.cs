using Backup.Media.Files;
using Backup.Messages.Files;
using Xunit;

namespace Backup.Tests.Media.Files;

public sealed class ExtraRemoverSpecs : IDisposable
{
    private readonly TemporaryTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public void What_the_image_does_not_have_goes_and_all_else_stays_with_the_times_of_directories()
    {
        var (set, entries) = Image("a/1", "a/b/2", "a/b.c", "c/3", "z");
        _tree.File("target/a/0");
        _tree.File("target/a/b/extra/deep/4");
        _tree.File("target/a/b/extra/deep/5");
        _tree.File("target/a/b-");
        _tree.Folder("target/empty");
        _tree.File("target/zz");
        File.Delete(_tree["target/c/3"]);
        var time = new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        Directory.SetLastWriteTimeUtc(_tree["target/a"], time);
        var before = Names();

        var counted = Go(set, entries, removes: false);
        Assert.Equal(before, Names());
        var removed = Go(set, entries, removes: true);

        Assert.Equal(["a", "a/1", "a/b", "a/b.c", "a/b/2", "c", "z"], Names());
        Assert.Equal((9, 0, 8, 0), (counted.Expected, counted.Kept, counted.Going, counted.Removed));
        Assert.Equal((8, 8), (removed.Going, removed.Removed));
        Assert.Equal(["a/0", "a/b/extra", "a/b-", "empty", "zz"], counted.First.Select(path => path.ToString()));
        Assert.Equal(time, Directory.GetLastWriteTimeUtc(_tree["target/a"]));
        Assert.False(counted.IsMost);
        Assert.Equal(0, Go(set, entries, removes: true).Going);
    }

    [Fact]
    public void What_would_not_have_been_saved_stays()
    {
        var (set, entries) = Image(
            operation => operation with
            {
                Rules = [new FileRule(false, "*.o"), new FileRule(false, "**/logs/")],
                ExcludeMarker = ".nobackup",
            },
            "src/main.c", "unread/known");
        foreach (var name in (string[])
            [
                "src/main.o", "src/main.d", "old/x.o", "old/x.c", "old/y/z.c", "logs/today", "marked/.nobackup",
                "marked/all", "cache/thing", "unread/found", "denied",
            ]) _tree.File("target/" + name);
        _tree.File("target/cache/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n");
        Assert.Equal(0, Command.Run(
            "python3", "-c", $"import socket; socket.socket(socket.AF_UNIX).bind('{_tree["target/socket"]}')").Code);

        var removed = Go(set, entries, removes: true, "unread", "denied");

        Assert.Equal(
            [
                "cache", "cache/CACHEDIR.TAG", "cache/thing", "denied", "logs", "logs/today", "marked",
                "marked/.nobackup", "marked/all", "old", "old/x.o", "socket", "src", "src/main.c", "src/main.o",
                "unread", "unread/found", "unread/known",
            ],
            Names());
        Assert.Equal(4, removed.Removed); // src/main.d, old/x.c, old/y/z.c, old/y
        Assert.False(removed.IsMost);
    }

    [Fact]
    public void A_link_is_removed_itself_and_none_is_followed()
    {
        var (set, entries) = Image("in/1", "other/2", "stays");
        _tree.File("outside/precious/file");
        Directory.CreateSymbolicLink(_tree["target/extra"], _tree["outside"]);
        Directory.CreateSymbolicLink(_tree["target/in/extra"], "../../outside/precious");
        Directory.Delete(_tree["target/other"], recursive: true);
        Directory.CreateSymbolicLink(_tree["target/other"], _tree["outside"]);

        var removed = Go(set, entries, removes: true);

        Assert.Equal(2, removed.Removed);
        Assert.Equal(["in", "in/1", "other", "stays"], Names());
        Assert.True(File.Exists(_tree["outside/precious/file"]));
    }

    [Fact]
    public void Another_place_is_emptied_of_the_rest_and_more_than_half_is_noticed()
    {
        var (set, entries) = Image("1");
        Directory.Move(_tree["target"], _tree["moved"]);
        for (var each = 0; each < 3; each++) _tree.File($"moved/extra-{each}");
        var root = _tree.PathOf("source");

        using var remover = new ExtraRemover(
            _tree.Path,
            new ExtraOptions
            {
                FileSet = set,
                PlaceOf = path => path == root ? FilePath.FromText("moved")
                    : FilePath.FromText("moved").Append(path.Bytes[(root.Bytes.Length + 1)..]),
            },
            Fail);
        var counted = remover.Run(entries, CancellationToken.None);
        using var nowhere = new ExtraRemover(_tree["no/such"], new ExtraOptions { FileSet = set }, Fail);

        Assert.Equal((2, 3, true), (counted.Expected, counted.Going, counted.IsMost));
        Assert.Equal("moved/extra-0", counted.First[0].ToString());
        Assert.Equal(0, nowhere.Run(entries, CancellationToken.None).Going);
    }

    [Fact]
    public void Deep_trees_go_with_few_descriptors_and_nothing_is_removed_when_it_is_cancelled()
    {
        var (set, entries) = Image("a");
        var depth = string.Join('/', Enumerable.Repeat("d", 600));
        _tree.File($"target/{depth}/end");
        using var stop = new CancellationTokenSource();
        stop.Cancel();

        Assert.Throws<OperationCanceledException>(() => Go(set, entries, removes: true, stop.Token));
        Assert.True(Directory.Exists(_tree["target/d"]));

        Assert.Equal(601, Go(set, entries, removes: true).Removed);
        Assert.Equal(["a"], Names());
    }

    /// <summary>It may have been the place of another file system, or one that was not entered.</summary>
    [Fact]
    public void A_directory_below_which_the_image_has_nothing_is_left_alone()
    {
        _tree.Folder("source/mnt");
        _tree.Folder("source/z");
        var (set, entries) = Image("a/1");
        _tree.File("target/mnt/precious/1");
        _tree.File("target/z/precious/2");
        _tree.File("target/extra");

        var removed = Go(set, entries, removes: true);

        Assert.Equal(1, removed.Removed);
        Assert.Equal(["a", "a/1", "mnt", "mnt/precious", "mnt/precious/1", "z", "z/precious", "z/precious/2"], Names());
    }

    [Fact]
    public void Of_directories_that_were_not_entered_or_not_read_nothing_goes_when_they_are_selected()
    {
        var (set, _) = Image(operation => operation with { Recurse = false }, "a/1", "b");
        _tree.File("target/a/extra");
        var all = Walk.Of(Walk.Set(Walk.Operation(_tree["source"]))).Entries;
        var below = all.Where(entry => entry.Path.IsWithin(_tree.PathOf("source/a"))).ToList();

        Assert.Equal(0, Go(set, below, removes: true).Going);
        Assert.Equal(0, Go(Walk.Set(Walk.Operation(_tree["source"])), below, removes: true, "a").Going);
        Assert.Contains("a/extra", Names());
    }

    /// <summary>The image has something below each of them: only that they are others keeps them.</summary>
    [MountFact]
    public void What_is_on_another_file_system_stays_wherever_it_is_mounted() => MountSpace.Run(mount =>
    {
        var (set, entries) = Image(
            operation => operation with { OneFileSystem = false }, "own/1", "mnt/1", "own/deep/mnt/1");
        foreach (var place in (string[])["target/mnt", "target/own/deep/mnt", "target/gone/mnt"])
        {
            _tree.Folder(place);
            mount(_tree[place]);
            _tree.File(place + "/precious");
        }
        _tree.File("target/gone/extra");
        _tree.File("target/own/deep/extra");

        var removed = Go(set, entries, removes: true);

        Assert.Equal(2, removed.Removed); // gone/extra, own/deep/extra
        Assert.Equal(
            [
                "gone", "gone/mnt", "gone/mnt/precious", "mnt", "mnt/precious", "own", "own/1", "own/deep",
                "own/deep/mnt", "own/deep/mnt/precious",
            ],
            Names());
    });

    [Fact]
    public void A_small_wrong_directory_does_not_hide_behind_a_large_right_one()
    {
        var (set, entries) = Image([.. Enumerable.Range(0, 30).Select(each => $"large/{each}"), "small/1"]);
        for (var each = 0; each < 9; each++) _tree.File($"target/small/extra-{each}");

        Assert.False(Go(set, entries, removes: false).IsMost);
        Assert.True(Go(set, [.. entries.Where(entry => entry.Path != _tree.PathOf("source"))], removes: false).IsMost);
    }

    private (FileSet Set, List<FileEntry> Entries) Image(params string[] names) => Image(same => same, names);

    /// <summary>An image of files below `source`, and a copy of them in `target`.</summary>
    private (FileSet Set, List<FileEntry> Entries) Image(
        Func<SaveOperation, SaveOperation> with, params string[] names)
    {
        foreach (var name in names) _tree.File("source/" + name);
        Assert.Equal(0, Command.Run("cp", "-a", _tree["source"], _tree["target"]).Code);
        var set = Walk.Set(with(Walk.Operation(_tree["source"])));
        return (set, Walk.Of(set).Entries);
    }

    private ExtraCount Go(FileSet set, List<FileEntry> entries, bool removes, params string[] keep) =>
        Go(set, entries, removes, CancellationToken.None, keep);

    private ExtraCount Go(
        FileSet set, List<FileEntry> entries, bool removes, CancellationToken cancellation, params string[] keep)
    {
        var above = _tree.PathOf("source");
        using var remover = new ExtraRemover(
            _tree["target"],
            new ExtraOptions
            {
                FileSet = set,
                Keep = [.. keep.Select(path => _tree.PathOf("source/" + path).ToArray())],
                PlaceOf = path => path == above
                    ? FilePath.Root : new FilePath(path.Bytes[(above.Bytes.Length + 1)..].ToArray()),
                Removes = removes,
                TemporaryDirectory = _tree.Path,
            },
            Fail);
        return remover.Run(entries, cancellation);
    }

    private static void Fail(FileException exception) => Assert.Fail(exception.Detail);

    private string[] Names() => [.. Directory
        .EnumerateFileSystemEntries(_tree["target"], "*", new EnumerationOptions
        {
            RecurseSubdirectories = true,
            AttributesToSkip = FileAttributes.None,
        })
        .Where(path => !IsBehindLink(path))
        .Select(path => path[(_tree["target"].Length + 1)..]).Order(StringComparer.Ordinal)];

    private bool IsBehindLink(string path)
    {
        for (var above = Path.GetDirectoryName(path)!; above.Length > _tree["target"].Length;
            above = Path.GetDirectoryName(above)!)
            if (new DirectoryInfo(above).LinkTarget is not null) return true;
        return false;
    }
}
