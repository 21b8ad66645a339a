using Akka.Actor;
using Backup.Actors.Catalog;
using Backup.Actors.Jobs;
using Backup.Actors.Planning;
using Backup.Actors.Scheduling;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>
/// What a plan measures before a run that a schedule starts: no data moves before each estimate has come, has failed or
/// is too late. All of it is in the catalog, so whoever asks again, here or on another director, waits for the same.
/// </summary>
/// <param name="setup">The gateway's.</param>
internal sealed class PlanEstimates(GatewaySetup setup)
{
    /// <summary>With what the requests of such estimates begin.</summary>
    private const string Prefix = "estimate/";

    /// <summary>Estimates of a set that are looked at: more than are under way.</summary>
    private const int EstimatesMax = 5;

    /// <summary>Asks for what is to be measured, and waits for nobody.</summary>
    /// <param name="run">The run.</param>
    /// <param name="policy">Its policy, with a plan.</param>
    /// <returns>What is awaited, or why nothing can be asked for; null: all is known that will be.</returns>
    public async Task<IReply?> Await(RunPolicy run, PolicyDefinition policy)
    {
        var terms = policy.Plan!.Terms;
        var plans = PlanRequests.Plans(setup);
        if (!plans.ToMeasure(policy).Is(out var sets, out var failure)) return CatalogQueries.Unavailable(failure);
        var moment = Firing.MomentOf(run.Request);
        var ids = sets.ToDictionary(
            set => set.Name, set => new RequestId($"{Prefix}{moment}/{set.Member.Policy}/{set.Client}"));
        if (!setup.Store.Jobs.MadeBy([.. ids.Values]).Is(out var rows, out failure))
            return CatalogQueries.Unavailable(failure);
        var made = rows.ToDictionary(row => row.Request);
        var (asked, own) = (new List<JobRecord>(), new List<JobRecord>(rows));
        foreach (var set in sets)
        {
            var (row, trouble) = made.TryGetValue(ids[set.Name], out var known)
                ? (known, null) : await Ask(plans, set, ids[set.Name]).ConfigureAwait(false);
            if (trouble is not null) return trouble;
            if (row?.Request == ids[set.Name] && known is null) own.Add(row);
            if (row is null || row.Phase == JobPhase.Ended) continue;
            setup.Jobs.Tell(new JobProtocol.Start(row.Job, JobSpecs.Read(row.Parameters)), ActorRefs.NoSender);
            asked.Add(row);
        }
        if (asked.Count == 0) return null;
        // From the first on that this run asked for: what is added at midnight is not waited for anew.
        var (within, now) = (terms.EstimateTimeout ?? TimeSpan.Zero, setup.Clock.Now);
        var until = (own.Count > 0 ? own : asked).Min(row => row.CreatedAt) + within;
        if (now < until) return Awaited(terms.Name, asked, until);
        foreach (var row in asked.Where(row => own.Contains(row) || now >= row.CreatedAt + within))
            setup.Jobs.Tell(
                new JobProtocol.Cancel(row.Job, $"plan {terms.Name}, which waits no longer than its estimate-timeout"),
                ActorRefs.NoSender);
        return null;
    }

    private static JobsStarted Awaited(string plan, IReadOnlyList<JobRecord> awaited, DateTimeOffset until) => new(
        [.. awaited.Select(row => row.Job)],
        [$"{Firing.Measuring} plan {plan} waits for the estimates of "
            + $"{GatewayDesk.Words(awaited.Select(row => $"{row.Policy}/{row.Client}"))} (job "
            + $"{string.Join(", ", awaited.Select(row => row.Job))}), until {until.UtcDateTime:HH:mm:ss}Z at most"],
        until);

    /// <summary>One that another run of the plan has asked for does; none where there is nothing to measure.</summary>
    private async Task<(JobRecord? Row, Refused? Trouble)> Ask(PlanQueries plans, PlannedMember set, RequestId request)
    {
        var ofSet = new JobFilter(JobKind.Estimate, Ended: false, Client: set.Client, Policy: set.Member.Policy);
        if (!setup.Store.Jobs.List(ofSet, EstimatesMax).Is(out var running, out var failure))
            return (null, CatalogQueries.Unavailable(failure));
        if (running.FirstOrDefault(row => row.Request.Value.StartsWith(Prefix, StringComparison.Ordinal)) is { } other)
            return (other, null);
        if (setup.Policies().FirstOrDefault(each => each.Name == set.Member.Policy) is not { } policy)
            return (null, null);
        if (!PlanRequests.EstimateOf(plans, policy, set.Client, [], request, setup.Clock.Now)
            .Is(out var wanted, out failure))
            return (null, CatalogQueries.Unavailable(failure));
        if (wanted is not { } job) return (null, null);
        var created = await setup.Catalog.Write(store => store.Jobs.Create(job)).ConfigureAwait(false);
        return created.Is(out var row, out failure) ? (row, null) : (null, CatalogQueries.Unavailable(failure));
    }
}
