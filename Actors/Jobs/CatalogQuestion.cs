using Akka.Actor;
using Backup.Actors.Catalog;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Jobs;

/// <summary>
/// A write for whose answer a job waits. An answer that does not come (the catalog's actor was made anew, and what it
/// had not done is gone) is asked for again, after waits that double up to a limit, so that a catalog that is only slow
/// is not buried. The work succeeds once, however often it is asked for, and all its answers are the same.
/// </summary>
/// <param name="ask">Asks the catalog, and gives the answer as a message to the saga.</param>
internal sealed class CatalogQuestion(Func<IActorRef, Task<object>> ask)
{
    private const int WaitMax = 32;

    private int _wait;
    private int _waited;

    /// <summary>A question.</summary>
    /// <param name="work">What to write; a second run may not harm, for a success may be lost.</param>
    /// <param name="answered">The message for the answer.</param>
    /// <param name="refused">The message for a failure, after which the saga may ask again at any time.</param>
    public static CatalogQuestion Of<T>(
        Func<CatalogStore, CatalogAnswer<T>> work, Func<T, object> answered, Func<CatalogFailure, object> refused)
    {
        var once = new Once<T>(work);
        return new CatalogQuestion(async catalog =>
        {
            var answer = await catalog.Write(once.Run).ConfigureAwait(false);
            return answer.Is(out var value, out var failure) ? answered(value) : refused(failure);
        });
    }

    /// <summary>
    /// Called once for each time that the job asks again for whatever it waits for; asks, unless an earlier asking may
    /// still be answered.
    /// </summary>
    public void Ask(IActorRef catalog, IActorRef asker, Func<Exception, object> mistake)
    {
        if (++_waited < _wait) return;
        (_wait, _waited) = (Math.Clamp(_wait * 2, 1, WaitMax), 0);
        ask(catalog).PipeTo(asker, success: answer => answer, failure: mistake);
    }

    /// <summary>There was an answer, and it was a failure: it may be asked again.</summary>
    public void Failed() => (_wait, _waited) = (0, 0);

    private sealed class Once<T>(Func<CatalogStore, CatalogAnswer<T>> work)
    {
        private readonly Lock _gate = new();
        private CatalogAnswer<T>? _done;

        public CatalogAnswer<T> Run(CatalogStore catalog)
        {
            lock (_gate)
            {
                if (_done is { } done) return done;
                var answer = work(catalog);
                if (answer.Failure is null) _done = answer;
                return answer;
            }
        }
    }
}
