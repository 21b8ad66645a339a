using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Backup.Actors.Data;
using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Actors.Storage;

/// <summary>A block of a fragment's data that has its digest. Whoever takes it returns the buffer.</summary>
/// <param name="Number">From 0, over all parts.</param>
/// <param name="Buffer">Of <see cref="ChunkBuffers"/>.</param>
/// <param name="Length">Bytes in use.</param>
/// <param name="Digest">Its digest.</param>
internal readonly record struct CopyBlock(int Number, byte[] Buffer, int Length, Sha256Digest Digest)
{
    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Bytes => Buffer.AsSpan(0, Length);
}

/// <summary>
/// Reads one fragment as it is, from whichever copies of it lie in the library: first the one that comes first, and
/// each block that is damaged there from another one. Blocks are cut alike in all copies. The index is what decides:
/// each copy is believed only as far as its own index, whose root must be the fragment's.
/// </summary>
/// <param name="image">The image.</param>
/// <param name="place">The fragment.</param>
/// <param name="library">In which it is read.</param>
/// <param name="volumes">The drive.</param>
/// <param name="onDamage">Told of what is damaged, and in which copy.</param>
internal sealed class CopySource(
    ImageId image, FragmentPlace place, LibraryName library, VolumeWait volumes, Action<int, string> onDamage)
{
    /// <summary>Blocks that are read and compared ahead of who takes them.</summary>
    private const int Ahead = 4;

    private readonly IReadOnlyList<CopyPlace> _places = [.. place.Copies.Where(
        copy => copy.Copy == place.Copy || copy.Library == library)];
    private readonly SealedFragment?[] _indexes = new SealedFragment?[place.Copies.Count];
    private readonly bool[] _lost = new bool[place.Copies.Count];
    private VolumeName? _mounted;
    private long _readBytes;

    /// <summary>Bytes read; from any thread.</summary>
    public long ReadBytes => Interlocked.Read(ref _readBytes);

    /// <summary>The fragment, as the first copy says whose index can be read.</summary>
    /// <exception cref="JobFailureException">No copy's index can be read.</exception>
    public async Task<SealedFragment> Open(CancellationToken cancellation)
    {
        for (var copy = 0; copy < _places.Count; copy++)
            if (await IndexOf(copy, cancellation).ConfigureAwait(false) is { } found) return found;
        throw new JobFailureException(new JobFailure.MediumDamaged(
            image, place.Fragment, place.Index.Volume.Name,
            _places.Count > 1 ? $"the index of none of its {_places.Count} copies can be read."
                : "its index cannot be read, and there is no other copy of it."));
    }

    /// <summary>All blocks, in order, each with its digest.</summary>
    /// <exception cref="JobFailureException">A block is whole in no copy.</exception>
    public async IAsyncEnumerable<CopyBlock> Blocks([EnumeratorCancellation] CancellationToken cancellation)
    {
        var count = new BlockReader((await Open(cancellation).ConfigureAwait(false)).Index).Count;
        var read = Channel.CreateBounded<Task<CopyBlock>>(Ahead);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var reading = Task.Run(() => ReadAll(count, read.Writer, stop.Token), CancellationToken.None);
        try
        {
            await foreach (var block in read.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
                yield return await block.ConfigureAwait(false);
            await reading.ConfigureAwait(false);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (read.Reader.TryRead(out var left))
            {
                await ((Task)left).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (left.IsCompletedSuccessfully) ChunkBuffers.Return((await left.ConfigureAwait(false)).Buffer);
            }
        }
    }

    /// <summary>
    /// One thread reads, others compare. A block that is damaged is read again from other copies before the next one
    /// is looked at: the drive has one head.
    /// </summary>
    private async Task ReadAll(int count, ChannelWriter<Task<CopyBlock>> into, CancellationToken cancellation)
    {
        try
        {
            var checks = new Queue<(int Block, int Copy, byte[] Buffer, int Length, Task<FragmentDefect?> Check)>();
            for (var block = 0; block < count || checks.Count > 0;)
            {
                if (block < count && checks.Count < Ahead)
                {
                    checks.Enqueue(await Begin(block++, cancellation).ConfigureAwait(false));
                    continue;
                }
                var (number, copy, buffer, length, check) = checks.Dequeue();
                var done = await check.ConfigureAwait(false) is { } defect
                    ? await Instead(number, copy, buffer, defect, cancellation).ConfigureAwait(false)
                    : new CopyBlock(number, buffer, length, ReaderOf(copy).DigestOf(number));
                await into.WriteAsync(Task.FromResult(done), cancellation).ConfigureAwait(false);
            }
            into.TryComplete();
        }
        catch (Exception cause)
        {
            into.TryComplete(cause);
            throw;
        }
    }

    private async Task<(int, int, byte[], int, Task<FragmentDefect?>)> Begin(int block, CancellationToken cancellation)
    {
        for (var copy = 0; ; copy++)
        {
            if (copy == _places.Count) throw Lost(block, "no copy of it can be read.");
            if (_lost[copy] || await IndexOf(copy, cancellation).ConfigureAwait(false) is null) continue;
            var buffer = ChunkBuffers.Rent();
            var (defect, length) = await Read(copy, block, buffer, cancellation).ConfigureAwait(false);
            var reader = ReaderOf(copy);
            return (block, copy, buffer, length, defect is null
                ? Task.Run(() => reader.Check(block, buffer.AsSpan(0, length)), CancellationToken.None)
                : Task.FromResult<FragmentDefect?>(defect));
        }
    }

    /// <summary>The block from another copy than the one in which it is damaged.</summary>
    private async Task<CopyBlock> Instead(
        int block, int damaged, byte[] buffer, FragmentDefect defect, CancellationToken cancellation)
    {
        onDamage(_places[damaged].Copy, $"Copy {_places[damaged].Copy} of fragment {place.Fragment}: {defect}");
        for (var copy = 0; copy < _places.Count; copy++)
        {
            if (copy == damaged || await IndexOf(copy, cancellation).ConfigureAwait(false) is null) continue;
            var (unread, length) = await Read(copy, block, buffer, cancellation).ConfigureAwait(false);
            if ((unread ?? ReaderOf(copy).Check(block, buffer.AsSpan(0, length))) is not { } other)
                return new CopyBlock(block, buffer, length, ReaderOf(copy).DigestOf(block));
            onDamage(_places[copy].Copy, $"Copy {_places[copy].Copy} of fragment {place.Fragment}: {other}");
        }
        ChunkBuffers.Return(buffer);
        throw Lost(block, $"{defect}, and no other copy has it.");
    }

    private async Task<(FragmentDefect? Defect, int Length)> Read(
        int copy, int block, byte[] buffer, CancellationToken cancellation)
    {
        var reader = ReaderOf(copy);
        try
        {
            await Mount(reader.VolumeOf(block), cancellation).ConfigureAwait(false);
        }
        catch (JobFailureException missing) when (missing.Failure is JobFailure.VolumeError)
        {
            _lost[copy] = !IsLastHope;
            return (new FragmentDefect(
                _indexes[copy]!.Index.Parts[reader.PlaceOf(block).Part].Location, DefectKind.Missing, -1, default,
                missing.Message), 0);
        }
        var read = await volumes.Drive.Run(
            drive => (Defect: reader.Read(drive, block, buffer, out var length), Length: length)).ConfigureAwait(false);
        Interlocked.Add(ref _readBytes, read.Length);
        return read;
    }

    private async Task<SealedFragment?> IndexOf(int copy, CancellationToken cancellation)
    {
        if (_indexes[copy] is { } known) return known;
        if (_lost[copy]) return null;
        var at = _places[copy].Index;
        string detail;
        try
        {
            await Mount(at.Volume.Name, cancellation).ConfigureAwait(false);
            var scanned = await volumes.Drive.Run(drive => VolumeScanner.ScanFile(drive, at.File))
                .ConfigureAwait(false);
            if (scanned is ScannedFile.Index { Fragment: var found } && found.Root == place.Root)
                return _indexes[copy] = found;
            detail = scanned switch
            {
                ScannedFile.Index other => $"its index has the root {other.Fragment.Root}, expected {place.Root}",
                ScannedFile.Damaged damaged => $"its index is damaged: {damaged.Detail}",
                ScannedFile.Unreadable unreadable => $"its index cannot be read: {unreadable.Result}",
                _ => "its index is not where the catalog says",
            };
        }
        catch (JobFailureException missing) when (missing.Failure is JobFailure.VolumeError)
        {
            detail = missing.Message;
        }
        _lost[copy] = true;
        onDamage(_places[copy].Copy, $"Copy {_places[copy].Copy} of fragment {place.Fragment}, {at}: {detail}.");
        return null;
    }

    /// <summary>Only where another volume is needed: asking the drive costs its turn.</summary>
    private async Task Mount(VolumeName volume, CancellationToken cancellation)
    {
        if (_mounted == volume) return;
        _mounted = null;
        await volumes.Mount(volume, cancellation, IsLastHope).ConfigureAwait(false);
        _mounted = volume;
    }

    /// <summary>People are asked for a volume only when no other copy can be tried instead.</summary>
    private bool IsLastHope => _places.Count - _lost.Count(lost => lost) <= 1;

    private BlockReader ReaderOf(int copy) => _readers.GetValueOrDefault(copy)
        ?? (_readers[copy] = new BlockReader(_indexes[copy]!.Index));

    private readonly Dictionary<int, BlockReader> _readers = [];

    private JobFailureException Lost(int block, string detail) => new(new JobFailure.MediumDamaged(
        image, place.Fragment, place.Index.Volume.Name, $"Block {block} of its data: {detail}"));
}
