using Backup.Messages;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>As catalog and configuration say. All calls block. Serves one request.</summary>
/// <param name="setup">The gateway's.</param>
internal sealed class Owners(GatewaySetup setup) : IOwners
{
    private readonly CatalogQueries _queries = new(setup.Store, []);

    /// <summary>Why the catalog could not say whose it is: what it said counts for nothing. Null: it could.</summary>
    public Refused? Unread { get; private set; }

    public OwnedJob? JobOf(JobId job)
    {
        if (!setup.Store.Jobs.Get(job).Is(out var row, out var failure)) return Missing<OwnedJob>(failure);
        return new OwnedJob(row.Client, row.Kind, row.Policy, row.Image is { } image ? SourceOf(image) : null);
    }

    public ClientName? OfImage(string word)
    {
        if (_queries.Find(word, out var image) is not { } none) return image!.Opened.Client;
        if (none.Code == RefusalCode.Unavailable) Unread = none;
        return null;
    }

    public string? NewestOf(ClientName client)
    {
        if (!setup.Store.Images.List(new ImageFilter(client, State: ImageState.Sealed, WithoutOwn: true), 1)
            .Is(out var images, out var failure)) return Missing<string>(failure);
        return images is [var newest] ? newest.Opened.Image.ToString() : null;
    }

    public bool Names(PolicyName policy, ClientName client) =>
        setup.Policies().Any(known => known.Name == policy && known.Clients.Contains(client));

    private ClientName? SourceOf(ImageId image)
    {
        if (setup.Store.Images.Get(image).Is(out var known, out var failure)) return known.Opened.Client;
        Missing<object>(failure);
        return null;
    }

    private T? Missing<T>(CatalogFailure failure) where T : class
    {
        if (failure is not CatalogFailure.Unknown) Unread = CatalogQueries.Unavailable(failure);
        return null;
    }
}
