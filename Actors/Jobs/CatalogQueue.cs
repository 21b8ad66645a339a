using Akka.Actor;
using Akka.Event;
using Backup.Actors.Catalog;
using Backup.Messages;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Jobs;

/// <summary>
/// What a job has for the catalog, in order: what it could not take is offered again, what is sent is not sent twice.
/// The saga adds; the catalog's answers come on other threads.
/// </summary>
/// <typeparam name="T">One entry; to record it twice does no harm.</typeparam>
/// <param name="job">The job.</param>
/// <param name="catalog">The <see cref="CatalogActor"/>.</param>
/// <param name="what">The entries, as the node's log names them.</param>
/// <param name="waitingMax">Entries that wait; what comes when there are so many is not taken.</param>
/// <param name="atOnce">Entries in one piece of the catalog's work.</param>
/// <param name="write">Records some.</param>
/// <param name="log">The node's log.</param>
internal sealed class CatalogQueue<T>(
    JobId job, IActorRef catalog, string what, int waitingMax, int atOnce,
    Func<CatalogStore, IReadOnlyList<T>, CatalogAnswer<Recorded>> write, ILoggingAdapter log)
{
    private readonly List<T> _waiting = []; // this and the next are guarded by its lock
    private bool _writing;

    /// <summary>Takes as many as there is room for, and sends them.</summary>
    /// <returns>True when that was all.</returns>
    public bool Add(IReadOnlyCollection<T> entries)
    {
        int room;
        lock (_waiting)
        {
            room = waitingMax - _waiting.Count;
            _waiting.AddRange(entries.Take(room));
        }
        Repeat();
        return entries.Count <= room;
    }

    /// <summary>Sends what waits, unless something is on its way.</summary>
    public void Repeat()
    {
        IReadOnlyList<T> entries;
        lock (_waiting)
        {
            if (_writing || _waiting.Count == 0) return;
            _writing = true;
            entries = [.. _waiting.Take(atOnce)];
        }
        catalog.Write(store => write(store, entries)).ContinueWith(
            done => Written(done, entries.Count),
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>
    /// Records all that waits, also what may be on its way, as a part of other work of the catalog.
    /// </summary>
    /// <returns>Why it could not be done now; null: nothing is left that could be recorded.</returns>
    public CatalogFailure? RecordAll(CatalogStore store)
    {
        IReadOnlyList<T> entries;
        lock (_waiting) entries = [.. _waiting];
        foreach (var some in entries.Chunk(atOnce))
        {
            if (write(store, some).Failure is not { } failure) continue;
            if (failure.MayPass) return failure;
            Warn(failure, "");
        }
        return null;
    }

    /// <summary>In the order in which they came: what came meanwhile follows when these are written.</summary>
    private void Written(Task<CatalogAnswer<Recorded>> done, int count)
    {
        var failure = done.IsFaulted ? null : done.Result.Failure;
        var keep = failure is { MayPass: true };
        lock (_waiting)
        {
            _writing = false;
            if (!keep) _waiting.RemoveRange(0, Math.Min(count, _waiting.Count));
        }
        if (done.IsFaulted) log.Error(done.Exception, "{0} of job {1} could not be recorded.", what, job);
        else if (failure is not null) Warn(failure, keep ? " and are kept" : "");
        if (!keep) Repeat();
    }

    private void Warn(CatalogFailure failure, string consequence) => log.Warning(
        "{0} of job {1} could not be recorded{2}", what, job, $"{consequence}: {CatalogFailureText.Sentence(failure)}");
}
