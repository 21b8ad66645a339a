using Backup.Actors.Data;
using Backup.Media.Fragments;
using Backup.Messages.Jobs;

namespace Backup.Actors.Storage;

/// <summary>
/// Reads archive bytes of one fragment from whichever of its copies can give them: goes on in another copy where a
/// chunk is damaged or a volume missing, and stays there until something is wrong there too. What is whole in one copy
/// is had, wherever the others are hurt. All copies have the same chunks; only where their data lies differs.
/// </summary>
/// <param name="volumes">The drive.</param>
/// <param name="copies">Where the copies lie, the first one to be read first; all with the same chunks.</param>
/// <param name="ranges">What is wanted of the archive bytes.</param>
/// <param name="onSwitch">Told when it goes on in another copy, or when the same one was good the second time:
/// why.</param>
/// <param name="endures">A volume that no copy can do without is damage like any; false: the reading fails
/// then.</param>
internal sealed class CopyReader(
    VolumeWait volumes, IReadOnlyList<FragmentLayout> copies, IEnumerable<ArchiveRange> ranges,
    Action<FragmentDefect> onSwitch, bool endures = true) : IDisposable
{
    private readonly IReadOnlyList<ArchiveRange> _ranges = [.. ranges];
    private readonly HashSet<int> _tried = [];
    private int _copy;
    private long _from; // in archive bytes: all before was given
    private long _lostAt = -1; // the piece that no copy has, while it is to be given as it is
    private FragmentDefect? _lost; // what was wrong with it
    private FragmentReader? _reader;
    private IEnumerator<ArchivePiece>? _pieces;
    private bool _loaded;
    private bool _held;
    private (ArchivePiece Piece, ReadOnlyMemory<byte> Frame)? _salvaged;
    private long _readBefore;

    /// <summary>Bytes read from media so far.</summary>
    public long BytesRead => _readBefore + (_reader?.BytesRead ?? 0);

    /// <summary>Gives pieces, on the drive's thread, until whoever takes them has no more room.</summary>
    /// <param name="take">Takes a piece, with the frame that it lies in; false: it finds no room, and is given again
    /// next time. A piece with a defect is in no copy.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <returns>False when all has been given.</returns>
    public async Task<bool> Read(
        Func<ArchivePiece, ReadOnlyMemory<byte>, bool> take, CancellationToken cancellation)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (_salvaged is { } salvaged)
            {
                if (!take(salvaged.Piece, salvaged.Frame)) return true;
                (_salvaged, _from) = (null, salvaged.Piece.Range.End);
                _tried.Clear();
            }
            if (_pieces is null && !await NextPart(cancellation).ConfigureAwait(false)) return false;
            var step = _loaded
                ? await volumes.Drive.Run(_ => Give(take)).ConfigureAwait(false) : Give(take);
            if (step.Full) return true;
            if (step.Damage is { } piece) await Switch(piece, cancellation).ConfigureAwait(false);
            else End();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        End();
        _reader?.Dispose();
    }

    private (bool Full, ArchivePiece? Damage) Give(Func<ArchivePiece, ReadOnlyMemory<byte>, bool> take)
    {
        while (_held || _pieces!.MoveNext())
        {
            var piece = _pieces!.Current;
            if (!_held && piece.Range.Length == 0) continue; // a header: what matters is the data behind it
            if (!_held && piece.Defect is not null && piece.Range.Offset != _lostAt) return (false, piece);
            if (!_held && piece.Defect is null && piece.Range.Offset == _lostAt) onSwitch(_lost!);
            _held = !take(piece, _reader!.Frame);
            if (_held) return (true, null);
            _from = piece.Range.End;
            _tried.Clear();
        }
        return (false, null);
    }

    /// <summary>
    /// The next copy that was not tried for this piece; behind the last one, what can be put together of all of them.
    /// </summary>
    private async Task Switch(ArchivePiece damaged, CancellationToken cancellation)
    {
        _tried.Add(_copy);
        var next = Enumerable.Range(0, copies.Count).FirstOrDefault(copy => !_tried.Contains(copy), -1);
        _from = damaged.Range.Offset;
        End();
        _readBefore += _reader!.BytesRead;
        _reader.Dispose();
        _reader = null;
        if (next >= 0)
        {
            onSwitch(damaged.Defect!);
            _copy = next;
        }
        else if (copies.Count < 2 || !await Salvage(damaged, cancellation).ConfigureAwait(false))
            (_lostAt, _lost) = (damaged.Range.Offset, damaged.Defect);
    }

    /// <summary>One block from one copy and the next from another.</summary>
    private async Task<bool> Salvage(ArchivePiece damaged, CancellationToken cancellation)
    {
        var chunk = copies[0].Chunks.Find(damaged.Range.Offset);
        var salvage = new ChunkSalvage(copies, chunk);
        foreach (var (at, number) in salvage.Places)
        {
            try
            {
                await volumes.Mount(at.Volume.Name, cancellation, isNeeded: false).ConfigureAwait(false);
            }
            catch (JobFailureException missing) when (missing.Failure is JobFailure.VolumeError)
            {
                continue;
            }
            await volumes.Drive.Run(drive => { salvage.Read(drive, number); return true; }).ConfigureAwait(false);
        }
        var extent = copies[0].Chunks[chunk];
        var archive = new byte[extent.ArchiveLength];
        if (!salvage.TryAssemble(archive)) return false;
        onSwitch(damaged.Defect!);
        _salvaged = (
            new ArchivePiece(
                damaged.Range,
                archive.AsMemory((int)(damaged.Range.Offset - extent.ArchiveOffset), (int)damaged.Range.Length), null),
            salvage.Frame);
        return true;
    }

    /// <summary>Mounts the next part's volume. One that is lost costs what lies on it, unless a copy has it.</summary>
    private async Task<bool> NextPart(CancellationToken cancellation)
    {
        _reader ??= new FragmentReader(copies[_copy], FragmentReadPlan.For(copies[_copy], Rest()));
        if (_reader.Next is not { } part) return false;
        var reader = _reader;
        try
        {
            await volumes.Mount(part.Location.Volume.Name, cancellation, IsLastHope).ConfigureAwait(false);
            _pieces = await volumes.Drive.Run(loaded => reader.Read(loaded).GetEnumerator()).ConfigureAwait(false);
            _loaded = true;
        }
        catch (JobFailureException missing) when (
            missing.Failure is JobFailure.VolumeError && (endures || !IsLastHope))
        {
            _pieces = reader.Skip(missing.Message).GetEnumerator();
            _loaded = false;
        }
        return true;
    }

    /// <summary>People are asked for a volume only when no other copy can be tried instead.</summary>
    private bool IsLastHope => _tried.Count >= copies.Count - 1 || _lostAt >= _from;

    private IEnumerable<ArchiveRange> Rest() => _ranges.Where(range => range.End > _from).Select(range =>
        range.Offset >= _from ? range : new ArchiveRange(_from, range.End - _from));

    private void End()
    {
        _pieces?.Dispose();
        _pieces = null;
    }
}
