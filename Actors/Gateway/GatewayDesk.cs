using Akka.Actor;
using Backup.Actors.Catalog;
using Backup.Actors.Copies;
using Backup.Actors.Data;
using Backup.Actors.Jobs;
using Backup.Actors.Node;
using Backup.Actors.Retention;
using Backup.Media.Files;
using Backup.Messages;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;
using Backup.Messages.Serialization;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>
/// Answers requests: reads from the catalog, jobs by their sagas, new jobs by recording them first. Keeps no state of
/// its own.
/// </summary>
/// <param name="setup">What it needs.</param>
public sealed class GatewayDesk(GatewaySetup setup)
{
    /// <summary>Half of what a message holds: an order holds little else.</summary>
    private const int PathsCharactersMax = MessagesSerializer.BytesMax / 2;

    private readonly ImageReading _reading = new(setup);

    private readonly LiveJobs _live = new(setup.Jobs, setup.AnswerWithin);

    private PolicyRuns Runs => new(setup);

    private CatalogQueries Queries => new(setup.Store, setup.Policies()) { PoolRules = setup.PoolRules() };

    /// <summary>Answers a request.</summary>
    /// <param name="request">Any request.</param>
    // Many read the catalog before they wait for anything
    public Task<IReply> Answer(IRequest request) => Task.Run(() => AnswerOf(request));

    private Task<IReply> AnswerOf(IRequest request) => request switch
    {
        RunPolicy run => Runs.Run(run),
        PreviewRun preview => new RunPreviews(setup).Preview(preview),
        CancelJob cancel => Cancel(cancel),
        ShowJob show => Show(show),
        ListJobs list => List(list),
        RerunJob rerun => Once(rerun, () => Rerun(rerun)),
        RestoreFiles { DryRun: false } restore => Once(restore, () => Restore(restore)),
        RestoreFiles restore => Restore(restore),
        VerifyImage verify => Once(verify, () => Verify(verify)),
        VerifyPolicy verify => new PolicyVerification(setup, this).Verify(verify),
        ScanLibrary scan => Once(scan, () => Scan(scan)),
        CheckCatalog check => Task.FromResult(Queries.Examine(check)),
        MergeImage merge => Once(merge, () => Merge(merge)),
        CopyImages copy => new CopyRequests(setup).Plan(copy, out var jobs) is { } reply
            ? Task.FromResult(reply) : BeginAll(jobs),
        ScrubMedia scrub => new ScrubRequests(setup).Plan(scrub, out var jobs) is { } reply
            ? Task.FromResult(reply) : BeginAll(jobs),
        HealCopies heal => new ScrubRequests(setup).Plan(heal, out var jobs) is { } reply
            ? Task.FromResult(reply) : BeginAll(jobs),
        FlushSpool flush => new FlushRequests(setup).Plan(flush, out var jobs) is { } reply
            ? Task.FromResult(reply) : BeginAll(jobs),
        VaultVolumes vault => new VaultRequests(setup).Move(vault),
        MigrateImages migrate => new CopyRequests(setup).Plan(migrate, out var jobs) is { } reply
            ? Task.FromResult(reply) : BeginAll(jobs),
        ShowStatus => Status(),
        ReloadConfiguration reload => Task.FromResult(setup.Reload(reload)),
        ListClients => Clients(),
        EstimatePolicy estimate => Estimate(estimate),
        OrderPlan order => PlanRequests.Order(setup, order),
        ShowRetention show => Task.FromResult(RetentionRequests.Show(setup, show)),
        RunRetention run => RetentionRequests.Run(setup, run),
        MarkImage mark => RetentionRequests.Mark(setup, mark),
        ShowSchedule or ShowPlan or ShowEstimate => Task.FromResult(PlanRequests.Answer(setup, request)),
        ListRequests requests => PeopleRequests.List(setup, requests),
        AssignRequest assign => PeopleRequests.Assign(setup, assign),
        ShowObject show => new ObjectRequests(setup, _live).Show(show, Show),
        TakeInventory { Library: null } all => MediaRequests.Inventory(setup, all),
        IMediaRequest media => MediaRequests.Answer(setup, media),
        _ => Task.FromResult(Queries.Answer(request)
            ?? new Refused(RefusalCode.BadRequest, $"{request.GetType().Name} is not known.")),
    };

    /// <summary>
    /// A command that has made its job is answered alike, whatever has changed since: what it named may mean something
    /// else by now, as `latest` does.
    /// </summary>
    private async Task<IReply> Once(ICommandRequest command, Func<Task<IReply>> work)
    {
        if (!setup.Store.Jobs.MadeBy([command.Request]).Is(out var made, out var failure))
            return CatalogQueries.Unavailable(failure);
        if (made.Count == 0) return await work().ConfigureAwait(false);
        Start(made[0]);
        return new JobsStarted([made[0].Job]);
    }

    private async Task<IReply> Estimate(EstimatePolicy estimate)
    {
        var unknown = PolicyRuns.ClientsOf(setup, estimate.Policy, estimate.Client, out var policy, out var clients);
        if (unknown is not null) return unknown;
        if (!PolicyRuns.MadeBy(setup, estimate.Request, clients).Is(out var made, out var failure))
            return CatalogQueries.Unavailable(failure);
        if (made.Count > 0) return new JobsStarted(made);
        return PlanRequests.Estimates(setup, estimate, policy!, clients, out var jobs)
            ?? await BeginAll(jobs).ConfigureAwait(false);
    }

    /// <summary>Records jobs, and starts them.</summary>
    internal async Task<IReply> BeginAll(IEnumerable<NewJob> wanted)
    {
        var jobs = new List<JobId>();
        foreach (var job in wanted)
        {
            var (begun, refused) = await Begin(job).ConfigureAwait(false);
            if (refused is not null) return refused;
            jobs.Add(begun);
        }
        return new JobsStarted(jobs);
    }

    private async Task<IReply> Rerun(RerunJob rerun)
    {
        if (!setup.Store.Jobs.Get(rerun.Job).Is(out var row, out var failure))
            return CatalogQueries.Unavailable(failure);
        if (row.Phase != JobPhase.Ended)
            return new Refused(
                RefusalCode.Conflict, $"Job {rerun.Job} has not ended. Cancel it first, or wait for its end.");
        if (row.Kind != JobKind.Backup && rerun.Level is not null)
            return new Refused(RefusalCode.BadRequest, $"Job {rerun.Job} is no backup: it has no level.");
        if (row.Kind == JobKind.Backup) return await RunAgain(rerun, row).ConfigureAwait(false);
        if (row.Kind == JobKind.Merge && JobSpecs.Read(row.Parameters) is MergeSpec merge)
            return await Merge(new MergeImage(rerun.Request, merge.Newest().Image.ToString())).ConfigureAwait(false);
        if (JobSpecs.Read(row.Parameters) is CopySpec { Fragments: null } copy)
            return new CopyRequests(setup).Again(rerun.Request, copy, out var copies) is { } reply
                ? reply : await BeginAll(copies).ConfigureAwait(false);
        var (job, refused) = await Begin(new NewJob(
            rerun.Request, row.Kind, row.Client, setup.Clock.Now, row.Policy, row.FileSet, row.Level, row.Image,
            Again(row))).ConfigureAwait(false);
        return refused is not null ? refused : new JobsStarted([job]);
    }

    /// <summary>A state that is recorded once more is another one: the one before counts until it is whole.</summary>
    private static string Again(JobRecord row) =>
        row.Kind == JobKind.Verify && JobSpecs.Read(row.Parameters) is VerifySpec { State: StateUse.Record } recording
            ? JobSpecs.Write(recording with { Image = ImageId.New() }) : row.Parameters;

    private async Task<IReply> RunAgain(RerunJob rerun, JobRecord row) =>
        PolicyRuns.RefuseLevel(rerun.Level) is { } wrong ? wrong
        : RunWishes.CloneAgain(rerun, row, setup.Clock) is { } clone ? await BeginAll([clone]).ConfigureAwait(false)
        : row.Policy is { } policy
        ? await Runs.Run(RunWishes.Again(rerun, policy, row, out var again), again).ConfigureAwait(false)
        : new Refused(RefusalCode.Conflict, $"Job {row.Job} was found on volumes and has no policy to run again.");

    /// <summary>
    /// Records the job, once for a request id, then starts its saga. A node that dies in between takes it up when it
    /// starts.
    /// </summary>
    private async Task<(JobId Job, Refused? Refused)> Begin(NewJob job)
    {
        var created = await setup.Catalog.Write(store => store.Jobs.Create(job)).ConfigureAwait(false);
        if (!created.Is(out var row, out var failure)) return (default, CatalogQueries.Unavailable(failure));
        Start(row);
        return (row.Job, null);
    }

    /// <summary>
    /// Recorded is accepted: whatever happens to the saga's start, the region takes the job up from its row.
    /// </summary>
    private void Start(JobRecord row)
    {
        if (row.Phase != JobPhase.Ended)
            setup.Jobs.Tell(new JobProtocol.Start(row.Job, JobSpecs.Read(row.Parameters)), ActorRefs.NoSender);
    }

    private async Task<IReply> Cancel(CancelJob cancel)
    {
        if (!setup.Store.Jobs.Get(cancel.Job).Is(out var row, out var failure))
            return CatalogQueries.Unavailable(failure);
        // Repeated, a command is answered alike: the first answer may have been lost.
        if (row is { Phase: JobPhase.Ended, Outcome: JobOutcome.Cancelled }) return new JobCancelling(cancel.Job);
        if (row.Phase == JobPhase.Ended)
            return new Refused(RefusalCode.Conflict, $"Job {cancel.Job} has ended already: {row.Outcome}.");
        var answer = await setup.Jobs.Ask<JobProtocol.IReply>(new JobProtocol.Cancel(cancel.Job), setup.AnswerWithin)
            .ConfigureAwait(false);
        return answer switch
        {
            JobProtocol.Accepted => new JobCancelling(cancel.Job),
            JobProtocol.Refused { Why: JobProtocol.Refusal.Ended } =>
                new Refused(RefusalCode.Conflict, $"Job {cancel.Job} has ended already."),
            JobProtocol.Refused { Why: JobProtocol.Refusal.Resting } => new Refused(RefusalCode.Unavailable,
                $"The journal of job {cancel.Job} failed, and its saga is started again in a while (see the node's "
                    + "log). Cancel it then."),
            _ => new Refused(RefusalCode.Conflict,
                $"Job {cancel.Job} does not run on this node now. Start the node (`backup node`) and cancel it then."),
        };
    }

    private async Task<IReply> Show(ShowJob show)
    {
        var reply = Queries.Answer(show)!;
        if (reply is not JobDetails details) return reply;
        var live = await _live.Of(details).ConfigureAwait(false);
        return live.Parts is { Count: > 0 } parts
            ? live with { Parts = NodeRoster.Named(parts, await NodesSeen().ConfigureAwait(false)) }
            : live;
    }

    private async Task<IReply> List(ListJobs list)
    {
        var reply = Queries.Answer(list)!;
        return reply is JobList { Jobs: var jobs } ? new JobList(await _live.Of(jobs).ConfigureAwait(false)) : reply;
    }

    private async Task<IReply> Restore(RestoreFiles restore)
    {
        // The orders of the job carry them to other nodes.
        if (restore.Paths.Sum(path => (long)path.Length) > PathsCharactersMax)
            return new Refused(
                RefusalCode.BadRequest,
                $"Expected paths of {PathsCharactersMax:N0} characters in all at most, found "
                    + $"{restore.Paths.Sum(path => (long)path.Length):N0}. Name directories instead of all that is in "
                    + "them, or restore in several jobs.");
        if (Queries.Find(restore, out var image) is { } unknown) return unknown;
        var id = image!.Opened.Image;
        if (image.State != ImageState.Sealed) return ImageReading.NotSealed(image);
        if (!Path.IsPathFullyQualified(restore.Target))
            return new Refused(
                RefusalCode.BadRequest, $"Expected an absolute directory as target, found \"{restore.Target}\".");
        var client = restore.Client ?? image.Opened.Client;
        if (await NoSuchClient(client).ConfigureAwait(false) is { } nobody) return nobody;
        var near = await DistanceFrom(client).ConfigureAwait(false);
        if (_reading.ChainOf(image, out var chain, out var libraries, near) is { } broken) return broken;
        if (RestorePaths.Read(restore, out var paths) is { } badPath) return badPath;
        if (RestorePaths.PrefixOf(restore, out var prefix) is { } unsafePrefix) return unsafePrefix;
        if (RestorePaths.SuffixOf(restore, out var suffix) is { } badChange) return badChange;
        var refused = new RestoreDeletion(setup).Read(restore, image, paths, out var deletes);
        if (refused is not null) return refused;
        var spec = new RestoreSpec(id, paths, Path.GetFullPath(restore.Target), restore.Replace, client, libraries[0],
            restore.Devices, restore.SetId, chain.Count > 1 ? chain : null, restore.Strip, prefix,
            image.Opened.Since, _reading.DrivesFor(chain),
            restore.Rename is { Count: > 0 } ? restore.Rename : null, suffix, deletes,
            libraries.Count > 1 ? [.. libraries.Skip(1)] : null);
        if (restore.DryRun) return await RestorePlanner.Plan(setup, spec).ConfigureAwait(false);
        return await BeginOne(restore.Request, JobKind.Restore, client, image, spec).ConfigureAwait(false);
    }

    private async Task<IReply> Verify(VerifyImage verify)
    {
        if (Queries.Find(verify.Image, out var image) is { } unknown) return unknown;
        var client = image!.Opened.Client;
        if (verify.Against == VerifyTarget.Disk && await NoSuchClient(client).ConfigureAwait(false) is { } nobody)
            return nobody;
        var (spec, refused) = await _reading.Verify(image, verify.Against, verify.Content).ConfigureAwait(false);
        return spec is null
            ? refused!
            : await BeginOne(verify.Request, JobKind.Verify, client, image, spec).ConfigureAwait(false);
    }

    private async Task<IReply> Merge(MergeImage merge)
    {
        if (Queries.Find(merge.Image, out var image) is { } unknown) return unknown;
        var (spec, refused) = new MergePlanner(setup).Plan(image!);
        if (spec is null) return refused!;
        var (job, notBegun) = await Begin(new NewJob(
            merge.Request, JobKind.Merge, spec.Client, setup.Clock.Now, spec.Policy, spec.FileSet, 0,
            Parameters: JobSpecs.Write(spec))).ConfigureAwait(false);
        return notBegun is not null ? notBegun : new JobsStarted([job]);
    }

    private async Task<IReply> Scan(ScanLibrary scan)
    {
        var libraries = setup.Libraries();
        if (!libraries.Contains(scan.Library))
            return new Refused(
                RefusalCode.BadRequest,
                $"There is no library \"{scan.Library}\". Configured are: "
                    + $"{Words(libraries.Select(known => known.Value))}.");
        var spec = new ScanSpec(
            scan.Library, scan.Volumes is { Count: > 0 } named ? [.. named.Distinct()] : null, scan.FromOldest);
        var (job, refused) = await Begin(new NewJob(
            scan.Request, JobKind.Scan, new ClientName(""), setup.Clock.Now, Parameters: JobSpecs.Write(spec)))
            .ConfigureAwait(false);
        return refused is not null ? refused : new JobsStarted([job]);
    }

    private async Task<IReply> Clients() => Queries.Clients(
        [.. (await NodesSeen().ConfigureAwait(false)).Where(seen => seen.Present).Select(seen => seen.Client)
            .OfType<ClientName>()]);

    /// <summary>How far libraries are from a client: at its own node, at one that is there, or not there.</summary>
    private async Task<Func<LibraryName, int>> DistanceFrom(ClientName client)
    {
        var seen = await NodesSeen().ConfigureAwait(false);
        return library => seen.Where(node => node.Drives.Any(drive => drive.Library == library))
            .Select(node => !node.Present ? 2 : node.Client == client ? 0 : 1).DefaultIfEmpty(2).Min();
    }

    private async Task<IReadOnlyList<NodeSeen>> NodesSeen() => (await setup.Nodes.Ask<NodeProtocol.Nodes>(
        NodeProtocol.List.Instance, setup.AnswerWithin).ConfigureAwait(false)).All;

    /// <summary>One that is configured may be away now: the job waits for it.</summary>
    internal async Task<Refused?> NoSuchClient(ClientName client)
    {
        if (setup.Clients().Contains(client)) return null;
        var seen = await NodesSeen().ConfigureAwait(false);
        if (seen.Any(node => node.Client == client)) return null;
        return new Refused(
            RefusalCode.BadRequest,
            $"There is no client {client}. Configured or connected are: "
                + $"{Words(setup.Clients().Concat(seen.Select(node => node.Client).OfType<ClientName>()).Distinct()
                    .Select(known => known.Value))}. Name one of them with `--client`.");
    }

    private async Task<IReply> Status()
    {
        if (!setup.Store.Jobs.UnfinishedCount().Is(out var count, out var failure)
            || !setup.Store.Jobs.Unfinished(LiveJobs.AskedMax).Is(out var oldest, out failure))
            return CatalogQueries.Unavailable(failure);
        var seen = await NodesSeen().ConfigureAwait(false);
        var states = await new SpoolQueries(setup, _live.OneWithin).All().ConfigureAwait(false);
        if (!states.Is(out var spools, out failure)) return CatalogQueries.Unavailable(failure);
        return new NodeStatus(
            setup.Node,
            setup.Version,
            setup.Started,
            count,
            await DriveLines().ConfigureAwait(false),
            NodeRoster.Of(seen, setup.Members?.Invoke()),
            await _live.Of([.. oldest.Select(CatalogQueries.SummaryOf)]).ConfigureAwait(false),
            Warnings(seen),
            spools);
    }

    private IReadOnlyList<string>? Warnings(IReadOnlyList<NodeSeen> seen)
    {
        // What the catalog does not answer now, the status itself says.
        var pending = new CopyPromises(setup.Store).Sentences().Is(out var copies, out _) ? copies : [];
        IReadOnlyList<string> all =
        [
            .. NodeRoster.DifferenceOf(seen) is { } difference ? [difference] : (string[])[],
            .. LibraryClaims.Rivals(seen).Select(rival => rival.Sentence),
            .. seen.Where(node => node.Present).SelectMany(node => node.Notices ?? []),
            .. setup.Alarms.Of(setup), .. pending,
        ];
        return all.Count > 0 ? all : null;
    }

    private async Task<IReadOnlyList<string>> DriveLines()
    {
        try
        {
            var holders = await setup.Allocator.Ask<AllocatorProtocol.Holders>(
                AllocatorProtocol.List.Instance, _live.OneWithin).ConfigureAwait(false);
            var waits = (holders.Awaited ?? []).DistinctBy(request => request.Drive).ToDictionary(
                request => request.Drive, request => WaitText.Sentence(new WaitReason.VolumeAwaited(request)));
            var disabled = (holders.Disabled ?? []).ToDictionary(drive => drive.Drive);
            return [.. holders.Drives.OrderBy(pair => pair.Drive.ToString(), StringComparer.Ordinal)
                .Select(pair => (pair.Job, Waits: waits.GetValueOrDefault(pair.Drive)) switch
                {
                    (null, _) => $"{pair.Drive}: {disabled.GetValueOrDefault(pair.Drive)?.Sentence() ?? "idle"}",
                    (var job, null) => $"{pair.Drive}: job {job}{Then(pair.Drive)}",
                    (var job, var waiting) => $"{pair.Drive}: job {job}; {waiting}{Then(pair.Drive)}",
                })];

            string Then(DriveId drive) =>
                disabled.GetValueOrDefault(drive) is { } gone ? $"; no further one: {gone.Sentence()}" : "";
        }
        catch (AskTimeoutException)
        {
            return ["drives: nobody grants them at the moment; the allocator moves to another director"];
        }
    }

    internal async Task<IReply> BeginOne(
        RequestId request, JobKind kind, ClientName client, ImageRecord image, JobSpec spec)
    {
        var (job, refused) = await Begin(new NewJob(
            request, kind, client, setup.Clock.Now, image.Opened.Policy, image.Opened.FileSet, image.Opened.Level,
            image.Opened.Image, JobSpecs.Write(spec))).ConfigureAwait(false);
        return refused is not null ? refused : new JobsStarted([job]);
    }

    internal static string Words(IEnumerable<string> words) => string.Join(", ", words.Order(StringComparer.Ordinal));
}
