using Backup.Actors.Catalog;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>Policies and file sets: what catalog and calendar say of them.</summary>
/// <param name="setup">The gateway's.</param>
/// <param name="live">What sagas know.</param>
internal sealed class ObjectHistory(GatewaySetup setup, LiveJobs live)
{
    private const int DaysMax = 400;
    private const int SpansMax = 100;

    /// <summary>Of those that have not ended none is left out, however many have ended since.</summary>
    private const int UnfinishedMax = 10_000;

    /// <summary>Answers.</summary>
    /// <param name="show">The question, about a policy or a file set.</param>
    public async Task<IReply> Show(ShowObject show)
    {
        var policies = setup.Policies().Where(policy => show.Kind == ObjectKind.Policy
            ? policy.Name.Value == show.Name : policy.FileSet.Value == show.Name).ToList();
        var filter = show.Kind == ObjectKind.Policy
            ? new ImageFilter(show.Client, Policy: new PolicyName(show.Name))
            : new ImageFilter(show.Client, FileSet: new FileSetName(show.Name));
        if (!setup.Store.Images.List(filter, show.EventsMax).Is(out var images, out var failure))
            return CatalogQueries.Unavailable(failure);
        if (policies.Count == 0 && images.Count == 0) return NoSuch(show);
        var names = policies.Select(policy => policy.Name).Concat(images.Select(image => image.Opened.Policy))
            .Distinct().ToList();
        var (jobs, firings) = (new List<JobRecord>(), new List<FiringRecord>());
        foreach (var policy in names)
        {
            if (!setup.Store.Jobs.List(new JobFilter(Policy: policy, Client: show.Client), SpansMax)
                    .Is(out var ran, out failure)
                || !setup.Store.Jobs.List(
                        new JobFilter(Ended: false, Policy: policy, Client: show.Client), UnfinishedMax)
                    .Is(out var unfinished, out failure)
                || !setup.Store.Schedules.List(policy, setup.Clock.Now.AddDays(-DaysMax), SpansMax)
                    .Is(out var fired, out failure))
                return CatalogQueries.Unavailable(failure);
            jobs.AddRange(unfinished.UnionBy(ran, job => job.Job)
                .Where(job => show.Kind == ObjectKind.Policy || job.FileSet?.Value == show.Name));
            firings.AddRange(fired);
        }
        var waits = new List<string>();
        foreach (var policy in names)
            waits.AddRange(await WaitsOf(new JobFilter(Ended: false, Policy: policy, Client: show.Client))
                .ConfigureAwait(false));
        return Shown(show, policies, new Past(jobs, images, firings), waits);
    }

    /// <summary>Why jobs wait, a sentence each that does; of more than a screen holds the newest.</summary>
    /// <param name="unfinished">Which.</param>
    public async Task<IReadOnlyList<string>> WaitsOf(JobFilter unfinished)
    {
        if (!setup.Store.Jobs.List(unfinished, LiveJobs.AskedMax).Is(out var rows, out var failure))
            return [CatalogFailureText.Sentence(failure)];
        var jobs = await live.Of([.. rows.Select(CatalogQueries.SummaryOf)]).ConfigureAwait(false);
        return [.. jobs.Where(job => job.WaitsFor is { Count: > 0 })
            .Select(job => $"job {job.Job}: {string.Join(" - ", job.WaitsFor!)}")];
    }

    private ObjectShown Shown(
        ShowObject show, IReadOnlyList<PolicyDefinition> policies, Past past, IReadOnlyList<string> waits)
    {
        // Those that have not ended first, else one of many that run would push the others out.
        var spans = past.Jobs.OrderBy(job => job.EndedAt is not null).ThenByDescending(job => job.Job.Value)
            .Take(SpansMax).OrderBy(job => job.EndedAt is null).ThenBy(job => job.Job.Value)
            .Select(job => new ObjectSpan($"job {job.Job}: {WordOf(job)}", job.CreatedAt, job.EndedAt)).ToList();
        var open = past.Jobs.Where(job => job.EndedAt is null).ToList();
        var last = past.Jobs.Max(job => job.EndedAt);
        var coming = policies.Select(NextOf).OfType<ObjectSpan>().OrderBy(span => span.From).Take(1);
        return new ObjectShown(
            show.Kind, show.Name, null, open.Count > 0 ? "working" : "idle",
            open.Count > 0 ? open.Min(job => job.CreatedAt) : last, waits,
            [
                .. spans, .. open.Count > 0 || last is null ? [] : (ObjectSpan[])[new("idle", last.Value, null)],
                .. coming,
            ],
            [.. Events(past, show.Client).OrderBy(each => each.At).TakeLast(show.EventsMax)
                .Select((each, at) => each with { Number = at + 1 })]);
    }

    private ObjectSpan? NextOf(PolicyDefinition policy) =>
        policy.Calendar?.Between(setup.Clock.Now, setup.Clock.Now.AddDays(DaysMax)).FirstOrDefault() is { } run
            ? new ObjectSpan($"next run of policy {policy.Name}, by {run.Rule}", run.At, run.At) : null;

    private static IEnumerable<ObjectEvent> Events(Past past, ClientName? client)
    {
        foreach (var job in past.Jobs)
        {
            yield return new ObjectEvent(
                0, job.CreatedAt, "job-created", $"{job.Kind} job {job.Job} of client {job.Client} was accepted.");
            if (job.EndedAt is { } ended)
                yield return new ObjectEvent(0, ended, "job-ended", $"Job {job.Job} has ended: {WordOf(job)}.");
        }
        foreach (var image in past.Images)
            yield return new ObjectEvent(
                0, image.Opened.Since, $"image-{image.State.ToString().ToLowerInvariant()}",
                $"Image {image.Opened.Image} of client {image.Opened.Client}, level {image.Opened.Level}, begins here; "
                    + $"it is {image.State.ToString().ToLowerInvariant()}.");
        var jobs = past.Jobs.Select(job => job.Job).ToHashSet();
        foreach (var firing in past.Firings)
        {
            var note = client is { } only ? FiringNotes.For(firing.Note, only, jobs.Contains) : firing.Note;
            yield return new ObjectEvent(
                0, firing.DueAt, $"run-{firing.State.ToString().ToLowerInvariant()}",
                $"A run of policy {firing.Policy} was due by {firing.Rule}{(note is null ? "." : $": {note}")}");
        }
    }

    private static string WordOf(JobRecord job) =>
        job.Outcome?.ToString() ?? CatalogQueries.SummaryOf(job).State;

    private Refused NoSuch(ShowObject show) => new(
        RefusalCode.NotFound,
        show.Kind == ObjectKind.Policy
            ? $"There is no policy \"{show.Name}\". Configured are: "
                + $"{GatewayDesk.Words(setup.Policies().Select(policy => policy.Name.Value))}."
            : $"No policy names a file set \"{show.Name}\", and no image is of one. Named are: "
                + $"{GatewayDesk.Words(setup.Policies().Select(policy => policy.FileSet.Value).Distinct())}.");

    private sealed record Past(
        IReadOnlyList<JobRecord> Jobs, IReadOnlyList<ImageRecord> Images, IReadOnlyList<FiringRecord> Firings);
}
