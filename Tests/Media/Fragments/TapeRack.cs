using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Tests.Media.Tape;
using Xunit;

namespace Backup.Tests.Media.Fragments;

/// <summary>
/// Volumes in memory and one drive, as a drive actor would use them: labels each volume and mounts the next when one is
/// full.
/// </summary>
public sealed class TapeRack(int blocksMax = int.MaxValue, EndOfMediumManner manner = EndOfMediumManner.Refuses)
{
    public static readonly ImageHeader Image = new(
        new ImageId(0xabc), new JobId(5), new PolicyName("nightly"), new FileSetName("home"), new ClientName("web1"), 0,
        new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    public static readonly DateTimeOffset Finished = new(2026, 1, 2, 4, 0, 0, TimeSpan.Zero);

    public List<MemoryVolume> Volumes { get; } = [];
    public List<VolumeIdentity> Identities { get; } = [];
    public MemoryTapeDrive Drive { get; } = new() { Manner = manner };
    public SealResult.Failed? Failed { get; private set; }
    public List<SealedFragment> Sealed { get; } = [];

    /// <summary>The first volume's size, where it is another.</summary>
    public int? FirstBlocksMax { get; init; }

    /// <summary>Added to the numbers from which names and identities of volumes are made.</summary>
    public int VolumesBefore { get; init; }

    public void MountBlank()
    {
        var identity = new VolumeIdentity(
            new VolumeName($"V{VolumesBefore + Volumes.Count + 1:000}"),
            new VolumeId((UInt128)(VolumesBefore + Volumes.Count + 1)));
        var volume = new MemoryVolume();
        volume.Files.Add([new VolumeLabel(identity, new LibraryId(42), new PoolName("daily"), Finished).Format()]);
        var holds = Volumes.Count == 0 && FirstBlocksMax is { } first ? first : blocksMax;
        volume.BlocksMax = holds == int.MaxValue ? holds : holds + 1;
        Volumes.Add(volume);
        Identities.Add(identity);
        Drive.Mount(volume);
    }

    public void Mount(VolumeIdentity identity) => Drive.Mount(Volumes[Identities.IndexOf(identity)]);

    /// <summary>Writes fragments one after the other; the last gets the seal. Stops at a failure.</summary>
    public bool Write(IReadOnlyList<TinyFragment> fragments, int chunkBytes = ArchiveChunk.ArchiveBytesMax,
        long epoch = 1, bool seals = true)
    {
        foreach (var fragment in fragments)
        {
            var isLast = seals && fragment.Start.Fragment == fragments[^1].Start.Fragment;
            var last = isLast
                ? new SealInfo(SealOutcome.Complete, Finished, [.. Sealed.Select(earlier => earlier.Summary)]) : null;
            if (Write(fragment, last, chunkBytes, epoch) is not SealResult.Sealed done)
                return false;
            Sealed.Add(done.Fragment);
            if (done.VolumeIsNearlyFull) MountBlank();
        }
        return true;
    }

    public SealResult Write(
        TinyFragment fragment, SealInfo? last, int chunkBytes = ArchiveChunk.ArchiveBytesMax, long epoch = 1)
    {
        if (Volumes.Count == 0) MountBlank();
        using var writer = FragmentWriter.Begin(
            Drive, Identities[^1], Image, new Epoch(epoch), fragment.Start,
            Sealed.Count == 0 ? default : Sealed[^1].Root,
            Sealed.Count == 0 ? null : Sealed[^1].Index.Open, new FixedClock());
        foreach (var chunk in fragment.Chunks(chunkBytes))
        {
            var result = writer.Append(chunk);
            chunk.Dispose();
            while (result is WriteResult.NeedVolume) result = Continue(writer);
            if (result is WriteResult.Failed failed) return Failed = new SealResult.Failed(failed.Failure);
        }
        while (true)
        {
            var result = writer.Seal(last);
            if (result is SealResult.Failed failed) Failed = failed;
            if (result is not SealResult.NeedVolume) return result;
            if (Continue(writer) is WriteResult.Failed lost) return Failed = new SealResult.Failed(lost.Failure);
        }
    }

    /// <summary>The archive bytes of a fragment as the medium gives them; fails the test on a defect.</summary>
    public byte[] Read(SealedFragment fragment, params ArchiveRange[] ranges)
    {
        var plan = ranges.Length == 0
            ? FragmentReadPlan.Whole(fragment.Index.Layout) : FragmentReadPlan.For(fragment.Index.Layout, ranges);
        using var reader = new FragmentReader(fragment.Index.Layout, plan);
        using var bytes = new MemoryStream();
        while (reader.Next is { } part)
        {
            Mount(part.Location.Volume);
            foreach (var piece in reader.Read(Drive))
            {
                Assert.Null(piece.Defect);
                bytes.Write(piece.Bytes.Span);
            }
        }
        return bytes.ToArray();
    }

    /// <summary>Verifies fragments in order.</summary>
    public List<VerifiedDefect> Verify(IEnumerable<SealedFragment> fragments)
    {
        var defects = new List<VerifiedDefect>();
        OpenDigest? carried = null;
        foreach (var fragment in fragments)
        {
            using var verifier = new FragmentVerifier(fragment, carried);
            while (verifier.Next is { } part)
            {
                Mount(part.Location.Volume);
                defects.AddRange(verifier.VerifyPart(Drive));
            }
            defects.AddRange(verifier.Finish(out carried));
            Mount(fragment.IndexLocation.Volume);
            defects.AddRange(verifier.VerifyIndex(Drive));
        }
        Assert.Null(carried);
        return defects;
    }

    public Assembly Scan()
    {
        var assembler = new ImageAssembler();
        foreach (var volume in Volumes.AsEnumerable().Reverse())
        {
            Drive.Mount(volume);
            foreach (var found in VolumeScanner.Scan(Drive)) assembler.Add(found);
        }
        return assembler.Assemble();
    }

    private WriteResult Continue(FragmentWriter writer)
    {
        Assert.True(Volumes.Count < 200, "The writer asks for volumes without end.");
        MountBlank();
        return writer.ContinueOn(Drive, Identities[^1]);
    }
}

public sealed class FixedClock : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => new(2026, 1, 2, 3, 30, 0, TimeSpan.Zero);
}
