using Akka.Actor;
using Backup.Actors.Catalog;
using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>Runs of policies: a job for each client, beside or instead of those that have not ended.</summary>
/// <param name="setup">The gateway's.</param>
internal sealed class PolicyRuns(GatewaySetup setup)
{
    /// <summary>Starts the jobs.</summary>
    public async Task<IReply> Run(RunPolicy run)
    {
        var unknown = ClientsOf(setup, run.Policy, run.Client, out var policy, out var clients, scripts: true);
        if (unknown is not null) return unknown;
        if (policy!.ScriptsOnly is { } frame)
            return await new GatewayDesk(setup).BeginAll(
                clients.Select(client => RunWishes.Of(policy.Name, client, frame, run, setup.Clock)))
                .ConfigureAwait(false);
        if (run.Level is { } asked && !new LevelWord(asked).IsKnown)
            return new Refused(
                RefusalCode.BadRequest,
                $"Expected the level full, differential, incremental or 0 to 9, found \"{asked}\".");
        if (run.Priority is { } priority && priority is < 0 or > JobClaim.PriorityMax)
            return new Refused(
                RefusalCode.BadRequest, $"Expected a priority from 0 to {JobClaim.PriorityMax}, found {run.Priority}.");
        if (!Rows(setup, run.Request, clients).Is(out var rows, out var failure))
            return CatalogQueries.Unavailable(failure);
        // Of what this request has made already a plan would go on from there
        var made = rows.ToDictionary(row => row.Client);
        var others = clients.Where(client => !made.ContainsKey(client)).ToList();
        IReadOnlyDictionary<ClientName, PlannedSet> planned = new Dictionary<ClientName, PlannedSet>();
        var leftOut = others.Count > 0 ? PlanRequests.Planned(setup, run, policy, others, out planned) : null;
        if (leftOut is { Code: RefusalCode.Unavailable } || (leftOut is not null && made.Count == 0)) return leftOut;
        var jobs = new List<JobId>();
        var notes = planned.Values.Select(set => set.Warning).OfType<string>().ToList();
        foreach (var client in clients)
        {
            BackupSpec? spec;
            if (made.TryGetValue(client, out var row)) spec = JobSpecs.Read(row.Parameters) as BackupSpec;
            else if (leftOut is not null || planned.GetValueOrDefault(client) is { Level: null }) continue;
            else spec = RunWishes.Of(policy.SpecFor(client), run, planned.GetValueOrDefault(client));
            if (spec is null) continue;
            if (await Begin(run, policy, spec, jobs, notes).ConfigureAwait(false) is { } failed) return failed;
        }
        return jobs.Count > 0
            ? new JobsStarted(jobs, notes.Count > 0 ? notes : null)
            : new Refused(RefusalCode.Conflict, string.Join(" ", notes));
    }

    /// <summary>The jobs that a command has made already, of those that it makes for some clients.</summary>
    public static CatalogAnswer<IReadOnlyList<JobId>> MadeBy(
        GatewaySetup setup, RequestId request, IReadOnlyList<ClientName> clients) =>
        Rows(setup, request, clients).Is(out var made, out var failure)
            ? CatalogAnswer<IReadOnlyList<JobId>>.Of([.. made.Select(job => job.Job)]) : failure;

    private static CatalogAnswer<IReadOnlyList<JobRecord>> Rows(
        GatewaySetup setup, RequestId request, IReadOnlyList<ClientName> clients) =>
        setup.Store.Jobs.MadeBy([.. clients.Select(client => new RequestId($"{request}/{client}"))]);

    /// <summary>The clients of a policy, or the one of them that is meant.</summary>
    /// <returns>Why there are none; null when there are.</returns>
    public static Refused? ClientsOf(GatewaySetup setup, PolicyName name, ClientName? only,
        out PolicyDefinition? policy, out IReadOnlyList<ClientName> clients, bool scripts = false)
    {
        clients = [];
        var policies = setup.Policies();
        policy = policies.FirstOrDefault(known => known.Name == name);
        if (policy is null)
            return new Refused(
                RefusalCode.BadRequest,
                $"There is no policy \"{name}\". Configured are: "
                    + $"{GatewayDesk.Words(policies.Select(known => known.Name.Value))}.");
        if (policy.ScriptsOnly is not null && !scripts)
            return new Refused(
                RefusalCode.BadRequest, $"Policy {name} runs scripts alone (scripts-only) and saves nothing.");
        clients = only is { } one ? [.. policy.Clients.Where(client => client == one)] : policy.Clients;
        return clients.Count > 0
            ? null
            : new Refused(
                RefusalCode.BadRequest,
                $"Policy {name} does not name client \"{only}\". It names: "
                    + $"{GatewayDesk.Words(policy.Clients.Select(client => client.Value))}.");
    }

    /// <summary>
    /// Records the job of one client, unless it is left out, and cancels those whose place it takes. Whatever is asked
    /// again goes on where it was: the job is the same, and those are cancelled that have not ended by then.
    /// </summary>
    private async Task<Refused?> Begin(
        RunPolicy run, PolicyDefinition policy, BackupSpec spec, List<JobId> jobs, List<string> notes)
    {
        var job = new NewJob(
            new RequestId($"{run.Request}/{spec.Client}"), JobKind.Backup, spec.Client, setup.Clock.Now, policy.Name,
            spec.FileSet.Name, spec.Level, Parameters: JobSpecs.Write(spec));
        var rules = run.Scheduled ? policy.Calendar?.Overlap ?? policy.Duplicates : policy.Duplicates;
        var level = spec.Rule?.Level ?? LevelWord.Full;
        var made = await setup.Catalog.Write(store => store.Jobs.Create(
            job, others => DuplicateVerdict.Of(rules, level, others).LeftOutBy.Count == 0)).ConfigureAwait(false);
        if (!made.Is(out var answer, out var failure)) return CatalogQueries.Unavailable(failure);
        var verdict = DuplicateVerdict.Of(rules, level, answer.Others);
        if (answer.Job is not { } row)
        {
            notes.Add(LeftOut(policy.Name, spec.Client, verdict.LeftOutBy, run.Scheduled));
            return null;
        }
        jobs.Add(row.Job);
        if (row.Phase == JobPhase.Ended) return null;
        setup.Jobs.Tell(new JobProtocol.Start(row.Job, JobSpecs.Read(row.Parameters)), ActorRefs.NoSender);
        foreach (var other in verdict.Cancels) notes.Add(await Cancel(other, row.Job).ConfigureAwait(false));
        return null;
    }

    private async Task<string> Cancel(JobId other, JobId job)
    {
        try
        {
            var answer = await setup.Jobs.Ask<JobProtocol.IReply>(
                new JobProtocol.Cancel(other, $"job {job}, which takes its place (duplicates of its policy)"),
                setup.AnswerWithin).ConfigureAwait(false);
            if (answer is JobProtocol.Accepted or JobProtocol.Refused { Why: JobProtocol.Refusal.Ended })
                return $"Job {other} is cancelled: job {job} takes its place.";
        }
        catch (AskTimeoutException)
        {
            // Said below, as any other reason.
        }
        return $"Job {other} could not be cancelled now, and job {job} waits until it has ended. Cancel it by hand: "
            + $"backup cancel {other}";
    }

    private static string LeftOut(
        PolicyName policy, ClientName client, IReadOnlyList<JobId> by, bool isScheduled) => isScheduled
        ? $"Client {client} is left out: job {string.Join(", ", by)} of the same policy had not ended."
        : $"Client {client} is left out: job {string.Join(", ", by)} of policy {policy} has not ended. Wait for its "
            + $"end, or cancel it (`backup cancel {by[0]}`), or change `duplicates` of the policy.";
}
