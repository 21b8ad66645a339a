using System.Globalization;
using Backup.Actors.Catalog;
using Backup.Actors.Copies;
using Backup.Actors.Jobs;
using Backup.Actors.Retention;
using Backup.Actors.Scheduling;
using Backup.Actors.Spool;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>
/// Answers every request that only reads the catalog: the same for a running node and for a command that opens the
/// catalog without one. All calls block.
/// </summary>
/// <param name="store">The catalog, open at least for reading.</param>
/// <param name="policies">What is configured, for the list of clients.</param>
public sealed class CatalogQueries(CatalogStore store, IReadOnlyList<PolicyDefinition> policies)
{
    /// <summary>The rules of pools that have some.</summary>
    public IReadOnlyDictionary<PoolName, RetentionRules> PoolRules { get; init; } =
        new Dictionary<PoolName, RetentionRules>();

    /// <summary>Answers a request.</summary>
    /// <param name="request">Any request.</param>
    /// <returns>The answer; null for a request that needs a running node.</returns>
    public IReply? Answer(IRequest request) => request switch
    {
        ListJobs list => List(list),
        ShowJob show => Show(show),
        ListExceptions list => new ExceptionQueries(store).List(list),
        ListImages list => List(list),
        ListFiles list => new FileQueries(store).List(list),
        FindFiles find => new FileQueries(store).Find(find),
        ListVersions list => new VersionQueries(store).List(list),
        DiffImages diff => new DiffQueries(store).Diff(diff),
        ListVolumes list => new VolumeQueries(store, policies) { PoolRules = PoolRules }.List(list),
        ShowVault show => VaultRequests.Show(store, show),
        ListClients => Clients([]),
        _ => null,
    };

    /// <summary>The image that a word means.</summary>
    /// <param name="word">An id or its unique beginning, a job number, or `latest`.</param>
    /// <param name="image">The image, when there is no refusal.</param>
    public Refused? Find(string word, out ImageRecord? image)
    {
        image = null;
        var filter = word == "latest"
            ? new ImageFilter(State: ImageState.Sealed, WithoutOwn: true)
            : word.Length < 8 && long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var job)
                ? new ImageFilter(Job: new JobId(job))
                : new ImageFilter(Prefix: word.ToLowerInvariant());
        if (filter.Prefix is { } prefix && (prefix.Length is < 4 or > 32 || !prefix.All(char.IsAsciiHexDigit)))
            return new Refused(
                RefusalCode.BadRequest,
                "Expected an image id (or at least 4 digits of its beginning), a job number or `latest`, found "
                    + $"\"{word}\". `backup images` lists the images.");
        if (!store.Images.List(filter, word == "latest" ? 1 : 2).Is(out var found, out var failure))
            return Unavailable(failure);
        if (found.Count == 0)
            return new Refused(
                RefusalCode.NotFound, $"There is no image \"{word}\". `backup images` lists what there is.");
        if (found.Count > 1)
            return new Refused(
                RefusalCode.BadRequest, $"More than one image begins with \"{word}\". Give more digits.");
        image = found[0];
        return null;
    }

    /// <summary>
    /// The image that a restore means; of a moment, the newest sealed image that does not begin after it.
    /// </summary>
    /// <param name="asked">The restore.</param>
    /// <param name="image">The image, when there is no refusal.</param>
    public Refused? Find(RestoreFiles asked, out ImageRecord? image)
    {
        return Find(asked.Image, asked.Source, asked.FileSet, asked.AsOf, out image);
    }

    /// <summary>The image that a word means; with `latest` and a moment, the newest sealed one until then.</summary>
    /// <param name="word">As in the other.</param>
    /// <param name="client">Of this client; null: of any.</param>
    /// <param name="fileSet">Of this file set; null: of any.</param>
    /// <param name="asOf">The moment; null: now.</param>
    /// <param name="image">The image, when there is no refusal.</param>
    public Refused? Find(
        string word, ClientName? client, FileSetName? fileSet, DateTimeOffset? asOf, out ImageRecord? image)
    {
        image = null;
        if (client is null && fileSet is null && asOf is null) return Find(word, out image);
        if (word != "latest")
            return new Refused(
                RefusalCode.BadRequest,
                $"A client, a file set or a moment goes with the image `latest`, and not with \"{word}\".");
        if (asOf is not null && (client is null || fileSet is null))
            return new Refused(
                RefusalCode.BadRequest, "The state of a moment is that of one client and one file set: name both.");
        if (!store.Images.Newest(client, fileSet, asOf).Is(out var newest, out var failure))
            return Unavailable(failure);
        if (newest is [var found])
        {
            image = found;
            return null;
        }
        if (!store.Images.Oldest(client, fileSet).Is(out var oldest, out failure)) return Unavailable(failure);
        return new Refused(
            RefusalCode.NotFound,
            oldest is [var first]
                ? $"The oldest such image begins at {first.Opened.Since:u}, after {asOf:u}."
                : "There is no such image. `backup images` lists what there is.");
    }

    /// <summary>
    /// The images whose content an image's manifest names, oldest first and itself last. Each must be the very one on
    /// which the next was made.
    /// </summary>
    /// <param name="image">A sealed image.</param>
    public CatalogAnswer<IReadOnlyList<ImageId>> ChainOf(ImageRecord image)
    {
        var chain = new List<ImageId> { image.Opened.Image };
        for (var next = image.Opened; next.Base is { } below;)
        {
            if (CompleteManifest.Check(
                store, next.Image, new Media.Fragments.BaseImage(below, next.BaseRoot ?? default)) is { } refused)
                return refused;
            if (!store.Images.Get(below).Is(out var found, out var failure)) return failure;
            chain.Insert(0, below);
            next = found.Opened;
        }
        return CatalogAnswer<IReadOnlyList<ImageId>>.Of(chain);
    }

    /// <summary>The clients.</summary>
    /// <param name="connected">Those whose node is known to run.</param>
    public IReply Clients(IReadOnlyCollection<ClientName> connected)
    {
        if (!store.Images.List(new ImageFilter(State: ImageState.Sealed), 10_000).Is(out var images, out var failure))
            return Unavailable(failure);
        var names = policies.SelectMany(policy => policy.Clients).Concat(images.Select(image => image.Opened.Client))
            .Distinct().OrderBy(name => name.Value, StringComparer.Ordinal);
        return new ClientList([.. names.Select(name =>
        {
            // What a user chose of it says nothing of how old the newest backup of the whole is
            var last = images.FirstOrDefault(
                image => image.Opened.Client == name && !ChosenFiles.IsOf(image.Opened.FileSet));
            return new ClientSummary(
                name,
                connected.Contains(name),
                [.. policies.Where(policy => policy.Clients.Contains(name)).Select(policy => policy.Name)],
                last?.Opened.Image,
                last?.Opened.Since);
        })]);
    }

    /// <summary>A failure of the catalog as an answer.</summary>
    /// <param name="failure">What happened.</param>
    public static Refused Unavailable(CatalogFailure failure) => failure is CatalogFailure.Unknown
        ? new Refused(RefusalCode.NotFound, CatalogFailureText.Sentence(failure))
        : new Refused(RefusalCode.Unavailable, CatalogFailureText.Sentence(failure));

    /// <summary>A row as lists show it.</summary>
    /// <param name="row">The row.</param>
    public static JobSummary SummaryOf(JobRecord row) => new(
        row.Job,
        row.Kind,
        row.Policy,
        row.Client.Value.Length == 0 ? null : row.Client,
        row.Kind is JobKind.Backup or JobKind.Merge ? row.Level : null,
        row.Phase switch
        {
            JobPhase.Waiting => "waiting",
            JobPhase.Cancelling => "cancelling",
            JobPhase.Ended => "ended",
            _ => "running",
        },
        row.Outcome,
        row.Image,
        row.CreatedAt,
        row.EndedAt,
        row.Counts.Files,
        row.Counts.BytesRead,
        row.Counts.BytesStored,
        row.Counts.Exceptions,
        row.Attempts,
        row.Outcome is JobOutcome.Complete or JobOutcome.CompleteWithExceptions ? null : row.ErrorText);

    private IReply List(ListJobs list) =>
        store.Jobs.List(new JobFilter(Ended: list.RunningOnly ? false : null), Math.Clamp(list.Limit, 1, 10_000))
            .Is(out var rows, out var failure)
            && WithPending(rows).Is(out var jobs, out failure)
            ? new JobList(jobs)
            : Unavailable(failure);

    /// <summary>As lists show them, with the copies that are promised and not there.</summary>
    private CatalogAnswer<IReadOnlyList<JobSummary>> WithPending(IReadOnlyList<JobRecord> rows)
    {
        var jobs = rows.Select(SummaryOf).ToList();
        var may = rows.Where(row => row.Phase == JobPhase.Ended
            && (row.Kind == JobKind.Merge || PromiseTable.MayBeIn(row.Parameters))).ToList();
        if (may.Count == 0) return jobs;
        if (!new CopyPromises(store).Pending(may is [{ Image: { } only }] ? only : null)
            .Is(out var pending, out var failure)) return failure;
        return jobs.ConvertAll(job => job.Kind is JobKind.Backup or JobKind.Merge && job.Image is { } image
            && pending.TryGetValue(image, out var copies) ? job with { PendingCopies = copies } : job);
    }

    private IReply Show(ShowJob show)
    {
        if (!store.Jobs.Get(show.Job).Is(out var row, out var failure)) return Unavailable(failure);
        if (!store.Jobs.Log(show.Job, show.LogAfter, Math.Clamp(show.LogLimit, 0, 10_000)).Is(out var log, out failure))
            return Unavailable(failure);
        if (!WithPending([row]).Is(out var job, out failure)) return Unavailable(failure);
        SpooledFragments? spooled = null;
        if (row.Image is { } image && !new SpoolShelf(store).Of(image).Is(out spooled, out failure))
            return Unavailable(failure);
        return new JobDetails(
            job[0],
            null,
            row.Phase == JobPhase.Ended ? [] : ["a running node: no node works on it now"],
            [.. log.Select(entry =>
                new LogLine(entry.Sequence, entry.Line.At, entry.Line.Severity, entry.Line.Code, entry.Line.Text))],
            JobSpecs.ReadReport(row.Report),
            Spool: spooled);
    }

    private IReply List(ListImages list)
    {
        var filter = new ImageFilter(Client: list.Client, Policy: list.Policy);
        if (!store.Images.List(filter, Math.Clamp(list.Limit, 1, 10_000)).Is(out var images, out var failure))
            return Unavailable(failure);
        if (!new CopyPromises(store).Pending(images.Count == 1 ? images[0].Opened.Image : null)
            .Is(out var pending, out failure)) return Unavailable(failure);
        var summaries = new List<ImageSummary>();
        foreach (var image in images)
        {
            if (!VolumesOf(image.Opened.Image).Is(out var volumes, out failure)) return Unavailable(failure);
            if (!MergedFrom(image).Is(out var merged, out failure)) return Unavailable(failure);
            if (!store.Copies.OfImages(image.Opened.Image).Is(out var copies, out failure)) return Unavailable(failure);
            summaries.Add(SummaryOf(image, volumes) with
            {
                MergedFrom = merged,
                Copies = [.. copies.Select(copy => new CopySummary(
                    copy.Copy, copy.Fragments, copy.Pool, copy.Volumes))],
                PendingCopies = pending.GetValueOrDefault(image.Opened.Image),
            });
        }
        return new ImageList(summaries);
    }

    /// <summary>Of a merged image, the chain that the catalog still knows; at least the newest of it.</summary>
    private CatalogAnswer<IReadOnlyList<ImageId>?> MergedFrom(ImageRecord image)
    {
        if (image.Opened.MergedFrom is not { } newest) return CatalogAnswer<IReadOnlyList<ImageId>?>.Of(null);
        if (!store.Images.Get(newest).Is(out var found, out var failure))
            return failure is CatalogFailure.Unknown ? CatalogAnswer<IReadOnlyList<ImageId>?>.Of([newest]) : failure;
        if (ChainOf(found).Is(out var chain, out failure)) return CatalogAnswer<IReadOnlyList<ImageId>?>.Of(chain);
        return failure is CatalogFailure.BaseNotUsable
            ? CatalogAnswer<IReadOnlyList<ImageId>?>.Of([newest]) : failure;
    }

    private CatalogAnswer<IReadOnlyList<VolumeName>> VolumesOf(ImageId image)
    {
        var volumes = new List<VolumeName>();
        for (var after = -1; ;)
        {
            if (!store.Images.Fragments(image, after, 100).Is(out var fragments, out var failure)) return failure;
            volumes.AddRange(fragments.SelectMany(fragment => fragment.Parts).Select(part => part.Position.Volume));
            if (fragments.Count < 100) return CatalogAnswer<IReadOnlyList<VolumeName>>.Of([.. volumes.Distinct()]);
            after = fragments[^1].Key.Fragment;
        }
    }

    private static ImageSummary SummaryOf(ImageRecord image, IReadOnlyList<VolumeName> volumes) => new(
        image.Opened.Image,
        image.Opened.Job,
        image.Opened.Client,
        image.Opened.Policy,
        image.Opened.FileSet,
        image.Opened.Level,
        image.Opened.Since,
        image.State.ToString().ToLowerInvariant(),
        image.Seal?.Outcome,
        image.Counts.Files,
        image.Counts.BytesRead,
        image.Counts.BytesStored,
        image.Fragments,
        image.Counts.Exceptions,
        volumes,
        image.Opened.Base,
        image.Opened.Recorded,
        Lacks: image.Lacks);

    /// <summary>What is wrong in the catalog; mended twice it is mended once.</summary>
    public IReply Examine(CheckCatalog check) => store.Examine(check.Repair).Is(out var findings, out var failure)
        ? new CatalogChecked([.. findings.Select(finding => new CatalogFinding(
            finding.Kind, finding.Detail, finding.MayRepair, finding.Repaired))])
        : Unavailable(failure);
}

/// <summary>A policy as the gateway knows it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Clients">Its clients, at least one.</param>
/// <param name="SpecFor">The definition of a backup of one of them, as a new image.</param>
public sealed record PolicyDefinition(
    PolicyName Name, IReadOnlyList<ClientName> Clients, Func<ClientName, BackupSpec> SpecFor)
{
    /// <summary>Its file set.</summary>
    public FileSetName FileSet { get; init; }

    /// <summary>When it runs by itself; null: only when somebody runs it.</summary>
    public PolicyCalendar? Calendar { get; init; }

    /// <summary>What becomes of a run that somebody asks for while one has not ended.</summary>
    public IReadOnlyList<DuplicateRule> Duplicates { get; init; } = [DuplicateRule.Queue];

    /// <summary>Its scripts, where it runs these alone and saves nothing; null: it saves.</summary>
    public JobFrame? ScriptsOnly { get; init; }

    /// <summary>Where its jobs stand among others that wait, if they run scripts alone.</summary>
    public QueueRule Queue { get; init; } = new();

    /// <summary>A backup of it in another pool than its own; null: there is no such pool.</summary>
    public Func<BackupSpec, PoolName, BackupSpec?> InPool { get; init; } = (_, _) => null;

    /// <summary>Who is told of its jobs by a name; null: there is no such name.</summary>
    public Func<string, IReadOnlyList<JobScript>?> MessagesNamed { get; init; } = _ => null;

    /// <summary>Whether a library of a pool has a spool.</summary>
    public Func<PoolName, bool> HasSpool { get; init; } = _ => false;

    /// <summary>The plan that chooses its levels; null: none does.</summary>
    public PlanMember? Plan { get; init; }

    /// <summary>The time of the day before which its scheduled backups of a client do not begin; null: any.</summary>
    public Func<ClientName, TimeOnly?> StartNotBefore { get; init; } = _ => null;

    /// <summary>Where its volumes are; null: nobody says, and there is room for all.</summary>
    public PoolShelf? Shelf { get; init; }

    /// <summary>What is kept of its images.</summary>
    public RetentionRules Retention { get; init; } = RetentionRules.Everything;
}
