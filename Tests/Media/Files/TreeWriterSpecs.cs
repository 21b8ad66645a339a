using System.Text;
using Backup.Media.Files;
using Backup.Media.Posix;
using Backup.Messages.Files;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.Media.Files;

public sealed class TreeWriterSpecs : IDisposable
{
    private readonly TemporaryTree _tree = new();
    private readonly List<FileException> _exceptions = [];

    public void Dispose() => _tree.Dispose();

    private string Target => _tree["target"];

    [Theory]
    [InlineData("..")]
    [InlineData("../escaped")]
    [InlineData("a/../../escaped")]
    [InlineData("a/./b")]
    [InlineData("/absolute")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("nul\0byte")]
    public void An_unsafe_name_is_refused_for_every_kind(string name)
    {
        using (var writer = Writer(new RestoreOptions { Devices = true }))
        {
            foreach (var kind in Enum.GetValues<FileKind>())
            {
                var entry = Entry(name, kind, target: "x");
                if (kind == FileKind.Regular) Assert.Null(writer.BeginFile(entry));
                else if (kind == FileKind.HardLink) writer.HardLink(Entry("link", kind, target: name));
                else writer.Write(entry);
            }
            writer.Complete();
        }

        Assert.Equal(7, _exceptions.Count);
        Assert.Equal(6, _exceptions.Count(one => one.Kind == FileExceptionKind.UnsafeName));
        Assert.Empty(Directory.GetFileSystemEntries(Target));
        Assert.Equal(["target"], Directory.GetFileSystemEntries(_tree.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void A_link_in_the_archive_or_at_the_target_is_never_written_through()
    {
        _tree.File("outside/canary", "untouched");
        _tree.Folder("target");
        File.CreateSymbolicLink(_tree["target/there"], _tree["outside"]);
        using (var writer = Writer(new RestoreOptions { Replace = ReplaceRule.Always }))
        {
            writer.Symlink(Entry("archived", FileKind.Symlink, target: _tree["outside"]));
            foreach (var parent in (string[])["archived", "there"])
            {
                writer.Directory(Entry(parent, FileKind.Directory, mode: 0x1ff));
                Assert.Null(writer.BeginFile(Entry($"{parent}/canary", FileKind.Regular)));
                writer.Directory(Entry($"{parent}/new", FileKind.Directory));
                writer.HardLink(Entry($"{parent}/link", FileKind.HardLink, target: "first"));
            }
            WriteFile(writer, Entry("there", FileKind.Regular, size: 4), "text");
            writer.Complete();
        }

        Assert.Equal(["canary"], Directory.GetFileSystemEntries(_tree["outside"]).Select(Path.GetFileName));
        Assert.Equal("untouched", File.ReadAllText(_tree["outside/canary"]));
        Assert.Null(new FileInfo(_tree["target/there"]).LinkTarget); // the link itself was replaced by the file
        Assert.Equal(8, _exceptions.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_a_lost_attempt_made_above_the_selected_is_open_after_the_next_one(bool directoriesLast)
    {
        _tree.Folder("target");
        _tree.Folder("target/own");
        Command.Run("chmod", "700", _tree["target/own"]);
        var options = new RestoreOptions { DirectoriesLast = directoriesLast };
        using (var lost = Writer(options))
            foreach (var above in (string[])["above/b", "own"])
                WriteFile(lost, Entry($"{above}/file", FileKind.Regular, size: 4), "text");

        using (var next = Writer(options with { AcceptEqual = true }))
        {
            foreach (var above in (string[])["above/b", "own"])
                WriteFile(next, Entry($"{above}/file", FileKind.Regular, size: 4), "text");
            next.Complete();
        }

        Assert.Empty(_exceptions);
        Assert.Equal("755\n755\n700\n", Command.Run( // the last was made by somebody else
            "stat", "-c", "%a", _tree["target/above"], _tree["target/above/b"], _tree["target/own"]).Output);
    }

    [Fact]
    public void Only_a_verified_file_is_put_in_place()
    {
        using (var writer = Writer())
        {
            WriteFile(writer, Entry("good", FileKind.Regular, size: 4), "good");
            WriteFile(writer, Entry("damaged", FileKind.Regular, size: 3), "bad", verified: false);
            using (writer.BeginFile(Entry("unfinished", FileKind.Regular, size: 3))) { }
            writer.Complete();
        }

        Assert.Equal(["good"], Directory.GetFileSystemEntries(Target).Select(Path.GetFileName));
        Assert.Equal(FileExceptionKind.ContentDamaged, Assert.Single(_exceptions).Kind);
    }

    [Theory]
    [InlineData(ReplaceRule.Never, "old", "old", "old")]
    [InlineData(ReplaceRule.Always, "new", "new", "new")]
    [InlineData(ReplaceRule.Newer, "new", "old", "old")]
    [InlineData(ReplaceRule.Older, "old", "new", "old")]
    [InlineData(ReplaceRule.Changed, "new", "new", "old")]
    public void The_replace_rule_decides_over_what_is_there(
        ReplaceRule rule, string archivedNewer, string archivedOlder, string same)
    {
        foreach (var name in (string[])["newer", "older", "same"])
        {
            _tree.File($"target/{name}", "old");
            File.SetLastWriteTimeUtc(_tree[$"target/{name}"], DateTime.UnixEpoch.AddSeconds(1000));
        }
        var (announced, unchanged) = (new List<bool>(), 0L);
        using (var probe = new TargetProbe(Target, rule))
        using (var writer = Writer(new RestoreOptions { Replace = rule }))
        {
            foreach (var (name, seconds) in ((string, long)[])[("newer", 1001), ("older", 999), ("same", 1000)])
            {
                var entry = Entry(name, FileKind.Regular, size: 3, seconds: seconds);
                announced.Add(probe.Look(entry).Replaced);
                WriteFile(writer, entry, "new");
            }
            writer.Complete();
            unchanged = writer.Unchanged;
        }

        var found = ((string[])["newer", "older", "same"]).Select(name => File.ReadAllText(_tree[$"target/{name}"]));
        Assert.Equal([archivedNewer, archivedOlder, same], found);
        Assert.Equal(((string[])[archivedNewer, archivedOlder, same]).Select(text => text == "new"), announced);
        Assert.All(_exceptions, one => Assert.Equal(FileExceptionKind.Kept, one.Kind));
        // One that is right already is none
        Assert.Equal(
            new[] { archivedNewer, archivedOlder, same }.Count(text => text == "old"), _exceptions.Count + unchanged);
        Assert.Equal(rule == ReplaceRule.Changed ? 1 : 0, unchanged);
    }

    [Fact]
    public void A_hard_link_is_made_to_files_of_this_restore_only()
    {
        _tree.File("target/stranger", "not restored");
        using (var writer = Writer())
        {
            WriteFile(writer, Entry("first", FileKind.Regular, size: 4, links: 3), "text");
            writer.HardLink(Entry("second", FileKind.HardLink, target: "first", links: 3));
            writer.HardLink(Entry("stolen", FileKind.HardLink, target: "stranger", links: 3));
            File.Delete(_tree["target/first"]);
            File.WriteAllText(_tree["target/first"], "planted");
            writer.HardLink(Entry("third", FileKind.HardLink, target: "first", links: 3));
            writer.Complete();
        }

        Assert.Equal("text", File.ReadAllText(_tree["target/second"]));
        Assert.False(File.Exists(_tree["target/stolen"]));
        Assert.False(File.Exists(_tree["target/third"]));
        Assert.Equal([FileExceptionKind.NotWritten, FileExceptionKind.NotWritten], _exceptions.Select(one => one.Kind));
    }

    [Fact]
    public void Set_id_bits_and_devices_need_their_options()
    {
        using (var writer = Writer())
        {
            WriteFile(writer, Entry("tool", FileKind.Regular, mode: 0xfed), "");
            writer.Device(Entry("null", FileKind.CharacterDevice));
            writer.Complete();
        }

        Assert.Equal("755", Command.Run("stat", "-c", "%a", _tree["target/tool"]).Output.Trim());
        Assert.False(File.Exists(_tree["target/null"]));
        Assert.Equal(FileExceptionKind.NotWritten, Assert.Single(_exceptions).Kind);
    }

    [Fact]
    public void Missing_directories_on_the_way_are_made_and_a_closed_directory_can_be_filled()
    {
        using (var writer = Writer())
        {
            writer.Directory(Entry("closed", FileKind.Directory, mode: 0x16d, seconds: 77));
            WriteFile(writer, Entry("closed/file", FileKind.Regular, size: 1), "x");
            WriteFile(writer, Entry("way/to/file", FileKind.Regular, size: 1), "y");
            writer.Complete();
        }

        Assert.Empty(_exceptions);
        Assert.Equal("x", File.ReadAllText(_tree["target/closed/file"]));
        Assert.Equal("y", File.ReadAllText(_tree["target/way/to/file"]));
        Assert.Equal("555 77", Command.Run("stat", "-c", "%a %Y", _tree["target/closed"]).Output.Trim());
        Assert.Equal("755", Command.Run("stat", "-c", "%a", _tree["target/way"]).Output.Trim());
    }

    [Fact]
    public void Nesting_of_2000_directories_is_written_with_few_descriptors()
    {
        const int depth = 2000;
        _tree.Folder("source");
        using (var start = Descriptor.OpenDirectory(_tree["source"])) TreeWalkerSpecs.MakeNested(start.Number, depth);

        var exceptions = RoundTripSpecs.Copy(_tree["source"], Target, new RestoreOptions { OpenDirectoriesMax = 4 });
        var differences = new List<FileException>();
        var comparer = new TreeComparer(new CompareOptions(), differences.Add);
        comparer.CompareTrees(_tree["source"], Target + _tree["source"]);

        Assert.Empty(exceptions);
        Assert.Empty(differences);
        Assert.Equal(1 + depth * 2, comparer.Compared);
    }

    [Fact]
    public void What_lies_beyond_the_announced_size_is_refused()
    {
        using var writer = Writer();
        using var sink = writer.BeginFile(Entry("file", FileKind.Regular, size: 3))!;

        Assert.Throws<ArgumentOutOfRangeException>(() => sink.Write(1, "abc"u8));
        Assert.Throws<ArgumentOutOfRangeException>(() => sink.Hole(long.MaxValue, 1));
    }

    private TreeWriter Writer(
        RestoreOptions? options = null) => new(Target, options ?? new RestoreOptions(), _exceptions.Add);

    private static void WriteFile(TreeWriter writer, FileEntry entry, string text, bool verified = true)
    {
        using var sink = writer.BeginFile(entry);
        sink?.Write(0, Encoding.ASCII.GetBytes(text));
        sink?.Commit(verified);
    }

    private static FileEntry Entry(
        string path, FileKind kind, string? target = null, uint mode = 0x1ed, long size = 0, long seconds = 1,
        uint links = 1) => new()
        {
            Path = new FilePath(Encoding.UTF8.GetBytes(path)),
            Kind = kind,
            Mode = mode,
            UserId = SystemCall.EffectiveUser,
            GroupId = 0,
            Size = size,
            Modified = new UnixTime(seconds, 0),
            LinkCount = links,
            LinkTarget = target is null ? null : Encoding.UTF8.GetBytes(target),
        };
}
