using Backup.Actors.Data;
using Backup.Media.Files;
using Backup.Media.Fragments;

namespace Backup.Actors.Storage;

/// <summary>Cuts archive pieces to runs, and puts these into batches.</summary>
/// <param name="runs">In order.</param>
/// <param name="onDamage">Told of each item that is hit.</param>
/// <param name="lane">Of the batches.</param>
internal sealed class BatchBuilder(
    List<ContentRun> runs, Action<FileEntry, FragmentDefect> onDamage, int lane) : IDisposable
{
    private const int PiecesMax = 2048;

    private readonly HashSet<FileEntry> _damaged = [];
    private List<RestorePiece> _pieces = [];
    private byte[]? _buffer;
    private int _used;
    private int _run;

    public bool IsEmpty => _pieces.Count == 0;

    /// <summary>Takes a piece; false: the batch is full, and the piece begins the next one.</summary>
    public bool Take(ArchivePiece piece)
    {
        if (_used > 0 && (_used + piece.Range.Length > ChunkBuffers.Length || _pieces.Count >= PiecesMax))
            return false;
        Place(piece);
        return true;
    }

    /// <summary>Entries without content behind the last piece.</summary>
    public void Rest()
    {
        PassEmpty();
        for (; _run < runs.Count; _run++)
            _pieces.Add(new RestorePiece(
                runs[_run].Entry, 0, 0, runs[_run].First, true, "its content lies in no fragment of the image"));
    }

    public RestoreBatch Take()
    {
        var batch = new RestoreBatch(_pieces, _buffer, last: false, lane);
        (_pieces, _buffer, _used) = ([], null, 0);
        return batch;
    }

    /// <summary>What no batch took, when reading ends before its end.</summary>
    public void Dispose()
    {
        if (_buffer is { } left) ChunkBuffers.Return(left);
        _buffer = null;
    }

    private void PassEmpty()
    {
        for (; _run < runs.Count && runs[_run].Length == 0; _run++)
            _pieces.Add(new RestorePiece(runs[_run].Entry, 0, 0, First: true, Final: true));
    }

    private void Place(ArchivePiece piece)
    {
        var at = piece.Range.Offset;
        while (at < piece.Range.End)
        {
            PassEmpty();
            var run = runs[_run];
            var from = at - run.Offset;
            var count = Math.Min(run.End, piece.Range.End) - at;
            Put(run, run.First && from == 0, run.Final
                && at + count == run.End, piece, (int)(at - piece.Range.Offset), (int)count);
            at += count;
            if (at == run.End) _run++;
        }
    }

    private void Put(ContentRun run, bool first, bool final, ArchivePiece piece, int from, int count)
    {
        if (_damaged.Contains(run.Entry)) return;
        if (piece.Defect is { } defect)
        {
            _damaged.Add(run.Entry);
            onDamage(run.Entry, defect);
            _pieces.Add(new RestorePiece(run.Entry, 0, 0, first, true, defect.ToString()));
            return;
        }
        _buffer ??= ChunkBuffers.Rent();
        piece.Bytes.Span.Slice(from, count).CopyTo(_buffer.AsSpan(_used));
        _pieces.Add(new RestorePiece(run.Entry, _used, count, first, final));
        _used += count;
    }
}
