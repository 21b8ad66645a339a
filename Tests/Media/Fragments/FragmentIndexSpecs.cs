using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Files;
using Xunit;

namespace Backup.Tests.Media.Fragments;

public sealed class FragmentIndexSpecs
{
    // Made from the format page by a program of its own.
    private const string Golden =
        "424649580100000000000000000000000000000abc05076e696768746c7904686f6d650477656231008081dcb5b9b592ef080002010301"
            +
        "0362696780046da0633528deaa0144e7b058315f0b753ec0b945163a72bf96a0d18180f9de0d80d8c4acf3b592ef080106564f4c303031"
        +
        "0000000000000000000000000000000703ac021e0584a25d9f43bf5cbd0aec01eb1af2220ed085b4e7f1837b0d89958cae353a496aca80"
        +
        "e4d8f29fb8e8cd816c3afb48d3f103970b3a2ee1600c08ca67326dee02aff07f90039f0fc70100000104676f6e6501057372762f780106"
        +
        "6f70656e61740d0772656675736564010203040506d8368008ac0201060a7461696c0a0280c0cdb3b6b692ef08010203040506d8368008"
        +
        "ac02016da0633528deaa0144e7b058315f0b753ec0b945163a72bf96a0d18180f9de0d050a616c6c0abd0d66192273ef9a2931c66be019"
        +
        "95b934e46975564efc4e3a7bc2751f1ecc1c";

    private static readonly TapeLocation Location = new(
        new VolumeIdentity(new VolumeName("VOL001"), new VolumeId(7)), 3);
    private static readonly FragmentCounts Counts = new(1, 2, 3, 4, 5, 6, 7000, 1024, 300, 1);

    [Fact]
    public void An_index_has_the_bytes_of_the_format_page() =>
        Assert.Equal(Golden, Convert.ToHexStringLower(IndexWriter.Write(Example())));

    [Fact]
    public void An_index_comes_back_as_it_was()
    {
        var bytes = Convert.FromHexString(Golden);

        Assert.Equal(IndexDefect.None, SealedFragment.FromIndex(bytes, Location, out var read));

        Assert.Equal(Golden, Convert.ToHexStringLower(IndexWriter.Write(read!.Index)));
        Assert.Equal(read.Root.ToArray(), bytes[^32..]);
        Assert.Equal((TapeRack.Image, new Epoch(2)), (read.Index.Image, read.Index.Epoch));
        Assert.Equal("tail", read.Index.Command);
        Assert.Equal(("all", SealOutcome.CompleteWithExceptions), (read.Index.Seal!.Command, read.Index.Seal.Outcome));
        Assert.Equal("gone", Assert.Single(read.Index.Deletions).ToString());
        Assert.Equal("refused", Assert.Single(read.Index.Exceptions).Detail);
        Assert.Equal(new ChunkExtent(1000, 24, 200, 100), read.Index.Chunks[1]);
    }

    [Fact]
    public void An_index_of_any_content_with_a_right_root_gives_a_defect_or_an_index_and_never_an_exception()
    {
        var good = Convert.FromHexString(Golden)[..^32];
        var random = new Random(11);
        for (var round = 0; round < 50_000; round++)
        {
            var bytes = good.ToArray().AsSpan();
            if (round % 4 == 0) bytes = bytes[..random.Next(6, bytes.Length)];
            for (var changes = random.Next(1, 4); changes > 0;
                changes--) bytes[random.Next(5, bytes.Length)] = (byte)random.Next(256);
            byte[] signed = [.. bytes, .. Sha256Digest.Of(bytes).ToArray()];

            var defect = SealedFragment.FromIndex(signed, Location, out var read);

            Assert.Equal(defect == IndexDefect.None, read is not null);
        }
    }

    [Fact]
    public void A_newer_version_is_not_guessed_at()
    {
        var bytes = Convert.FromHexString(Golden);
        bytes[4] = 2;

        Assert.Equal(IndexDefect.UnknownVersion, SealedFragment.FromIndex(bytes, Location, out _));
    }

    private static FragmentIndex Example()
    {
        var chunks = new ChunkTable();
        chunks.Add(1000, 200);
        chunks.Add(24, 100);
        return new FragmentIndex(
            TapeRack.Image,
            new Epoch(2),
            new FragmentStart(1, FragmentKind.Tail, FilePath.FromText("big"), 512),
            Sha256Digest.Of("previous"u8),
            new DateTimeOffset(2026, 1, 2, 3, 30, 0, TimeSpan.Zero),
            [new FragmentPart(Location, 0, 300, Sha256Digest.Of("header"u8), [Sha256Digest.Of("block"u8)])],
            chunks,
            [],
            null,
            [FilePath.FromText("gone")],
            [new FileException([.. "srv/x"u8], FileExceptionKind.Unreadable, "openat", 13, "refused")],
            Counts,
            "tail",
            new ImageSeal(
                SealOutcome.CompleteWithExceptions, TapeRack.Finished, Counts, [Sha256Digest.Of("previous"u8)], "all"));
    }
}
