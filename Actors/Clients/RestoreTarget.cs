using Backup.Actors.Data;
using Backup.Media.Files;
using Backup.Media.Posix;
using Backup.Messages.Clients;
using Backup.Messages.Files;
using Backup.Messages.Jobs;

namespace Backup.Actors.Clients;

/// <summary>
/// Writes what a restore brings, entry by entry; used by one stream. A file is put in place only when all of its
/// content came and its digest, which is computed a stage before, is right. Counters may be read from any thread.
/// </summary>
internal sealed class RestoreTarget
{
    private readonly ClientProtocol.Restore _orders;
    private readonly UntoldExceptions _untold;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _kinds = [];
    private readonly Dictionary<int, RestoreLane> _lanes = [];
    private TreeWriter? _writer;
    private long _files;
    private long _bytes;
    private long _unasked;
    private byte[] _current = [];
    private FileException? _short;
    private Task _taking = Task.CompletedTask;
    private Task? _ended;

    public RestoreTarget(ClientProtocol.Restore orders, Action onFirstException) =>
        (_orders, _untold) = (orders, new UntoldExceptions(onFirstException));

    /// <summary>What went wrong; to be told by the session.</summary>
    public UntoldExceptions Exceptions => _untold;

    public long Files => Interlocked.Read(ref _files);

    public long Bytes => Interlocked.Read(ref _bytes);

    public string Current => PathText.Escape(Volatile.Read(ref _current));

    /// <summary>Items put in place, by kind; after the end.</summary>
    public IReadOnlyDictionary<string, long> Kinds => _kinds;

    /// <summary>All is restored that was asked for: doing it again would restore no more.</summary>
    public bool IsWhole => _untold.Tally.Total == _unasked;

    /// <summary>Writes a batch on a thread that may block; one at a time.</summary>
    /// <returns>True for the last one, after directories have their times.</returns>
    public Task<bool> Take(HashedBatch hashed)
    {
        lock (_lock)
        {
            if (_ended is not null)
            {
                hashed.Batch.Dispose();
                return Task.FromCanceled<bool>(new CancellationToken(canceled: true));
            }
            var taking = Task.Run(() => Write(hashed));
            _taking = taking;
            return taking;
        }
    }

    /// <summary>
    /// Takes nothing more. Completes behind the batch that is being written, whatever became of it, when all is closed:
    /// who says before that the restore has stopped lets the next one meet files of this one.
    /// </summary>
    public Task End()
    {
        lock (_lock) return _ended ??= Close(_taking);
    }

    private async Task Close(Task taking)
    {
        await taking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var lane in _lanes.Values) lane.Dispose();
        _writer?.Dispose();
    }

    private bool Write(HashedBatch hashed)
    {
        var batch = hashed.Batch;
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
                    PathsMayMeet = RestoreOrder.MayMeet(_orders.Spec),
                    DirectoriesLast = !RestoreOrder.IsOneWalk(_orders.Spec, _orders.Lanes),
                },
                Take);
            if (!_lanes.TryGetValue(batch.Lane, out var lane))
                lane = _lanes[batch.Lane] = new RestoreLane(
                    batch.Lane == 0 ? _writer : _writer.Another(), Take, this);
            for (var at = 0; at < batch.Pieces.Count; at++)
                lane.Take(batch.Pieces[at], batch.ContentOf(batch.Pieces[at]), hashed.Digests[at]);
            if (_short is { } failed)
                throw new JobFailureException(new JobFailure.NodeShort(
                    $"Client {_orders.Spec.Client}: {failed.Operation} of {PathText.Escape(failed.Path)} failed: "
                        + $"{Errno.Describe(failed.Errno)}."));
            if (batch.Last) _writer.Complete();
            return batch.Last;
        }
    }

    /// <summary>
    /// An item that could not be put in place. For want of descriptors the next one could not be either: the attempt is
    /// lost then, and another finds in place what this one brought.
    /// </summary>
    private void Take(FileException exception)
    {
        if (Errno.IsOutOfDescriptors(exception.Errno)) _short ??= exception;
        else _untold.Add(exception);
    }

    /// <summary>An item begins.</summary>
    internal void Began(FileEntry entry) => Volatile.Write(ref _current, entry.Path.ToArray());

    /// <summary>An item is left out by choice.</summary>
    internal void LeaveOut() => _unasked++;

    /// <summary>Content was written.</summary>
    internal void Wrote(int bytes) => Interlocked.Add(ref _bytes, bytes);

    /// <summary>An item is in place: its kind, or that it was there unchanged.</summary>
    internal void Count(string kind)
    {
        _kinds[kind] = _kinds.GetValueOrDefault(kind) + 1;
        Interlocked.Increment(ref _files);
    }

    /// <summary>Items that the image does not have were removed.</summary>
    internal void Deleted(long items)
    {
        if (items > 0) _kinds["Deleted"] = items;
    }
}
