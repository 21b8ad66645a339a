using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Volumes;

namespace Backup.Persistence.Catalog;

/// <summary>
/// Which images are to go, what keeps them, and what became of their tape files. An image goes in two steps: it is
/// condemned, which is taken back at any time; later it is purged, by one transaction that asks everything anew.
/// </summary>
public sealed class RetentionTable
{
    /// <summary>Newest images that are looked at first for one that can be restored.</summary>
    private const int NewestFirst = 20;

    /// <summary>
    /// Fragments of which every copy is damaged, or has something on a volume that is in error or disabled. The few
    /// copies that are hurt are counted, and compared with how many there are.
    /// </summary>
    private static readonly string LostFragments = LostFragmentsOf("");

    private static readonly string LostFragmentsOfOne = LostFragmentsOf(" AND held.image = @Image");

    private readonly CatalogDatabase _database;

    internal RetentionTable(CatalogDatabase database) => _database = database;

    /// <summary>All marks, by image.</summary>
    public CatalogAnswer<IReadOnlyList<ImageMark>> Marks() => _database.Read(transaction =>
        CatalogAnswer<IReadOnlyList<ImageMark>>.Of(transaction.Query<ImageMarkRow>(
            $"{ImageMarkRow.Select} ORDER BY image, kind, name").ConvertAll(row => row.ToRecord())));

    /// <summary>Marks an image, which is not condemned any more then. The newest note counts.</summary>
    /// <param name="mark">The mark.</param>
    /// <returns>Recorded; or unknown image, or a contradiction when it is purged.</returns>
    public CatalogAnswer<Recorded> Mark(ImageMark mark) => _database.Write<Recorded>(transaction =>
    {
        if (Purgeable(transaction, mark.Image) is { } refused) return refused;
        transaction.Execute(ImageMarkRow.Upsert, ImageMarkRow.Of(mark));
        Reprieve(transaction, mark.Image);
        return Recorded.Now;
    });

    /// <summary>Takes a mark back.</summary>
    /// <param name="image">The image.</param>
    /// <param name="kind">Hold or tag.</param>
    /// <param name="name">The tag; empty for holds.</param>
    /// <returns>Now; Before when there was none.</returns>
    public CatalogAnswer<Recorded> Unmark(ImageId image, ImageMarkKind kind, string name) =>
        _database.Write<Recorded>(transaction => transaction.Execute(
            "DELETE FROM image_mark WHERE image = @Image AND kind = @Kind AND name = @Name",
            new { Image = Columns.Of(image), Kind = (int)kind, Name = Columns.Of(name) }) > 0
            ? Recorded.Now : Recorded.Before);

    /// <summary>Condemns images that are not: those that are, keep their moment.</summary>
    /// <param name="images">Sealed or abandoned ones; others are passed over.</param>
    /// <param name="at">Now.</param>
    /// <returns>How many are condemned now that were not before.</returns>
    public CatalogAnswer<int> Condemn(IReadOnlyList<ImageId> images, DateTimeOffset at) => _database.Write<int>(
        transaction => images.Sum(image => transaction.Execute(
            "UPDATE image SET condemned_at = @At WHERE id = @Image AND condemned_at IS NULL AND state IN (2, 3)",
            new { Image = Columns.Of(image), At = Columns.Of(at) })));

    /// <summary>Takes condemnations back, also those of what the images have in pools.</summary>
    /// <param name="images">The images.</param>
    /// <returns>How many images were condemned.</returns>
    public CatalogAnswer<int> Reprieve(IReadOnlyList<ImageId> images) => _database.Write<int>(
        transaction => images.Sum(image => Reprieve(transaction, image)));

    /// <summary>
    /// Removes what the catalog has of an image but its row: its manifest, fragments and parts, in one transaction, in
    /// which everything that speaks against it is asked anew.
    /// </summary>
    /// <param name="image">The image.</param>
    /// <param name="condemnedBefore">Only when it was condemned before this moment.</param>
    /// <param name="now">Now.</param>
    /// <param name="usedBy">The images that unfinished jobs read or build on. May be asked again.</param>
    /// <returns>What came of it; or unknown image.</returns>
    public CatalogAnswer<PurgeOutcome> Purge(
        ImageId image, DateTimeOffset condemnedBefore, DateTimeOffset now,
        Func<IReadOnlyList<JobRecord>, IReadOnlyDictionary<ImageId, JobId>> usedBy) =>
        _database.WriteLong<PurgeOutcome>(transaction =>
        {
            // Whoever records a job waits here for this one's end, or is seen below.
            transaction.Execute("UPDATE counter SET value = value WHERE name = 'job'");
            if (ImageTable.Find(transaction, image) is not { } known)
                return new CatalogFailure.Unknown($"image {image}");
            if (known.State == ImageState.Purged) return new PurgeOutcome(null, 0);
            if (WhyNot(transaction, known, condemnedBefore, usedBy) is { } why) return new PurgeOutcome(why, 0);
            return new PurgeOutcome(null, Remove(transaction, image, now));
        });

    /// <summary>What volumes hold, by volume.</summary>
    public CatalogAnswer<IReadOnlyList<VolumeHolding>> Holdings() => _database.Read(transaction =>
        CatalogAnswer<IReadOnlyList<VolumeHolding>>.Of(transaction.Query<HoldingRow>(
            "SELECT volume AS Volume, image AS Image, COUNT(*) AS TapeFiles, CAST(SUM(bytes) AS BIGINT) AS Bytes "
            + $"FROM {HeldParts.All} held GROUP BY volume, image ORDER BY volume, image")
            .ConvertAll(row => row.ToRecord())));

    /// <summary>
    /// The images of which a fragment has no copy but such as are damaged, or have something on a volume that is in
    /// error or disabled: as they are, they cannot be restored.
    /// </summary>
    public CatalogAnswer<IReadOnlySet<ImageId>> Doubtful() => _database.Read(transaction =>
        CatalogAnswer<IReadOnlySet<ImageId>>.Of(transaction.Query<byte[]>(
            "SELECT DISTINCT hurt.image " + LostFragments,
            new { Error = (int)VolumeState.Error, Disabled = (int)VolumeState.Disabled })
            .Select(Columns.Image).ToHashSet()));

    /// <summary>
    /// Tape files of purged images, and of copies that a migration took out of use, that are still on their volumes, by
    /// place.
    /// </summary>
    /// <param name="volume">Of this volume; null: of all.</param>
    public CatalogAnswer<IReadOnlyList<ReleasedFile>> Released(VolumeName? volume = null) => _database.Read(
        transaction => CatalogAnswer<IReadOnlyList<ReleasedFile>>.Of(transaction.Query<ReleasedRow>(
            ReleasedRow.Select + (volume is null ? "" : " WHERE volume = @Volume") + " ORDER BY volume, tape_file",
            new { Volume = Columns.OfOptional(volume?.Value) }).ConvertAll(row => row.ToRecord())));

    /// <summary>The space of tape files was given back.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="uuid">Its identity.</param>
    /// <param name="files">Which.</param>
    public CatalogAnswer<Recorded> Gone(VolumeName volume, VolumeUuid uuid, IReadOnlyList<int> files) =>
        _database.Write<Recorded>(transaction =>
        {
            foreach (var file in files)
                transaction.Execute(
                    "UPDATE released_file SET is_gone = 1 "
                    + "WHERE volume = @Volume AND uuid = @Uuid AND tape_file = @File",
                    new { Volume = Columns.Of(volume.Value), Uuid = Columns.Of(uuid), File = file });
            return Recorded.Now;
        });

    /// <summary>Whether a fragment that lies on a medium is of no use to anybody.</summary>
    /// <param name="key">What its header says.</param>
    /// <returns>Empty when it is; else what is kept, a few words.</returns>
    public CatalogAnswer<string> WhyKept(FragmentKey key) => _database.Read<string>(transaction =>
    {
        if (ImageTable.Find(transaction, key.Image) is not { } image)
            return $"image {key.Image}, which the catalog does not know";
        if (image.State == ImageState.Purged) return "";
        if (FragmentRow.Find(transaction, key.Image, key.Fragment) is { } closed)
            return closed.Epoch <= key.Epoch.Value ? $"fragment {key.Fragment} of image {key.Image}" : "";
        // Of what is not whole in the catalog more may be on media than it knows
        return image.State == ImageState.Sealed
            ? "" : $"a fragment of image {key.Image}, which is {image.State.ToString().ToLowerInvariant()}";
    });

    /// <summary>The newest moment that the catalog has of anything; null where it has nothing.</summary>
    public CatalogAnswer<DateTimeOffset?> NewestMoment() => _database.Read(transaction =>
        CatalogAnswer<DateTimeOffset?>.Of(transaction.Number(
            "SELECT MAX(moment) FROM (SELECT MAX(created_at) AS moment FROM job UNION ALL "
            + "SELECT MAX(ended_at) FROM job UNION ALL SELECT MAX(sealed_at) FROM image) moments") is { } ticks
            ? Columns.Time(ticks) : null));

    /// <summary>When somebody last looked at a clock that was believed; null: never.</summary>
    public CatalogAnswer<DateTimeOffset?> Seen() => _database.Read(transaction => CatalogAnswer<DateTimeOffset?>.Of(
        transaction.Number("SELECT value FROM counter WHERE name = 'retention-seen'") is { } ticks
            ? Columns.Time(ticks) : null));

    /// <summary>The clock is believed.</summary>
    /// <param name="at">Now.</param>
    public CatalogAnswer<Recorded> See(DateTimeOffset at) => _database.Write<Recorded>(transaction =>
    {
        transaction.Execute(
            "INSERT INTO counter (name, value) VALUES ('retention-seen', @At) "
            + "ON CONFLICT (name) DO UPDATE SET value = excluded.value", new { At = Columns.Of(at) });
        return Recorded.Now;
    });

    private static string? WhyNot(
        CatalogTransaction transaction, ImageRecord image, DateTimeOffset condemnedBefore,
        Func<IReadOnlyList<JobRecord>, IReadOnlyDictionary<ImageId, JobId>> usedBy)
    {
        var id = new { Image = Columns.Of(image.Opened.Image) };
        if (image.CondemnedAt is not { } since) return "it is not condemned any more";
        if (since > condemnedBefore) return "its time has not come";
        if (image.State == ImageState.Open) return "it is being written";
        if (transaction.Number("SELECT COUNT(*) FROM image_mark WHERE image = @Image AND kind < 3", id) > 0)
            return "somebody holds it";
        if (transaction.Number("SELECT COUNT(*) FROM image WHERE base = @Image AND state <> 4", id) > 0)
            return "another image builds on it";
        var jobs = transaction.Query<JobRow>($"{JobRow.Select} WHERE {JobTable.Unended}")
            .ConvertAll(row => row.ToRecord());
        if (usedBy(jobs).TryGetValue(image.Opened.Image, out var job)) return $"job {job} uses it";
        if (jobs.Find(other => MayBuildOn(transaction, other, image.Opened)) is { } begun)
            return $"job {begun.Job} may build on it";
        if (jobs.Exists(other => other.Kind == JobKind.Scan)) return "a scan is at work";
        return image.State == ImageState.Sealed && !AnotherCanBeRestored(transaction, image)
            ? "nothing else of its client and file set can be restored" : null;
    }

    /// <summary>
    /// The level of a backup is chosen before it has its epoch; what it builds on is known when its image is recorded,
    /// and asked for by that.
    /// </summary>
    private static bool MayBuildOn(CatalogTransaction transaction, JobRecord job, NewImage image) =>
        job.Kind == JobKind.Backup
        && (job.Client, job.FileSet) == (image.Client, image.FileSet)
        && !(job is { Phase: JobPhase.Transferring, Image: { } made }
            && ImageTable.Find(transaction, made) is not null);

    private static bool AnotherCanBeRestored(CatalogTransaction transaction, ImageRecord image)
    {
        foreach (var most in (int[])[NewestFirst, int.MaxValue])
        {
            var others = transaction.Query<ImageRow>(
                $"{ImageRow.Select} WHERE client = @Client AND file_set = @FileSet AND state = 2 AND id <> @Image "
                    + "ORDER BY since DESC LIMIT @Most",
                new
                {
                    Client = Columns.Of(image.Opened.Client.Value),
                    FileSet = Columns.Of(image.Opened.FileSet.Value),
                    Image = Columns.Of(image.Opened.Image),
                    Most = most,
                });
            if (others.Exists(other => IsWhole(transaction, other))) return true;
        }
        return false;
    }

    private static bool IsWhole(CatalogTransaction transaction, ImageRow image)
    {
        var met = new HashSet<ImageId>();
        if (IsDoubtful(transaction, image.Id)) return false;
        for (var below = image.Base; below is not null;)
        {
            if (!met.Add(Columns.Image(below))) return false;
            var found = transaction.One<ImageRow>(
                $"{ImageRow.Select} WHERE id = @Image AND state = 2", new { Image = below });
            if (found is null || IsDoubtful(transaction, found.Id)) return false;
            below = found.Base;
        }
        return true;
    }

    private static bool IsDoubtful(CatalogTransaction transaction, byte[] image) => transaction.Number(
        "SELECT COUNT(*) " + LostFragmentsOfOne,
        new { Image = image, Error = (int)VolumeState.Error, Disabled = (int)VolumeState.Disabled }) > 0;

    private static string LostFragmentsOf(string which) =>
        "FROM (SELECT lost.image, lost.fragment, COUNT(*) AS copies FROM ("
        + $"SELECT held.image, held.fragment, held.copy FROM {HeldParts.All} held "
        + $"JOIN volume ON volume.name = held.volume WHERE volume.state IN (@Error, @Disabled){which} "
        + "UNION SELECT held.image, held.fragment, held.copy FROM fragment_copy held "
        + $"WHERE held.state = {(int)CopyState.Damaged}{which}) lost GROUP BY lost.image, lost.fragment) hurt "
        + "WHERE hurt.copies = (SELECT COUNT(*) FROM fragment_copy there "
        + "WHERE there.image = hurt.image AND there.fragment = hurt.fragment)";

    /// <summary>Its row stays, and what it has on volumes is to be given back.</summary>
    internal static int Remove(CatalogTransaction transaction, ImageId image, DateTimeOffset now)
    {
        var id = new { Image = Columns.Of(image), Now = Columns.Of(now) };
        var files = ReleasedRow.Add(transaction, image);
        ManifestRuns.Unstage(transaction, image);
        transaction.Execute("DELETE FROM manifest WHERE image = @Image", id);
        transaction.Execute("DELETE FROM part WHERE image = @Image", id);
        transaction.Execute("DELETE FROM fragment_copy WHERE image = @Image", id);
        transaction.Execute("DELETE FROM fragment WHERE image = @Image", id);
        transaction.Execute("DELETE FROM image_mark WHERE image = @Image", id);
        CopyExpiryTable.Forget(transaction, image);
        transaction.Execute(
            "UPDATE image SET state = 4, purged_at = @Now, fragments = 0, blocks = 0, entries = 0 WHERE id = @Image",
            id);
        return files;
    }

    private static CatalogFailure? Purgeable(CatalogTransaction transaction, ImageId image) =>
        ImageTable.Find(transaction, image) switch
        {
            null => new CatalogFailure.Unknown($"image {image}"),
            { State: ImageState.Purged } => new CatalogFailure.Contradiction(
                $"image {image}", "that it is gone", "a mark"),
            _ => null,
        };

    private static int Reprieve(CatalogTransaction transaction, ImageId image)
    {
        CopyExpiryTable.ReprieveAll(transaction, image);
        return transaction.Execute(
            "UPDATE image SET condemned_at = NULL WHERE id = @Image AND condemned_at IS NOT NULL AND state <> 4",
            new { Image = Columns.Of(image) });
    }
}
