using System.Security.Cryptography;
using System.Text;
using Backup.Actors.Copies;
using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>What is asked of media that are read again, and of what is found damaged. All calls block.</summary>
/// <param name="setup">What the gateway has.</param>
internal sealed class ScrubRequests(GatewaySetup setup)
{
    private const int PageMax = 10_000;

    /// <summary>New jobs of one request; the next one finds the rest.</summary>
    private const int JobsMax = 10_000;

    /// <summary>The jobs that read again what a request names, one for each library.</summary>
    /// <param name="ask">The request.</param>
    /// <param name="jobs">What is to be begun.</param>
    /// <returns>The answer; null: the jobs are it.</returns>
    public IReply? Plan(ScrubMedia ask, out IReadOnlyList<NewJob> jobs)
    {
        jobs = [];
        if (Libraries(ask, out var libraries) is { } refused) return refused;
        jobs = [.. libraries.Select((library, number) => new NewJob(
            number == 0 ? ask.Request : new RequestId($"{ask.Request}/{number}"), JobKind.Scrub, new ClientName(""),
            setup.Clock.Now, Parameters: JobSpecs.Write(
                new ScrubSpec(library, ask.Pool, ask.Volume is { } volume ? [volume] : null))))];
        return null;
    }

    /// <summary>
    /// The jobs that write damaged fragments once more, from other copies: one for each image, pool and library.
    /// </summary>
    /// <param name="ask">The request.</param>
    /// <param name="jobs">What is to be begun.</param>
    /// <returns>The answer; null: the jobs are it.</returns>
    public IReply? Plan(HealCopies ask, out IReadOnlyList<NewJob> jobs)
    {
        jobs = [];
        ImageId? only = null;
        if (ask.Image is { } name)
        {
            if (new CatalogQueries(setup.Store, setup.Policies()).Find(name, out var found) is { } unknown)
                return unknown;
            only = found!.Opened.Image;
        }
        if (!new CopyShelf(setup.Store).Pending().Is(out var pending, out var failure))
            return CatalogQueries.Unavailable(failure);
        var planned = new List<NewJob>();
        jobs = planned;
        var (fresh, ofOne) = (0, new List<CopyOnVolume>());
        for (CopyOnVolume? after = null; ;)
        {
            if (!setup.Store.Copies.ToHeal(PageMax, after, only).Is(out var page, out failure))
                return CatalogQueries.Unavailable(failure);
            foreach (var copy in page)
            {
                // An image may go on behind the end of a page
                if (ofOne.Count > 0 && ofOne[0].Image != copy.Image
                    && Heal(ofOne, pending, planned, ref fresh) is { } no) return no;
                if (fresh >= JobsMax) return null;
                ofOne.Add(copy);
            }
            if (page.Count < PageMax) break;
            after = page[^1];
        }
        return Heal(ofOne, pending, planned, ref fresh) ?? (planned.Count > 0 ? null : (IReply)new JobsStarted([]));
    }

    /// <summary>The jobs for what is damaged of one image, which is taken out of the list.</summary>
    private Refused? Heal(
        List<CopyOnVolume> ofOne, IReadOnlyList<CopySpec> pending, List<NewJob> planned, ref int fresh)
    {
        if (ofOne.Count == 0) return null;
        var before = planned.Count;
        if (Heal(ofOne[0].Image, ofOne, pending, planned) is { } refused) return refused;
        foreach (var job in planned[before..])
        {
            if (!setup.Store.Jobs.MadeBy([job.Request]).Is(out var made, out var failure))
                return CatalogQueries.Unavailable(failure);
            if (made.Count == 0) fresh++;
        }
        ofOne.Clear();
        return null;
    }

    /// <summary>
    /// The same damage is healed once, whoever asks and how often: a job that failed is not made again.
    /// </summary>
    private Refused? Heal(
        ImageId id, IReadOnlyList<CopyOnVolume> damaged, IReadOnlyList<CopySpec> pending, List<NewJob> planned)
    {
        if (pending.Any(copy => copy.Image == id && copy.Fragments is not null)) return null;
        if (!setup.Store.Images.Get(id).Is(out var image, out var failure)
            || !new CopyShelf(setup.Store).Image(image).Is(out var known, out failure)
            || !Placed(damaged).Is(out var places, out failure)) return CatalogQueries.Unavailable(failure);
        foreach (var place in places.GroupBy(place => (place.Pool, place.Library)))
        {
            var fragments = place.Select(each => each.Fragment).Distinct().Order().ToList();
            var (spec, _) = new CopyPlanner(setup).Heal(
                image, known, place.Key.Pool, place.Key.Library, fragments, pending);
            if (spec is null) continue; // it can be read nowhere now
            var hurt = string.Join(' ', place.Select(each => $"{each.Fragment}.{each.Copy}"));
            var what = $"{id} {place.Key.Pool} {hurt}";
            planned.Add(new NewJob(
                new RequestId(
                    $"heal-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(what)))[..24]}"),
                JobKind.Copy, spec.Client, setup.Clock.Now, spec.Policy, spec.FileSet, image.Opened.Level, id,
                JobSpecs.Write(spec)));
        }
        return null;
    }

    private CatalogAnswer<IReadOnlyList<Place>> Placed(IReadOnlyList<CopyOnVolume> damaged)
    {
        var places = new List<Place>();
        foreach (var copy in damaged)
        {
            if (!setup.Store.Images.Fragments(copy.Image, copy.Fragment - 1, 1).Is(out var found, out var failure))
                return failure;
            var volume = found[0].Copies.First(each => each.Copy == copy.Copy).Index.Volume;
            if (!setup.Store.Volumes.Get(volume).Is(out var known, out failure)) return failure;
            places.Add(new Place(copy.Fragment, copy.Copy, known.Pool, known.Library));
        }
        return CatalogAnswer<IReadOnlyList<Place>>.Of(places);
    }

    private Refused? Libraries(ScrubMedia ask, out IReadOnlyList<LibraryName> libraries)
    {
        libraries = setup.Libraries();
        if (ask.Library is { } named)
        {
            if (!libraries.Contains(named)) return NoSuch("library", named.Value, libraries.Select(each => each.Value));
            libraries = [named];
        }
        if (ask.Pool is { } pool)
        {
            if (!setup.Pools().TryGetValue(pool, out var holding))
                return NoSuch("pool", pool.Value, setup.Pools().Keys.Select(each => each.Value));
            libraries = [.. libraries.Where(holding.Contains)];
        }
        if (ask.Volume is not { } volume) return null;
        if (!setup.Store.Volumes.Get(volume).Is(out var known, out var failure))
            return CatalogQueries.Unavailable(failure);
        if (!libraries.Contains(known.Library))
            return new Refused(
                RefusalCode.BadRequest, $"Volume {volume} is of library {known.Library}, which was not asked for.");
        libraries = [known.Library];
        return null;
    }

    private static Refused NoSuch(string what, string name, IEnumerable<string> configured) => new(
        RefusalCode.BadRequest,
        $"There is no {what} \"{name}\". Configured are: {GatewayDesk.Words(configured)}.");

    private sealed record Place(int Fragment, int Copy, PoolName Pool, LibraryName Library);
}
