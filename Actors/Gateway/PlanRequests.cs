using Backup.Actors.Catalog;
using Backup.Actors.Jobs;
using Backup.Actors.Planning;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>What a gateway is asked about schedules, plans and estimates.</summary>
internal static class PlanRequests
{
    private const int LevelMax = 9;

    /// <summary>Answers what only reads.</summary>
    /// <param name="setup">The gateway's.</param>
    /// <param name="request">A question about schedules, plans or estimates.</param>
    public static IReply Answer(GatewaySetup setup, IRequest request) => request switch
    {
        ShowPlan show => Plans(setup).Show(show),
        ShowEstimate show => Plans(setup).Show(show),
        ShowSchedule show => new ScheduleQueries(setup.Store, setup.Policies(), setup.Clock.Now).Show(show),
        _ => throw new ArgumentException($"{request.GetType().Name} is about something else.", nameof(request)),
    };

    /// <summary>What the plan chose for the clients of a policy; nothing where a level was asked for.</summary>
    /// <param name="setup">The gateway's.</param>
    /// <param name="run">What is asked for.</param>
    /// <param name="policy">Its policy.</param>
    /// <param name="clients">The clients that are meant.</param>
    /// <param name="planned">What was chosen.</param>
    /// <returns>Why nothing is run; null when something is.</returns>
    public static Refused? Planned(GatewaySetup setup, RunPolicy run, PolicyDefinition policy,
        IReadOnlyList<ClientName> clients, out IReadOnlyDictionary<ClientName, PlannedSet> planned)
    {
        planned = new Dictionary<ClientName, PlannedSet>();
        if (run.Level is not null || run.Only is not null || policy.Plan is not { } plan) return null;
        if (!Plans(setup).Tonight(policy).Is(out var sets, out var failure)) return CatalogQueries.Unavailable(failure);
        planned = sets.Where(set => clients.Contains(set.Client)).ToDictionary(set => set.Client);
        return planned.Values.All(set => set.Level is null)
            ? new Refused(
                RefusalCode.Conflict,
                $"Plan {plan.Terms.Name} leaves policy {run.Policy} out of this run: "
                    + $"{planned[clients[0]].Why}. Run it with a level to save it all the same.")
            : null;
    }

    /// <summary>Orders what the next backups of some clients do.</summary>
    /// <param name="setup">The gateway's.</param>
    /// <param name="order">What is ordered.</param>
    public static async Task<IReply> Order(GatewaySetup setup, OrderPlan order)
    {
        var unknown = PolicyRuns.ClientsOf(setup, order.Policy, order.Client, out var policy, out var clients);
        if (unknown is not null) return unknown;
        if (policy!.Plan is not { } plan)
            return new Refused(RefusalCode.BadRequest,
                $"Policy {policy.Name} names no plan. Run it with a level: `backup run {policy.Name} --level full`.");
        foreach (var client in clients)
        {
            var record = new PlanOrderRecord(policy.Name, client, order.Order, setup.Clock.Now);
            var put = await setup.Catalog.Write(store => store.PlanOrders.Put(record, order.Request))
                .ConfigureAwait(false);
            if (!put.Is(out _, out var failure)) return CatalogQueries.Unavailable(failure);
        }
        return Plans(setup).OrdersOf(plan).Is(out var standing, out var unread)
            ? new PlanOrdered(standing) : CatalogQueries.Unavailable(unread);
    }

    /// <summary>The jobs that measure what backups would hold.</summary>
    /// <param name="setup">The gateway's.</param>
    /// <param name="estimate">What is asked for.</param>
    /// <param name="policy">Its policy.</param>
    /// <param name="clients">The clients that are meant.</param>
    /// <param name="jobs">One for each client for which there is something to measure.</param>
    /// <returns>Why nothing is measured; null when something is.</returns>
    public static Refused? Estimates(GatewaySetup setup, EstimatePolicy estimate, PolicyDefinition policy,
        IReadOnlyList<ClientName> clients, out IReadOnlyList<NewJob> jobs)
    {
        var wanted = new List<NewJob>();
        jobs = wanted;
        foreach (var level in estimate.Levels ?? [])
            if (level is < 0 or > LevelMax)
                return new Refused(RefusalCode.BadRequest, $"Expected levels from 0 to {LevelMax}, found {level}.");
        foreach (var client in clients)
        {
            var request = new RequestId($"{estimate.Request}/{client}");
            if (!EstimateOf(Plans(setup), policy, client, estimate.Levels ?? [], request, setup.Clock.Now)
                .Is(out var job, out var failure))
                return CatalogQueries.Unavailable(failure);
            if (job is not null) wanted.Add(job);
        }
        return wanted.Count > 0 ? null : new Refused(
            RefusalCode.Conflict, "There is no image on which a backup of such a level could build.");
    }

    /// <summary>The job that measures the file set of a client; null: there is nothing to measure.</summary>
    /// <param name="plans">Say what each level would build on.</param>
    /// <param name="policy">Its policy.</param>
    /// <param name="client">The client.</param>
    /// <param name="levels">The levels; empty: those that a planner needs.</param>
    /// <param name="request">Makes it idempotent.</param>
    /// <param name="now">The moment.</param>
    public static CatalogAnswer<NewJob?> EstimateOf(PlanQueries plans, PolicyDefinition policy, ClientName client,
        IReadOnlyList<int> levels, RequestId request, DateTimeOffset now)
    {
        var backup = policy.SpecFor(client);
        if (!plans.LevelsOf(policy, backup, levels).Is(out var based, out var failure)) return failure;
        if (based.Count == 0) return CatalogAnswer<NewJob?>.Of(null);
        var spec = new EstimateSpec(policy.Name, client, backup.FileSet, based, backup.SelectBy, backup.Uncompared,
            backup.Also);
        return new NewJob(
            request, JobKind.Estimate, client, now, policy.Name, backup.FileSet.Name,
            Parameters: JobSpecs.Write(spec));
    }

    /// <summary>What plans say at this moment.</summary>
    /// <param name="setup">The gateway's.</param>
    /// <param name="memo">What was found of last fulls before; null: nothing is remembered.</param>
    internal static PlanQueries Plans(GatewaySetup setup, LastFulls.Memo? memo = null) =>
        new(setup.Store, setup.Policies(), new PlanClock(setup.Clock.Now, TimeZoneInfo.Local)) { Memo = memo };
}
