using Backup.Media.Tape;
using Backup.Messages;

namespace Backup.Media.Fragments;

/// <summary>
/// Writes a fragment once more, as it is: its blocks, cut into parts where these volumes end, then its index with what
/// is the copy's own in front. Order of writes and rules as of <see cref="FragmentWriter"/>: sealed only when all is
/// durable. Knows no keys, unpacks nothing. For one thread at a time; calls block.
/// </summary>
public sealed class CopyWriter : IDisposable
{
    private readonly int _copy;
    private readonly IReadOnlyList<TapeLocation> _earlier;
    private readonly TimeProvider _clock;
    private readonly PartWriter _parts;
    private readonly List<Sha256Digest> _digests = [];
    private SealedFragment? _source;
    private FragmentIndex? _index;
    private byte[]? _payload;
    private DateTimeOffset _copiedAt;

    private CopyWriter(
        SealedFragment? source, int copy, IReadOnlyList<TapeLocation> earlier, PartWriter parts, TimeProvider clock) =>
        (_source, _copy, _earlier, _parts, _clock) = (source, copy, earlier, parts, clock);

    /// <summary>Begins a copy. Writes nothing yet.</summary>
    /// <param name="drive">Loaded with the volume; its label was checked.</param>
    /// <param name="volume">The volume in the drive.</param>
    /// <param name="source">The fragment, as the index of any copy of it says.</param>
    /// <param name="copy">The number of the copy: 2 or more.</param>
    /// <param name="earlier">The parts of all fragments before it, as this copy has them: for the command in the last
    /// fragment.</param>
    /// <param name="clock">The clock of the times written; null: the system's.</param>
    public static CopyWriter Begin(
        ITapeDrive drive, VolumeIdentity volume, SealedFragment source, int copy, IReadOnlyList<TapeLocation> earlier,
        TimeProvider? clock = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(copy, 2);
        var (time, index) = (clock ?? TimeProvider.System, source.Index);
        return new CopyWriter(
            source, copy, earlier,
            new PartWriter(drive, volume, index.Image, index.Epoch, index.Start, index.PreviousRoot, time, copy), time);
    }

    /// <summary>
    /// Begins a copy of a fragment that is being written: <see cref="Follow"/> says before the seal what it has become.
    /// Writes nothing yet.
    /// </summary>
    /// <param name="drive">Loaded with the volume; its label was checked.</param>
    /// <param name="volume">The volume in the drive.</param>
    /// <param name="open">The fragment that is being written.</param>
    /// <param name="copy">The number of the copy: 2 or more.</param>
    /// <param name="earlier">The parts of all fragments before it, as this copy has them.</param>
    /// <param name="clock">The clock of the times written; null: the system's.</param>
    public static CopyWriter Begin(
        ITapeDrive drive, VolumeIdentity volume, OpenFragment open, int copy, IReadOnlyList<TapeLocation> earlier,
        TimeProvider? clock = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(copy, 2);
        var time = clock ?? TimeProvider.System;
        return new CopyWriter(
            null, copy, earlier,
            new PartWriter(drive, volume, open.Image, open.Epoch, open.Start, open.PreviousRoot, time, copy), time);
    }

    /// <summary>Says what the fragment has become that was open when its copy was begun.</summary>
    /// <param name="source">The fragment, sealed.</param>
    /// <returns>False: the blocks that were given are not its blocks, and the copy cannot be sealed.</returns>
    public bool Follow(SealedFragment source)
    {
        if (!_digests.SequenceEqual(source.Index.Parts.SelectMany(part => part.BlockDigests))) return false;
        _source = source;
        return true;
    }

    /// <summary>Takes the next block; its bytes are the caller's again when it returns.</summary>
    /// <param name="block">As it was read and compared with its digest.</param>
    /// <param name="digest">Its digest in the index.</param>
    /// <returns>Written; or NeedVolume: after <see cref="ContinueOn"/> the same block is given again.</returns>
    public WriteResult Append(ReadOnlySpan<byte> block, Sha256Digest digest)
    {
        if (_parts.Failure is { } failure) return new WriteResult.Failed(failure);
        var result = _parts.AppendBlock(block, digest);
        if (_source is null && result is WriteResult.Written) _digests.Add(digest);
        return result;
    }

    /// <summary>Goes on after NeedVolume.</summary>
    /// <param name="drive">Loaded with the volume; its label was checked.</param>
    /// <param name="volume">The volume in the drive.</param>
    public void ContinueOn(ITapeDrive drive, VolumeIdentity volume) => _parts.Mount(drive, volume);

    /// <summary>Ends the copy. After NeedVolume and ContinueOn it is called again.</summary>
    /// <exception cref="InvalidOperationException">Not all blocks of the fragment were given, or nobody has said which
    /// fragment it is.</exception>
    public SealResult Seal()
    {
        var source = _source ?? throw new InvalidOperationException("It is not known which fragment this has become.");
        var ended = _parts.Failure is { } failure ? new WriteResult.Failed(failure) : _parts.End();
        if (Refused(ended) is { } refusal) return refusal;
        Finish(source);
        var written = _parts.WriteIndex(_index!, _payload!, source.Root, out var location);
        return Refused(written) ?? new SealResult.Sealed(
            new SealedFragment(_index!, source.Root, _payload!, location!, _copy, _copiedAt), _parts.IsNearlyFull);
    }

    /// <inheritdoc/>
    public void Dispose() => _parts.Dispose();

    private void Finish(SealedFragment source)
    {
        if (_payload is not null) return;
        var index = source.Index;
        var incremental = index.Image.Base is not null;
        _copiedAt = _clock.GetUtcNow();
        var record = new CopyRecord(
            _copy, _copiedAt, source.Root, _parts.Finished,
            index.Command.Length == 0
                ? "" : RestoreCommand.For(_parts.Locations, index.Start.BytesToFirstMember, incremental: incremental),
            index.Seal is null
                ? "" : RestoreCommand.For([.. _earlier, .. _parts.Locations], incremental: incremental));
        _index = record.Place(index, source.Root)
            ?? throw new InvalidOperationException("A copy has all blocks of its fragment.");
        _payload = [.. record.ToBytes(), .. source.OriginalIndex.Span];
    }

    private static SealResult? Refused(WriteResult result) => result switch
    {
        WriteResult.NeedVolume => new SealResult.NeedVolume(),
        WriteResult.Failed failed => new SealResult.Failed(failed.Failure),
        _ => null,
    };
}
