using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>As catalog and configuration say. All calls block.</summary>
/// <param name="setup">The gateway's.</param>
internal sealed class Owners(GatewaySetup setup) : IOwners
{
    private readonly CatalogQueries _queries = new(setup.Store, []);

    public ClientName? OfJob(JobId job) => setup.Store.Jobs.Get(job).Is(out var row, out _) ? row.Client : null;

    public JobKind? KindOf(JobId job) => setup.Store.Jobs.Get(job).Is(out var row, out _) ? row.Kind : null;

    public ClientName? OfImage(string word) =>
        _queries.Find(word, out var image) is null ? image!.Opened.Client : null;

    public string? NewestOf(ClientName client) =>
        setup.Store.Images.List(new ImageFilter(client, State: ImageState.Sealed), 1).Is(out var images, out _)
            && images is [var newest]
            ? newest.Opened.Image.ToString()
            : null;

    public bool Names(PolicyName policy, ClientName client) =>
        setup.Policies().Any(known => known.Name == policy && known.Clients.Contains(client));
}
