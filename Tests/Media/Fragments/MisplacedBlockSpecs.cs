using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Tests.Media.Tape;
using Xunit;

namespace Backup.Tests.Media.Fragments;

/// <summary>
/// V7: what disks and drives do to blocks besides flipping bits, at every block of a small set of volumes: torn, zeros,
/// written elsewhere, not written, twice, exchanged, lost, with something behind them, or of other volumes.
/// </summary>
public sealed class MisplacedBlockSpecs
{
    private static readonly TinyArchive Archive = TinyArchive.Of(
        TapeRack.Image.Image, ("a", TinyArchive.Noise(1_150_000, 1)), ("b", TinyArchive.Noise(300_000, 2)),
        ("c", TinyArchive.Noise(60_000, 3)));

    private readonly TapeRack _rack = Written(before: 0, Archive);
    private readonly TapeRack _older = Written(before: 0, Older());
    private readonly TapeRack _other = Written(before: 10, Older());

    public MisplacedBlockSpecs() => Assert.True(_rack.Volumes.Count > 1 && _rack.Sealed.Count > 1);

    [Fact]
    public void A_block_that_is_torn_zeroed_lost_or_has_more_behind_it_is_detected() => Each((volume, file, block) =>
    {
        var good = volume.Files[file][block];
        foreach (var length in (int[])[0, 1, good.Length / 2, good.Length - 1])
            Damaged(volume, file, blocks => blocks[block] = good[..length], $"cut to {length}");
        foreach (var from in (int[])[0, good.Length / 2, good.Length - 1])
        {
            var torn = good.ToArray();
            torn.AsSpan(from).Clear();
            // A header's text has nothing but zeros behind it
            if (!torn.AsSpan().SequenceEqual(good))
                Damaged(volume, file, blocks => blocks[block] = torn, $"zeros from {from}");
        }
        Damaged(volume, file, blocks => blocks.RemoveAt(block), "lost");
        Damaged(volume, file, blocks => blocks.Insert(block, good), "twice");
        Damaged(volume, file, blocks => blocks.Insert(block + 1, [1, 2, 3]), "something behind it");
    });

    [Fact]
    public void A_block_at_the_place_of_any_other_is_detected() => Each((volume, file, block) =>
    {
        foreach (var (from, fromFile, fromBlock) in Places(_rack.Volumes))
        {
            var stray = from.Files[fromFile][fromBlock];
            if (stray.AsSpan().SequenceEqual(volume.Files[file][block])) continue;
            Damaged(volume, file, blocks => blocks[block] = stray, $"{fromFile}/{fromBlock} there");
            if (from == volume && fromFile == file && fromBlock > block)
                Damaged(
                    volume, file, blocks => (blocks[block], blocks[fromBlock]) = (stray, blocks[block]), "exchanged");
        }
    });

    /// <summary>
    /// A write that never came to the medium: what an earlier attempt left at the same place is there.
    /// </summary>
    [Fact]
    public void Old_content_at_any_block_is_detected() => Each((volume, file, block) =>
    {
        foreach (var others in (MemoryVolume[][])[[.. _older.Volumes], [.. _other.Volumes]])
        {
            var old = others.ElementAtOrDefault(_rack.Volumes.IndexOf(volume))?.Files.ElementAtOrDefault(file);
            if (old?.ElementAtOrDefault(block) is not { } stale
                || stale.AsSpan().SequenceEqual(volume.Files[file][block])) continue;
            Damaged(volume, file, blocks => blocks[block] = stale, "old content");
        }
    });

    [Fact]
    public void Volumes_of_which_tape_files_are_lost_exchanged_repeated_or_of_others_are_detected()
    {
        for (var number = 0; number < _rack.Volumes.Count; number++)
        {
            var files = _rack.Volumes[number].Files.Count;
            for (var file = 1; file < files; file++)
            {
                Spliced(number, all => all.RemoveRange(file, files - file), $"cut before {file}");
                Spliced(number, all => all.RemoveAt(file), $"without {file}");
                Spliced(number, all => all.Insert(file, all[file]), $"{file} twice");
                for (var other = file + 1; other < files; other++)
                    Spliced(
                        number, all => (all[file], all[other]) = (all[other], all[file]), $"{file}, {other} exchanged");
                foreach (var rack in (TapeRack[])[_older, _other])
                    foreach (var from in rack.Volumes)
                        for (var first = 1; first < from.Files.Count; first++)
                            Spliced(
                                number, all =>
                                {
                                    all.RemoveRange(file, files - file);
                                    all.AddRange(from.Files.Skip(first));
                                }, $"up to {file}, then {rack.Identities[0].Name} from {first}");
            }
            // Behind what is whole it is said, and costs nothing
            var more = Changed(number, all => all.Add(_other.Volumes[0].Files[1]));
            Assert.Empty(more.Verify(_rack.Sealed));
            Assert.Single(more.Scan().Images);
            more.Drive.Mount(more.Volumes[number]);
            Assert.IsType<ScannedFile.Damaged>(VolumeScanner.Scan(more.Drive).Last());
        }
    }

    /// <summary>
    /// Another medium under the same label: its contents are whole, and are not those that are meant.
    /// </summary>
    [Fact]
    public void Another_volume_under_the_same_label_is_detected()
    {
        for (var number = 0; number < _rack.Volumes.Count; number++)
        {
            var cloned = Changed(number, all =>
            {
                all.RemoveRange(1, all.Count - 1);
                all.AddRange(_other.Volumes[number].Files.Skip(1));
            });

            Assert.NotEmpty(cloned.Verify(_rack.Sealed));
            Assert.Empty(cloned.Scan().Images);
            WrongBytesAreNeverGiven(cloned, "cloned");
        }
    }

    private void Each(Action<MemoryVolume, int, int> with)
    {
        Assert.Empty(_rack.Verify(_rack.Sealed));
        foreach (var (volume, file, block) in Places(_rack.Volumes))
            if (Listed(_rack.Volumes.IndexOf(volume)).Contains(file)) with(volume, file, block);
        Assert.Empty(_rack.Verify(_rack.Sealed));
    }

    /// <summary>
    /// The tape files of a volume that count: a part that took no data at the end of a volume is in no index.
    /// </summary>
    private HashSet<int> Listed(int volume) =>
        [.. _rack.Sealed.SelectMany(fragment => fragment.Index.Parts.Select(part => part.Location)
            .Append(fragment.IndexLocation)).Where(place => place.Volume == _rack.Identities[volume])
            .Select(place => place.File)];

    /// <summary>All blocks behind the labels.</summary>
    private static List<(MemoryVolume Volume, int File, int Block)> Places(IEnumerable<MemoryVolume> volumes) =>
        [.. volumes.SelectMany(volume => volume.Files.Index().Skip(1).SelectMany(
            file => file.Item.Index().Select(block => (volume, file.Index, block.Index))))];

    private void Damaged(MemoryVolume volume, int file, Action<List<byte[]>> damage, string what)
    {
        var good = volume.Files[file];
        volume.Files[file] = [.. good];
        damage(volume.Files[file]);
        IsDetected(_rack, $"volume {_rack.Volumes.IndexOf(volume)}, tape file {file}: {what}");
        volume.Files[file] = good;
    }

    private void Spliced(int volume, Action<List<List<byte[]>>> splice, string what)
    {
        var rack = Changed(volume, splice);
        if (Listed(volume).All(file => rack.Volumes[volume].Files.ElementAtOrDefault(file)
            == _rack.Volumes[volume].Files[file])) return; // all that counts is where it was
        IsDetected(rack, $"volume {volume}: {what}");
    }

    /// <summary>The rack with another first or second volume; tape files and blocks are shared.</summary>
    private TapeRack Changed(int volume, Action<List<List<byte[]>>> change)
    {
        var rack = new TapeRack();
        rack.Identities.AddRange(_rack.Identities);
        rack.Volumes.AddRange(_rack.Volumes);
        rack.Sealed.AddRange(_rack.Sealed);
        rack.Volumes[volume] = new MemoryVolume();
        rack.Volumes[volume].Files.AddRange(_rack.Volumes[volume].Files);
        change(rack.Volumes[volume].Files);
        return rack;
    }

    /// <summary>
    /// Who has the indexes finds it and gets no wrong byte as a good one; who has the media alone never takes the image
    /// for whole and good.
    /// </summary>
    private void IsDetected(TapeRack rack, string what)
    {
        var defects = rack.Verify(_rack.Sealed);
        Assert.True(defects.Count > 0, what);
        WrongBytesAreNeverGiven(rack, what);
        var found = rack.Scan();
        var whole = found.Images.Any(image => image.Header.Image == TapeRack.Image.Image)
            && found.MissingParts.Count == 0 && found.Images[0].Fragments[^1].Root == _rack.Sealed[^1].Root
            && _rack.Sealed.TrueForAll(fragment => found.Images[0].Fragments.Any(one => one.Root == fragment.Root));
        // What a scan spaces over is compared when it is read: `Verify` has seen it
        if (whole) Assert.Contains(defects, defect => defect.Defect.Kind != DefectKind.IndexDamaged);
    }

    private void WrongBytesAreNeverGiven(TapeRack rack, string what)
    {
        var begin = 0L;
        foreach (var fragment in _rack.Sealed)
        {
            using var reader = new FragmentReader(
                fragment.Index.Layout, FragmentReadPlan.Whole(fragment.Index.Layout));
            while (reader.Next is { } part)
            {
                rack.Mount(part.Location.Volume);
                foreach (var piece in reader.Read(rack.Drive))
                {
                    if (piece.Defect is not null) continue;
                    var right = Archive.Bytes.Slice((int)(begin + piece.Range.Offset), (int)piece.Range.Length);
                    Assert.True(piece.Bytes.Span.SequenceEqual(right), $"Wrong bytes for good ones: {what}");
                }
            }
            begin += fragment.Index.Layout.Chunks.ArchiveBytes;
        }
    }

    private static TinyArchive Older() => TinyArchive.Of(
        TapeRack.Image.Image, ("a", TinyArchive.Noise(1_150_000, 7)), ("b", TinyArchive.Noise(300_000, 8)),
        ("c", TinyArchive.Noise(60_000, 9)));

    private static TapeRack Written(int before, TinyArchive archive)
    {
        var rack = new TapeRack(blocksMax: 5) { VolumesBefore = before };
        Assert.True(rack.Write(archive.Cut(archive.BeginOf(1), archive.BeginOf(2)), chunkBytes: 200_000));
        return rack;
    }
}
