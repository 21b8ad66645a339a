using System.Globalization;
using Akka.Actor;
using Backup.Actors.Node;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>
/// How an object is, asked where it lives: a job of its saga, a drive, a library or a client of its node, a policy or a
/// file set of catalog and calendar.
/// </summary>
/// <param name="setup">The gateway's.</param>
/// <param name="live">What sagas know.</param>
internal sealed class ObjectRequests(GatewaySetup setup, LiveJobs live)
{
    /// <summary>Longer than a node takes until it says that what lives there does not answer.</summary>
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(5);

    /// <summary>Answers.</summary>
    /// <param name="show">The question.</param>
    /// <param name="job">Answers of one job.</param>
    public Task<IReply> Show(ShowObject show, Func<ShowJob, Task<IReply>> job)
    {
        if (show.EventsMax is < 0 or > ObjectLook.Max)
            return Task.FromResult<IReply>(Bad(
                $"Expected a number of events from 0 to {ObjectLook.Max}, found {show.EventsMax}."));
        return show.Kind switch
        {
            ObjectKind.Job => OfJob(show, job),
            ObjectKind.Policy or ObjectKind.FileSet => new ObjectHistory(setup, live).Show(show),
            ObjectKind.Drive when ObjectLook.DriveOf(show.Name) is null => Task.FromResult<IReply>(
                Bad($"Expected a drive as LIBRARY/NUMBER, found \"{show.Name}\".")),
            _ => OfNode(show),
        };
    }

    /// <summary>The job that a name means; null: it is no number.</summary>
    public static JobId? JobOf(string name) =>
        long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? new JobId(number) : null;

    private async Task<IReply> OfJob(ShowObject show, Func<ShowJob, Task<IReply>> ask)
    {
        if (JobOf(show.Name) is not { } job) return Bad($"Expected a job number, found \"{show.Name}\".");
        var answer = await ask(new ShowJob(job, LogLimit: 0)).ConfigureAwait(false);
        if (answer is not JobDetails details) return answer;
        if (!setup.Store.Jobs.Get(job).Is(out var row, out var failure)
            || !setup.Store.Jobs.LastOfLog(job, show.EventsMax).Is(out var log, out failure))
            return CatalogQueries.Unavailable(failure);
        var node = details.Parts?.FirstOrDefault(part => part.Part == "director")?.Node;
        var timeline = Timeline(row, details);
        return new ObjectShown(
            show.Kind, show.Name, node is null ? null : new NodeName(node), details.Job.State, timeline[^1].From,
            details.WaitsFor, timeline,
            [.. log.Select(entry =>
                new ObjectEvent(entry.Sequence, entry.Line.At, entry.Line.Code, entry.Line.Text))]);
    }

    private static IReadOnlyList<ObjectSpan> Timeline(JobRecord row, JobDetails details)
    {
        var began = row.StartedAt ?? row.EndedAt;
        var spans = new List<ObjectSpan> { new("waiting", row.CreatedAt, began) };
        if (row.StartedAt is { } started)
            spans.Add(new ObjectSpan(
                details.Progress is { } progress ? $"{details.Job.State}: {progress.Phase}"
                    : row.EndedAt is null ? details.Job.State : $"running, {row.Attempts} attempts",
                started, row.EndedAt));
        if (row.EndedAt is { } ended) spans.Add(new ObjectSpan($"ended: {row.Outcome}", ended, null));
        return spans;
    }

    private async Task<IReply> OfNode(ShowObject show)
    {
        var look = new NodeProtocol.Look(show.Kind, show.Name, show.EventsMax);
        NodeProtocol.Looked looked;
        try
        {
            looked = await setup.Nodes.Ask<NodeProtocol.Looked>(look, Within).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            looked = new NodeProtocol.Looked(ObjectLook.Away(look, null, "silent", null));
        }
        if (looked.Shown is not { } shown || (shown is { State: "absent", Node: null } && !IsConfigured(look)))
            return NoSuch(show);
        if (shown.Spool is { } spool)
            return new SpoolQueries(setup, Within).With(spool).Is(out var whole, out var failure)
                ? shown with { Spool = whole } : CatalogQueries.Unavailable(failure);
        if (show.Kind != ObjectKind.Client) return shown;
        var waits = await new ObjectHistory(setup, live).WaitsOf(
            new JobFilter(Ended: false, Client: new ClientName(show.Name))).ConfigureAwait(false);
        return shown with { WaitsFor = [.. shown.WaitsFor, .. waits] };
    }

    private bool IsConfigured(NodeProtocol.Look look) => look.Kind == ObjectKind.Client
        ? setup.Clients().Any(client => client.Value == look.Name)
        : setup.Libraries().Any(library => library.Value == look.LibraryName());

    private Refused NoSuch(ShowObject show) => new(
        RefusalCode.NotFound,
        show.Kind == ObjectKind.Client
            ? $"There is no client \"{show.Name}\". `backup clients` lists them."
            : $"There is no {(show.Kind == ObjectKind.Drive ? "drive" : "library")} \"{show.Name}\". Libraries are: "
                + $"{GatewayDesk.Words(setup.Libraries().Select(library => library.Value))}.");

    private static Refused Bad(string sentence) => new(RefusalCode.BadRequest, sentence);
}
