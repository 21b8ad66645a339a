using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Tests.Media.Tape;
using Xunit;

namespace Backup.Tests.Media.Fragments;

/// <summary>Fragments that are written once more, as they are.</summary>
public sealed class CopyWriterSpecs
{
    private static readonly TinyArchive Archive = TinyArchive.Of(
        TapeRack.Image.Image, ("a", TinyArchive.Noise(3_500_000, 1)), ("b", TinyArchive.Noise(2_500_000, 2)),
        ("c", [3]));

    private static readonly IReadOnlyList<TinyFragment> Fragments = Archive.Cut(Archive.BeginOf(1), Archive.BeginOf(2));

    public static TheoryData<EndOfMediumManner> Manners => new(Enum.GetValues<EndOfMediumManner>());

    [Theory]
    [MemberData(nameof(Manners))]
    public void On_smaller_volumes_it_is_the_same_image_and_a_scan_of_them_alone_finds_it(EndOfMediumManner manner)
    {
        var original = new TapeRack();
        Assert.True(original.Write(Fragments));
        var second = Copied(original, new TapeRack(blocksMax: 4, manner), 2);
        var third = Copied(second, new TapeRack(blocksMax: 7), 3);

        foreach (var (copy, number) in new[] { (second, 2), (third, 3) })
        {
            Assert.Equal(
                original.Sealed.Select(fragment => fragment.Root), copy.Sealed.Select(fragment => fragment.Root));
            Assert.Empty(copy.Verify(copy.Sealed));
            Assert.All(
                original.Sealed.Zip(copy.Sealed),
                pair => Assert.Equal(original.Read(pair.First), copy.Read(pair.Second)));
            var found = copy.Scan();
            var image = Assert.Single(found.Images);
            Assert.All(image.Fragments, fragment => Assert.Equal(number, fragment.Copy));
            Assert.Equal(
                copy.Sealed.Select(fragment => fragment.IndexLocation),
                image.Fragments.Select(fragment => fragment.IndexLocation));
            Assert.Empty(found.MissingParts);
            Assert.Empty(found.Copies);
            Assert.Equal(original.Sealed[^1].OriginalIndex.ToArray(), copy.Sealed[^1].OriginalIndex.ToArray());
            var command = copy.Sealed[^1].Index.Seal!.Command;
            Assert.All(
                copy.Sealed.SelectMany(fragment => fragment.Index.Parts),
                part => Assert.Contains($"{part.Location.Volume.Name}/", command, StringComparison.Ordinal));
        }
        Assert.True(second.Sealed.Sum(fragment => fragment.Index.Parts.Count) > Fragments.Count);
    }

    [Fact]
    public void What_lies_at_two_places_is_one_image_with_copies()
    {
        var original = new TapeRack();
        Assert.True(original.Write(Fragments));
        var copy = Copied(original, new TapeRack(), 2);
        var assembler = new ImageAssembler();
        foreach (var rack in new[] { original, copy, copy }) // what was read twice is there once
        {
            rack.Mount(rack.Identities[^1]);
            foreach (var file in VolumeScanner.Scan(rack.Drive)) assembler.Add(file);
        }

        var found = assembler.Assemble();

        Assert.Equal([1, 1, 1], Assert.Single(found.Images).Fragments.Select(fragment => fragment.Copy));
        Assert.Equal([(0, 2), (1, 2), (2, 2)], found.Copies.Select(each => (each.Fragment, each.Copy)));
        Assert.Empty(found.Abandoned);
    }

    [Fact]
    public void Where_it_says_it_lies_is_believed_only_whole()
    {
        var original = new TapeRack();
        Assert.True(original.Write(Fragments));
        var copy = Copied(original, new TapeRack(), 2).Sealed[^1];
        var whole = copy.IndexBytes.ToArray();
        var record = whole.Length - copy.OriginalIndex.Length;

        for (var at = 0; at < record; at++)
        {
            var hurt = whole.ToArray();
            hurt[at] ^= 0x10;
            Assert.NotEqual(IndexDefect.None, SealedFragment.FromIndex(hurt, copy.IndexLocation, out _));
            Assert.NotEqual(
                IndexDefect.None, SealedFragment.FromIndex(whole.AsMemory(0, at), copy.IndexLocation, out _));
        }
        var other = original.Sealed[0].IndexBytes.ToArray();
        Assert.NotEqual(
            IndexDefect.None,
            SealedFragment.FromIndex(new byte[][] { whole[..record], other }.SelectMany(part => part).ToArray(),
                copy.IndexLocation, out _));
    }

    [Fact]
    public void A_chunk_that_is_whole_in_no_copy_is_put_together_of_blocks()
    {
        var original = new TapeRack();
        Assert.True(original.Write(Fragments));
        var copy = Copied(original, new TapeRack(), 2);
        var (first, second) = (original.Sealed[0], copy.Sealed[0]);
        var chunk = Enumerable.Range(0, first.Index.Chunks.Count).First(each =>
            first.Index.Chunks[each] is var extent && extent.FrameOffset / TapeFormat.BlockBytesMax
                != (extent.FrameOffset + extent.FrameLength - 1) / TapeFormat.BlockBytesMax);
        var block = (int)(first.Index.Chunks[chunk].FrameOffset / TapeFormat.BlockBytesMax);
        original.Volumes[0].Files[first.Index.Parts[0].Location.File][block + 1].AsSpan().Fill(0xEE);
        copy.Volumes[^1].Files[second.Index.Parts[0].Location.File][block + 2].AsSpan().Fill(0xEE);

        var salvage = new ChunkSalvage([first.Index.Layout, second.Index.Layout], chunk);
        foreach (var (at, number) in salvage.Places)
        {
            var rack = number < salvage.Places.Count / 2 ? original : copy;
            Assert.Equal(rack.Identities[^1], at.Volume);
            rack.Mount(at.Volume);
            salvage.Read(rack.Drive, number);
        }
        var archive = new byte[first.Index.Chunks[chunk].ArchiveLength];

        Assert.True(salvage.TryAssemble(archive));
        Assert.Equal(
            first.Index.Chunks[chunk].FrameLength, salvage.Frame.Length);
    }

    /// <summary>All fragments of a rack once more, on another.</summary>
    private static TapeRack Copied(TapeRack from, TapeRack to, int number)
    {
        while (to.Volumes.Count <= from.Volumes.Count) to.MountBlank(); // no volume has the name of another
        var buffer = new byte[TapeFormat.BlockBytesMax];
        foreach (var fragment in from.Sealed)
        {
            var reader = new BlockReader(fragment.Index);
            using var writer = CopyWriter.Begin(
                to.Drive, to.Identities[^1], fragment, number,
                [.. to.Sealed.SelectMany(earlier => earlier.Index.Parts).Select(part => part.Location)]);
            for (var block = 0; block < reader.Count; block++)
            {
                from.Mount(fragment.Index.Parts[reader.PlaceOf(block).Part].Location.Volume);
                Assert.Null(reader.Read(from.Drive, block, buffer, out var length));
                Assert.Null(reader.Check(block, buffer.AsSpan(0, length)));
                while (writer.Append(buffer.AsSpan(0, length), reader.DigestOf(block)) is not WriteResult.Written)
                    Continue(writer, to);
            }
            SealResult result;
            while ((result = writer.Seal()) is SealResult.NeedVolume) Continue(writer, to);
            var done = Assert.IsType<SealResult.Sealed>(result);
            to.Sealed.Add(done.Fragment);
            if (done.VolumeIsNearlyFull) to.MountBlank();
        }
        return to;
    }

    private static void Continue(CopyWriter writer, TapeRack to)
    {
        Assert.True(to.Volumes.Count < 100, "The writer asks for volumes without end.");
        to.MountBlank();
        writer.ContinueOn(to.Drive, to.Identities[^1]);
    }
}
