using Backup.Actors.Gateway;
using Backup.Actors.Planning;
using Backup.Actors.Retention;
using Backup.Host.Configuration;
using Backup.Host.Node;
using Backup.Messages;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Host.Http;

/// <summary>Answers what only reads, from the catalog opened read-only, where no node runs. Starts nothing.</summary>
internal sealed class OfflineConnection : INodeConnection
{
    private readonly CatalogStore _store;
    private readonly CatalogQueries _queries;
    private readonly IReadOnlyList<PolicyDefinition> _policies;
    private readonly TimeSpan _grace;
    private readonly IReadOnlyDictionary<PoolName, RetentionRules> _pools;

    private OfflineConnection(CatalogStore store, BackupSettings settings)
    {
        (_store, _grace) = (store, settings.Retention.Grace);
        _policies = [.. settings.Policies.Values.Select(policy => new PolicyDefinition(
            policy.Name, policy.Clients, _ => throw new InvalidOperationException("Nothing is run without a node."))
        {
            FileSet = policy.FileSet,
            Calendar = policy.Calendar,
            Plan = policy.Member,
            Shelf = NodeOptions.ShelfOf(policy, settings),
            Retention = policy.Retention,
        })];
        _pools = settings.PoolRules;
        _queries = new CatalogQueries(store, _policies) { PoolRules = _pools };
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
        () => request switch
        {
            ShowSchedule show => new ScheduleQueries(_store, _policies, Now).Show(show),
            ShowPlan show => Plans.Show(show),
            ShowEstimate show => Plans.Show(show),
            ShowRetention show => new RetentionQueries(
                _store, _policies, _pools, Now, TimeZoneInfo.Local, _grace).Show(show),
            _ => _queries.Answer(request)
                ?? new Refused(RefusalCode.Unavailable, "No node runs, and this needs one. Start it: backup node"),
        },
        cancellation);

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private PlanQueries Plans => new(_store, _policies, new PlanClock(Now, TimeZoneInfo.Local));

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _store.Dispose();
        return ValueTask.CompletedTask;
    }
}
