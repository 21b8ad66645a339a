using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Backup.Actors.Catalog;
using Backup.Actors.Data;
using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Jobs;
using Backup.Messages.Volumes;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Storage;

/// <summary>
/// A further copy of an image that is written while the image is, in a drive of its own. What the image's own drive
/// has taken is handed over through a buffer; whoever hands it over never waits. When the buffer is full, the drive
/// fails or no volume takes data, the copy is given up, and the promise of it has it made from the sealed image. A
/// fragment of it is recorded when the fragment itself is: half a copy counts as none, whatever is killed.
/// </summary>
/// <param name="drive">The drive that writes it; it gives up where no volume is there.</param>
/// <param name="pool">Whose volumes take it.</param>
/// <param name="job">The backup.</param>
/// <param name="epoch">Its attempt, which writes the image from its beginning.</param>
/// <param name="catalog">How the catalog is asked.</param>
/// <param name="say">Takes a line for the job's log; from any thread.</param>
/// <param name="blocksMax">Blocks of up to 1 MiB by which it may lag, 1 or more.</param>
internal sealed class CopyDuring(
    DriveHandle drive, PoolName pool, JobId job, Epoch epoch, CatalogInquiry catalog,
    Action<LogSeverity, string, string> say, int blocksMax = CopyDuring.BlocksMaxUsual)
{
    /// <summary>The number of such a copy: the first after the image's own.</summary>
    public const int Number = 2;

    /// <summary>64 MiB.</summary>
    public const int BlocksMaxUsual = 64;

    private readonly Channel<Step> _steps = Channel.CreateUnbounded<Step>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    private readonly Channel<SealedFragment> _sealed = Channel.CreateUnbounded<SealedFragment>();
    private readonly Channel<int> _noted = Channel.CreateUnbounded<int>();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<TapeLocation> _parts = [];
    private byte[] _block = [];
    private int _blockLength;
    private int _waiting;
    private int _recorded;
    private string? _dropped;
    private volatile bool _isWhole;

    /// <summary>Why it was given up; null: it was not. From any thread.</summary>
    public string? Dropped => Volatile.Read(ref _dropped);

    /// <summary>True when all of it is sealed and recorded. From any thread.</summary>
    public bool IsWhole => _isWhole;

    /// <summary>Blocks that wait to be written. From any thread.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Writes what is handed over, and records what is sealed. Never fails: it is given up instead.</summary>
    /// <param name="ready">Called when the volume is in the drive, or cannot be.</param>
    /// <returns>Ends when the copy is whole, or given up and done with the drive.</returns>
    public async Task Run(Action ready)
    {
        var lane = new CopyLane(drive, pool, Number, (copied, _) => Keep(copied), _ => [.. _parts]);
        await Try(async () =>
        {
            await lane.Mount().ConfigureAwait(false);
            _stop.Token.ThrowIfCancellationRequested();
            say(LogSeverity.Info, "copy-during", $"Copy {Number} of the image is written with it, to pool {pool}.");
        }).ConfigureAwait(false);
        ready();
        await Task.WhenAll(Try(() => Write(lane)), Try(Record)).ConfigureAwait(false);
        while (_steps.Reader.TryRead(out var left))
            if (left is Step.Block block) ChunkBuffers.Return(block.Buffer);
    }

    /// <summary>Gives it up, unless it is whole or was given up before.</summary>
    /// <param name="why">A sentence.</param>
    public void Drop(string why)
    {
        if (_isWhole || Interlocked.CompareExchange(ref _dropped, why, null) is not null) return;
        say(
            LogSeverity.Warning, "copy-dropped",
            $"Copy {Number} is not written with the image any more: {why} It is made when the image is sealed.");
        _stop.Cancel();
        _steps.Writer.TryComplete();
    }

    /// <summary>The image's next fragment has begun.</summary>
    public void Begin(OpenFragment open)
    {
        _blockLength = 0;
        if (Dropped is null) _steps.Writer.TryWrite(new Step.Begin(open));
    }

    /// <summary>The image's drive has taken these bytes; they are the caller's again when it returns.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && Dropped is null)
        {
            if (_block.Length == 0) _block = ChunkBuffers.Rent();
            var take = Math.Min(bytes.Length, TapeFormat.BlockBytesMax - _blockLength);
            bytes[..take].CopyTo(_block.AsSpan(_blockLength));
            _blockLength += take;
            bytes = bytes[take..];
            if (_blockLength == TapeFormat.BlockBytesMax) Hand();
        }
    }

    /// <summary>The fragment is sealed and kept.</summary>
    public void Seal(SealedFragment fragment)
    {
        if (_blockLength > 0) Hand();
        if (Dropped is null) _steps.Writer.TryWrite(new Step.End(fragment));
        if (fragment.SealsImage) _steps.Writer.TryComplete();
    }

    /// <summary>The fragment is in catalog and journal: so may its copy be.</summary>
    /// <param name="fragment">Its number.</param>
    public void Noted(int fragment) => _noted.Writer.TryWrite(fragment);

    private void Hand()
    {
        if (Dropped is null && Interlocked.Increment(ref _waiting) > blocksMax)
            Drop($"It lags by more than {blocksMax} blocks of 1 MiB.");
        if (Dropped is not null || !_steps.Writer.TryWrite(new Step.Block(_block, _blockLength)))
            ChunkBuffers.Return(_block);
        (_block, _blockLength) = ([], 0);
    }

    private async Task Write(CopyLane lane)
    {
        while (await _steps.Reader.WaitToReadAsync(_stop.Token).ConfigureAwait(false))
        {
            if (!_steps.Reader.TryRead(out var step)) continue;
            if (step is not Step.Begin begin)
                throw new InvalidOperationException($"Expected the beginning of a fragment, found {step}.");
            SealedFragment? source = null;
            await lane.Write(
                begin.Open, Blocks(fragment => source = fragment, _stop.Token), () => source!, _stop.Token)
                .ConfigureAwait(false);
        }
        _sealed.Writer.TryComplete();
    }

    private async IAsyncEnumerable<CopyBlock> Blocks(
        Action<SealedFragment> ended, [EnumeratorCancellation] CancellationToken cancellation)
    {
        for (var number = 0; ; number++)
        {
            var step = await _steps.Reader.ReadAsync(cancellation).ConfigureAwait(false);
            if (step is Step.End end)
            {
                ended(end.Fragment);
                yield break;
            }
            var block = (Step.Block)step;
            Interlocked.Decrement(ref _waiting);
            yield return new CopyBlock(
                number, block.Buffer, block.Length, Sha256Digest.Of(block.Buffer.AsSpan(0, block.Length)));
        }
    }

    private void Keep(SealedFragment copied)
    {
        _parts.AddRange(copied.Index.Parts.Select(part => part.Location));
        _sealed.Writer.TryWrite(copied);
    }

    /// <summary>Behind the fragments themselves: the catalog takes what it does not know for the image's own.</summary>
    private async Task Record()
    {
        var noted = -1;
        await foreach (var copied in _sealed.Reader.ReadAllAsync(_stop.Token).ConfigureAwait(false))
        {
            while (noted < copied.Fragment)
                noted = Math.Max(noted, await _noted.Reader.ReadAsync(_stop.Token).ConfigureAwait(false));
            await Send(copied).ConfigureAwait(false);
            _recorded++;
            if (!copied.SealsImage) continue;
            _isWhole = true;
            say(
                LogSeverity.Info, "copy-sealed",
                $"Copy {Number} is whole and in the catalog: {_recorded} fragments on "
                    + $"{string.Join(", ", _parts.Select(part => part.Volume.Name).Distinct())}.");
        }
    }

    private async Task Send(SealedFragment copied)
    {
        var index = copied.IndexBytes;
        for (long offset = 0; ;)
        {
            var length = (int)Math.Min(CatalogProtocol.PieceBytesMax, index.Length - offset);
            var piece = new CatalogProtocol.IndexPiece(
                job, epoch, copied.Image, copied.Fragment, copied.Root,
                new TapeFile(copied.IndexLocation.Volume.Name, copied.IndexLocation.File), offset, index.Length,
                index.Slice((int)offset, length).ToArray());
            switch (await catalog.Ask<CatalogProtocol.IAnswer>(piece, _stop.Token).ConfigureAwait(false))
            {
                case CatalogProtocol.PieceTaken taken:
                    offset = taken.Next;
                    break;
                case CatalogProtocol.Closed:
                    return;
                case var other:
                    throw new JobFailureException(new JobFailure.Internal(
                        $"The catalog answered {other.GetType().Name} to a piece of an index."));
            }
        }
    }

    /// <summary>Whatever fails costs this copy, and nothing else.</summary>
    private async Task Try(Func<Task> work)
    {
        if (Dropped is not null) return;
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception failed)
        {
            Drop(failed.Message);
        }
    }

    private abstract record Step
    {
        public sealed record Begin(OpenFragment Open) : Step;

        public sealed record Block(byte[] Buffer, int Length) : Step;

        public sealed record End(SealedFragment Fragment) : Step;
    }
}
