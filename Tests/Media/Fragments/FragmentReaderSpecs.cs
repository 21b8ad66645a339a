using Backup.Media.Fragments;
using Backup.Media.Tape;
using Xunit;

namespace Backup.Tests.Media.Fragments;

public sealed class FragmentReaderSpecs
{
    private static readonly TinyArchive Archive = TinyArchive.Of(
        TapeRack.Image.Image,
        [.. Enumerable.Range(0, 60).Select(at => ($"f{at:00}", TinyArchive.Noise(100_000 + (at * 977), at)))]);

    private readonly TapeRack _rack = new(blocksMax: 4);
    private readonly SealedFragment _fragment;

    public FragmentReaderSpecs()
    {
        Assert.True(_rack.Write(Archive.Cut(), chunkBytes: 200_000));
        _fragment = _rack.Sealed[0];
        Assert.True(_fragment.Index.Parts.Count > 1);
    }

    [Fact]
    public void Any_ranges_are_read_with_no_more_than_their_blocks()
    {
        var random = new Random(1);
        for (var round = 0; round < 40; round++)
        {
            var ranges = Enumerable.Range(0, random.Next(1, 4)).Select(_ => Range(random)).ToArray();
            var plan = FragmentReadPlan.For(_fragment.Index.Layout, ranges);

            var read = _rack.Read(_fragment, ranges);

            var expected =
                plan.Ranges.SelectMany(range => Archive.Bytes.Slice((int)range.Offset, (int)range.Length).ToArray());
            Assert.Equal(expected, read);
            foreach (var range in ranges)
                Assert.Contains(plan.Ranges, merged => merged.Offset <= range.Offset && merged.End >= range.End);
        }
    }

    [Fact]
    public void A_small_range_costs_its_blocks_and_a_header()
    {
        var entry = Archive.Entries[30];
        var plan = FragmentReadPlan.For(
            _fragment.Index.Layout, [new ArchiveRange(entry.Position.Offset, entry.Position.Length)]);
        using var reader = new FragmentReader(_fragment.Index.Layout, plan);
        while (reader.Next is { } part)
        {
            _rack.Mount(part.Location.Volume);
            Assert.All(reader.Read(_rack.Drive), piece => Assert.Null(piece.Defect));
        }

        Assert.InRange(
            reader.BytesRead, entry.Position.Length, (2 * TapeFormat.BlockBytesMax) + (2 * TapeFormat.HeaderBytes));
    }

    [Fact]
    public void A_damaged_block_costs_its_files_and_no_other()
    {
        var part = _fragment.Index.Parts[1];
        _rack.Volumes[1].Files[part.Location.File][2][77] ^= 4;

        var defects = _rack.Verify([_fragment]);

        Assert.All(defects, defect => Assert.Equal((part.Location, DefectKind.BlockDamaged, 2L),
            (defect.Defect.Location, defect.Defect.Kind, defect.Defect.Block)));
        var lost = defects.SelectMany(defect => defect.Files).Distinct().ToList();
        Assert.InRange(lost.Count, 8, 16);
        Assert.Equal(lost.Order(), lost);
    }

    [Fact]
    public void A_volume_that_cannot_be_had_is_passed_over()
    {
        using var verifier = new FragmentVerifier(_fragment);
        var defects = new List<VerifiedDefect>();
        while (verifier.Next is { } part)
        {
            _rack.Mount(part.Location.Volume);
            defects.AddRange(part.Part == 1
                ? verifier.SkipPart("the volume is off site") : verifier.VerifyPart(_rack.Drive));
        }

        Assert.Empty(verifier.Finish(out _));
        Assert.All(defects, defect => Assert.Equal(DefectKind.Missing, defect.Defect.Kind));
        Assert.True(defects.Sum(defect => defect.Defect.Lost.Length) >= _fragment.Index.Parts[1].Length);
    }

    [Fact]
    public void A_range_outside_the_fragment_is_refused()
    {
        var end = _fragment.Index.Chunks.ArchiveBytes;

        Assert.Throws<ArgumentOutOfRangeException>(() =>
            FragmentReadPlan.For(_fragment.Index.Layout, [new ArchiveRange(end, 1)]));
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            FragmentReadPlan.For(_fragment.Index.Layout, [new ArchiveRange(-1, 1)]));
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            FragmentReadPlan.For(_fragment.Index.Layout, [new ArchiveRange(1, long.MaxValue)]));
        Assert.Empty(FragmentReadPlan.For(_fragment.Index.Layout, [new ArchiveRange(end, 0)]).Parts);
    }

    private ArchiveRange Range(Random random)
    {
        var from = random.NextInt64(_fragment.Index.Chunks.ArchiveBytes);
        return new ArchiveRange(
            from, random.NextInt64(1, Math.Min(2_500_000, _fragment.Index.Chunks.ArchiveBytes - from) + 1));
    }
}
