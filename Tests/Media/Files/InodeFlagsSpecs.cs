using System.Buffers;
using System.Text;
using Backup.Media.Archive;
using Backup.Media.Files;
using Backup.Media.Posix;
using Backup.Messages.Files;
using Backup.Tests.Media.Archive;
using Xunit;

namespace Backup.Tests.Media.Files;

/// <summary>CL-12: flags of chattr(1).</summary>
public sealed class InodeFlagsSpecs : IDisposable
{
    private readonly TemporaryTree _tree = new();

    public void Dispose()
    {
        Command.Run("chattr", "-R", "-f", "-i", "-a", _tree.Path);
        _tree.Dispose();
    }

    [Theory]
    [InlineData("", 0u, "")]
    [InlineData("nodump", 0x40u, "nodump")]
    [InlineData("nocow,noatime,schg", 0x800090u, "schg,noatime,nocow")]
    [InlineData("sappend,simmutable,journal,securedeletion", 0x4031u, "sappnd,schg,journal-data,secdel")]
    [InlineData("uchg, dump,nonsense,,nodump", 0x40u, "nodump")]
    public void Names_are_those_of_libarchive_and_others_are_passed_over(string text, uint flags, string written)
    {
        Assert.Equal(flags, InodeFlags.Parse(Encoding.ASCII.GetBytes(text)));
        Assert.Equal(written, InodeFlags.Format(flags));
    }

    [Fact]
    public void Flags_that_a_file_system_sets_by_itself_are_not_kept() =>
        Assert.Equal("", InodeFlags.Format(0x80000 | 0x1000 | 0x10000000 | 0x800));

    [Fact]
    public void An_archive_holds_them_in_a_record_of_their_own_and_only_where_there_are_any()
    {
        var plain = new FileEntry { Path = FilePath.FromText("a"), Kind = FileKind.Regular };
        var flagged = plain with { Attributes = [Flags("nodump,noatime")] };

        Assert.Equal(512, Header(plain).Length);
        Assert.Contains(
            "32 SCHILY.fflags=nodump,noatime\n", Encoding.ASCII.GetString(Header(flagged)), StringComparison.Ordinal);

        using var archive = new MemoryStream([.. Header(flagged), .. new byte[1024]]);
        var read = Assert.IsType<ArchiveStep.Member>(new ArchiveReader(new StreamSource(archive)).Next()).Entry;
        Assert.Equal(0xC0u, InodeFlags.Of(read));
    }

    [FlagFact]
    public void They_are_saved_and_come_back_with_the_tree()
    {
        Make();

        var exceptions = RoundTripSpecs.Copy(_tree["source"], _tree["target"], new RestoreOptions());
        var differences = new List<FileException>();
        new TreeComparer(new CompareOptions(), differences.Add)
            .CompareTrees(_tree["source"], _tree["target"] + _tree["source"]);

        Assert.Empty(exceptions);
        Assert.Empty(differences);
        Assert.Equal(Listed(_tree["source"]), Listed(_tree["target"] + _tree["source"]));
        var saved = Walk.Of(Walk.Set(Walk.Operation(_tree["source"]))).Entries
            .Select(entry => InodeFlags.Format(InodeFlags.Of(entry)));
        Assert.Equal(["", "nodump", "nodump,noatime", ""], saved);
    }

    [FlagFact(root: true)]
    public void What_nothing_can_be_made_in_is_made_so_at_the_very_end()
    {
        Make();
        _tree.File("source/dir/held", "text");
        Link("source/dir/held", "source/later");
        _tree.File("source/log", "text");
        Change("+i", "source/dir/held");
        Change("+a", "source/log");
        Change("+i", "source/dir");

        var exceptions = RoundTripSpecs.Copy(_tree["source"], _tree["target"], new RestoreOptions());

        Assert.Empty(exceptions);
        Assert.Equal(Listed(_tree["source"]), Listed(_tree["target"] + _tree["source"]));
        Assert.Contains("i", Listed(_tree["target"] + _tree["source"])["./later"], StringComparison.Ordinal);
    }

    [FlagFact]
    public void What_the_target_does_not_take_is_named_and_the_others_are_set()
    {
        _tree.Folder("target");
        var exceptions = new List<FileException>();
        using (var writer = new TreeWriter(_tree["target"], new RestoreOptions(), exceptions.Add))
        {
            var entry = new FileEntry
            {
                Path = FilePath.FromText("file"),
                Kind = FileKind.Regular,
                Mode = 0x1a4,
                UserId = SystemCall.EffectiveUser,
                Attributes = [Flags("nodump,nocow,noatime")],
            };
            using (var sink = writer.BeginFile(entry)) sink!.Commit(verified: true);
            writer.Complete();
        }

        var set = Listed(_tree["target"])["./file"];
        Assert.Contains("d", set, StringComparison.Ordinal);
        Assert.Contains("A", set, StringComparison.Ordinal);
        if (set.Contains('C')) Assert.Empty(exceptions); // btrfs
        else
        {
            var refused = Assert.Single(exceptions);
            Assert.Equal(FileExceptionKind.AttributesNotSet, refused.Kind);
            Assert.Contains("inode flags (nocow)", refused.Detail, StringComparison.Ordinal);
        }
    }

    [FlagFact("tar")]
    public void Gnu_tar_restores_what_it_can_of_such_an_archive()
    {
        using var scratch = new Scratch();
        scratch.Write("file", "text"u8.ToArray());
        Command.Run("chattr", "+d", Path.Combine(scratch.Tree, "file"));
        File.WriteAllBytes(Path.Combine(scratch.Folder, "image.zst"), scratch.Archive().Frames());

        var said = Tool.Shell("mkdir out && zstd -dc image.zst | tar -x -C out 2>&1", scratch.Folder);

        Assert.Equal("text", File.ReadAllText(Path.Combine(scratch.Folder, "out") + scratch.Tree + "/file"));
        Assert.Contains("SCHILY.fflags", said, StringComparison.Ordinal);
    }

    private static ExtendedAttribute Flags(string text) =>
        new(InodeFlags.Attribute.ToArray(), Encoding.ASCII.GetBytes(text));

    private static byte[] Header(FileEntry entry)
    {
        var target = new ArrayBufferWriter<byte>();
        new PaxHeader().Write(entry, 0, target);
        return target.WrittenSpan.ToArray();
    }

    private void Make()
    {
        _tree.File("source/dir/file", "text");
        _tree.File("source/plain", "text");
        Change("+d", "source/dir");
        Change("+dA", "source/dir/file");
    }

    private void Change(string flags, string path) => Assert.Equal(0, Command.Run("chattr", flags, _tree[path]).Code);

    private void Link(string from, string to)
    {
        using var directory = Descriptor.OpenDirectory(_tree.Path);
        Assert.Equal(0, SystemCall.LinkAt(
            directory.Number, Encoding.UTF8.GetBytes(from), directory.Number, Encoding.UTF8.GetBytes(to)));
    }

    /// <summary>What lsattr says of each item, `./dir/file`: `------dA------e-------`.</summary>
    private static Dictionary<string, string> Listed(string directory) =>
        Tool.Shell("find . \\( -type f -o -type d \\) -exec lsattr -d {} +", directory)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ', 2)).ToDictionary(line => line[1], line => line[0]);

    /// <summary>Needs a temporary folder on a file system with flags, as ext4, xfs and btrfs are.</summary>
    private sealed class FlagFactAttribute : FactAttribute
    {
        public FlagFactAttribute(params string[] tools)
            : this(root: false, tools) { }

        public FlagFactAttribute(bool root, params string[] tools)
        {
            Skip = new ToolFactAttribute([.. tools, "chattr", "lsattr", "find"]).Skip;
            if (Skip is not null || Environment.GetEnvironmentVariable("CI") == "true") return;
            using var tree = new TemporaryTree();
            var refused = Command.Run("chattr", "+dA", tree.Path).Code != 0;
            if (refused) Skip = $"The file system of {tree.Path} takes no flags of chattr.";
            else if (root && SystemCall.EffectiveUser != 0) Skip = "Needs root.";
        }
    }
}
