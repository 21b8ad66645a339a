using Akka.Actor;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Catalog;

/// <summary>
/// Work on the catalog of this node, for actors of the same node: runs on a thread that may wait, writes one at a time.
/// </summary>
/// <param name="Run">The work; reports its result itself.</param>
/// <param name="Writes">True when it writes.</param>
public sealed record CatalogWork(Action<CatalogStore> Run, bool Writes) : INoSerializationVerificationNeeded;

/// <summary>How actors ask the catalog of their node.</summary>
public static class CatalogWorkExtensions
{
    /// <summary>
    /// Reads. The task fails only when the catalog's program has a mistake; what may happen is in the answer.
    /// </summary>
    /// <param name="catalog">The <see cref="CatalogActor"/>.</param>
    /// <param name="work">What to read.</param>
    /// <typeparam name="T">What comes back.</typeparam>
    public static Task<CatalogAnswer<T>> Read<T>(this IActorRef catalog, Func<CatalogStore, CatalogAnswer<T>> work) =>
        Send(catalog, work, writes: false);

    /// <summary>Writes, after all writes that were sent before. As <see cref="Read"/>.</summary>
    /// <param name="catalog">The <see cref="CatalogActor"/>.</param>
    /// <param name="work">What to write.</param>
    /// <typeparam name="T">What comes back.</typeparam>
    public static Task<CatalogAnswer<T>> Write<T>(this IActorRef catalog, Func<CatalogStore, CatalogAnswer<T>> work) =>
        Send(catalog, work, writes: true);

    private static Task<CatalogAnswer<T>> Send<T>(
        IActorRef catalog, Func<CatalogStore, CatalogAnswer<T>> work, bool writes)
    {
        var done = new TaskCompletionSource<CatalogAnswer<T>>(TaskCreationOptions.RunContinuationsAsynchronously);
        catalog.Tell(new CatalogWork(Run, writes), ActorRefs.NoSender);
        return done.Task;

        void Run(CatalogStore store)
        {
            try
            {
                done.SetResult(work(store));
            }
            catch (Exception mistake)
            {
                done.SetException(mistake); // the asker's supervision decides
            }
        }
    }
}
