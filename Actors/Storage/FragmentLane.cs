using Backup.Actors.Data;
using Backup.Media.Fragments;
using Backup.Media.Posix;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Volumes;

namespace Backup.Actors.Storage;

/// <summary>
/// Writes an image's chunks to the drive, fragment by fragment, over as many volumes as it takes. Used by one stream,
/// one chunk at a time; counters may be read from any thread.
/// </summary>
internal sealed class FragmentLane : IDisposable
{
    private readonly DriveHandle _drive;
    private readonly SessionStore _store;
    private readonly ImageHeader _image;
    private readonly Epoch _epoch;
    private readonly PoolName _pool;
    private readonly RunShare? _run;
    private readonly CopyDuring? _copy;
    private VolumeIdentity _volume;
    private FragmentWriter? _writer;
    private long _sealedBytes;
    private long _openBytes;
    private long _exceptions;

    /// <summary>A lane whose first volume is mounted; what it writes, a copy follows.</summary>
    public FragmentLane(
        DriveHandle drive, VolumeIdentity mounted, SessionStore store, ImageHeader image, Epoch epoch, PoolName pool,
        RunShare? run = null, CopyDuring? copy = null)
    {
        _copy = copy;
        (_drive, _volume, _store, _image, _epoch, _pool, _run) = (drive, mounted, store, image, epoch, pool, run);
        _sealedBytes = store.Fragments.Sum(fragment => fragment.Summary.Counts.StoredBytes);
        _exceptions = store.Fragments.Sum(fragment => fragment.Summary.Counts.Exceptions);
    }

    /// <summary>Bytes on the medium so far.</summary>
    public long StoredBytes => Interlocked.Read(ref _sealedBytes) + Interlocked.Read(ref _openBytes);

    /// <summary>The volume in the drive.</summary>
    public VolumeName Volume => Volatile.Read(ref _volume).Name;

    /// <summary>Writes a chunk and returns its buffer.</summary>
    /// <returns>The fragment, when the chunk was its last and it is sealed and kept; else null.</returns>
    /// <exception cref="JobFailureException">The volume failed, or none takes data.</exception>
    public async Task<SealedFragment?> Take(ArchiveChunk chunk)
    {
        using (chunk)
        {
            CheckOrder(chunk);
            if (chunk.Start is { } start)
            {
                _writer?.Dispose();
                _writer = await _drive.Run(drive => FragmentWriter.Begin(
                    drive, _volume, _image, _epoch, start, _store.Last?.Summary.Root ?? default, _store.Last?.Open))
                    .ConfigureAwait(false);
                _copy?.Begin(new OpenFragment(_image, _epoch, start, _store.Last?.Summary.Root ?? default));
            }
            foreach (var exception in chunk.Exceptions) _writer!.Record(exception);
            _exceptions += chunk.Exceptions.Count;
            await Append(chunk).ConfigureAwait(false);
            return chunk.EndsFragment ? await Seal(chunk).ConfigureAwait(false) : null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _writer?.Dispose();

    /// <summary>The link is in order by itself; a gap is a mistake that must not reach the medium.</summary>
    private void CheckOrder(ArchiveChunk chunk)
    {
        if (chunk.Fragment != _store.NextFragment || (chunk.Start is null && _writer is null))
            throw new JobFailureException(new JobFailure.Internal(
                $"Expected a chunk of fragment {_store.NextFragment}, found one of fragment {chunk.Fragment}."));
    }

    private async Task Append(ArchiveChunk chunk)
    {
        var writer = _writer!;
        var result = await _drive.Run(_ => writer.Append(chunk)).ConfigureAwait(false);
        while (result is WriteResult.NeedVolume)
        {
            await NextVolume().ConfigureAwait(false);
            result = await _drive.Run(drive => writer.ContinueOn(drive, _volume)).ConfigureAwait(false);
        }
        if (result is WriteResult.Failed failed) Refuse(failed.Failure);
        Interlocked.Exchange(ref _openBytes, writer.StoredBytes);
        _copy?.Append(chunk.Payload.Span);
    }

    private async Task<SealedFragment> Seal(ArchiveChunk last)
    {
        var writer = _writer!;
        var info = last.EndsImage
            ? new SealInfo(
                _exceptions == 0 ? SealOutcome.Complete : SealOutcome.CompleteWithExceptions,
                TimeProvider.System.GetUtcNow(),
                [.. _store.Fragments.Select(fragment => fragment.Summary)])
            : null;
        while (true)
        {
            switch (await _drive.Run(_ => writer.Seal(info)).ConfigureAwait(false))
            {
                case SealResult.Sealed done:
                    await Task.Run(() => _store.Add(done.Fragment, last.Cut)).ConfigureAwait(false);
                    _copy?.Seal(done.Fragment);
                    Interlocked.Add(ref _sealedBytes, done.Fragment.Index.Counts.StoredBytes);
                    Interlocked.Exchange(ref _openBytes, 0);
                    writer.Dispose();
                    _writer = null;
                    if (done.VolumeIsNearlyFull && !last.EndsImage) await NextVolume().ConfigureAwait(false);
                    return done.Fragment;
                case SealResult.Failed failed:
                    Refuse(failed.Failure);
                    break;
                default:
                    await NextVolume().ConfigureAwait(false);
                    _ = await _drive.Run(drive => writer.ContinueOn(drive, _volume)).ConfigureAwait(false);
                    break;
            }
        }
    }

    private async Task NextVolume()
    {
        _drive.Retire(VolumeState.Full, null);
        var mounted = await _drive.MountForWriting(_pool, _run).ConfigureAwait(false);
        Volatile.Write(ref _volume, mounted.Volume);
    }

    /// <summary>No fault of the volume: it takes data again when the process has descriptors again.</summary>
    internal static JobFailureException NoRoom(TapeFailure failure) =>
        new(new JobFailure.NodeShort($"Volume {failure.Volume.Name}: {failure.Result}."));

    /// <summary>
    /// A volume that failed takes no more data; what it holds sealed stays readable, the open fragment goes to another.
    /// </summary>
    private void Refuse(TapeFailure failure)
    {
        var said = failure.Result.ToString();
        if (Errno.IsOutOfDescriptors(failure.Result.Errno)) throw NoRoom(failure);
        _drive.Retire(VolumeState.Error, said);
        throw new JobFailureException(new JobFailure.VolumeError(failure.Volume.Name, failure.Result.Operation, said));
    }
}
