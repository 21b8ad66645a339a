using System.Globalization;
using System.Text;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Jobs;

/// <summary>
/// Chooses the level of a backup, and the one image on which it builds: level n holds what changed since the newest
/// recorded image of a lower level of the same client and file set. Where there is none that can be used, the backup
/// becomes a full, and says why. Base, since-moment and manifest are those of that one image.
/// </summary>
public static class LevelChoice
{
    private const int LevelMax = 9;

    /// <summary>What is older than that many images of one file set is no base.</summary>
    private const int ImagesMax = 10_000;

    /// <summary>
    /// Raises a job's epoch, and chooses the level of a backup whose first attempt begins, or whose base cannot be
    /// built on any more.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="job">The job.</param>
    /// <param name="wanted">The backup; null: its level is chosen already, or it has none.</param>
    /// <param name="based">A backup with a base that may be chosen anew; null: there is none.</param>
    /// <param name="now">The moment that a full's age is measured from.</param>
    internal static CatalogAnswer<(Epoch Epoch, ChosenLevel? Level)> AtNewEpoch(
        CatalogStore catalog, JobId job, BackupSpec? wanted, BackupSpec? based, DateTimeOffset now)
    {
        ChosenLevel? level = null;
        if (wanted is not null && !Of(wanted, catalog, now).Is(out level, out var unread)) return unread;
        if (based is not null && !OfGone(based, catalog, now).Is(out level, out unread)) return unread;
        if (!catalog.Jobs.Get(job).Is(out var row, out var failure)) return failure;
        return catalog.Jobs.TakeEpoch(job, row.Epoch).Is(out var epoch, out failure) ? (epoch, level) : failure;
    }

    /// <summary>Chooses anew where the base that was chosen is none any more; null: it stands.</summary>
    private static CatalogAnswer<ChosenLevel?> OfGone(BackupSpec based, CatalogStore catalog, DateTimeOffset now)
    {
        var chain = new BaseChain(catalog);
        var why = chain.WhyNot(based.Base!, based.Library);
        if (chain.Unread is { } unread) return unread;
        if (why is null) return CatalogAnswer<ChosenLevel?>.Of(null);
        return Of(based, catalog, now).Is(out var level, out var failure)
            ? level with
            {
                Reason = $"Its base was to be image {based.Base!.Image}, and cannot be any more: {why} {level.Reason}",
            }
            : failure;
    }

    /// <summary>Chooses by what the catalog has.</summary>
    /// <param name="spec">What is asked for; with a rule.</param>
    /// <param name="catalog">The catalog.</param>
    /// <param name="now">The moment that a full's age is measured from.</param>
    public static CatalogAnswer<ChosenLevel> Of(BackupSpec spec, CatalogStore catalog, DateTimeOffset now)
    {
        var made = new ImageFilter(spec.Client, FileSet: spec.FileSet.Name, State: ImageState.Sealed);
        if (!catalog.Images.List(made, ImagesMax).Is(out var images, out var failure)) return failure;
        if (!EndedOf(spec, catalog).Is(out var ended, out failure)) return failure;
        var (rule, upgraded) = LevelUpgrade.Of(spec.Rule!, [.. Recorded(spec, images)], ended, now);
        spec = spec with { Rule = rule };
        var chain = new BaseChain(catalog);
        var chosen = Of(
            spec, images, now, image => chain.IsIn(image.Opened.Image, spec.Library),
            image => chain.WhyNot(image, spec.Library));
        if (chain.Unread is { } unread) return unread;
        if (upgraded is not null)
            chosen = chosen with { Reason = chosen.Base is null ? upgraded : $"{upgraded} {chosen.Reason}" };
        if (chosen.Base is not null) return chosen;
        if (Newest(spec, images) is { } newest)
        {
            if (!HadItems(catalog, newest.Opened.Image, spec.FileSet).Is(out var had, out failure)) return failure;
            chosen = chosen with { HadItems = had };
        }
        return spec.Reference is { } policy ? ReferenceImage.Of(chosen, spec, policy, catalog) : chosen;
    }

    /// <summary>Earlier backups, where it matters what became of them.</summary>
    private static CatalogAnswer<IReadOnlyList<JobRecord>> EndedOf(BackupSpec spec, CatalogStore catalog)
    {
        if (!spec.Rule!.RerunFailed) return CatalogAnswer<IReadOnlyList<JobRecord>>.Of([]);
        var ended = new JobFilter(JobKind.Backup, Ended: true, Client: spec.Client, Policy: spec.Policy);
        return catalog.Jobs.List(ended, LevelUpgrade.JobsMax).Is(out var jobs, out var failure)
            ? CatalogAnswer<IReadOnlyList<JobRecord>>.Of([.. jobs.Where(job => job.FileSet == spec.FileSet.Name)])
            : failure;
    }

    /// <summary>Chooses.</summary>
    /// <param name="spec">What is asked for; with a rule.</param>
    /// <param name="images">Sealed images of the client and file set, in any order; others are passed over.</param>
    /// <param name="now">The moment that a full's age is measured from.</param>
    /// <param name="isInLibrary">Whether an image lies in the library that is written to: a restore reads one.</param>
    /// <param name="whyBroken">Why nothing can build on an image, as a sentence; null: everything can.</param>
    public static ChosenLevel Of(
        BackupSpec spec, IEnumerable<ImageRecord> images, DateTimeOffset now, Func<ImageRecord, bool> isInLibrary,
        Func<ImageRecord, string?>? whyBroken = null)
    {
        var rule = spec.Rule!;
        var recorded = Recorded(spec, images).ToList();
        // A root that is a file is an entry, too
        var roots = spec.FileSet.Operations.Sum(operation => operation.Roots.Count);
        var expectsItems = recorded.Count > 0 && recorded[0].Entries > roots;
        if (rule.Level.Number == 0) return new ChosenLevel(0, "A full backup was asked for.", null, expectsItems);
        var usable = rule.IgnoreFileSetChange
            ? recorded : recorded.FindAll(image => image.Opened.Rules == RulesOf(spec.FileSet));
        if (Refuse(rule, recorded, usable, now) is { } why)
            return new ChosenLevel(0, $"Level {rule.Level} was asked for; this backup is a full one: {why}", null,
                expectsItems);
        var found = usable.Find(
            image => (rule.Level.Number is not { } level || image.Opened.Level < level) && isInLibrary(image));
        var none = found is null
            ? $"the images that it could build on lie in another library than {spec.Library}."
            : whyBroken?.Invoke(found);
        if (found is null || none is not null)
            return new ChosenLevel(0, $"Level {rule.Level} was asked for; this backup is a full one: {none}", null,
                expectsItems);
        var chosen = rule.Level.Number ?? Math.Min(found.Opened.Level + 1, LevelMax);
        return new ChosenLevel(
            chosen,
            string.Create(
                CultureInfo.InvariantCulture,
                $"It builds on image {found.Opened.Image} of level {found.Opened.Level}, since "
                    + $"{found.Opened.Since:yyyy-MM-dd HH:mm:ss}Z."),
            new JobBase(found.Opened.Image, found.Seal!.Root, found.Opened.Since),
            expectsItems);
    }

    /// <summary>
    /// Digest of what a file set selects: roots, rules, and what else leaves items out. Compression and digests do not
    /// change what is selected.
    /// </summary>
    /// <param name="fileSet">The file set.</param>
    public static Sha256Digest RulesOf(FileSet fileSet)
    {
        var text = new StringBuilder();
        foreach (var operation in fileSet.Operations)
        {
            Add("operation", $"{operation.OneFileSystem} {operation.ExcludeCaches}");
            Add("marker", operation.ExcludeMarker ?? "");
            // Only where they are used: images of before these keys stay bases
            if (operation.Recurse == false) Add("recurse", "off");
            foreach (var type in operation.FileSystemTypes ?? []) Add("file-system-type", type);
            foreach (var root in operation.Roots) Add("root", root);
            foreach (var path in operation.Only ?? []) Add("only", path);
            foreach (var rule in operation.Rules)
                Add("rule", $"{(rule.Include ? '+' : '-')} {rule.Kind} {rule.Type} {rule.Pattern}");
        }
        return Sha256Digest.Of(Encoding.UTF8.GetBytes(text.ToString()));

        void Add(string word, string value) =>
            text.Append(word).Append(' ').Append(value.Length).Append(' ').Append(value).Append('\n');
    }

    private static IEnumerable<ImageRecord> Recorded(BackupSpec spec, IEnumerable<ImageRecord> images) => images
        .Where(image => image.State == ImageState.Sealed && image.Opened.Recorded
            && image.Opened.Client == spec.Client && image.Opened.FileSet == spec.FileSet.Name)
        .OrderByDescending(image => image.Opened.Since).ThenByDescending(image => image.Opened.Job.Value);

    private static ImageRecord? Newest(BackupSpec spec, IEnumerable<ImageRecord> images) =>
        Recorded(spec, images).FirstOrDefault();

    /// <summary>The roots below which an image has items, as the client is told them.</summary>
    private static CatalogAnswer<IReadOnlyList<string>> HadItems(CatalogStore catalog, ImageId image, FileSet fileSet)
    {
        var had = new List<string>();
        foreach (var root in TreeWalker.RootsOf(fileSet))
        {
            // The first item behind the root is in the root's block, or begins the next one
            if (catalog.Manifests.ReadFrom(image, root.ToCatalog(), countMax: 2).Is(out var blocks, out var failure))
            {
                if (blocks.SelectMany(EntriesOf).Any(entry => entry.Path != root && entry.Path.IsWithin(root)))
                    had.Add("/" + root);
            }
            else if (failure.MayPass) return failure; // what is damaged must not keep a full from being made
        }
        return CatalogAnswer<IReadOnlyList<string>>.Of(had);
    }

    private static IReadOnlyList<FileEntry> EntriesOf(ManifestBlock block) =>
        EntryBlockReader.Read(block.Data, out var entries) == EntryBlockDefect.None ? entries : [];

    /// <summary>Why there is nothing to build on; null when there is.</summary>
    private static string? Refuse(
        LevelRule rule, List<ImageRecord> recorded, List<ImageRecord> usable, DateTimeOffset now)
    {
        if (recorded.Count == 0) return "there is no image of this client and file set that it could build on.";
        if (usable.Count == 0)
            return recorded[0].Opened.Rules is null
                ? "by which rules the file set of the newest image selected is not known."
                : "the file set selects by other rules than when the newest image was made.";
        if (rule.Level.Number is { } level && !usable.Exists(image => image.Opened.Level < level))
            return $"there is no image of a level below {level}.";
        if (rule.FullAgeMax is not { } ageMax) return null;
        var full = usable.Find(image => image.Opened.Level == 0);
        if (full is null) return "there is no full image left.";
        return now - full.Opened.Since > ageMax
            ? $"the newest full, image {full.Opened.Image}, is older than {Days(ageMax)}." : null;
    }

    private static string Days(TimeSpan age) => age.TotalDays >= 2
        ? string.Create(CultureInfo.InvariantCulture, $"{age.TotalDays:0.#} days")
        : string.Create(CultureInfo.InvariantCulture, $"{age.TotalHours:0.#} hours");
}
