using System.Runtime.InteropServices;
using Backup.Media.Files;
using Backup.Media.Posix;
using Backup.Messages.Files;
using Xunit;

namespace Backup.Tests.Media.Files;

public sealed class WalkRulesSpecs : IDisposable
{
    private const string Signature = "Signature: 8a477f597d28d172789f06886806bc55";
    private readonly TemporaryTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public void What_a_rule_excludes_is_absent_and_counted_to_that_rule()
    {
        foreach (var name in (string[])["keep/a.o", "src/a.c", "src/a.o", "src/b.o", "tmp/x/y", "tmp.file"])
            _tree.File(name);
        var operation = Walk.Operation(_tree.Path,
            new FileRule(true, "keep/*.o"), new FileRule(false, "*.o"), new FileRule(false, "tmp/"));

        var walk = Walk.Of(Walk.Set(operation));

        Assert.Equal([".", "keep", "keep/a.o", "src", "src/a.c", "tmp.file"], walk.PathsBelow(_tree.Path));
        Assert.Equal([(1, 2L), (2, 1L)], walk.Exclusions.Select(line => (line.Rule, line.Items)));
        Assert.Equal(_tree.PathOf("src/a.o"), walk.Exclusions[0].First);
        Assert.Empty(walk.Exceptions);
    }

    [Fact]
    public void A_directory_with_a_valid_tag_is_saved_with_the_tag_alone()
    {
        _tree.File("cache/CACHEDIR.TAG", Signature + "\n# made by a test");
        _tree.File("cache/big/file");
        _tree.File("cache/A");
        _tree.File("false/CACHEDIR.TAG", "Signature: something else");
        _tree.File("false/file");

        var walk = Walk.Of(Walk.Set(Walk.Operation(_tree.Path)));
        var all = Walk.Of(Walk.Set(Walk.Operation(_tree.Path) with { ExcludeCaches = false }));

        Assert.Equal([".", "cache", "cache/CACHEDIR.TAG", "false", "false/CACHEDIR.TAG", "false/file"],
            walk.PathsBelow(_tree.Path));
        Assert.Equal(ExclusionReason.CacheDirectory, Assert.Single(walk.Exclusions).Reason);
        Assert.Equal(9, all.Entries.Count);
    }

    [Fact]
    public void A_directory_with_the_marker_is_left_out()
    {
        _tree.File("secret/.nobackup");
        _tree.File("secret/file");
        _tree.File("other/file");

        var walk = Walk.Of(Walk.Set(Walk.Operation(_tree.Path) with { ExcludeMarker = ".nobackup" }));

        Assert.Equal([".", "other", "other/file"], walk.PathsBelow(_tree.Path));
        Assert.Equal(
            (ExclusionReason.Marker, _tree.PathOf("secret")), (walk.Exclusions[0].Reason, walk.Exclusions[0].First));
    }

    [Fact]
    public void Another_file_system_is_not_entered_but_its_mount_point_is_saved()
    {
        // /dev/shm is a file system of its own wherever /dev has one.
        var one = Walk.Of(Walk.Set(new SaveOperation(["/dev"], [])));
        var all = Walk.Of(Walk.Set(new SaveOperation(["/dev"], [], OneFileSystem: false)));

        Assert.Contains("dev/shm", one.Paths);
        Assert.Contains("dev/pts", one.Paths);
        Assert.DoesNotContain("dev/pts/ptmx", one.Paths);
        Assert.Contains("dev/pts/ptmx", all.Paths);
        Assert.Contains(one.Exclusions, line => line.Reason == ExclusionReason.OtherFileSystem && line.Items >= 2);
    }

    /// <summary>What lies below the mount point is not what was saved there.</summary>
    [MountFact]
    public void A_root_that_was_mounted_and_is_not_is_noticed_whatever_lies_there()
    {
        _tree.File("data/below");
        var set = Walk.Set(Walk.Operation(_tree["data"]));
        List<FileEntry> mounted = [];
        MountSpace.Run(mount =>
        {
            mount(_tree["data"]);
            _tree.File("data/saved");
            mounted = Walk.Of(set).Entries;
        });
        var plain = Walk.Of(set).Entries;

        Assert.Equal(["saved"], mounted.Skip(1).Select(entry => $"{PathText.Escape(entry.Path.Name)}"));
        Assert.Equal([_tree.PathOf("data")], Unmounted(mounted));
        Assert.Empty(Unmounted(plain));
        // After a start its device may have another number, and after a restore it is another directory
        Assert.Empty(Unmounted([plain[0] with { Device = plain[0].Device + 1 }, plain[1]]));
        Assert.Empty(Unmounted([plain[0] with { Inode = plain[0].Inode + 1 }, plain[1]]));

        IReadOnlyList<FilePath> Unmounted(IEnumerable<FileEntry> known)
        {
            using var walker = new TreeWalker(set, new WalkOptions { Base = new BaseComparison(known) }, _ => { });
            while (walker.Next() is { } item) item.Dispose();
            return walker.UnmountedRoots;
        }
    }

    /// <summary>CL-04: an allow list by the type of the file system.</summary>
    [Fact]
    public void File_systems_of_other_types_are_not_entered_but_their_mount_points_are_saved()
    {
        SystemCall.StatusAt(SystemCall.CurrentDirectory, "/dev"u8, out var status);
        var own = new MountTable().TypeOf(status)!;
        var one = Walk.Of(Walk.Set(new SaveOperation(["/dev"], [], OneFileSystem: false, FileSystemTypes: [own])));
        var two = Walk.Of(
            Walk.Set(new SaveOperation(["/dev"], [], OneFileSystem: false, FileSystemTypes: ["devpts", own])));
        var none = Walk.Of(Walk.Set(new SaveOperation(["/dev"], [], FileSystemTypes: ["nonesuch"])));

        Assert.Contains("dev/pts", one.Paths);
        Assert.DoesNotContain("dev/pts/ptmx", one.Paths);
        Assert.Contains("dev/null", one.Paths);
        Assert.Contains("dev/pts/ptmx", two.Paths);
        Assert.Equal(["dev"], none.Paths);
        Assert.Equal(
            ("file-system-types", 1L), (Assert.Single(none.Exclusions).Cause, none.Exclusions[0].Items));
        Assert.Contains(one.Exclusions, line => line.Reason == ExclusionReason.FileSystemType);
    }

    /// <summary>CL-04: recurse off.</summary>
    [Fact]
    public void Without_recursion_what_lies_directly_in_a_root_is_saved_and_no_more()
    {
        foreach (var name in (string[])["a", "dir/b", "dir/deep/c", "other/d", "skipped/e"]) _tree.File(name);

        var walk = Walk.Of(Walk.Set(Walk.Operation(_tree.Path, new FileRule(false, "skipped/")) with
        {
            Recurse = false,
        }));

        Assert.Equal([".", "a", "dir", "other"], walk.PathsBelow(_tree.Path));
        Assert.Empty(walk.Exceptions);
        Assert.Equal(
            [("recurse", 2L), ("exclude skipped/", 1L)],
            walk.Exclusions.Select(line => (line.Cause, line.Items)));
    }

    [Fact]
    public void What_cannot_be_read_is_named_and_the_rest_is_saved()
    {
        _tree.File("a", "1");
        _tree.File("b", "2");
        _tree.File("c/d");
        Command.Run("chmod", "755", _tree.Path);
        Command.Run("chmod", "000", _tree["b"], _tree["c"]);

        // Root reads everything; on this thread it does not, while it has no rights to files.
        var before = SetFileSystemUser(SystemCall.EffectiveUser == 0 ? 65_534 : SystemCall.EffectiveUser);
        Walk walk;
        try
        {
            walk = Walk.Of(Walk.Set(Walk.Operation(_tree.Path)));
        }
        finally
        {
            _ = SetFileSystemUser((uint)before);
        }
        Command.Run("chmod", "755", _tree["c"]);

        Assert.Equal([".", "a", "c"], walk.PathsBelow(_tree.Path));
        Assert.Equal([FileExceptionKind.Unreadable, FileExceptionKind.DirectoryUnreadable],
            walk.Exceptions.Select(one => one.Kind));
        Assert.All(walk.Exceptions, one => Assert.Equal(Errno.AccessDenied, one.Errno));
    }

    [DllImport("libc", EntryPoint = "setfsuid")]
    private static extern int SetFileSystemUser(uint user);
}
