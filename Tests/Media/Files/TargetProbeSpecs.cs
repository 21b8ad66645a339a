using System.Text;
using Backup.Media.Archive;
using Backup.Media.Files;
using Backup.Messages.Files;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.Media.Files;

/// <summary>RS-13: of which files a restore needs no content, since what is at the target stays.</summary>
public sealed class TargetProbeSpecs : IDisposable
{
    private const string Text = "content";
    private readonly TemporaryTree _tree = new();

    public TargetProbeSpecs() => There(Text, seconds: 1000);

    public void Dispose() => _tree.Dispose();

    [Theory]
    [InlineData(ReplaceRule.Never, true, true, true)]
    [InlineData(ReplaceRule.Newer, true, true, false)]
    [InlineData(ReplaceRule.Older, false, true, true)]
    [InlineData(ReplaceRule.Changed, false, true, false)]
    [InlineData(ReplaceRule.Always, false, false, false)]
    public void The_rule_says_what_stays(ReplaceRule rule, bool archivedOlder, bool same, bool archivedNewer)
    {
        foreach (var isResumed in (bool[])[false, true])
        {
            using var probe = new TargetProbe(_tree["target"], rule, isResumed);

            Assert.Equal(archivedOlder, probe.Keeps(Entry() with { Modified = new UnixTime(999, 0) }));
            // In a further attempt Always looks closer
            Assert.Equal(same || (isResumed && rule == ReplaceRule.Always), probe.Keeps(Entry()));
            Assert.Equal(archivedNewer, probe.Keeps(Entry() with { Modified = new UnixTime(1001, 0) }));
            Assert.False(probe.Keeps(Entry() with { Path = FilePath.FromText("/missing") }));
            Assert.False(probe.Keeps(Entry() with { Path = new FilePath("../target/there"u8.ToArray()) }));
        }
    }

    [Fact]
    public void What_is_no_file_stays_only_where_its_time_alone_decides()
    {
        File.Delete(_tree["target/there"]);
        _tree.File("elsewhere", Text);
        File.CreateSymbolicLink(_tree["target/there"], _tree["elsewhere"]);

        Assert.All(
            (ReplaceRule[])[ReplaceRule.Changed, ReplaceRule.Always], rule => Assert.False(Keeps(rule, Entry())));
        Assert.True(Keeps(ReplaceRule.Never, Entry()));

        File.Delete(_tree["target/there"]);
        _tree.Folder("target/there"); // the writer names it
        Assert.All(Enum.GetValues<ReplaceRule>(), rule => Assert.False(Keeps(rule, Entry())));
    }

    /// <summary>
    /// By Always a file that looks alike may be another: only one with all that the image says, its content by the
    /// digest, is taken for what an earlier attempt brought.
    /// </summary>
    [Fact]
    public void Of_what_is_always_replaced_only_a_whole_copy_stays()
    {
        Assert.True(Keeps(ReplaceRule.Always, Entry()));
        Assert.False(Keeps(ReplaceRule.Always, Entry() with { Digest = default }));
        Assert.False(Keeps(ReplaceRule.Always, Entry() with { Mode = 0x1ed }));
        Assert.False(Keeps(ReplaceRule.Always, Entry() with { Mode = 0x9a4 }));
        Assert.False(Keeps(ReplaceRule.Always, Entry() with { Sparse = true }));
        Assert.False(Keeps(ReplaceRule.Always, Entry() with { LinkCount = 2 }));
        Assert.False(Keeps(ReplaceRule.Always, Entry() with
        {
            Attributes = [new ExtendedAttribute("user.note"u8.ToArray(), "x"u8.ToArray())],
        }));
        Assert.False(Keeps(ReplaceRule.Always, Entry("CONTENT")));
        There("CONTENT", seconds: 1000);
        Assert.False(Keeps(ReplaceRule.Always, Entry()));
        There(Text, seconds: 1000);
        Command.Run("ln", _tree["target/there"], _tree["target/further"]);
        Assert.False(Keeps(ReplaceRule.Always, Entry()));
    }

    private bool Keeps(ReplaceRule rule, FileEntry entry)
    {
        using var probe = new TargetProbe(_tree["target"], rule, isResumed: true);
        return probe.Keeps(entry);
    }

    private void There(string text, long seconds)
    {
        _tree.File("target/there", text);
        Command.Run("chmod", "644", _tree["target/there"]);
        File.SetLastWriteTimeUtc(_tree["target/there"], DateTime.UnixEpoch.AddSeconds(seconds));
    }

    private FileEntry Entry(string text = Text)
    {
        var hash = new ContentHash();
        hash.Begin(DigestAlgorithm.Sha256);
        hash.Append(Encoding.ASCII.GetBytes(text));
        var made = Walk.Of(Walk.Set(Walk.Operation(_tree["target"]))).Entries;
        return new FileEntry
        {
            Path = FilePath.FromText("/there"),
            Kind = FileKind.Regular,
            Size = text.Length,
            Modified = new UnixTime(1000, 0),
            Mode = 0x1a4,
            UserId = made[0].UserId,
            GroupId = made[0].GroupId,
            // What the file system sets by itself
            Attributes = made.Find(one => one.Kind == FileKind.Regular)?.Attributes ?? [],
            Digest = hash.End(),
            Position = new ContentPosition(default, 0, 0, text.Length),
        };
    }
}
