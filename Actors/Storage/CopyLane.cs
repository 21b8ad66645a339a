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
/// <param name="pool">Whose volumes take it.</param>
/// <param name="copy">The number of the copy.</param>
/// <param name="keep">Keeps a fragment that is sealed, under its number in the job; may block.</param>
/// <param name="earlierOf">The parts of all fragments before one, for the command in the image's last one.</param>
/// <param name="sealedBytes">Bytes that earlier attempts have sealed.</param>
internal sealed class CopyLane(
    DriveHandle drive, PoolName pool, int copy, Action<SealedFragment, int> keep,
    Func<int, IReadOnlyList<TapeLocation>> earlierOf, long sealedBytes = 0)
{
    private VolumeIdentity? _volume;
    private long _sealedBytes = sealedBytes;
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
            CopyWriter.Begin(loaded, volume, source, copy, earlierOf(source.Fragment))).ConfigureAwait(false);
        await Append(writer, blocks, cancellation).ConfigureAwait(false);
        return await Seal(writer, number).ConfigureAwait(false);
    }

    /// <summary>
    /// Writes a fragment while it is being written elsewhere: when this returns it is sealed, and kept.
    /// </summary>
    /// <param name="open">What is known of it.</param>
    /// <param name="blocks">Its blocks, in order, until it is sealed there; their buffers are returned here.</param>
    /// <param name="sealedAs">What it has become; asked behind its last block.</param>
    /// <param name="cancellation">Ends it; what was written is then abandoned on the volume.</param>
    /// <exception cref="JobFailureException">The volume failed, none takes data, or the blocks are others.</exception>
    public async Task<SealedFragment> Write(
        OpenFragment open, IAsyncEnumerable<CopyBlock> blocks, Func<SealedFragment> sealedAs,
        CancellationToken cancellation)
    {
        if (_volume is null) await Mount().ConfigureAwait(false);
        var (volume, number) = (_volume!, open.Start.Fragment);
        using var writer = await drive.Run(loaded =>
            CopyWriter.Begin(loaded, volume, open, copy, earlierOf(number))).ConfigureAwait(false);
        await Append(writer, blocks, cancellation).ConfigureAwait(false);
        if (!writer.Follow(sealedAs()))
            throw new JobFailureException(new JobFailure.Internal(
                $"The blocks of fragment {number} that were copied are not those that its index names."));
        return await Seal(writer, number).ConfigureAwait(false);
    }

    /// <summary>Puts the first volume into the drive, ahead of the first block.</summary>
    /// <exception cref="JobFailureException">None takes data.</exception>
    public async Task Mount() => _volume = (await drive.MountForWriting(pool).ConfigureAwait(false)).Volume;

    private async Task Append(
        CopyWriter writer, IAsyncEnumerable<CopyBlock> blocks, CancellationToken cancellation)
    {
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
                    await Task.Run(() => keep(done.Fragment, number)).ConfigureAwait(false);
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

    /// <summary>A volume that failed takes no more data; what it holds sealed stays readable.</summary>
    private JobFailureException Refused(TapeFailure failure)
    {
        var said = failure.Result.ToString();
        if (Errno.IsOutOfDescriptors(failure.Result.Errno)) return FragmentLane.NoRoom(failure);
        drive.Retire(VolumeState.Error, said);
        return new(new JobFailure.VolumeError(failure.Volume.Name, failure.Result.Operation, said));
    }
}
