using Backup.Media.Fragments;
using Backup.Media.Tape;
using Xunit;

namespace Backup.Tests.Media.Fragments;

public sealed class MediumDamageSpecs
{
    private const int HeaderStride = 509;
    private readonly TapeRack _rack = new();
    private readonly TinyArchive _archive = TinyArchive.Of(
        TapeRack.Image.Image, ("a", [.. "first"u8]), ("b", [.. "second"u8]), ("c", [.. "third"u8]));

    public MediumDamageSpecs() => Assert.True(_rack.Write(_archive.Cut(), chunkBytes: 512));

    [Fact]
    public void Every_changed_bit_of_the_data_is_detected_and_names_the_files()
    {
        Flip(file: 1, block: 1, stride: 1, defects =>
        {
            Assert.All(defects, defect => Assert.Equal(DefectKind.BlockDamaged, defect.Defect.Kind));
            Assert.Equal(
                ["a", "b", "c"], defects.SelectMany(defect => defect.Files).Select(path => path.ToString()).Distinct());
        });
    }

    [Fact]
    public void A_changed_bit_of_a_data_header_is_detected() => Flip(file: 1, block: 0, HeaderStride, defects =>
        Assert.Equal((DefectKind.HeaderDamaged, new TapeLocation(_rack.Identities[0], 1)),
            (Assert.Single(defects).Defect.Kind, defects[0].Defect.Location)));

    [Fact]
    public void A_changed_bit_of_an_index_header_is_detected() => Flip(file: 2, block: 0, HeaderStride, IsIndexDefect);

    [Fact]
    public void Every_changed_bit_of_an_index_is_detected()
    {
        var index = _rack.Volumes[0].Files[2][1];
        for (var bit = 0; bit < index.Length * 8; bit++)
        {
            index[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(
                IndexDefect.None, SealedFragment.FromIndex(index, _rack.Sealed[0].IndexLocation, out var read));
            Assert.Null(read);
            index[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        Flip(file: 2, block: 1, stride: 61, IsIndexDefect);
    }

    [Fact]
    public void Damage_in_one_chunk_that_was_stored_so_names_the_files_in_it_alone()
    {
        var fragment = _rack.Sealed[0];
        var chunk = fragment.Index.Chunks.Find(_archive.Entries[1].Position.Offset);
        var extent = fragment.Index.Chunks[chunk];

        var touched = TouchedFiles.In(fragment.Index, new ArchiveRange(extent.ArchiveOffset, extent.ArchiveLength));

        Assert.Equal(["b"], touched.Select(path => path.ToString()));
    }

    [Fact]
    public void Content_that_was_changed_before_it_was_stored_is_named()
    {
        var fragments = _archive.Cut();
        fragments[0].Archive[(int)_archive.Entries[2].Position.Offset] ^= 1;
        var rack = new TapeRack();
        rack.Write(fragments);

        var defect = Assert.Single(rack.Verify(rack.Sealed));

        Assert.Equal((DefectKind.MemberDamaged, "c"), (defect.Defect.Kind, Assert.Single(defect.Files).ToString()));
    }

    [Fact]
    public void Changed_content_that_spans_fragments_is_named_where_it_ends()
    {
        var archive = TinyArchive.Of(TapeRack.Image.Image, ("big", TinyArchive.Noise(9000, 1)), ("z", []));
        var fragments = archive.Cut(3000, 6000);
        fragments[1].Archive[10] ^= 1;
        var rack = new TapeRack();
        Assert.True(rack.Write(fragments));

        var defect = Assert.Single(rack.Verify(rack.Sealed));

        Assert.Equal((DefectKind.MemberDamaged, "big"), (defect.Defect.Kind, Assert.Single(defect.Files).ToString()));
    }

    [Fact]
    public void Swapped_repeated_short_and_further_blocks_are_detected()
    {
        var archive = TinyArchive.Of(TapeRack.Image.Image, ("big", TinyArchive.Noise(3 << 20, 1)));
        var rack = new TapeRack();
        rack.Write(archive.Cut());
        var good = rack.Volumes[0];
        Action<List<byte[]>>[] damages =
        [
            file => (file[1], file[2]) = (file[2], file[1]),
            file => file[2] = file[1],
            file => file[1] = new byte[TapeFormat.BlockBytesMax],
            file => file[^1] = file[^1][..^1],
            file => file.RemoveAt(file.Count - 1),
            file => file.Add([1]),
        ];
        foreach (var damage in damages)
        {
            rack.Volumes[0] = good.Copy();
            damage(rack.Volumes[0].Files[1]);

            Assert.NotEmpty(rack.Verify(rack.Sealed));
        }
    }

    private static void IsIndexDefect(List<VerifiedDefect> defects) =>
        Assert.Equal(DefectKind.IndexDamaged, Assert.Single(defects).Defect.Kind);

    private void Flip(int file, int block, int stride, Action<List<VerifiedDefect>> check)
    {
        Assert.Empty(_rack.Verify(_rack.Sealed));
        var bytes = _rack.Volumes[0].Files[file][block];
        for (var bit = 0; bit < bytes.Length * 8; bit += stride)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            var defects = _rack.Verify(_rack.Sealed);
            Assert.True(defects.Count > 0, $"bit {bit} of tape file {file}, block {block}");
            check(defects);
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }
}
