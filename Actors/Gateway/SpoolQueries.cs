using Akka.Actor;
using Backup.Actors.Copies;
using Backup.Actors.Jobs;
using Backup.Actors.Spool;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>How spools are: what the nodes that own them say, and what the catalog knows to wait there.</summary>
/// <param name="setup">The gateway's.</param>
/// <param name="within">How long a node may take to answer.</param>
internal sealed class SpoolQueries(GatewaySetup setup, TimeSpan within)
{
    /// <summary>The spools of all libraries, by library; null: none has one.</summary>
    public async Task<CatalogAnswer<IReadOnlyList<SpoolState>?>> All()
    {
        var rules = setup.Spools();
        if (rules.Count == 0) return CatalogAnswer<IReadOnlyList<SpoolState>?>.Of(null);
        var all = new List<SpoolState>();
        foreach (var state in await Task.WhenAll(rules.Select(rule => Ask(rule.Library))).ConfigureAwait(false))
        {
            if (!With(state).Is(out var whole, out var failure)) return failure;
            all.Add(whole);
        }
        return CatalogAnswer<IReadOnlyList<SpoolState>?>.Of(
            [.. all.OrderBy(state => state.Library.Value, StringComparer.Ordinal)]);
    }

    /// <summary>What a node says of its spool, with what waits there and what is on its way. Blocks.</summary>
    /// <param name="said">What the node says.</param>
    public CatalogAnswer<SpoolState> With(SpoolState said)
    {
        if (!setup.Store.Jobs.Unfinished().Is(out var jobs, out var failure)) return failure;
        var leaving = jobs.Where(job => job.Kind == JobKind.Migrate)
            .Select(job => (job.Job, Spec: JobSpecs.Read(job.Parameters) as CopySpec))
            .Where(job => job.Spec is { FromSpool: true } spec && spec.From == said.Library)
            .Select(job => new SpoolLeaving(job.Job, job.Spec!.Image, job.Spec.Pool)).ToList();
        // With those that are on their way: they lie there until they are whole elsewhere
        if (!new SpoolShelf(setup.Store).Waiting(said.Library, []).Is(out var waiting, out failure)) return failure;
        return CatalogAnswer<SpoolState>.Of(said with
        {
            Images = waiting.Count,
            Fragments = waiting.Sum(image => image.Count),
            Bytes = waiting.Sum(image => image.Bytes),
            Leaving = leaving,
        });
    }

    private async Task<SpoolState> Ask(LibraryName library)
    {
        var nobody = new SpoolState(library, null, null, null, 0, IsDegraded: false, 0, 0, 0, []);
        try
        {
            var looked = await setup.Nodes.Ask<NodeProtocol.Looked>(
                new NodeProtocol.Look(ObjectKind.Library, library.Value, 0), within).ConfigureAwait(false);
            return looked.Shown?.Spool ?? nobody;
        }
        catch (AskTimeoutException)
        {
            return nobody;
        }
    }
}
