using System.Net.Sockets;
using System.Text;
using Backup.Media.Files;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Xunit;

namespace Backup.Tests.Media.Files;

/// <summary>What a walk hands out that knows a base, and what it says is gone.</summary>
public sealed class BaseComparisonSpecs : IDisposable
{
    private readonly TemporaryTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public void What_did_not_change_is_not_handed_out()
    {
        Files("a/1", "a/2", "b");
        var known = All();

        Assert.Empty(Since(known).Paths);
        File.AppendAllText(_tree["a/2"], "more");

        var walk = Since(known);
        Assert.Equal(["a/2"], walk.PathsBelow(_tree.Path));
        Assert.Empty(walk.Gone);
    }

    [Fact]
    public void A_change_that_keeps_size_and_mtime_is_noticed()
    {
        Files("file");
        var known = All();
        var time = File.GetLastWriteTimeUtc(_tree["file"]);
        File.WriteAllText(_tree["file"], "elif");
        File.SetLastWriteTimeUtc(_tree["file"], time);

        Assert.Equal(["file"], Since(known).PathsBelow(_tree.Path));
    }

    [Fact]
    public void A_tree_moved_in_with_old_times_is_new_and_where_it_was_it_is_gone()
    {
        Files("from/deep/file", "other");
        var known = All();
        Directory.Move(_tree["from"], _tree["to"]);

        var walk = Since(known);

        Assert.Equal([".", "to", "to/deep", "to/deep/file"], walk.PathsBelow(_tree.Path));
        Assert.Equal([_tree.PathOf("from")], walk.Gone);
    }

    [Fact]
    public void A_base_of_wider_roots_loses_what_is_outside_of_the_roots_and_nothing_above_them()
    {
        Files("a/file", "in/deep/kept", "in/deep/lost", "in/other", "z/file");
        var known = All();
        File.Delete(_tree["in/deep/lost"]);

        var walk = Since(known, Walk.Set(Walk.Operation(_tree["in/deep"])));

        Assert.Equal([_tree.PathOf("a"), _tree.PathOf("in/deep/lost"), _tree.PathOf("in/other"), _tree.PathOf("z")],
            walk.Gone);
    }

    [Fact]
    public void An_item_that_the_base_has_is_changed_and_any_other_is_new()
    {
        Files("changed", "kept");
        var comparison = new BaseComparison(All());
        Files("new");
        File.AppendAllText(_tree["changed"], "more");

        using var walker = new TreeWalker(
            Walk.Set(Walk.Operation(_tree.Path)), NoTicks with { Base = comparison }, _ => { });
        var had = new List<(FilePath, bool)>();
        while (walker.Next() is { } item)
            using (item) had.Add((item.Entry.Path, comparison.Had(item.Entry.Path)));

        Assert.Equal(
            [(_tree.PathOf(""), true), (_tree.PathOf("changed"), true), (_tree.PathOf("new"), false)], had);
    }

    [Fact]
    public void A_directory_says_which_names_it_holds()
    {
        Files("dir/a", "dir/in/b", "dir/skipped.tmp");
        var known = All();
        File.Delete(_tree["dir/a"]);
        Files("dir/new");

        var walk = Since(known, new FileRule(Include: false, "*.tmp"));

        Assert.Equal("Din\0Ynew\0Nskipped.tmp\0\0", Encoding.UTF8.GetString(walk.Dumpdirs["dir"]));
        Assert.Equal([_tree.PathOf("dir/a"), _tree.PathOf("dir/skipped.tmp")], walk.Gone);
    }

    [Fact]
    public void A_list_of_names_that_is_too_long_is_left_out_and_counted()
    {
        Files("dir/a", "dir/b", "few/a");
        using var walker = new TreeWalker(
            Walk.Set(Walk.Operation(_tree.Path)),
            NoTicks with { Base = new BaseComparison([], null, null), DumpdirBytesMax = 5 }, _ => { });

        var lists = new List<string>();
        while (walker.Next() is { } item)
            using (item)
                if (item.Dumpdir is { } names) lists.Add(Encoding.UTF8.GetString(names));

        Assert.Equal(["Ya\0\0"], lists);
        Assert.Equal((2, FilePath.FromText(_tree.Path)), (walker.LongLists, walker.FirstLongList));
    }

    [Fact]
    public void A_directory_of_more_names_than_are_sorted_in_memory_says_which_it_holds_too()
    {
        Files("dir/c", "dir/a", "dir/in/b", "dir/d", "dir/b");
        var known = All();
        File.Delete(_tree["dir/a"]);
        Files("dir/e");

        var walk = Since(
            known, Walk.Set(Walk.Operation(_tree.Path)), options: NoTicks with { NamesInMemoryMax = 2 });

        Assert.Equal("Yb\0Yc\0Yd\0Ye\0Din\0\0", Encoding.UTF8.GetString(walk.Dumpdirs["dir"]));
        Assert.Equal(["dir", "dir/e"], walk.PathsBelow(_tree.Path));
        Assert.Equal([_tree.PathOf("dir/a")], walk.Gone);
    }

    [Fact]
    public void What_could_not_be_listed_is_not_gone()
    {
        Files("closed/inside", "open");
        var known = All();
        Command.Run("chmod", "0", _tree["closed"]);
        File.Delete(_tree["open"]);

        var walk = Since(known);
        Command.Run("chmod", "700", _tree["closed"]);

        // Root may list it all the same; then nothing is reported.
        Assert.Equal([_tree.PathOf("open")], walk.Gone);
    }

    [Fact]
    public void A_socket_in_the_place_of_a_file_counts_as_gone()
    {
        Files("item", "other");
        var known = All();
        File.Delete(_tree["item"]);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(_tree["item"]));

        Assert.Equal([_tree.PathOf("item")], Since(known).Gone);
    }

    [Fact]
    public void A_root_without_the_items_that_it_had_is_named_as_empty()
    {
        Files("root/a/b", "full/c");
        var set = Walk.Set(new SaveOperation([_tree["root"], _tree["full"]], []));
        var known = Walk.Of(set, NoTicks).Entries;
        Directory.Delete(_tree["root/a"], recursive: true);

        var emptied = Since(known, set);
        Directory.Delete(_tree["root"]);
        var missing = Since(known, set);
        Files("root/other");
        var refilled = Since(known, set);

        Assert.Equal([_tree.PathOf("root")], emptied.EmptyRoots);
        Assert.Equal([_tree.PathOf("root")], missing.EmptyRoots);
        Assert.Empty(refilled.EmptyRoots);
    }

    [Fact]
    public void A_root_that_was_empty_before_may_be_empty()
    {
        _tree.Folder("root");
        var set = Walk.Set(Walk.Operation(_tree["root"]));
        var known = Walk.Of(set, NoTicks).Entries;

        Assert.Empty(Since(known, set).EmptyRoots);
    }

    [Fact]
    public void A_root_below_which_there_was_nothing_may_be_gone()
    {
        Files("file");
        _tree.Folder("empty");
        var set = Walk.Set(new SaveOperation([_tree["empty"], _tree["file"]], []));
        var known = Walk.Of(set, NoTicks).Entries;
        Directory.Delete(_tree["empty"]);
        File.Delete(_tree["file"]);

        var walk = Since(known, set);

        Assert.Empty(walk.EmptyRoots);
        Assert.Equal([_tree.PathOf("empty"), _tree.PathOf("file")], walk.Gone);
    }

    [Fact]
    public void A_root_that_was_emptied_between_two_attempts_is_named_as_empty()
    {
        Files("root/a", "root/b", "z/c");
        var set = Walk.Set(new SaveOperation([_tree["root"], _tree["z"]], []));
        var known = Walk.Of(set, NoTicks).Entries;
        File.Delete(_tree["root/b"]);

        var behindA = Since(known, set, behind: _tree.PathOf("root/a"));
        File.Delete(_tree["root/a"]);
        var emptied = Since(known, set, behind: _tree.PathOf("root/a"));
        Directory.Delete(_tree["root"]);
        var missing = Since(known, set, behind: _tree.PathOf("root/a"));
        var past = Since(known, set, behind: _tree.PathOf("z"));

        Assert.Empty(behindA.EmptyRoots);
        Assert.Equal([_tree.PathOf("root/b")], behindA.Gone);
        Assert.Equal([_tree.PathOf("root")], emptied.EmptyRoots);
        Assert.Equal([_tree.PathOf("root")], missing.EmptyRoots);
        Assert.Empty(past.EmptyRoots); // the attempt before has looked at it
    }

    [Fact]
    public void A_new_first_name_makes_every_name_of_the_file_new()
    {
        Files("m");
        Command.Run("ln", _tree["m"], _tree["z"]);
        _tree.Folder("dir");
        Command.Run("ln", _tree["m"], _tree["dir/n"]);
        var known = All();
        Directory.Move(_tree["dir"], _tree["a"]); // its name comes first now, and no time of the file changes

        var walk = Since(known);

        Assert.Equal([".", "a", "a/n", "m", "z"], walk.PathsBelow(_tree.Path));
        Assert.Equal(
            [FileKind.Regular, FileKind.HardLink, FileKind.HardLink], walk.Entries[2..].Select(entry => entry.Kind));
    }

    [Fact]
    public void A_further_name_of_a_file_that_did_not_change_has_the_content_and_says_whose_name_it_is()
    {
        Files("a");
        _tree.Folder("dir");
        Command.Run("ln", _tree["a"], _tree["dir/n"]);
        var known = All();
        Directory.Move(_tree["dir"], _tree["moved"]);

        var name = Since(known).Entries.Single(entry => entry.Path == _tree.PathOf("moved/n"));

        Assert.Equal(FileKind.Regular, name.Kind);
        Assert.Equal(_tree.PathOf("a").ToArray(), name.LinkTarget);
        Assert.Equal(FileKind.HardLink, FurtherName.Of(name).Kind);
    }

    [Fact]
    public void By_time_stamps_the_second_of_the_base_counts_as_changed_and_nothing_is_gone()
    {
        Files("file", "gone");
        var known = All();
        var changed = known.Single(entry => entry.Path == _tree.PathOf("file")).Changed.Seconds;
        File.Delete(_tree["gone"]);
        var root = Walk.Set(Walk.Operation(_tree.Path));

        var at = Since(known, root, changedFrom: changed);
        var behind = Since(known, root, changedFrom: changed + 3600);

        Assert.Contains("file", at.PathsBelow(_tree.Path));
        Assert.Empty(behind.Paths);
        Assert.Empty(at.Gone);
    }

    [Fact]
    public void By_time_stamps_too_nothing_stays_below_what_is_no_directory_any_more()
    {
        Files("a/deep/x", "a/y", "b/z");
        var known = All();
        Directory.Delete(_tree["a"], recursive: true);
        Files("a");
        File.Delete(_tree["b/z"]);

        var walk = Since(known, Walk.Set(Walk.Operation(_tree.Path)), changedFrom: long.MaxValue);

        Assert.Equal(["a"], walk.PathsBelow(_tree.Path)); // whatever its time stamps say
        Assert.Equal([_tree.PathOf("a/deep"), _tree.PathOf("a/y")], walk.Gone);
    }

    [Fact]
    public void By_modification_times_what_changed_but_that_is_not_noticed()
    {
        Files("touched", "mode");
        var (known, root) = (All(), Walk.Set(Walk.Operation(_tree.Path)));
        Command.Run("chmod", "400", _tree["mode"]);
        foreach (var name in (string[])["touched", "mode", "."])
            File.SetLastWriteTimeUtc(_tree[name], DateTime.UnixEpoch.AddSeconds(name == "touched" ? 2000 : 1000));

        var byTime = Since(known, root, changedFrom: 1500, by: new Settings(ByModifiedTime: true));

        Assert.Equal(["touched"], byTime.PathsBelow(_tree.Path));
        Assert.Equal([".", "mode", "touched"], Since(known, root, changedFrom: 1500).PathsBelow(_tree.Path));
    }

    /// <summary>CL-17: each attribute by itself, left out and not.</summary>
    [Theory]
    [InlineData(ComparedAttributes.ModifiedTime)]
    [InlineData(ComparedAttributes.ChangedTime)]
    [InlineData(ComparedAttributes.Size)]
    [InlineData(ComparedAttributes.Inode)]
    [InlineData(ComparedAttributes.Mode)]
    [InlineData(ComparedAttributes.Owner)]
    [InlineData(ComparedAttributes.Links)]
    public void What_is_left_out_does_not_count_and_all_else_does(ComparedAttributes attribute)
    {
        Files("file");
        var path = _tree.PathOf("file");
        var known = All().ConvertAll(entry => entry.Path == path ? Other(entry, attribute) : entry);
        const ComparedAttributes all = (ComparedAttributes)127; // each of the seven

        Assert.Empty(Compare(attribute).PathsBelow(_tree.Path));
        Assert.Equal(["file"], Compare(all & ~attribute).PathsBelow(_tree.Path));

        Compared Compare(ComparedAttributes uncompared) => Since(
            known, Walk.Set(Walk.Operation(_tree.Path)), by: new Settings(Uncompared: uncompared));
    }

    [Fact]
    public void What_changed_right_before_it_was_looked_at_counts_whatever_is_left_out()
    {
        Files("file");
        var known = All().ConvertAll(entry => entry with { Changed = default });

        var walk = Since(
            known, Walk.Set(Walk.Operation(_tree.Path)), by: new Settings(Uncompared: ComparedAttributes.ChangedTime));

        Assert.Equal([".", "file"], walk.PathsBelow(_tree.Path));
    }

    /// <summary>S0-13: the client's clock is set while it walks, there and back, by an hour or by years.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    [InlineData(100_000)]
    [InlineData(-100_000)]
    public void A_clock_that_is_set_while_it_walks_leaves_out_nothing_that_changed(int hours)
    {
        Files("a", "b", "c/1", "c/2", "d", "gone");
        var known = All();
        File.WriteAllText(_tree["b"], "another content");
        File.WriteAllText(_tree["c/2"], "another content");
        File.Delete(_tree["gone"]);
        var since = known[0].Changed.Seconds;
        var set = Walk.Set(Walk.Operation(_tree.Path));

        var walk = Since(known, set, options: new WalkOptions { Clock = new JumpingClock(hours) });
        var byTimeStamps = Since(
            known, set, changedFrom: since, options: NoTicks with { Clock = new JumpingClock(hours) });
        var steady = Since(known, set, changedFrom: since);

        Assert.Superset(new HashSet<string> { ".", "b", "c/2" }, walk.PathsBelow(_tree.Path).ToHashSet());
        Assert.Equal([_tree.PathOf("gone")], walk.Gone);
        // What it saved anew is no more than what looks as if it had just changed: put forward, nothing does
        if (hours > 0)
            Assert.Equal(
                Since(known, set, options: new WalkOptions { Clock = new JumpingClock(0) }).Paths, walk.Paths);
        // The moment of the base was taken over before the walk, and no clock is asked again
        Assert.Equal(steady.Paths, byTimeStamps.Paths);
    }

    /// <summary>A clock that is right at first, an hour ahead of files that were just made so that these are old, and
    /// set at each second question.</summary>
    private sealed class JumpingClock(int hours) : TimeProvider
    {
        private int _asked;

        public override DateTimeOffset GetUtcNow() =>
            DateTimeOffset.UtcNow.AddHours(hours >= 0 ? 1 : 0).AddHours(_asked++ % 2 * hours);
    }

    private static FileEntry Other(FileEntry entry, ComparedAttributes attribute) => attribute switch
    {
        ComparedAttributes.ModifiedTime => entry with { Modified = new UnixTime(1, 0) },
        ComparedAttributes.ChangedTime => entry with { Changed = new UnixTime(1, 0) },
        ComparedAttributes.Size => entry with { Size = entry.Size + 1 },
        ComparedAttributes.Inode => entry with { Inode = entry.Inode + 1 },
        ComparedAttributes.Mode => entry with { Mode = entry.Mode ^ 1 },
        ComparedAttributes.Owner => entry with { GroupId = entry.GroupId + 1 },
        ComparedAttributes.Links => entry with { LinkCount = entry.LinkCount + 1 },
        _ => throw new ArgumentOutOfRangeException(nameof(attribute), attribute, "One."),
    };

    private sealed record Settings(bool ByModifiedTime = false, ComparedAttributes Uncompared = default);

    private static WalkOptions NoTicks => new() { TickMax = TimeSpan.Zero };

    private void Files(params string[] names)
    {
        foreach (var name in names) _tree.File(name, "file");
    }

    private List<FileEntry> All() => Walk.Of(Walk.Set(Walk.Operation(_tree.Path)), NoTicks).Entries;

    private Compared Since(IEnumerable<FileEntry> known, params FileRule[] rules) =>
        Since(known, Walk.Set(Walk.Operation(_tree.Path, rules)));

    private Compared Since(
        IEnumerable<FileEntry> known, FileSet set, long? changedFrom = null, FilePath? behind = null,
        WalkOptions? options = null, Settings? by = null)
    {
        var comparison = new BaseComparison(known, behind, changedFrom)
        {
            ByModifiedTime = by is { ByModifiedTime: true },
            Uncompared = by?.Uncompared ?? ComparedAttributes.None,
        };
        var (entries, dumpdirs) = (new List<FileEntry>(), new Dictionary<string, byte[]>());
        using var walker = new TreeWalker(
            set, (options ?? NoTicks) with { Base = comparison, ResumeAfter = behind }, _ => { });
        while (walker.Next() is { } item)
            using (item)
            {
                entries.Add(item.Entry);
                if (item.Dumpdir is { } names)
                    dumpdirs[Encoding.UTF8.GetString(item.Entry.Path.Name)] = names;
            }
        return new Compared(entries, dumpdirs, walker.TakeDeletions(null), walker.EmptyRoots);
    }

    private sealed record Compared(
        List<FileEntry> Entries, Dictionary<string, byte[]> Dumpdirs, IReadOnlyList<FilePath> Gone,
        IReadOnlyList<FilePath> EmptyRoots)
    {
        public string[] Paths => [.. Entries.Select(entry => entry.Path.ToString())];

        public string[] PathsBelow(string root) =>
            [.. Paths.Select(path => "/" + path == root ? "." : ("/" + path)[(root.Length + 1)..])];
    }
}
