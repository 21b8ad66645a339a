using Backup.Messages;

namespace Backup.Persistence.Catalog;

/// <summary>Images, their fragments and parts. What is here was durable on its medium before.</summary>
public sealed class ImageTable
{
    /// <summary>The policy by which the catalog itself is backed up: nobody means its images by `latest`.</summary>
    public static readonly PolicyName Own = new("catalog-backup");

    private readonly CatalogDatabase _database;

    internal ImageTable(CatalogDatabase database) => _database = database;

    /// <summary>Records the image that a job is about to write, and names it in the job's record.</summary>
    /// <param name="image">The image.</param>
    /// <param name="epoch">The epoch of the attempt.</param>
    /// <returns>Recorded; or older epoch, unknown job, or a contradiction when the image is known otherwise.</returns>
    public CatalogAnswer<Recorded> Open(NewImage image, Epoch epoch) => _database.Write<Recorded>(transaction =>
    {
        if (JobTable.Fence(transaction, image.Job, epoch) is { } refused) return refused;
        if (Find(transaction, image.Image) is { } known) return Same(image, known);
        transaction.Execute(ImageRow.Insert, ImageRow.Of(image, ImageOrigin.Recorded));
        transaction.Execute(
            "UPDATE job SET image = @Image WHERE id = @Job",
            new { Image = Columns.Of(image.Image), Job = image.Job.Value });
        return Recorded.Now;
    });

    /// <summary>
    /// Records an image that a scan found on the media; its fragments and seal follow by the same calls as a job's,
    /// with <see cref="Authority.OfMedium"/>. An image that is known keeps its record; one that was given up or lacked
    /// something may be added to again.
    /// </summary>
    /// <param name="image">The image, as its headers say.</param>
    /// <returns>Recorded; or a contradiction when the catalog knows another image by this id.</returns>
    public CatalogAnswer<Recorded> RecordScanned(NewImage image) => _database.Write<Recorded>(transaction =>
    {
        if (Find(transaction, image.Image) is { } known)
        {
            if (known.State is ImageState.Abandoned or ImageState.Lacking or ImageState.Purged)
                ReadAgain(transaction, known);
            return Same(image, known);
        }
        JobTable.AddScanned(transaction, image);
        transaction.Execute(ImageRow.Insert, ImageRow.Of(image, ImageOrigin.Scanned));
        return Recorded.Now;
    });

    /// <summary>
    /// Closes a fragment: checks that it is the next of its image, that it follows the one before it and that all its
    /// blocks are staged, then makes blocks, fragment, parts and exceptions visible at once. Called again with the same
    /// root it changes nothing.
    /// </summary>
    /// <param name="closing">What is recorded.</param>
    /// <param name="authority">By whose right.</param>
    /// <returns>Recorded; or older epoch, unknown image, or a contradiction.</returns>
    public CatalogAnswer<Recorded> CloseFragment(FragmentClosing closing, Authority authority) =>
        _database.Write<Recorded>(transaction =>
        {
            var key = closing.Fragment.Key;
            if (Find(transaction, key.Image) is not { } image) return new CatalogFailure.Unknown($"image {key.Image}");
            if (FragmentRow.Find(transaction, key.Image, key.Fragment) is { } closed)
            {
                return closed.Root == closing.Fragment.Root
                    ? CopyRow.Know(transaction, closing.Fragment)
                    : new CatalogFailure.Contradiction(Name(key), $"root {closed.Root}",
                        $"root {closing.Fragment.Root}");
            }
            var staged = ManifestRuns.Staged(transaction, key);
            if (FragmentChecks.Refuse(transaction, image, closing, staged, authority) is { } refused) return refused;
            ManifestRuns.Publish(transaction, image, key, staged);
            FragmentRow.Add(transaction, closing.Fragment);
            ExceptionRow.Add(transaction, image.Opened.Job, key.Image, key.Fragment, 0, closing.Exceptions);
            transaction.Execute(ImageRow.Grow, ImageRow.GrowBy(closing, staged.Sum(piece => piece.Entries)));
            ManifestRuns.Unstage(transaction, key.Image, key.Fragment);
            return Recorded.Now;
        });

    /// <summary>Seals an image: no more fragments follow.</summary>
    /// <param name="image">The image.</param>
    /// <param name="seal">What its seal on the medium says.</param>
    /// <param name="authority">By whose right.</param>
    /// <returns>Recorded; or older epoch, unknown image, or a contradiction with the closed fragments or an earlier
    /// seal.</returns>
    public CatalogAnswer<Recorded> Seal(ImageId image, ImageSeal seal, Authority authority) =>
        _database.Write<Recorded>(transaction =>
        {
            if (Find(transaction, image) is not { } known) return new CatalogFailure.Unknown($"image {image}");
            var said = $"sealed with {seal.Fragments} fragments, root {seal.Root}";
            if (known.Seal is { } before)
            {
                return before.Root == seal.Root && before.Fragments == seal.Fragments
                    ? Recorded.Before
                    : new CatalogFailure.Contradiction(
                        $"image {image}", $"sealed with {before.Fragments} fragments, root {before.Root}", said);
            }
            if (Refuse(transaction, known, authority) is { } refused) return refused;
            var last = FragmentRow.Find(transaction, image, seal.Fragments - 1);
            if (known.Fragments != seal.Fragments || last is null || last.Root != seal.Root)
            {
                return new CatalogFailure.Contradiction(
                    $"image {image}", $"{known.Fragments} fragments{(last is null ? "" : $", root {last.Root}")}",
                    said);
            }
            transaction.Execute(ImageRow.SealIt, ImageRow.SealOf(image, seal));
            ManifestRuns.Unstage(transaction, image);
            if (known.Origin == ImageOrigin.Scanned) JobTable.EndScanned(transaction, known.Opened, seal);
            return Recorded.Now;
        });

    /// <summary>
    /// Gives an image up that will never be sealed. Its closed fragments stay; what was staged is gone.
    /// </summary>
    /// <param name="image">The image.</param>
    /// <param name="authority">By whose right; a scan has none over an image whose job has not ended.</param>
    /// <returns>Recorded; or older epoch, unknown image, or a contradiction when it is sealed or its job is at
    /// work.</returns>
    public CatalogAnswer<Recorded> Abandon(
        ImageId image, Authority authority) => _database.Write<Recorded>(transaction =>
    {
        if (Find(transaction, image) is not { } known) return new CatalogFailure.Unknown($"image {image}");
        if (known.State is ImageState.Abandoned or ImageState.Purged) return Recorded.Before;
        if (Refuse(transaction, known, authority) is { } refused) return refused;
        if (authority.IsMedium && IsAtWork(transaction, known.Opened))
            return new CatalogFailure.Contradiction($"image {image}", $"job {known.Opened.Job} at work on it",
                "that it was given up");
        if (known.PurgedAt is { } then) return StayPurged(transaction, image, then);
        SetState(transaction, image, ImageState.Abandoned);
        ManifestRuns.Unstage(transaction, image);
        return Recorded.Now;
    });

    /// <summary>
    /// Notes of an image that a scan did not find all of it. One that is sealed stays so, and one whose own job gave it
    /// up, since nobody will seal it any more; of one that no rule kept the rest is given up, too.
    /// </summary>
    /// <param name="image">The image.</param>
    /// <param name="lacks">What was not found.</param>
    /// <returns>Recorded, Before where it stays as it is; or unknown image, or a contradiction when its job is at
    /// work.</returns>
    public CatalogAnswer<Recorded> Lack(ImageId image, string lacks) => _database.Write<Recorded>(transaction =>
    {
        if (Find(transaction, image) is not { } known) return new CatalogFailure.Unknown($"image {image}");
        if (known.State is ImageState.Sealed or ImageState.Purged || known.Lacks == lacks) return Recorded.Before;
        if (known is { State: ImageState.Abandoned, Origin: ImageOrigin.Recorded }) return Recorded.Before;
        if (IsAtWork(transaction, known.Opened))
            return new CatalogFailure.Contradiction($"image {image}", $"job {known.Opened.Job} at work on it",
                "that it lacks something");
        if (known.PurgedAt is { } then) return StayPurged(transaction, image, then);
        SetState(transaction, image, ImageState.Lacking);
        transaction.Execute(
            "UPDATE image SET lacks = @Lacks WHERE id = @Image", new { Lacks = lacks, Image = Columns.Of(image) });
        ManifestRuns.Unstage(transaction, image);
        return Recorded.Now;
    });

    /// <summary>One image.</summary>
    /// <param name="image">Its id.</param>
    /// <returns>The image; or unknown.</returns>
    public CatalogAnswer<ImageRecord> Get(ImageId image) => _database.Read<ImageRecord>(transaction =>
        Find(transaction, image) is { } found ? found : new CatalogFailure.Unknown($"image {image}"));

    /// <summary>Images, those of the newest jobs first.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="countMax">Most images in the answer.</param>
    public CatalogAnswer<IReadOnlyList<ImageRecord>> List(
        ImageFilter filter, int countMax) => _database.Read(transaction =>
    {
        var where = new Conditions()
            .And("client = @Client", filter.Client is not null)
            .And("policy = @Policy", filter.Policy is not null)
            .And("file_set = @FileSet", filter.FileSet is not null)
            .And("state = @State", filter.State is not null)
            .And("job = @Job", filter.Job is not null)
            .And("job < @Before", filter.Before is not null)
            .And("id BETWEEN @First AND @Last", filter.Prefix is not null)
            .And("policy <> @Own", filter.WithoutOwn);
        var (first, last) = Range(filter.Prefix ?? "");
        return CatalogAnswer<IReadOnlyList<ImageRecord>>.Of(transaction.Query<ImageRow>(
            $"{ImageRow.Select}{where} ORDER BY job DESC, id LIMIT @Max",
            new
            {
                Client = Columns.OfOptional(filter.Client?.Value),
                Policy = Columns.OfOptional(filter.Policy?.Value),
                FileSet = Columns.OfOptional(filter.FileSet?.Value),
                State = (int?)filter.State,
                Job = filter.Job?.Value,
                Before = filter.Before?.Value,
                First = first,
                Last = last,
                Own = Columns.Of(Own.Value),
                Max = countMax,
            }).ConvertAll(row => row.ToRecord()));
    });

    /// <summary>The newest sealed image, or the newest that does not begin after a moment.</summary>
    /// <param name="client">Of this client; null: of any.</param>
    /// <param name="fileSet">Of this file set; null: of any.</param>
    /// <param name="asOf">The moment; null: any.</param>
    /// <returns>One, or none.</returns>
    public CatalogAnswer<IReadOnlyList<ImageRecord>> Newest(
        ClientName? client, FileSetName? fileSet, DateTimeOffset? asOf) =>
        First(client, fileSet, asOf, "ORDER BY since DESC, job DESC");

    /// <summary>The oldest sealed image.</summary>
    /// <param name="client">Of this client; null: of any.</param>
    /// <param name="fileSet">Of this file set; null: of any.</param>
    /// <returns>One, or none.</returns>
    public CatalogAnswer<IReadOnlyList<ImageRecord>> Oldest(ClientName? client, FileSetName? fileSet) =>
        First(client, fileSet, null, "ORDER BY since, job");

    /// <summary>How many sealed images a file set of a client has.</summary>
    /// <param name="client">The client.</param>
    /// <param name="fileSet">Its file set.</param>
    public CatalogAnswer<long> SealedCount(ClientName client, FileSetName fileSet) => _database.Read<long>(
        transaction => transaction.Query<long>(
            "SELECT COUNT(*) FROM image WHERE client = @Client AND file_set = @FileSet AND state = @State",
            new
            {
                Client = Columns.Of(client.Value),
                FileSet = Columns.Of(fileSet.Value),
                State = (int)ImageState.Sealed,
            })[0]);

    /// <summary>What a planner needs of the images of a file set of a client.</summary>
    /// <param name="client">The client.</param>
    /// <param name="fileSet">Its file set.</param>
    /// <param name="from">The moment from which on all are given.</param>
    /// <param name="known">Only what was sealed by then; null: all.</param>
    public CatalogAnswer<ImagePast> Past(
        ClientName client, FileSetName fileSet, DateTimeOffset from, DateTimeOffset? known = null) => _database.Read(
        transaction => CatalogAnswer<ImagePast>.Of(ImagePast.Read(transaction, client, fileSet, from, known)));

    /// <summary>Bytes of an image's archive, before compression: of its closed fragments together.</summary>
    /// <param name="image">The image; 0 bytes where it is not known.</param>
    public CatalogAnswer<long> ArchiveBytes(ImageId image) => _database.Read<long>(
        transaction => transaction.Query<long>(
            "SELECT CAST(COALESCE(SUM(archive_bytes), 0) AS BIGINT) FROM fragment WHERE image = @Image",
            new { Image = Columns.Of(image) })[0]);

    /// <summary>Closed fragments of an image with their parts and chunk tables, in order.</summary>
    /// <param name="image">The image.</param>
    /// <param name="after">Only fragments behind this one; -1: from the beginning.</param>
    /// <param name="countMax">Most fragments in the answer (a chunk table may have tens of KiB).</param>
    public CatalogAnswer<IReadOnlyList<FragmentRecord>> Fragments(ImageId image, int after, int countMax) =>
        _database.Read(transaction => CatalogAnswer<IReadOnlyList<FragmentRecord>>.Of(
            FragmentRow.Page(transaction, image, after, countMax)));

    /// <summary>Volumes that hold parts of an image, by name.</summary>
    /// <param name="image">The image.</param>
    /// <param name="countMax">Most volumes in the answer.</param>
    public CatalogAnswer<IReadOnlyList<VolumeName>> Volumes(ImageId image, int countMax) => _database.Read(
        transaction => CatalogAnswer<IReadOnlyList<VolumeName>>.Of(transaction.Query<string>(
            "SELECT DISTINCT volume FROM part WHERE image = @Image ORDER BY volume LIMIT @Count",
            new { Image = Columns.Of(image), Count = countMax }).ConvertAll(name => new VolumeName(name))));

    /// <summary>The images of which a copy has something on a volume, those of the newest jobs first.</summary>
    /// <param name="volume">The volume.</param>
    public CatalogAnswer<IReadOnlyList<ImageRecord>> OnVolume(VolumeName volume) => _database.Read(transaction =>
        CatalogAnswer<IReadOnlyList<ImageRecord>>.Of(transaction.Query<ImageRow>(
            $"{ImageRow.Select} WHERE id IN (SELECT image FROM {HeldParts.All} held WHERE volume = @Volume) "
            + "ORDER BY job DESC, id",
            new { Volume = Columns.Of(volume.Value) }).ConvertAll(row => row.ToRecord())));

    /// <summary>state 2: sealed, as a number, or the index image_since would not be used.</summary>
    internal static string FirstOf(bool ofClient, bool ofFileSet, bool until, string order) => ImageRow.Select
        + new Conditions()
            .And("state = 2", applies: true)
            .And("client = @Client", ofClient)
            .And("file_set = @FileSet", ofFileSet)
            .And("since <= @Until", until)
            .And("policy <> @Own", !ofFileSet)
        + $" {order} LIMIT 1";

    private CatalogAnswer<IReadOnlyList<ImageRecord>> First(
        ClientName? client, FileSetName? fileSet, DateTimeOffset? until, string order) => _database.Read(
        transaction => CatalogAnswer<IReadOnlyList<ImageRecord>>.Of(transaction.Query<ImageRow>(
            FirstOf(client is not null, fileSet is not null, until is not null, order),
            new
            {
                Client = Columns.OfOptional(client?.Value),
                FileSet = Columns.OfOptional(fileSet?.Value),
                Until = Columns.Of(until),
                Own = Columns.Of(Own.Value),
            }).ConvertAll(row => row.ToRecord())));

    internal static string Name(FragmentKey key) => $"fragment {key.Fragment} of image {key.Image}";

    internal static ImageRecord? Find(CatalogTransaction transaction, ImageId image) =>
        transaction.One<ImageRow>($"{ImageRow.Select} WHERE id = @Image{transaction.Hold}",
            new { Image = Columns.Of(image) })?.ToRecord();

    /// <summary>The refusal of a change to an image that is not open, or by an older attempt.</summary>
    internal static CatalogFailure? Refuse(CatalogTransaction transaction, ImageRecord image, Authority authority)
    {
        if (image.State != ImageState.Open)
            return new CatalogFailure.Contradiction($"image {image.Opened.Image}", $"that it is {image.State}",
                "a change to it");
        return authority.IsMedium ? null : JobTable.Fence(transaction, image.Opened.Job, authority.Epoch);
    }

    /// <summary>A job of its number may be another: in a catalog that was lost, numbers begin anew.</summary>
    private static bool IsAtWork(CatalogTransaction transaction, NewImage image) =>
        JobTable.Find(transaction, image.Job) is { } job && job.Phase != Messages.Jobs.JobPhase.Ended
        && job.Image == image.Image;

    /// <summary>That it was merged is on the medium, and not in a record from before that was kept.</summary>
    private static CatalogAnswer<Recorded> Same(NewImage given, ImageRecord known) => known.Opened == given
        || (known.Opened.MergedFrom is null && known.Opened == given with { MergedFrom = null })
        ? Recorded.Before
        : new CatalogFailure.Contradiction($"image {given.Image}", known.Opened.ToString(), given.ToString());

    /// <summary>What a scan has found of it goes again, and its space is given back.</summary>
    private static Recorded StayPurged(CatalogTransaction transaction, ImageId image, DateTimeOffset then)
    {
        RetentionTable.Remove(transaction, image, then);
        return Recorded.Before;
    }

    /// <summary>
    /// What is found on the media is added to it again; of a purged one all of it, and its row says that it was until
    /// it is whole.
    /// </summary>
    private static void ReadAgain(CatalogTransaction transaction, ImageRecord image)
    {
        SetState(transaction, image.Opened.Image, ImageState.Open);
        if (image.State == ImageState.Purged)
            transaction.Execute(
                "UPDATE image SET condemned_at = NULL, origin = @Scanned, files = 0, bytes_read = 0, "
                + "bytes_stored = 0, exceptions = 0 WHERE id = @Image",
                new { Scanned = (int)ImageOrigin.Scanned, Image = Columns.Of(image.Opened.Image) });
    }

    private static void SetState(
        CatalogTransaction transaction, ImageId image, ImageState state) => transaction.Execute(
        "UPDATE image SET state = @State WHERE id = @Image", new { State = (int)state, Image = Columns.Of(image) });

    /// <summary>
    /// The smallest and the greatest id that begin with these digits; an empty range when they are not digits.
    /// </summary>
    private static (byte[] First, byte[] Last) Range(string prefix)
    {
        if (prefix.Length > 32 || !prefix.All(char.IsAsciiHexDigit)) return ([1], [0]);
        return (Convert.FromHexString(prefix.PadRight(32, '0')), Convert.FromHexString(prefix.PadRight(32, 'f')));
    }
}
