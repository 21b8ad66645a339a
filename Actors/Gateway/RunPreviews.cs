using Akka.Actor;
using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;
using Backup.Messages.Volumes;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>
/// What a run would do: levels and volumes as the catalog knows them now, and the walk of the client. Nothing is
/// recorded.
/// </summary>
/// <param name="setup">The gateway's.</param>
internal sealed class RunPreviews(GatewaySetup setup)
{
    private const int ItemsMax = 1000;

    private const int VolumesMax = 10;

    private const int WalkMax = 64;

    /// <summary>A client that has just started announces itself within seconds.</summary>
    private const int TriesMax = 8;

    private static readonly TimeSpan Within = TimeSpan.FromSeconds(6);

    private static readonly TimeSpan AgainAfter = TimeSpan.FromMilliseconds(500);

    /// <summary>Answers.</summary>
    public async Task<IReply> Preview(PreviewRun asked)
    {
        var unknown = PolicyRuns.ClientsOf(setup, asked.Policy, asked.Client, out var policy, out var clients);
        if (unknown is not null) return unknown;
        var run = new RunPolicy(
            new RequestId("preview"), asked.Policy, asked.Client, asked.Level, AllowEmpty: asked.AllowEmpty,
            ToPool: asked.ToPool, Only: asked.Only, SelectBy: asked.SelectBy, CopyTo: asked.CopyTo);
        if (PolicyRuns.Refuse(run, policy!, clients) is { } wrong) return wrong;
        return asked.Walk is null ? Jobs(run, policy!, clients)
            : Refuse(asked, clients) ?? await Walk(asked, run, policy!, clients[0]).ConfigureAwait(false);
    }

    private static Refused? Refuse(PreviewRun asked, IReadOnlyList<ClientName> clients)
    {
        if (asked.Walk is not { Length: > 0 and <= WalkMax } walk
            || !walk.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-'))
            return Bad($"Expected a name of 1 to {WalkMax} letters, digits and dashes for the walk.");
        if (clients.Count > 1) return Bad("Expected one client to walk on. Name it.");
        if (asked.Page < 0) return Bad($"Expected a page of 0 or more, found {asked.Page}.");
        return asked.Limit is < 0 or > ItemsMax
            ? Bad($"Expected 0 to {ItemsMax:N0} items in a page, found {asked.Limit}.") : null;
    }

    private IReply Jobs(RunPolicy run, PolicyDefinition policy, IReadOnlyList<ClientName> clients)
    {
        var leftOut = PlanRequests.Planned(setup, run, policy, clients, out var planned);
        if (leftOut is { Code: RefusalCode.Unavailable }) return leftOut;
        var jobs = new List<PreviewedJob>();
        foreach (var client in clients)
        {
            if (!JobOf(run, policy, client, planned.GetValueOrDefault(client)).Is(out var job, out var failure))
                return CatalogQueries.Unavailable(failure);
            jobs.Add(job);
        }
        return new RunPreview(jobs);
    }

    private CatalogAnswer<PreviewedJob> JobOf(
        RunPolicy run, PolicyDefinition policy, ClientName client, PlannedSet? planned)
    {
        var spec = RunWishes.Of(policy, client, run, planned);
        var unended = new JobFilter(JobKind.Backup, Ended: false, Client: client, Policy: policy.Name);
        if (!setup.Store.Jobs.List(unended, int.MaxValue).Is(out var others, out var failure)) return failure;
        var verdict = DuplicateVerdict.Of(
            PolicyRuns.RulesFor(run, policy), spec.Rule?.Level ?? LevelWord.Full,
            PolicyRuns.Alike(spec.FileSet.Name, others));
        var notes = verdict.LeftOutBy.Count > 0
            ? [PolicyRuns.LeftOut(policy.Name, client, verdict.LeftOutBy, isScheduled: false)]
            : verdict.Cancels.Select(other => $"Job {other}, which has not ended, would be cancelled.").ToList();
        if (planned?.Warning is { } warning) notes.Add(warning);
        if (!VolumesFor(spec).Is(out var volumes, out failure)) return failure;
        var isLeftOut = planned is { Level: null } || verdict.LeftOutBy.Count > 0;
        if (!Chosen(spec).Is(out var chosen, out failure)) return failure;
        return new PreviewedJob(
            client, spec.FileSet.Name, isLeftOut ? null : chosen.Level,
            planned is { Level: null, Why: var why } ? $"The plan leaves it out: {why}." : chosen.LevelReason,
            isLeftOut ? null : chosen.Base?.Image, isLeftOut ? null : chosen.Base?.Since, spec.Pool, spec.Library,
            volumes, notes);
    }

    /// <summary>With the level that it would have now; when its turn comes that is chosen again.</summary>
    private CatalogAnswer<BackupSpec> Chosen(BackupSpec spec)
    {
        if (spec.Rule is null) return spec;
        return LevelChoice.Of(spec, setup.Store, setup.Clock.Now).Is(out var level, out var failure)
            ? spec with
            {
                Level = level.Level,
                LevelReason = $"{Sentence(spec.LevelReason)} {level.Reason}",
                Base = level.Base,
                ExpectsItems = level.ExpectsItems,
                HadItems = level.HadItems,
            }
            : failure;
    }

    private static string Sentence(string reason) =>
        reason.Length == 0 ? "" : $"{char.ToUpperInvariant(reason[0])}{reason[1..].TrimEnd('.')}.";

    /// <summary>As a storage node takes them: those that were labelled first fill up first.</summary>
    private CatalogAnswer<IReadOnlyList<VolumeName>> VolumesFor(BackupSpec spec) =>
        setup.Store.Volumes.List(new VolumeFilter(spec.Library, spec.Pool)).Is(out var volumes, out var failure)
            ? CatalogAnswer<IReadOnlyList<VolumeName>>.Of(
            [
                .. volumes.Where(volume => volume.State is VolumeState.Append or VolumeState.Blank)
                    .OrderBy(volume => volume.LabelledAt).ThenBy(volume => volume.Name.Value, StringComparer.Ordinal)
                    .Select(volume => volume.Name).Take(VolumesMax),
            ])
            : failure;

    private async Task<IReply> Walk(PreviewRun asked, RunPolicy run, PolicyDefinition policy, ClientName client)
    {
        BackupSpec? spec = null;
        if (asked.Page == 0)
        {
            if (PlanRequests.Planned(setup, run, policy, [client], out var planned) is { } leftOut) return leftOut;
            var wanted = RunWishes.Of(policy, client, run, planned.GetValueOrDefault(client));
            if (!Chosen(wanted).Is(out spec, out var failure)) return CatalogQueries.Unavailable(failure);
            spec = spec with { Clones = null };
        }
        var page = new NodeProtocol.Preview(client, asked.Walk!, asked.Page, asked.Limit, spec);
        for (var tries = 1; ; tries++)
        {
            var reply = await Ask(page).ConfigureAwait(false);
            if (reply is not Refused { Code: RefusalCode.Unavailable } || tries == TriesMax) return reply;
            await Task.Delay(AgainAfter).ConfigureAwait(false);
        }
    }

    private async Task<IReply> Ask(NodeProtocol.Preview page)
    {
        try
        {
            return await setup.Nodes.Ask<IReply>(page, Within).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            return new Refused(
                RefusalCode.Unavailable, $"Client {page.Client} did not answer within {Within.TotalSeconds:0} s.");
        }
    }

    private static Refused Bad(string sentence) => new(RefusalCode.BadRequest, sentence);
}
