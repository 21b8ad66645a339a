using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Media.Packets;
using Backup.Messages;
using Backup.Messages.Files;
using Xunit;

namespace Backup.Tests.Media.Packets;

public sealed class InformationSpecs
{
    private static readonly ImageId Image = new(new UInt128(1, 2));

    private static FileEntry Entry(string path) => new()
    {
        Path = FilePath.FromText(path),
        Kind = FileKind.Regular,
        Mode = 0x9ed,
        UserId = uint.MaxValue,
        GroupId = 100,
        Size = 5,
        Modified = new UnixTime(-1, 999_999_999),
        Changed = new UnixTime(1_700_000_000, 1),
        Device = ulong.MaxValue,
        Inode = 77,
        LinkCount = 2,
        Attributes = [new ExtendedAttribute("user.x"u8.ToArray(), [1, 2, 3]),
            new ExtendedAttribute("user.y"u8.ToArray(), [])],
        Flags = EntryFlags.Truncated,
        Sparse = true,
        Digest = new ContentDigest(DigestAlgorithm.Sha256, new byte[32]),
        Position = new ContentPosition(Image, 3, 1024, 5),
    };

    private static FileEntry Link(string path) => new()
    {
        Path = FilePath.FromText(path),
        Kind = FileKind.Symlink,
        LinkTarget = [],
        DeviceMajor = 8,
        DeviceMinor = 1,
    };

    private static ArchiveChunk Chunk(params MemberRecord[] members) => new(ChunkBuffers.Rent(), 40)
    {
        Fragment = 3,
        Sequence = 9,
        ArchiveOffset = 9 << 20,
        ArchiveLength = 1 << 20,
        CompressionLevel = 1,
        Members = members,
        Exceptions = [new FileException([0xff, 0x2f], FileExceptionKind.Vanished, "openat", 2, "It is gone.")],
        Start = new FragmentStart(3, FragmentKind.Tail, FilePath.FromText("srv/big"), 512),
        Cut = new MemberCut(Entry("srv/cut"), 4096, new byte[32]),
        EndsFragment = true,
        EndsImage = true,
    };

    private static ArchiveChunk Usual() => Chunk(
        new MemberRecord(Entry("srv/a"), MemberPhase.Ends), new MemberRecord(
            Link("srv/a/b"), MemberPhase.Whole), new MemberRecord(Entry("srv/c"), MemberPhase.Begins));

    [Fact]
    public void Deleted_paths_come_back_in_their_order()
    {
        using var chunk = new ArchiveChunk(ChunkBuffers.Rent(), 40)
        {
            Fragment = 0,
            Sequence = 0,
            ArchiveOffset = 0,
            ArchiveLength = 1 << 20,
            CompressionLevel = 1,
            Members = [],
            Deletions = [FilePath.FromText("srv/a"), FilePath.FromText("srv/a.b"), FilePath.FromText("usr")],
        };
        var information = ChunkInformation.Write(chunk);

        using var back = ChunkInformation.Read(information, ChunkBuffers.Rent(), 40)!;

        Assert.Equal(chunk.Deletions, back.Deletions);
        var swapped = new ArchiveChunk(ChunkBuffers.Rent(), 40)
        {
            Fragment = 0,
            Sequence = 0,
            ArchiveOffset = 0,
            ArchiveLength = 1 << 20,
            CompressionLevel = 1,
            Members = [],
            Deletions = [.. chunk.Deletions.Reverse()],
        };
        using (swapped) Assert.Null(ChunkInformation.Read(ChunkInformation.Write(swapped), [], 40));
    }

    [Fact]
    public void A_chunk_comes_back_from_its_information_and_bytes()
    {
        using var chunk = Usual();
        var information = ChunkInformation.Write(chunk);
        var buffer = ChunkBuffers.Rent();

        using var back = ChunkInformation.Read(information, buffer, 40)!;

        Assert.Equivalent(
            new
            {
                chunk.Fragment,
                chunk.Sequence,
                chunk.ArchiveOffset,
                chunk.ArchiveLength,
                chunk.CompressionLevel,
                chunk.EndsFragment,
                chunk.EndsImage,
                chunk.Length
            },
            new
            {
                back.Fragment,
                back.Sequence,
                back.ArchiveOffset,
                back.ArchiveLength,
                back.CompressionLevel,
                back.EndsFragment,
                back.EndsImage,
                back.Length
            },
            strict: true);
        Assert.Equal(chunk.Start, back.Start);
        Assert.Equal((chunk.Cut!.MemberBytes, 32), (back.Cut!.MemberBytes, back.Cut.HashState.Length));
        Assert.Equivalent(chunk.Exceptions, back.Exceptions, strict: true);
        Assert.Equal(chunk.Members.Select(member => member.Phase), back.Members.Select(member => member.Phase));
        Assert.All(chunk.Members.Zip(back.Members), pair => AssertSame(pair.First.Entry, pair.Second.Entry));
        Assert.Equal(information, ChunkInformation.Write(back));
    }

    [Fact]
    public void A_chunk_has_the_bytes_of_the_format_page()
    {
        using var chunk = new ArchiveChunk(ChunkBuffers.Rent(), 7)
        {
            Fragment = 1,
            Sequence = 2,
            ArchiveOffset = 3,
            ArchiveLength = 512,
            CompressionLevel = 1,
            EndsFragment = true,
            Members = [new MemberRecord(
                new FileEntry { Path = FilePath.FromText("a"), Kind = FileKind.Directory, Mode = 0x1ed },
                MemberPhase.Whole)],
        };

        Assert.Equal(
            "010203" + "8004" + "01" + "01" + "00" + "01" + "00" + "00" + "0161" + "05" + "00" + "ED03" + "00" + "00"
                + "00" + "0000" + "0000" + "00" + "00" + "01"
            + "00" + "00" + "00" + "00" + "00" + new string('0', 32) + "00" + "00" + "00",
            Convert.ToHexString(ChunkInformation.Write(chunk)));
    }

    [Fact]
    public void No_cut_and_no_flipped_bit_does_harm()
    {
        using var chunk = Usual();
        var information = ChunkInformation.Write(chunk);
        var buffer = ChunkBuffers.Rent();
        for (var length = 0; length < information.Length;
            length++) Assert.Null(ChunkInformation.Read(information.AsSpan(0, length), buffer, 40));
        Assert.Null(ChunkInformation.Read([.. information, 0], buffer, 40));
        for (var bit = 0; bit < 8 * information.Length; bit++)
        {
            var flipped = information.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            ChunkInformation.Read(flipped, buffer, 40);
        }
    }

    [Theory]
    [InlineData("b", "a")]
    [InlineData("a", "a")]
    [InlineData("a", "b/../c")]
    [InlineData(".", "b")]
    public void Members_out_of_order_or_with_a_path_that_is_none_are_refused(string first, string second)
    {
        using var chunk =
            Chunk(new MemberRecord(Link(first), MemberPhase.Whole), new MemberRecord(Link(second), MemberPhase.Whole));

        Assert.Null(ChunkInformation.Read(ChunkInformation.Write(chunk), ChunkBuffers.Rent(), 40));
    }

    [Fact]
    public void A_chunk_without_bytes_is_refused()
    {
        using var chunk = Usual();

        Assert.Null(ChunkInformation.Read(ChunkInformation.Write(chunk), ChunkBuffers.Rent(), 0));
    }

    [Fact]
    public void A_batch_comes_back_and_its_content_must_be_filled()
    {
        var (big, small) = (Entry("a"), Link("b"));
        BatchPiece[] pieces = [new(big, 10, true, false, null), new(big, 5, false, true, null),
            new(small, 0, true, true, null), new(Entry("c"), 0, true, true, "gone")];
        var information = BatchInformation.Write(pieces, last: true, lane: 5);

        var (back, last, lane) = BatchInformation.Read(information, 15)!.Value;

        Assert.True(last);
        Assert.Equal(5, lane);
        Assert.Same(back[0].Entry, back[1].Entry);
        Assert.All(pieces.Zip(back), pair => AssertSame(pair.First.Entry, pair.Second.Entry));
        Assert.Equal(
            pieces.Select(piece => (piece.Length, piece.First, piece.Final, piece.Damage)),
            back.Select(piece => (piece.Length, piece.First, piece.Final, piece.Damage)));
        Assert.Null(BatchInformation.Read(information, 14));
        Assert.Null(BatchInformation.Read(information, 16));
        for (var length = 0; length < information.Length;
            length++) Assert.Null(BatchInformation.Read(information.AsSpan(0, length), 15));
        for (var bit = 0; bit < 8 * information.Length; bit++)
        {
            var flipped = information.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            BatchInformation.Read(flipped, 15);
        }
    }

    [Fact]
    public void A_batch_has_the_bytes_of_the_format_page() => Assert.Equal(
        "01" + "02" + "03" + "00" + "0161" + "05" + "00" + "00" + "00" + "00" + "00" + "0000" + "0000" + "00" + "00"
            + "01" + "00" + "00" + "00" + "00" + "00"
        + new string('0', 32) + "00" + "00" + "00" + "00" + "0E" + "00" + "026E6F",
        Convert.ToHexString(BatchInformation.Write(
            Two(new FileEntry { Path = FilePath.FromText("a"), Kind = FileKind.Directory }), last: true)));

    private static void AssertSame(FileEntry expected, FileEntry found)
    {
        Assert.Equal(
            (expected.Path, expected.Kind, expected.Mode, expected.UserId, expected.GroupId, expected.Size,
                expected.Modified),
            (found.Path, found.Kind, found.Mode, found.UserId, found.GroupId, found.Size, found.Modified));
        Assert.Equal(
            (expected.Changed, expected.Device, expected.Inode, expected.LinkCount, expected.DeviceMajor,
                expected.DeviceMinor, expected.Sparse),
            (found.Changed, found.Device, found.Inode, found.LinkCount, found.DeviceMajor, found.DeviceMinor,
                found.Sparse));
        Assert.Equal((expected.Flags, expected.Digest, expected.Position), (found.Flags, found.Digest, found.Position));
        Assert.Equal(expected.LinkTarget, found.LinkTarget);
        Assert.Equivalent(expected.Attributes, found.Attributes, strict: true);
    }

    private static BatchPiece[] Two(FileEntry entry) =>
        [new(entry, 0, true, true, null), new(entry, 0, false, true, "no")];
}
