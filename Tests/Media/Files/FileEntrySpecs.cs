using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Files;
using Xunit;

namespace Backup.Tests.Media.Files;

public sealed class FileEntrySpecs
{
    [Fact]
    public void A_copy_has_every_field_and_is_another_entry()
    {
        var entry = new FileEntry
        {
            Path = FilePath.FromText("a/b"),
            Kind = FileKind.Regular,
            Mode = 0x1ff,
            UserId = 1,
            GroupId = 2,
            Size = 3,
            Modified = new UnixTime(4, 5),
            Changed = new UnixTime(6, 7),
            Device = 8,
            Inode = 9,
            LinkCount = 10,
            Attributes = [new ExtendedAttribute([1], [2])],
            Sparse = true,
            Flags = EntryFlags.Truncated,
            Digest = new ContentDigest(DigestAlgorithm.Sha256, new byte[32]),
            Position = new ContentPosition(new ImageId(11), 12, 13, 14),
        };

        var copy = entry with { };

        Assert.NotEqual(entry, copy);
        Assert.Equal(entry, entry);
        Assert.Equal(Block(entry), Block(copy));
        Assert.NotEqual(Block(entry), Block(entry with { Path = FilePath.FromText("a/c") }));
    }

    private static byte[] Block(FileEntry entry)
    {
        var builder = new EntryBlockBuilder();
        return (builder.Add(entry) ?? builder.Flush())!.Bytes.ToArray();
    }
}
