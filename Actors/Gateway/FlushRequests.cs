using Backup.Actors.Copies;
using Backup.Actors.Jobs;
using Backup.Actors.Spool;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>Takes what waits on spools to the volumes of its pools: a migration for each image. All calls
/// block.</summary>
/// <param name="setup">What the gateway has.</param>
internal sealed class FlushRequests(GatewaySetup setup)
{
    private static readonly RetryRule Usual = new(5, TimeSpan.FromSeconds(10));

    /// <summary>What failed is begun by itself again after this.</summary>
    private static readonly TimeSpan AgainAfter = TimeSpan.FromMinutes(10);

    /// <summary>The jobs of a flush.</summary>
    /// <param name="ask">The request.</param>
    /// <param name="jobs">What is to be begun.</param>
    /// <returns>The answer; null: the jobs are it.</returns>
    public IReply? Plan(FlushSpool ask, out IReadOnlyList<NewJob> jobs)
    {
        jobs = [];
        var rules = setup.Spools();
        if (ask.Library is { } library && rules.All(rule => rule.Library != library))
            return new Refused(
                RefusalCode.BadRequest, $"Library \"{library}\" has no spool. "
                    + (rules.Count == 0 ? "None has: see `libraries.NAME.spool` in the configuration."
                        : $"Those that have one: {GatewayDesk.Words(rules.Select(rule => rule.Library.Value))}."));
        var planned = new List<NewJob>();
        jobs = planned;
        if (!new CopyShelf(setup.Store).Pending().Is(out var pending, out var failure))
            return CatalogQueries.Unavailable(failure);
        foreach (var rule in rules.Where(rule => ask.Library is not { } only || rule.Library == only))
            if (PlanOne(ask, rule, pending, planned) is { } refused) return refused;
        return planned.Count > 0 ? null : new JobsStarted([]);
    }

    private Refused? PlanOne(
        FlushSpool ask, SpoolRule rule, IReadOnlyList<CopySpec> pending, List<NewJob> planned)
    {
        var shelf = new SpoolShelf(setup.Store);
        if (!shelf.Waiting(rule.Library, pending).Is(out var waiting, out var failure))
            return CatalogQueries.Unavailable(failure);
        if (ask.Due && !SpoolChoice.IsDue(waiting, rule, setup.Clock.Now)) return null;
        foreach (var pool in waiting.GroupBy(image => image.Pool))
        {
            if (!setup.Pools().ContainsKey(pool.Key)) continue; // it stays until its pool is configured again
            if (!shelf.Left(pool.Key, rule.Library).Is(out var left, out failure))
                return CatalogQueries.Unavailable(failure);
            foreach (var image in SpoolChoice.InOrder(pool, rule.Order, left, rule.VolumeBytes))
            {
                if (!JobOf(ask, rule, image, pending, planned.Count).Is(out var job, out failure))
                    return CatalogQueries.Unavailable(failure);
                planned.Add(job);
            }
        }
        return null;
    }

    private CatalogAnswer<NewJob> JobOf(
        FlushSpool ask, SpoolRule rule, SpooledImage spooled, IReadOnlyList<CopySpec> pending, int number)
    {
        if (!setup.Store.Images.Get(spooled.Image).Is(out var image, out var failure)
            || !new CopyShelf(setup.Store).Image(image).Is(out var known, out failure)) return failure;
        var opened = image.Opened;
        // Where all of it is there already, only the second step of the migration is left
        var copy = spooled.Fragments is { Count: 0 } && known.Copies.FirstOrDefault(
                copy => copy.Pool == spooled.Pool) is { } there ? there.Copy
            : pending.Where(copy => copy.Image == spooled.Image).Select(copy => copy.Copy)
                .Concat(known.Numbers).Append(1).Max() + 1;
        var spec = new CopySpec(
            spooled.Image, image.Seal!.Root, copy, opened.Policy, opened.Client, opened.FileSet, spooled.Pool,
            rule.Library, rule.Library, Usual, SpoolPools.Of(spooled.Pool), spooled.Fragments, FromSpool: true);
        // Begun by itself, it is begun once, whichever director looks
        var request = ask.Due
            ? new RequestId($"flush-{spooled.Image}-{copy}-{setup.Clock.Now.UtcTicks / AgainAfter.Ticks}")
            : number == 0 ? ask.Request : new RequestId($"{ask.Request}/{number}");
        return CatalogAnswer<NewJob>.Of(new NewJob(
            request, spec.Kind, spec.Client, setup.Clock.Now, spec.Policy, spec.FileSet, opened.Level, spec.Image,
            JobSpecs.Write(spec)));
    }
}
