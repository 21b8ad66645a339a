using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Persistence.Catalog;

/// <summary>What an operator ordered of the planner.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Client">The client.</param>
/// <param name="What">What the next backup does.</param>
/// <param name="At">When it was ordered.</param>
public sealed record PlanOrderRecord(PolicyName Policy, ClientName Client, PlanOrder What, DateTimeOffset At);

/// <summary>Orders for the planner: one for a client of a policy. What is done by a backup is not removed: its moment
/// says so.</summary>
public sealed class PlanOrderTable
{
    private readonly CatalogDatabase _database;

    internal PlanOrderTable(CatalogDatabase database) => _database = database;

    /// <summary>Records an order in place of the one before; the same request changes nothing.</summary>
    /// <param name="order">The order; <see cref="PlanOrder.None"/> takes one back.</param>
    /// <param name="request">Makes it idempotent.</param>
    public CatalogAnswer<Recorded> Put(PlanOrderRecord order, RequestId request) => _database.Write<Recorded>(
        transaction => transaction.Execute(PlanOrderRow.Upsert, PlanOrderRow.Of(order, request)) > 0
            ? Recorded.Now : Recorded.Before);

    /// <summary>The orders of a policy, by client; also such as are done.</summary>
    /// <param name="policy">The policy.</param>
    public CatalogAnswer<IReadOnlyList<PlanOrderRecord>> Of(PolicyName policy) => _database.Read(transaction =>
        CatalogAnswer<IReadOnlyList<PlanOrderRecord>>.Of(transaction.Query<PlanOrderRow>(
            $"{PlanOrderRow.Select} WHERE policy = @Policy ORDER BY client", new { Policy = Columns.Of(policy.Value) })
            .ConvertAll(row => row.ToRecord())));
}

/// <summary>A row of the table plan_order. Also the parameters of its statement.</summary>
internal sealed class PlanOrderRow
{
    public const string Select =
        "SELECT policy AS Policy, client AS Client, what AS What, ordered_at AS OrderedAt FROM plan_order";

    public const string Upsert =
        "INSERT INTO plan_order (policy, client, what, ordered_at, request) "
        + "VALUES (@Policy, @Client, @What, @OrderedAt, @Request) "
        + "ON CONFLICT (policy, client) DO UPDATE SET what = excluded.what, ordered_at = excluded.ordered_at, "
        + "request = excluded.request WHERE plan_order.request <> excluded.request";

    public string Policy { get; set; } = "";

    public string Client { get; set; } = "";

    public long What { get; set; }

    public long OrderedAt { get; set; }

    public string Request { get; set; } = "";

    public static PlanOrderRow Of(PlanOrderRecord order, RequestId request) => new()
    {
        Policy = Columns.Of(order.Policy.Value),
        Client = Columns.Of(order.Client.Value),
        What = (long)order.What,
        OrderedAt = Columns.Of(order.At),
        Request = Columns.Of(request.Value),
    };

    public PlanOrderRecord ToRecord() => new(
        new PolicyName(Policy), new ClientName(Client), (PlanOrder)What, Columns.Time(OrderedAt));
}
