using Akka.Actor;
using Backup.Actors.Catalog;
using Backup.Actors.Gateway;
using Backup.Messages;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Retention;

/// <summary>What a run of retention works with.</summary>
/// <param name="Catalog">The catalog's actor.</param>
/// <param name="Nodes">The directory of nodes.</param>
/// <param name="Policies">Policies as they are configured now.</param>
/// <param name="Terms">How retention is enforced, as it is configured now.</param>
/// <param name="Clock">The system's clock.</param>
/// <param name="Zone">Whose hours, days and weeks are meant.</param>
/// <param name="WorkWithin">How long a storage node may take for a volume.</param>
public sealed record RetentionSetup(
    IActorRef Catalog,
    IActorRef Nodes,
    Func<IReadOnlyList<PolicyDefinition>> Policies,
    Func<RetentionTerms> Terms,
    ITimeProvider Clock,
    TimeZoneInfo Zone,
    TimeSpan WorkWithin)
{
    /// <summary>The rules of pools that have some, as they are configured now.</summary>
    public Func<IReadOnlyDictionary<PoolName, RetentionRules>> PoolRules { get; init; } =
        () => new Dictionary<PoolName, RetentionRules>();
}

/// <summary>
/// One run of retention: condemns, removes from the catalog, gives space back, lets volumes go. Each step may be the
/// last one before the director dies: the next run finds in the catalog what is left to do.
/// </summary>
/// <param name="setup">What it works with.</param>
internal sealed class RetentionRound(RetentionSetup setup)
{
    private const int NotesMax = 100;

    private static readonly TimeSpan SweepEvery = TimeSpan.FromDays(1);

    private readonly List<string> _notes = [];

    /// <summary>Does it.</summary>
    /// <param name="run">What is asked for.</param>
    /// <param name="swept">When references and blocks were swept last.</param>
    /// <returns>What was done, or why nothing; and when was swept last.</returns>
    public async Task<(IReply Reply, DateTimeOffset Swept)> Run(RunRetention run, DateTimeOffset swept)
    {
        var now = setup.Clock.Now;
        var last = await setup.Catalog.Read(store => store.Retention.Seen()).ConfigureAwait(false);
        if (RetentionQueries.Unknown(setup.Policies(), run.Policy) is { } unknown) return (unknown, swept);
        if (await Doubt(run, now).ConfigureAwait(false) is { } doubt) return (doubt, swept);
        var terms = setup.Terms();
        var pools = setup.PoolRules();
        var plan = RetentionQueries.PlanOf(setup.Policies(), pools, setup.Zone);
        var read = await setup.Catalog.Read(store => RetentionView.Read(
            store, DateTimeOffset.MaxValue, withCopies: pools.Count > 0)).ConfigureAwait(false);
        if (!read.Is(out var view, out var failure)) return (CatalogQueries.Unavailable(failure), swept);
        var turn = RetentionTurn.Of(plan.Of(view.Images, now), now, terms, run.Agreed, run.Policy);
        foreach (var stopped in turn.Stopped) _notes.Add(stopped.Sentence);
        var reprieved = await Write(store => store.Retention.Reprieve(Ids(turn.Reprieve))).ConfigureAwait(false);
        var condemned = await Write(store => store.Retention.Condemn(Ids(turn.Condemn), now)).ConfigureAwait(false);
        await Write(store => store.Expiry.Reprieve(turn.ReprieveCopies)).ConfigureAwait(false);
        var copies = await Write(store => store.Expiry.Condemn(turn.CondemnCopies, now)).ConfigureAwait(false);
        var away = WasAway(last, now, terms, turn);
        var purged = away ? 0 : await Purge(turn.Purge, view, now, terms).ConfigureAwait(false);
        var expired = away ? 0 : await Expire(turn.Expire, view, now, terms).ConfigureAwait(false);
        var tending = new VolumeTending(setup, _notes);
        await tending.Tend().ConfigureAwait(false);
        if (now - swept >= SweepEvery
            && (await setup.Catalog.Write(store => store.Manifests.Sweep(now - SweepEvery)).ConfigureAwait(false))
                .Failure is null)
            swept = now;
        return (
            new RetentionDone(
                now, condemned, reprieved, purged, tending.Bytes, tending.Freed, [.. _notes.Take(NotesMax)], copies,
                expired),
            swept);
    }

    /// <summary>
    /// A time of grace in which nobody looked, as of an outage, a jump of the clock or an old copy of the catalog, is
    /// none: what is to go can be seen until the next run.
    /// </summary>
    private bool WasAway(
        CatalogAnswer<DateTimeOffset?> last, DateTimeOffset now, RetentionTerms terms, RetentionTurn turn)
    {
        var most = terms.Grace > SweepEvery ? terms.Grace : SweepEvery;
        if (last.Is(out var seen, out _) && (seen is null || now - seen <= most)) return false;
        if (turn.Purge.Count + turn.Expire.Count is > 0 and var waiting)
            _notes.Add($"Retention did not run since {seen:u}: {waiting} images and copies whose time of grace is over "
                + "stay until the next run.");
        return true;
    }

    private static IReadOnlyList<ImageId> Ids(IReadOnlyList<RetainedImage> images) =>
        [.. images.Select(image => image.Image)];

    private async Task<Refused?> Doubt(RunRetention run, DateTimeOffset now)
    {
        var newest = await setup.Catalog.Read(store => store.Retention.NewestMoment()).ConfigureAwait(false);
        var seen = await setup.Catalog.Read(store => store.Retention.Seen()).ConfigureAwait(false);
        if (!newest.Is(out var last, out var failure) || !seen.Is(out var before, out failure))
            return CatalogQueries.Unavailable(failure);
        var doubt = setup.Terms().DoubtOf(now, last, run.AcceptClock ? null : before);
        // Behind is wrong whoever says otherwise: ages would be counted from moments that have not come
        if (doubt is not null && !(run.AcceptClock && now >= last)) return new Refused(RefusalCode.Conflict, doubt);
        var believed = await setup.Catalog.Write(store => store.Retention.See(now)).ConfigureAwait(false);
        return believed.Failure is { } unwritten ? CatalogQueries.Unavailable(unwritten) : null;
    }

    private async Task<int> Purge(
        IReadOnlyList<RetainedImage> images, RetentionView view, DateTimeOffset now, RetentionTerms terms)
    {
        var count = 0;
        foreach (var image in images)
        {
            var purged = await setup.Catalog.Write(store => store.Retention.Purge(
                image.Image, now - terms.Grace, now, view.UsedBy)).ConfigureAwait(false);
            if (!purged.Is(out var outcome, out var failure))
            {
                _notes.Add($"Image {image.Image} could not be removed: {CatalogFailureText.Sentence(failure)}");
                break;
            }
            if (outcome.Why is { } why) _notes.Add($"Image {image.Image} stays for now: {why}.");
            else count++;
        }
        return count;
    }

    private async Task<int> Expire(
        IReadOnlyList<CopyInPool> copies, RetentionView view, DateTimeOffset now, RetentionTerms terms)
    {
        var count = 0;
        foreach (var copy in copies)
        {
            var expired = await setup.Catalog.Write(store => store.Expiry.Expire(
                copy, now - terms.Grace, now, view.UsedBy)).ConfigureAwait(false);
            if (!expired.Is(out var outcome, out var failure))
            {
                _notes.Add($"What pool {copy.Pool} has of image {copy.Image} could not be taken out of use: "
                    + CatalogFailureText.Sentence(failure));
                break;
            }
            if (outcome.Why is { } why)
                _notes.Add($"What pool {copy.Pool} has of image {copy.Image} stays for now: {why}.");
            else count++;
        }
        return count;
    }

    private async Task<int> Write(Func<CatalogStore, CatalogAnswer<int>> work)
    {
        var answer = await setup.Catalog.Write(work).ConfigureAwait(false);
        if (answer.Is(out var count, out var failure)) return count;
        _notes.Add(CatalogFailureText.Sentence(failure));
        return 0;
    }
}
