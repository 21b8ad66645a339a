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

/// <summary>Runs of policies: a job for each client, beside or instead of those that have not ended.</summary>
/// <param name="setup">The gateway's.</param>
internal sealed class PolicyRuns(GatewaySetup setup)
{
    /// <summary>Starts the jobs.</summary>
    /// <param name="run">What is asked for.</param>
    /// <param name="again">The backup that is done again as it was asked for; null: none is.</param>
    public async Task<IReply> Run(RunPolicy run, BackupSpec? again = null)
    {
        var unknown = ClientsOf(setup, run.Policy, run.Client, out var policy, out var clients, scripts: true);
        if (unknown is not null) return unknown;
        if (run.Priority is { } priority && priority is < 0 or > JobClaim.PriorityMax)
            return new Refused(
                RefusalCode.BadRequest, $"Expected a priority from 0 to {JobClaim.PriorityMax}, found {run.Priority}.");
        if (RefuseMessages(run.Messages, policy!) is { } unsaid) return unsaid;
        if (policy!.ScriptsOnly is not null) return await RunScripts(run, policy, clients).ConfigureAwait(false);
        if (!Rows(setup, run.Request, clients).Is(out var rows, out var failure))
            return CatalogQueries.Unavailable(failure);
        // Of what this request has made already a plan would go on from there
        var made = rows.ToDictionary(row => row.Client);
        var others = clients.Where(client => !made.ContainsKey(client)).ToList();
        if (!RunSpacing.LeftOut(setup, run, policy, others).Is(out var spaced, out failure))
            return CatalogQueries.Unavailable(failure);
        var notes = spaced.Values.ToList();
        clients = [.. clients.Where(client => !spaced.ContainsKey(client))];
        others.RemoveAll(spaced.ContainsKey);
        if (clients.Count == 0) return Started([], notes);
        if (others.Count > 0 && Refuse(run, policy, clients) is { } wrong) return wrong;
        IReadOnlyDictionary<ClientName, PlannedSet> planned = new Dictionary<ClientName, PlannedSet>();
        if (run is { Scheduled: true, Level: null } && policy.Plan is not null && made.Count == 0
            && await new PlanEstimates(setup).Await(run, policy).ConfigureAwait(false) is { } first)
            return first;
        var leftOut = others.Count > 0 ? PlanRequests.Planned(setup, run, policy, others, out planned) : null;
        if (leftOut is { Code: RefusalCode.Unavailable } || (leftOut is not null && made.Count == 0)) return leftOut;
        var jobs = new List<JobId>();
        notes.AddRange(planned.Values.Select(set => set.Warning).OfType<string>());
        foreach (var client in clients.OrderBy(client => planned.GetValueOrDefault(client)?.Place ?? 0))
        {
            BackupSpec? spec;
            if (made.TryGetValue(client, out var row)) spec = JobSpecs.Read(row.Parameters) as BackupSpec;
            else if (leftOut is not null || planned.GetValueOrDefault(client) is { Level: null }) continue;
            else spec = RunWishes.Of(policy, client, run, planned.GetValueOrDefault(client), again);
            if (spec is null) continue;
            if (row is null)
            {
                if (!Queued(spec, run, policy).Is(out var queued, out failure))
                    return CatalogQueries.Unavailable(failure);
                spec = queued;
            }
            var job = new NewJob(
                new RequestId($"{run.Request}/{client}"), JobKind.Backup, client, setup.Clock.Now, policy.Name,
                spec.FileSet.Name, spec.Level, Parameters: JobSpecs.Write(spec));
            var level = spec.Rule?.Level ?? LevelWord.Full;
            if (await Begin(run, policy, job, level, jobs, notes).ConfigureAwait(false) is { } failed) return failed;
        }
        return Started(jobs, notes);
    }

    /// <summary>
    /// With when it may begin, what it takes of its network, as much as the newest backups of the same files did, and
    /// whether it is as fast as they were to go to a drive without a spool.
    /// </summary>
    private CatalogAnswer<BackupSpec> Queued(BackupSpec spec, RunPolicy run, PolicyDefinition policy)
    {
        var (queue, now) = (spec.Queue ?? new QueueRule(), setup.Clock.Now);
        var zone = policy.Calendar?.Zone ?? TimeZoneInfo.Local;
        if (run.Scheduled && policy.StartNotBefore(spec.Client) is { } time)
            queue = queue with { NotBefore = StartTime.Next(time, now, zone) };
        var rule = spec.Spool != SpoolUse.Auto ? null
            : setup.Spools().FirstOrDefault(each => each.Library == spec.Library && each.StreamsAtBytesPerSecond > 0);
        if (queue.Network is not null || rule is not null)
        {
            var clock = new PlanClock(now, TimeZoneInfo.Local);
            if (!SetPast.Read(setup.Store, policy.Name, spec.Client, spec.FileSet.Name, clock)
                .Is(out var past, out var failure)) return failure;
            if (queue.Network is not null)
                queue = queue with { BytesPerSecond = (long)(past.Now.BytesPerSecond ?? 0) };
            if (rule is not null) spec = spec with { Spool = rule.UseOf(spec.Spool, past.Now.StoredBytesPerSecond) };
        }
        return queue == new QueueRule() ? spec : spec with { Queue = queue };
    }

    /// <summary>What is wrong with what a run asks for; null: nothing.</summary>
    /// <param name="run">The run.</param>
    /// <param name="policy">Its policy, which saves something.</param>
    /// <param name="clients">The clients that are meant.</param>
    public static Refused? Refuse(RunPolicy run, PolicyDefinition policy, IReadOnlyList<ClientName> clients)
    {
        if (RefuseLevel(run.Level) is { } unknown) return unknown;
        if (run.ToPool is { } pool && policy.InPool(policy.SpecFor(clients[0]), pool) is null)
            return new Refused(RefusalCode.BadRequest, $"There is no pool \"{pool}\". `backup config show` lists "
                + "what is configured.");
        if (RefuseCopies(run, policy.SpecFor(clients[0]), policy) is { } noCopies) return noCopies;
        return run.Only is null ? null : ChosenFiles.Refuse(run, policy, clients);
    }

    /// <summary>What is wrong with the pools in which a run asks for copies; null: nothing.</summary>
    private static Refused? RefuseCopies(RunPolicy run, BackupSpec spec, PolicyDefinition policy)
    {
        foreach (var pool in run.CopyTo ?? [])
            if (policy.InPool(spec, pool) is null)
                return new Refused(RefusalCode.BadRequest, $"There is no pool \"{pool}\" that could take a copy. "
                    + "`backup config show` lists what is configured.");
            else if (pool == (run.ToPool ?? spec.Pool) || run.CopyTo!.Count(other => other == pool) > 1)
                return new Refused(RefusalCode.BadRequest, "Expected other pools for copies than the one that takes "
                    + $"the backup, each once, found \"{pool}\" twice.");
        return null;
    }

    private static Refused? RefuseMessages(string? name, PolicyDefinition policy) =>
        name is null or RuleWords.NoMessages || policy.MessagesNamed(name) is not null ? null
        : new Refused(
            RefusalCode.BadRequest,
            $"There are no messages \"{name}\". `backup config show` lists what is configured.");

    /// <summary>What is wrong with a level; null: nothing, or none is asked for.</summary>
    /// <param name="asked">What stands in the request.</param>
    public static Refused? RefuseLevel(string? asked) => asked is null || new LevelWord(asked).IsKnown ? null
        : new Refused(
            RefusalCode.BadRequest,
            $"Expected the level full, differential, incremental or 0 to 9, found \"{asked}\".");

    /// <summary>The rules for a run beside backups that have not ended.</summary>
    /// <param name="run">The run.</param>
    /// <param name="policy">Its policy.</param>
    public static IReadOnlyList<DuplicateRule> RulesFor(RunPolicy run, PolicyDefinition policy) =>
        // What a user chose is of a file set of its own: it takes nobody's place, and nobody its
        run.Only is not null ? [DuplicateRule.Queue]
        : run.Scheduled ? policy.Calendar?.Overlap ?? policy.Duplicates : policy.Duplicates;

    /// <summary>Of backups that have not ended those of the same file set.</summary>
    /// <param name="fileSet">The new backup's.</param>
    /// <param name="others">Jobs of the same policy and client.</param>
    public static IReadOnlyList<JobRecord> Alike(FileSetName? fileSet, IReadOnlyList<JobRecord> others) =>
        [.. others.Where(other => ChosenFiles.IsOf(other.FileSet) == ChosenFiles.IsOf(fileSet))];

    /// <summary>Jobs that run scripts alone stand beside each other as backups of a policy do.</summary>
    private async Task<IReply> RunScripts(
        RunPolicy run, PolicyDefinition policy, IReadOnlyList<ClientName> clients)
    {
        if (!Rows(setup, run.Request, clients).Is(out var made, out var failure)
            || !RunSpacing.LeftOut(setup, run, policy, [.. clients.Except(made.Select(row => row.Client))])
                .Is(out var spaced, out failure)) return CatalogQueries.Unavailable(failure);
        var (jobs, notes) = (new List<JobId>(), spaced.Values.ToList());
        foreach (var client in clients.Where(client => !spaced.ContainsKey(client)))
        {
            var job = RunWishes.Of(policy, client, run, setup.Clock);
            if (await Begin(run, policy, job, LevelWord.Full, jobs, notes).ConfigureAwait(false) is { } failed)
                return failed;
        }
        return Started(jobs, notes);
    }

    private static IReply Started(List<JobId> jobs, List<string> notes) => jobs.Count > 0
        ? new JobsStarted(jobs, notes.Count > 0 ? notes : null)
        : new Refused(RefusalCode.Conflict, string.Join(" ", notes));

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
        RunPolicy run, PolicyDefinition policy, NewJob job, LevelWord level, List<JobId> jobs, List<string> notes)
    {
        var rules = RulesFor(run, policy);
        var made = await setup.Catalog.Write(store => store.Jobs.Create(
            job, others => DuplicateVerdict.Of(rules, level, Alike(job.FileSet, others)).LeftOutBy.Count == 0))
            .ConfigureAwait(false);
        if (!made.Is(out var answer, out var failure)) return CatalogQueries.Unavailable(failure);
        var verdict = DuplicateVerdict.Of(rules, level, Alike(job.FileSet, answer.Others));
        if (answer.Job is not { } row)
        {
            notes.Add(LeftOut(policy.Name, job.Client, verdict.LeftOutBy, run.Scheduled));
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

    /// <summary>Why a run of a client is left out, a sentence.</summary>
    public static string LeftOut(
        PolicyName policy, ClientName client, IReadOnlyList<JobId> by, bool isScheduled) => isScheduled
        ? $"Client {client} is left out: job {string.Join(", ", by)} of the same policy had not ended."
        : $"Client {client} is left out: job {string.Join(", ", by)} of policy {policy} has not ended. Wait for its "
            + $"end, or cancel it (`backup cancel {by[0]}`), or change `duplicates` of the policy.";
}
