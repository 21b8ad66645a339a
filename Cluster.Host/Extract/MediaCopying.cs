using Backup.Host.CommandLine;
using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Operations;

namespace Backup.Host.Extract;

/// <summary>What `backup media copy` did.</summary>
/// <param name="Library">The directory of the library that was written.</param>
/// <param name="Images">Images that are whole there.</param>
/// <param name="Fragments">Fragments that were written.</param>
/// <param name="Bytes">Bytes of their data.</param>
/// <param name="Known">Fragments that lay there before.</param>
/// <param name="Volumes">Volumes that were made, in order.</param>
/// <param name="Remarks">What was left out, and damage, a sentence each.</param>
internal sealed record MediaCopied(
    string Library, int Images, int Fragments, long Bytes, int Known, IReadOnlyList<string> Volumes,
    IReadOnlyList<string> Remarks);

/// <summary>
/// Writes whole images from volumes to others, without catalog and node: each block as it is, compared with its digest,
/// from whichever place has it whole, cut into parts where the new volumes end. What is there already is not written
/// again, so that a copy that was interrupted goes on.
/// </summary>
/// <param name="sources">Where from.</param>
/// <param name="target">Where to.</param>
/// <param name="there">What the target held before; null: nothing.</param>
/// <param name="remark">Told of damage, and of what is left out.</param>
internal sealed class MediaCopying(MediaSources sources, MediaTarget target, Assembly? there, Action<string> remark)
{
    private readonly Dictionary<Sha256Digest, ScannedFragment> _known = (there is null ? []
        : there.Images.SelectMany(image => image.Fragments).Concat(there.Broken.SelectMany(image => image.Beginning))
            .Concat(there.Abandoned)).GroupBy(fragment => fragment.Root)
        .ToDictionary(same => same.Key, same => same.First());

    private readonly byte[] _block = new byte[TapeFormat.BlockBytesMax];
    private long _onVolume;

    /// <summary>Images that are whole on the target.</summary>
    public int Images { get; private set; }

    /// <summary>Fragments that were written.</summary>
    public int Fragments { get; private set; }

    /// <summary>Fragments that were there before.</summary>
    public int Known { get; private set; }

    /// <summary>Bytes of data that were written.</summary>
    public long Bytes { get; private set; }

    /// <summary>Copies images, each behind the one that it builds on.</summary>
    /// <param name="isMeant">Which.</param>
    /// <param name="cancellation">Ends it; what is sealed by then stays.</param>
    /// <exception cref="CommandFailure">The target takes no more.</exception>
    public void Run(Func<AssembledImage, bool> isMeant, CancellationToken cancellation)
    {
        foreach (var image in sources.Found.BasesFirst().Where(isMeant))
            if (Copy(image, cancellation)) Images++;
        target.Leave();
    }

    private bool Copy(AssembledImage image, CancellationToken cancellation)
    {
        // One number for all of a copy, also where it goes on
        var number = image.Fragments.Select(fragment => _known.GetValueOrDefault(fragment.Root)?.Copy)
            .FirstOrDefault(copy => copy is not null) ?? sources.HighestCopyOf(image) + 1;
        var earlier = new List<TapeLocation>();
        foreach (var fragment in image.Fragments)
        {
            cancellation.ThrowIfCancellationRequested();
            if (_known.TryGetValue(fragment.Root, out var before))
            {
                earlier.AddRange(before.Parts.Select(part => part.Location));
                Known++;
                continue;
            }
            if (Copy(fragment, Math.Max(2, number), earlier, cancellation) is not { } written)
            {
                remark($"Image {image.Header.Image} is not whole there: fragment {fragment.Fragment} is left out, and "
                    + "what is behind it.");
                return false;
            }
            earlier.AddRange(written.Index.Parts.Select(part => part.Location));
            Fragments++;
            Bytes += written.Index.Chunks.StoredBytes;
        }
        return true;
    }

    /// <summary>Null: a block of it is whole nowhere.</summary>
    private SealedFragment? Copy(
        ScannedFragment fragment, int number, IReadOnlyList<TapeLocation> earlier, CancellationToken cancellation)
    {
        var places = sources.CopiesOf(fragment.Root).Select(sources.IndexOf).OfType<SealedFragment>()
            .Select(place => (Fragment: place, Reader: new BlockReader(place.Index))).ToList();
        if (places.Count == 0)
        {
            remark($"The index of fragment {fragment.Fragment} of image {fragment.Image} cannot be read.");
            return null;
        }
        var volume = target.Volume ?? Next();
        using var writer = CopyWriter.Begin(target.Drive, volume, places[0].Fragment, number, earlier);
        for (var block = 0; block < places[0].Reader.Count; block++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (Read([.. places.Select(place => place.Reader)], block, fragment) is not { } length) return null;
            while (!IsWritten(writer.Append(_block.AsSpan(0, length), places[0].Reader.DigestOf(block))))
                writer.ContinueOn(target.Drive, Further());
            _onVolume += length;
        }
        return Seal(writer);
    }

    private SealedFragment Seal(CopyWriter writer)
    {
        while (true)
        {
            switch (writer.Seal())
            {
                case SealResult.Sealed done:
                    if (done.VolumeIsNearlyFull) target.Leave();
                    _onVolume += done.Fragment.IndexBytes.Length;
                    return done.Fragment;
                case SealResult.Failed failed:
                    throw Failed(failed.Failure);
                default:
                    writer.ContinueOn(target.Drive, Further());
                    break;
            }
        }
    }

    /// <summary>The block from the first place that has it whole; null: none has.</summary>
    private int? Read(IReadOnlyList<BlockReader> places, int block, ScannedFragment fragment)
    {
        foreach (var place in places)
        {
            if (sources.Read(place, block, _block, out var length) is not { } wrong) return length;
            remark($"Fragment {fragment.Fragment} of image {fragment.Image}: {wrong}");
        }
        return null;
    }

    private static bool IsWritten(WriteResult result) => result switch
    {
        WriteResult.Written => true,
        WriteResult.Failed failed => throw Failed(failed.Failure),
        _ => false,
    };

    private VolumeIdentity Next()
    {
        _onVolume = 0;
        return target.Next();
    }

    /// <summary>The next volume, when this one took something: else none would.</summary>
    private VolumeIdentity Further() => _onVolume > 0 ? Next() : throw new CommandFailure(
        ExitCode.Failed, new Refused(
            RefusalCode.Unavailable,
            $"Volume {target.Volume?.Name} took nothing: the disk is full, or a volume is smaller than an index."));

    private static CommandFailure Failed(TapeFailure failure) => new(ExitCode.Failed, new Refused(
        RefusalCode.Unavailable, $"Volume {failure.Volume.Name} cannot be written: {failure.Result}."));
}
