using System.Text.RegularExpressions;
using Backup.Actors.Copies;
using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>What is asked of copies: which images, and their jobs. All calls block.</summary>
/// <param name="setup">What the gateway has.</param>
internal sealed class CopyRequests(GatewaySetup setup)
{
    private const int JobsMax = 10_000;
    private static readonly TimeSpan MatchWithin = TimeSpan.FromSeconds(1);

    /// <summary>The jobs of a request for copies.</summary>
    /// <param name="ask">The request.</param>
    /// <param name="jobs">What is to be begun.</param>
    /// <returns>The answer; null: the jobs are to be begun, and are it.</returns>
    public IReply? Plan(CopyImages ask, out IReadOnlyList<NewJob> jobs) => Plan(
        new MigrateImages(
            ask.Request, ask.ToPool, ask.Image, ask.Policy, ask.Client, ask.FromPool, ask.OlderDays, ask.Uncopied,
            ask.Match, Limit: ask.Limit), migrates: false, out jobs);

    /// <summary>As the other, of a migration.</summary>
    public IReply? Plan(MigrateImages ask, out IReadOnlyList<NewJob> jobs) => Plan(ask, migrates: true, out jobs);

    /// <summary>The same copy once more, as things are now: unless it is there.</summary>
    /// <param name="request">Idempotency key.</param>
    /// <param name="copy">What was asked for before.</param>
    /// <param name="jobs">What is to be begun.</param>
    /// <returns>The answer; null: the jobs are it.</returns>
    public IReply? Again(RequestId request, CopySpec copy, out IReadOnlyList<NewJob> jobs) => Plan(
        new MigrateImages(request, copy.Pool, copy.Image.ToString(), FromPool: copy.Retires),
        copy.Retires is not null, out jobs);

    private IReply? Plan(MigrateImages ask, bool migrates, out IReadOnlyList<NewJob> jobs)
    {
        jobs = [];
        if (!setup.Pools().ContainsKey(ask.ToPool)) return CopyPlanner.NoSuchPool(ask.ToPool, setup.Pools().Keys);
        if (MadeBefore(ask.Request, out var made) is { } trouble) return trouble;
        if (made.Count > 0) return new JobsStarted(made);
        if (!new CopyShelf(setup.Store).Pending().Is(out var pending, out var failure))
            return CatalogQueries.Unavailable(failure);
        return ask.Image is { } name
            ? PlanOne(ask, name, migrates, pending, out jobs)
            : PlanSome(ask, migrates, pending, out jobs);
    }

    private Refused? PlanOne(
        MigrateImages ask, string name, bool migrates, IReadOnlyList<CopySpec> pending, out IReadOnlyList<NewJob> jobs)
    {
        jobs = [];
        if (new CatalogQueries(setup.Store, setup.Policies()).Find(name, out var image) is { } unknown) return unknown;
        if (image!.State != ImageState.Sealed) return ImageReading.NotSealed(image);
        if (!new CopyShelf(setup.Store).Image(image).Is(out var known, out var failure))
            return CatalogQueries.Unavailable(failure);
        if (pending.FirstOrDefault(copy => copy.Image == known.Image && copy.Pool == ask.ToPool) is { } underway)
            return new Refused(
                RefusalCode.Conflict, $"A job makes copy {underway.Copy} of image {known.Image} in pool {ask.ToPool} "
                    + "now. `backup jobs --running` shows it.");
        var from = !migrates ? null : ask.FromPool ?? known.Copies.FirstOrDefault(
            copy => copy.Pool != ask.ToPool)?.Pool; // that of the lowest number
        if (migrates && (from is null || known.Copies.All(copy => copy.Pool != from)))
            return new Refused(
                RefusalCode.Conflict, $"Image {known.Image} has no whole copy in a pool that it could leave"
                    + $"{(ask.FromPool is { } said ? $": none in pool {said}" : "")}.");
        var (spec, refused) = new CopyPlanner(setup).Plan(
            image, known, ask.ToPool, pending, from, isAlone: true);
        if (spec is null) return refused;
        jobs = [JobOf(ask.Request, spec, image)];
        return null;
    }

    private IReply? PlanSome(
        MigrateImages ask, bool migrates, IReadOnlyList<CopySpec> pending, out IReadOnlyList<NewJob> jobs)
    {
        jobs = [];
        if (Selection(ask, migrates, out var filter) is { } badRequest) return badRequest;
        var shelf = new CopyShelf(setup.Store);
        if (!shelf.Images().Is(out var images, out var failure)
            || !setup.Store.Expiry.List().Is(out var expired, out failure)) return CatalogQueries.Unavailable(failure);
        var underway = pending.Where(copy => copy.Pool == ask.ToPool).Select(copy => copy.Image).ToHashSet();
        // What the pool's own retention has let go would come and go for ever
        var letGo = expired.Where(each => each.Copy.Pool == ask.ToPool).Select(each => each.Copy.Image).ToHashSet();
        var chosen = CopyChoice.Of(
            images.Where(image => !underway.Contains(image.Image) && !letGo.Contains(image.Image)), filter!);
        if (migrates)
        {
            if (!setup.Store.Volumes.List(new VolumeFilter(Pool: ask.FromPool)).Is(out var volumes, out failure))
                return CatalogQueries.Unavailable(failure);
            // What moves already is as good as gone, and what is gone may lie on volumes for a while
            var held = images.Where(image => !underway.Contains(image.Image)
                && image.Copies.Any(copy => copy.Pool == ask.FromPool)).Sum(image => image.Bytes);
            chosen = CopyChoice.Migrated(
                chosen, ask.FromPool!.Value,
                [.. volumes.Select(volume => new PooledVolume(
                    volume.Name, volume.BytesWritten, volume.FirstWrittenAt))],
                new MigrationLimits(ask.By, held, ask.HighBytes, ask.LowBytes));
        }
        return JobsOf(ask, migrates, pending, chosen, out jobs);
    }

    private IReply? JobsOf(
        MigrateImages ask, bool migrates, IReadOnlyList<CopySpec> pending, IReadOnlyList<CopiedImage> chosen,
        out IReadOnlyList<NewJob> jobs)
    {
        var (planned, planner) = (new List<NewJob>(), new CopyPlanner(setup));
        (jobs, Refused? last) = (planned, null);
        foreach (var known in chosen.Take(Math.Clamp(ask.Limit, 1, JobsMax)))
        {
            if (!setup.Store.Images.Get(known.Image).Is(out var image, out var failure))
                return CatalogQueries.Unavailable(failure);
            var (spec, refused) = planner.Plan(
                image, known, ask.ToPool, pending, migrates ? ask.FromPool : null, isAlone: false);
            if (spec is null) last = refused;
            else planned.Add(JobOf(IdOf(ask.Request, planned.Count), spec, image));
        }
        return planned.Count > 0 ? null : last ?? (IReply)new JobsStarted([]);
    }

    private Refused? Selection(MigrateImages ask, bool migrates, out CopyFilter? filter)
    {
        filter = null;
        foreach (var pool in (PoolName?[])[ask.FromPool])
            if (pool is { } named && !setup.Pools().ContainsKey(named))
                return CopyPlanner.NoSuchPool(named, setup.Pools().Keys);
        if (migrates && ask.FromPool is null)
            return Bad("Expected the pool that is to be freed (`--pool`), or one image.");
        if (ask.FromPool == ask.ToPool)
            return Bad($"Expected two pools, found {ask.ToPool} twice.");
        if (ask.OlderDays is < 0 or > 36500) return Bad($"Expected 0 to 36,500 days, found {ask.OlderDays}.");
        if (ask.By == MigrationRule.Occupancy
            && (ask.HighBytes <= 0 || ask.LowBytes < 0 || ask.LowBytes > ask.HighBytes))
            return Bad("Expected a high water mark in bytes, and a low one that is not higher.");
        Regex? match = null;
        try
        {
            if (ask.Match is { } pattern)
                match = new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, MatchWithin);
        }
        catch (Exception wrong) when (wrong is ArgumentException or NotSupportedException)
        {
            return Bad($"Expected a regular expression without backtracking, found \"{ask.Match}\": {wrong.Message}");
        }
        filter = new CopyFilter(
            ask.ToPool, ask.Policy, ask.Client, ask.FromPool,
            ask.OlderDays == 0 ? null : setup.Clock.Now - TimeSpan.FromDays(ask.OlderDays), ask.Uncopied, match,
            migrates);
        return null;
    }

    /// <summary>The jobs that the same request has made: it is answered alike.</summary>
    private Refused? MadeBefore(RequestId request, out IReadOnlyList<JobId> made)
    {
        var found = new List<JobId>();
        made = found;
        while (found.Count < JobsMax)
        {
            if (!setup.Store.Jobs.MadeBy([IdOf(request, found.Count)]).Is(out var rows, out var failure))
                return CatalogQueries.Unavailable(failure);
            if (rows.Count == 0) break;
            found.Add(rows[0].Job);
        }
        return null;
    }

    private static RequestId IdOf(RequestId request, int number) =>
        number == 0 ? request : new RequestId($"{request}/{number}");

    private NewJob JobOf(RequestId request, CopySpec spec, ImageRecord image) => new(
        request, spec.Kind, spec.Client, setup.Clock.Now, spec.Policy, spec.FileSet, image.Opened.Level, spec.Image,
        JobSpecs.Write(spec));

    private static Refused Bad(string sentence) => new(RefusalCode.BadRequest, sentence);
}
