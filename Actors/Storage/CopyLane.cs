using Backup.Actors.Data;
using Backup.Media.Fragments;
using Backup.Media.Posix;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Volumes;

namespace Backup.Actors.Storage;

/// <summary>
/// Writes copies of fragments to volumes of a pool, over as many as it takes. Counters may be read from any thread.
/// </summary>
/// <param name="drive">The drive that writes.</param>
/// <param name="store">What is kept of the job.</param>
/// <param name="spec">The job.</param>
/// <param name="earlierOf">The parts of all fragments before one, for the command in the image's last one.</param>
internal sealed class CopyLane(
    DriveHandle drive, SessionStore store, CopySpec spec, Func<int, IReadOnlyList<TapeLocation>> earlierOf)
{
    private VolumeIdentity? _volume;
    private long _sealedBytes = store.Fragments.Sum(fragment => fragment.Summary.Counts.StoredBytes);
    private long _openBytes;

    /// <summary>Bytes on the medium so far.</summary>
    public long StoredBytes => Interlocked.Read(ref _sealedBytes) + Interlocked.Read(ref _openBytes);

    /// <summary>Writes one fragment whole: when this returns it is sealed, and kept under its number.</summary>
    /// <param name="number">Its number in the job.</param>
    /// <param name="source">What it is.</param>
    /// <param name="blocks">Its blocks, in order; their buffers are returned here.</param>
    /// <param name="isMounted">The volume that was written last is still in the drive.</param>
    /// <param name="cancellation">Ends it; what was written is then abandoned on the volume.</param>
    /// <exception cref="JobFailureException">The volume failed, or none takes data.</exception>
    public async Task<SealedFragment> Write(
        int number, SealedFragment source, IAsyncEnumerable<CopyBlock> blocks, bool isMounted,
        CancellationToken cancellation)
    {
        if (!isMounted || _volume is null) await Mount().ConfigureAwait(false);
        var volume = _volume!;
        using var writer = await drive.Run(loaded =>
            CopyWriter.Begin(loaded, volume, source, spec.Copy, earlierOf(source.Fragment))).ConfigureAwait(false);
        await foreach (var block in blocks.WithCancellation(cancellation).ConfigureAwait(false))
        {
            try
            {
                await Append(writer, block).ConfigureAwait(false);
            }
            finally
            {
                ChunkBuffers.Return(block.Buffer);
            }
            Interlocked.Add(ref _openBytes, block.Length);
        }
        cancellation.ThrowIfCancellationRequested();
        return await Seal(writer, number).ConfigureAwait(false);
    }

    private async Task Append(CopyWriter writer, CopyBlock block)
    {
        while (true)
        {
            var result = await drive.Run(_ => writer.Append(block.Bytes, block.Digest)).ConfigureAwait(false);
            if (result is WriteResult.Written) return;
            if (result is WriteResult.Failed failed) throw Refused(failed.Failure);
            await Continue(writer).ConfigureAwait(false);
        }
    }

    private async Task<SealedFragment> Seal(CopyWriter writer, int number)
    {
        while (true)
        {
            switch (await drive.Run(_ => writer.Seal()).ConfigureAwait(false))
            {
                case SealResult.Sealed done:
                    await Task.Run(() => store.Add(done.Fragment, null, number)).ConfigureAwait(false);
                    Interlocked.Add(ref _sealedBytes, done.Fragment.Index.Counts.StoredBytes);
                    Interlocked.Exchange(ref _openBytes, 0);
                    if (done.VolumeIsNearlyFull) Leave();
                    return done.Fragment;
                case SealResult.Failed failed:
                    throw Refused(failed.Failure);
                default:
                    await Continue(writer).ConfigureAwait(false);
                    break;
            }
        }
    }

    private async Task Continue(CopyWriter writer)
    {
        await NextVolume().ConfigureAwait(false);
        var volume = _volume!;
        await drive.Run(loaded => { writer.ContinueOn(loaded, volume); return true; }).ConfigureAwait(false);
    }

    private async Task NextVolume()
    {
        Leave();
        await Mount().ConfigureAwait(false);
    }

    /// <summary>Only while it is in the drive: with one drive another one may be, which is read.</summary>
    private void Leave()
    {
        drive.Retire(VolumeState.Full, null);
        _volume = null;
    }

    private async Task Mount() => _volume = (await drive.MountForWriting(spec.Pool).ConfigureAwait(false)).Volume;

    /// <summary>A volume that failed takes no more data; what it holds sealed stays readable.</summary>
    private JobFailureException Refused(TapeFailure failure)
    {
        var said = failure.Result.ToString();
        if (Errno.IsOutOfDescriptors(failure.Result.Errno)) return FragmentLane.NoRoom(failure);
        drive.Retire(VolumeState.Error, said);
        return new(new JobFailure.VolumeError(failure.Volume.Name, failure.Result.Operation, said));
    }
}
