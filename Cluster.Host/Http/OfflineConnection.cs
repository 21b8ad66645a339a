using Backup.Actors.Gateway;
using Backup.Host.Configuration;
using Backup.Host.Node;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Host.Http;

/// <summary>Answers what only reads, from the catalog opened read-only, where no node runs. Starts nothing.</summary>
internal sealed class OfflineConnection : INodeConnection
{
    private readonly CatalogStore _store;
    private readonly CatalogQueries _queries;

    private OfflineConnection(CatalogStore store, BackupSettings settings)
    {
        _store = store;
        _queries = new CatalogQueries(store, [.. settings.Policies.Values.Select(policy => new PolicyDefinition(
            policy.Name, policy.Clients, _ => throw new InvalidOperationException("Nothing is run without a node.")))]);
    }

    /// <summary>Opens the catalog.</summary>
    /// <param name="settings">Where it is.</param>
    /// <param name="refusal">Why it cannot be read, when there is no connection.</param>
    public static OfflineConnection? Open(BackupSettings settings, out string refusal)
    {
        refusal = "";
        var answer = CatalogOpening.OpenReadOnly(settings);
        if (answer.Is(out var store, out var failure)) return new OfflineConnection(store, settings);
        refusal = CatalogFailureText.Sentence(failure);
        return null;
    }

    /// <inheritdoc/>
    public Task<IReply> Ask(IRequest request, CancellationToken cancellation) => Task.Run<IReply>(
        () => _queries.Answer(request)
            ?? new Refused(RefusalCode.Unavailable, "No node runs, and this needs one. Start it: backup node"),
                cancellation);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _store.Dispose();
        return ValueTask.CompletedTask;
    }
}
