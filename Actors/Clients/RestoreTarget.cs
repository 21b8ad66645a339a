using System.Collections.Concurrent;
using Backup.Actors.Data;
using Backup.Media.Archive;
using Backup.Media.Files;
using Backup.Messages.Clients;
using Backup.Messages.Files;

namespace Backup.Actors.Clients;

/// <summary>
/// Writes what a restore brings, entry by entry; used by one stream. A file is put in place only when all of its
/// content came and its digest is right. Counters may be read from any thread.
/// </summary>
internal sealed class RestoreTarget : IDisposable
{
    private readonly ClientProtocol.Restore _orders;
    private readonly Action _onFirstException;
    private readonly ConcurrentQueue<FileException> _untold = new();
    private readonly Dictionary<string, long> _kinds = [];
    private TreeWriter? _writer;
    private FileEntry? _entry;
    private FileSink? _sink;
    private MemberExtractor? _extractor;
    private long _files;
    private long _bytes;
    private byte[] _current = [];

    public RestoreTarget(ClientProtocol.Restore orders, Action onFirstException) =>
        (_orders, _onFirstException) = (orders, onFirstException);

    public ExceptionTally Tally { get; } = new();

    public long Files => Interlocked.Read(ref _files);

    public long Bytes => Interlocked.Read(ref _bytes);

    public string Current => PathText.Escape(Volatile.Read(ref _current));

    /// <summary>Items put in place, by kind; after the end.</summary>
    public IReadOnlyDictionary<string, long> Kinds => _kinds;

    /// <summary>Exceptions that were not told yet.</summary>
    public IReadOnlyList<FileException> TakeExceptions(int countMax)
    {
        var taken = new List<FileException>();
        while (taken.Count < countMax && _untold.TryDequeue(out var exception)) taken.Add(exception);
        return taken;
    }

    /// <summary>Writes a batch.</summary>
    /// <returns>True for the last one, after directories have their times.</returns>
    public bool Take(RestoreBatch batch)
    {
        using (batch)
        {
            _writer ??= new TreeWriter(
                _orders.Spec.Target,
                new RestoreOptions
                {
                    Replace = _orders.Spec.Replace,
                    Devices = _orders.Spec.Devices,
                    SetId = _orders.Spec.SetId,
                    AcceptEqual = _orders.Attempt > 1,
                },
                OnException);
            foreach (var piece in batch.Pieces) Take(piece, batch.ContentOf(piece));
            if (batch.Last) _writer.Complete();
            return batch.Last;
        }
    }

    public void Dispose()
    {
        _sink?.Dispose();
        _writer?.Dispose();
    }

    private void Take(RestorePiece piece, ReadOnlySpan<byte> content)
    {
        if (piece.First) Begin(piece.Entry);
        if (piece.Damage is { } damage)
        {
            _sink?.Dispose(); // what came of it is removed
            if (_entry is not null)
                OnException(new FileException(
                    piece.Entry.Path.ToArray(), FileExceptionKind.ContentDamaged, "read", 0, damage));
            (_entry, _sink, _extractor) = (null, null, null);
            return;
        }
        if (_extractor is not null && _extractor.Push(content) is null) Interlocked.Add(ref _bytes, content.Length);
        if (piece.Final) End();
    }

    private void Begin(FileEntry entry)
    {
        _sink?.Dispose();
        (_sink, _extractor, _entry) = (null, null, entry);
        Volatile.Write(ref _current, entry.Path.ToArray());
        if (entry.Kind != FileKind.Regular)
        {
            var before = _writer!.Written;
            _writer.Write(entry);
            if (_writer.Written > before) Count(entry);
            return;
        }
        _sink = _writer!.BeginFile(entry);
        if (_sink is not null) _extractor = new MemberExtractor(entry, _sink.Write);
    }

    private void End()
    {
        if (_sink is not null && _extractor is not null)
        {
            var defect = _extractor.Finish();
            if (_sink.Commit(verified: defect is null)) Count(_entry!);
            _sink.Dispose();
        }
        (_sink, _extractor, _entry) = (null, null, null);
    }

    private void Count(FileEntry entry)
    {
        var kind = entry.Kind.ToString();
        _kinds[kind] = _kinds.GetValueOrDefault(kind) + 1;
        Interlocked.Increment(ref _files);
    }

    private void OnException(FileException exception)
    {
        Tally.Add(exception);
        if (_untold.IsEmpty) _onFirstException();
        _untold.Enqueue(exception);
    }
}
