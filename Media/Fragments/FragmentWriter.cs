using Backup.Media.Files;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Files;

namespace Backup.Media.Fragments;

/// <summary>
/// Writes one fragment: its data over as many volumes as it takes, then its index, and calls it sealed only when both
/// are durable. Order of writes: data blocks; file mark; flush; index; file mark; flush. For one thread at a time;
/// calls block. Nothing is retried after a failure: the writer then only repeats it.
/// </summary>
public sealed class FragmentWriter : IDisposable
{
    private readonly TimeProvider _clock;
    private readonly FragmentContent _content;
    private readonly PartWriter _parts;
    private byte[]? _carry;
    private int _carryLength;
    private FragmentIndex? _index;
    private byte[]? _indexBytes;

    private FragmentWriter(FragmentContent content, PartWriter parts, TimeProvider clock) =>
        (_content, _parts, _clock) = (content, parts, clock);

    /// <summary>Data bytes taken so far, compressed.</summary>
    public long StoredBytes => _content.Chunks.StoredBytes;

    /// <summary>Archive bytes taken so far.</summary>
    public long ArchiveBytes => _content.Chunks.ArchiveBytes;

    /// <summary>The volumes and tape files of the parts that were begun.</summary>
    public IReadOnlyList<TapeLocation> Parts => _parts.Locations;

    /// <summary>Begins a fragment. Writes nothing yet: the first block does.</summary>
    /// <param name="drive">Loaded with the volume; its label was checked. The writer goes to the end of data
    /// itself.</param>
    /// <param name="volume">The volume in the drive.</param>
    /// <param name="image">The image.</param>
    /// <param name="epoch">The attempt.</param>
    /// <param name="start">As the first chunk says.</param>
    /// <param name="previousRoot">The root of the fragment before; none for fragment 0.</param>
    /// <param name="continued">The open member of the fragment before; must be there for a Middle.</param>
    /// <param name="clock">The clock of the times written; null: the system's.</param>
    /// <exception cref="ArgumentException">A later fragment without previous root, a first one with it, or a Middle
    /// without its member.</exception>
    public static FragmentWriter Begin(
        ITapeDrive drive, VolumeIdentity volume, ImageHeader image, Epoch epoch, FragmentStart start,
        Sha256Digest previousRoot,
        OpenMember? continued = null, TimeProvider? clock = null)
    {
        if (previousRoot.IsNone != (start.Fragment == 0))
            throw new ArgumentException(
                "Fragment 0 has no previous root, and every other has one.", nameof(previousRoot));
        if (start.Kind == FragmentKind.Middle && continued is null)
            throw new ArgumentException("A middle piece needs the member that it continues.", nameof(continued));
        var time = clock ?? TimeProvider.System;
        var content = new FragmentContent(start, continued);
        return new FragmentWriter(
            content, new PartWriter(drive, volume, image, epoch, start, previousRoot, time), time);
    }

    /// <summary>Takes a compressed chunk; its bytes are copied, the caller disposes it.</summary>
    /// <param name="chunk">The next of this fragment.</param>
    /// <exception cref="InvalidOperationException">It is not the next chunk, or the last answer was
    /// NeedVolume.</exception>
    public WriteResult Append(ArchiveChunk chunk)
    {
        if (_carryLength > 0 || _parts.IsFull)
            throw new InvalidOperationException("The volume is full; ContinueOn comes first.");
        if (_parts.Failure is { } failure) return new WriteResult.Failed(failure);
        _content.Take(chunk);
        return Drain(chunk.Payload.Span);
    }

    /// <summary>Names something that could not be saved as it is. Any time before Seal.</summary>
    /// <param name="exception">In this fragment's range.</param>
    public void Record(FileException exception) => _content.Exceptions.Add(exception);

    /// <summary>Goes on after NeedVolume. The block that did not fit is the first of the new part.</summary>
    /// <param name="drive">Loaded with the volume; its label was checked.</param>
    /// <param name="volume">The volume in the drive.</param>
    /// <returns>Written, or NeedVolume when this one is full too.</returns>
    public WriteResult ContinueOn(ITapeDrive drive, VolumeIdentity volume)
    {
        if (_parts.Failure is { } failure) return new WriteResult.Failed(failure);
        _parts.Mount(drive, volume);
        if (_carryLength == 0) return WriteResult.Taken;
        var carry = _carry.AsSpan(0, _carryLength);
        _carryLength = 0;
        return Drain(carry);
    }

    /// <summary>
    /// Ends the fragment. After NeedVolume and ContinueOn it is called again with the same arguments.
    /// </summary>
    /// <param name="last">On the image's last fragment: what its seal says; else null.</param>
    /// <param name="openPrefix">Digest of the open member's archived bytes so far, when the archiver gives one.</param>
    /// <exception cref="InvalidOperationException">No chunk was taken, or what the seal would say contradicts the
    /// fragment.</exception>
    public SealResult Seal(SealInfo? last, ContentDigest openPrefix = default)
    {
        if (_carryLength > 0) throw new InvalidOperationException("The volume is full; ContinueOn comes first.");
        var ended = _parts.Failure is { } failure ? new WriteResult.Failed(failure) : _parts.End();
        if (Refused(ended) is { } refusal) return refusal;
        _index ??= _content.ToIndex(_parts, last, openPrefix, _clock.GetUtcNow());
        _indexBytes ??= IndexWriter.Write(_index);
        var root = new Sha256Digest(_indexBytes.AsSpan(_indexBytes.Length - Sha256Digest.Size));
        var written = _parts.WriteIndex(_index, _indexBytes, root, out var location);
        return Refused(written)
            ?? new SealResult.Sealed(new SealedFragment(_index, root, _indexBytes, location!), _parts.IsNearlyFull);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_carry is not null) ChunkBuffers.Return(_carry);
        _carry = null;
        _carryLength = 0;
        _parts.Dispose();
    }

    private static SealResult? Refused(WriteResult result) => result switch
    {
        WriteResult.NeedVolume => new SealResult.NeedVolume(),
        WriteResult.Failed failed => new SealResult.Failed(failed.Failure),
        _ => null,
    };

    private WriteResult Drain(ReadOnlySpan<byte> bytes)
    {
        var result = _parts.Append(ref bytes);
        if (result is not WriteResult.NeedVolume || bytes.IsEmpty) return result;
        // What is left may lie in the carry buffer itself, behind what was just written; CopyTo allows that.
        _carry ??= ChunkBuffers.Rent();
        bytes.CopyTo(_carry);
        _carryLength = bytes.Length;
        return result;
    }
}
