using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Backup.Media.Fragments;
using Backup.Tests.Media.Tape;
using Xunit;

namespace Backup.Tests.Media.Fragments;

public sealed class ImageAssemblerSpecs
{
    private static readonly TinyArchive Archive = TinyArchive.Of(
        TapeRack.Image.Image, ("a", TinyArchive.Noise(1_500_000, 1)), ("b", TinyArchive.Noise(1_500_000, 2)),
        ("c", [3]));

    private static readonly IReadOnlyList<TinyFragment> Fragments = Archive.Cut(Archive.BeginOf(1), Archive.BeginOf(2));

    [Fact]
    public void An_image_is_rebuilt_from_its_indexes_whatever_the_order_of_the_volumes()
    {
        var rack = new TapeRack(blocksMax: 4);
        Assert.True(rack.Write(Fragments));

        var found = rack.Scan();

        var image = Assert.Single(found.Images);
        Assert.Equal(TapeRack.Image, image.Header);
        Assert.Equal(rack.Sealed.Select(fragment => fragment.Root), image.Fragments.Select(fragment => fragment.Root));
        Assert.Equal(rack.Sealed.Select(fragment => fragment.IndexLocation),
            image.Fragments.Select(fragment => fragment.IndexLocation));
        Assert.Empty(found.Broken);
        Assert.Empty(found.Abandoned);
        Assert.Empty(found.Unfinished);
        Assert.Empty(found.MissingParts);
    }

    [Fact]
    public void A_base_comes_before_what_builds_on_it_whatever_their_clocks_said()
    {
        // By their moments it would be 3, 2, 1.
        var images = new[] { Whole(3, below: 2), Whole(1, below: null), Whole(2, below: 1), Whole(5, below: 4) };

        var ordered = new Assembly(images, [], [], [], [], []).BasesFirst();

        Assert.Equal([1, 2, 3, 5], ordered.Select(image => (int)image.Header.Image.Value));
    }

    private static AssembledImage Whole(int number, int? below) => new(
        TapeRack.Image with
        {
            Image = new((UInt128)number),
            Since = DateTimeOffset.UnixEpoch.AddHours(-number),
            Base = below is { } image ? new BaseImage(new((UInt128)image), default) : null,
        },
        []);

    [Fact]
    public void What_is_kept_of_a_library_does_not_grow_with_its_files()
    {
        var rack = new TapeRack();
        Assert.True(rack.Write(Fragments));
        var assembler = new ImageAssembler();

        var indexes = AddAll(assembler, rack);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        Assert.Equal(9, indexes.Count);
        Assert.All(indexes, index => Assert.False(index.IsAlive, "An index, its bytes or its entries are kept."));
        Assert.Single(assembler.Assemble().Images);
    }

    /// <summary>Not inlined: a local of the caller would keep the last one alive.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static List<WeakReference> AddAll(ImageAssembler assembler, TapeRack rack)
    {
        var indexes = new List<WeakReference>();
        foreach (var found in VolumeScanner.Scan(rack.Drive))
        {
            assembler.Add(found);
            if (found is not ScannedFile.Index { Fragment: var fragment }) continue;
            Assert.True(MemoryMarshal.TryGetArray(fragment.IndexBytes, out var bytes));
            indexes.AddRange([new WeakReference(fragment), new WeakReference(bytes.Array),
                new WeakReference(fragment.Index.EntryBlocks)]);
        }
        return indexes;
    }

    [Fact]
    public void An_image_that_was_never_sealed_is_abandoned()
    {
        var rack = new TapeRack();
        Assert.True(rack.Write(Fragments, seals: false));

        var found = rack.Scan();

        Assert.Empty(found.Images);
        Assert.Equal([0, 1, 2], found.Abandoned.Select(fragment => fragment.Fragment));
    }

    [Fact]
    public void Data_without_index_is_unfinished()
    {
        var rack = new TapeRack();
        Assert.True(rack.Write(Fragments));
        rack.Volumes[0].Files.RemoveAt(6);

        var found = rack.Scan();

        Assert.Equal(2, Assert.Single(found.Unfinished).Start.Fragment);
        Assert.Equal([0, 1], found.Abandoned.Select(fragment => fragment.Fragment));
    }

    [Fact]
    public void A_part_that_took_no_data_at_the_end_of_a_volume_is_not_unfinished()
    {
        var empty = 0;
        for (var blocksMax = 3; blocksMax <= 12; blocksMax++)
        {
            var rack = new TapeRack(blocksMax);
            Assert.True(rack.Write(Fragments));

            Assert.Empty(rack.Scan().Unfinished);
            empty += DataFiles(rack) - rack.Sealed.Sum(fragment => fragment.Index.Parts.Count);
        }
        Assert.True(empty > 0, "No volume ended behind a part's header.");

        static int DataFiles(TapeRack rack) => rack.Volumes.Sum(volume =>
        {
            rack.Drive.Mount(volume);
            return VolumeScanner.Scan(rack.Drive).Count(file => file is ScannedFile.Data);
        });
    }

    [Fact]
    public void A_fragment_of_an_older_attempt_is_abandoned_when_another_took_its_place()
    {
        var rack = new TapeRack();
        Assert.True(rack.Write([Fragments[0]], seals: false));
        Assert.IsType<SealResult.Sealed>(rack.Write(Fragments[1], last: null));
        Assert.True(rack.Write([.. Fragments.Skip(1)], epoch: 2));

        var found = rack.Scan();

        Assert.Equal([1L, 2, 2], Assert.Single(found.Images).Fragments.Select(fragment => fragment.Epoch.Value));
        Assert.Equal((1, 1L), (Assert.Single(found.Abandoned).Fragment, found.Abandoned[0].Epoch.Value));
    }

    [Fact]
    public void A_sealed_image_with_a_fragment_missing_says_which()
    {
        var rack = new TapeRack();
        Assert.True(rack.Write(Fragments));
        rack.Volumes[0].Files[4][1][30] ^= 1;

        var found = rack.Scan();

        Assert.Empty(found.Images);
        Assert.Equal(
            (1, rack.Sealed[1].Root), (Assert.Single(found.Broken).MissingFragment, found.Broken[0].MissingRoot));
        Assert.Equal(0, Assert.Single(found.Abandoned).Fragment);
    }

    [Fact]
    public void A_part_that_was_moved_to_another_volume_is_missing_and_not_believed()
    {
        var rack = new TapeRack();
        Assert.True(rack.Write(Fragments));
        rack.MountBlank();
        rack.Volumes[1].Files.AddRange(rack.Volumes[0].Files[1..3]);
        rack.Volumes[0].Files[1] = [new byte[100]];

        var found = rack.Scan();

        Assert.Equal(rack.Sealed[0].Index.Parts[0].Location, Assert.Single(found.MissingParts).Location);
        rack.Drive.Mount(rack.Volumes[1]);
        Assert.Equal(2, VolumeScanner.Scan(rack.Drive).OfType<ScannedFile.Damaged>().Count());
    }

    [Fact]
    public void A_scan_of_any_cut_or_changed_volume_ends()
    {
        var rack = new TapeRack();
        Assert.True(rack.Write(TinyArchive.Of(TapeRack.Image.Image, ("a", [1]), ("b", [2])).Cut()));
        var good = rack.Volumes[0];
        var random = new Random(7);
        for (var round = 0; round < 300; round++)
        {
            rack.Volumes[0] = good.Copy();
            var file = rack.Volumes[0].Files[random.Next(3)];
            var block = random.Next(file.Count);
            if (random.Next(2) == 0) file[block] = file[block][..random.Next(file[block].Length)];
            else random.NextBytes(file[block].AsSpan(random.Next(file[block].Length)));
            rack.Volumes[0].Files.RemoveAll(emptied => emptied.Count == 0);

            var found = rack.Scan();

            Assert.InRange(found.Images.Count, 0, 1);
        }
    }

    [Fact]
    public void A_drive_that_fails_while_scanning_is_reported_and_the_rest_is_found()
    {
        var rack = new TapeRack();
        Assert.True(rack.Write(Fragments));
        rack.Drive.Mount(rack.Volumes[0]);
        var reads = 0;
        rack.Drive.Fault = operation =>
            operation == "read" && reads++ == 1 ? Backup.Media.Tape.TapeResult.Error(5, "read") : null;

        var found = VolumeScanner.Scan(rack.Drive).ToList();

        Assert.Equal(7, found.Count);
        Assert.Equal(5, Assert.IsType<ScannedFile.Unreadable>(found[1]).Result.Errno);
        Assert.Equal(3, found.OfType<ScannedFile.Index>().Count());
    }
}
