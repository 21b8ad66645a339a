using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Xunit;

namespace Backup.Tests.Media.Fragments;

/// <summary>
/// V15: a storage node that may write whatever it likes, with indexes and digests that fit. Whoever holds the roots of
/// the fragments (the catalog, and the seal of the image in it) finds it; media alone can prove nothing against who
/// made them, and these tests say what that means.
/// </summary>
public sealed class HostileStoreSpecs
{
    private static readonly TinyArchive Newer = Of(TapeRack.Image.Image, seed: 1);
    private static readonly TinyArchive Old = Of(TapeRack.Image.Image, seed: 5);
    private readonly TapeRack _honest = Written(Newer);

    /// <summary>All that a holder of the roots needs: as the catalog says it.</summary>
    private IReadOnlyList<Sha256Digest> Roots => [.. _honest.Sealed.Select(fragment => fragment.Root)];

    [Fact]
    public void An_old_volume_in_the_place_of_the_new_one_has_other_roots()
    {
        var replayed = Written(Old);
        Assert.Equal(_honest.Identities, replayed.Identities);

        // It is whole by itself: nothing on it says that there was a newer one
        var image = Assert.Single(replayed.Scan().Images);
        Assert.Empty(replayed.Verify(replayed.Sealed));

        Assert.Empty(image.Fragments.Select(fragment => fragment.Root).Intersect(Roots));
        Assert.NotEmpty(replayed.Verify(_honest.Sealed));
        NothingFalseIsGiven(replayed);
    }

    [Fact]
    public void A_newest_session_that_is_dropped_is_missed_by_who_knows_of_it()
    {
        foreach (var kept in Enumerable.Range(0, _honest.Sealed.Count))
        {
            var dropped = new TapeRack();
            dropped.Identities.AddRange(_honest.Identities);
            dropped.Volumes.AddRange(_honest.Volumes.Select(volume => volume.Copy()));
            var last = _honest.Sealed[kept].Index.Parts[0].Location;
            dropped.Volumes[0].Files.RemoveRange(last.File, dropped.Volumes[0].Files.Count - last.File);

            Assert.Empty(dropped.Scan().Images); // without its last fragment an image is not taken for whole
            Assert.Contains(dropped.Verify(_honest.Sealed), defect => defect.Defect.Kind == DefectKind.Missing);
            NothingFalseIsGiven(dropped);
        }
    }

    [Fact]
    public void Chunks_of_another_client_are_found_also_where_header_and_index_are_made_to_fit()
    {
        var other = Written(Of(new ImageId(0xdef), seed: 9));
        for (var fragment = 0; fragment < _honest.Sealed.Count; fragment++)
        {
            var swapped = Copy();
            var mine = _honest.Sealed[fragment].Index.Parts[0].Location;
            var theirs = other.Sealed[fragment].Index.Parts[0].Location;
            var file = swapped.Volumes[0].Files[mine.File];
            file.RemoveRange(1, file.Count - 1);
            file.AddRange(other.Volumes[0].Files[theirs.File].Skip(1));

            Assert.NotEmpty(swapped.Verify(_honest.Sealed));
            NothingFalseIsGiven(swapped);
        }
        // With all of them forged the image is whole, and its roots are not those that are known
        var forged = Written(Of(TapeRack.Image.Image, seed: 9));
        Assert.Empty(Assert.Single(forged.Scan().Images).Fragments.Select(fragment => fragment.Root).Intersect(Roots));
    }

    /// <summary>The root stands for every digest, so a forged index for the same root cannot be made.</summary>
    [Fact]
    public void An_index_whose_digests_are_changed_to_fit_other_data_has_another_root()
    {
        var forged = Written(Old);

        for (var fragment = 0; fragment < _honest.Sealed.Count; fragment++)
        {
            var mixed = Copy();
            var mine = _honest.Sealed[fragment];
            mixed.Volumes[0].Files[mine.Index.Parts[0].Location.File] =
                forged.Volumes[0].Files[forged.Sealed[fragment].Index.Parts[0].Location.File];
            mixed.Volumes[0].Files[mine.IndexLocation.File] =
                forged.Volumes[0].Files[forged.Sealed[fragment].IndexLocation.File];

            var found = mixed.Scan();

            // The chain of roots is broken behind it, or the seal is another
            Assert.DoesNotContain(
                found.Images, image => image.Fragments.Select(each => each.Root).SequenceEqual(Roots));
            Assert.NotEmpty(mixed.Verify(_honest.Sealed));
            NothingFalseIsGiven(mixed);
        }
    }

    /// <summary>To who reads by the indexes that are known, whatever the medium says now.</summary>
    private void NothingFalseIsGiven(TapeRack rack)
    {
        var begin = 0L;
        foreach (var fragment in _honest.Sealed)
        {
            using var reader = new FragmentReader(
                fragment.Index.Layout, FragmentReadPlan.Whole(fragment.Index.Layout));
            while (reader.Next is { } part)
            {
                rack.Mount(part.Location.Volume);
                foreach (var piece in reader.Read(rack.Drive))
                    Assert.True(piece.Defect is not null || piece.Bytes.Span.SequenceEqual(
                        Newer.Bytes.Slice((int)(begin + piece.Range.Offset), (int)piece.Range.Length)));
            }
            begin += fragment.Index.Layout.Chunks.ArchiveBytes;
        }
    }

    private TapeRack Copy()
    {
        var rack = new TapeRack();
        rack.Identities.AddRange(_honest.Identities);
        rack.Volumes.AddRange(_honest.Volumes.Select(volume => volume.Copy()));
        return rack;
    }

    private static TinyArchive Of(ImageId image, int seed) => TinyArchive.Of(
        image, ("a", TinyArchive.Noise(60_000, seed)), ("b", TinyArchive.Noise(50_000, seed + 1)),
        ("c", TinyArchive.Noise(40_000, seed + 2)));

    private static TapeRack Written(TinyArchive archive)
    {
        var rack = new TapeRack();
        Assert.True(rack.Write(archive.Cut(archive.BeginOf(1), archive.BeginOf(2)), chunkBytes: 20_000));
        return rack;
    }
}
