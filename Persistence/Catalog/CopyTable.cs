using Backup.Messages;
using Backup.Messages.Volumes;

namespace Backup.Persistence.Catalog;

/// <summary>
/// The copies of fragments. The first comes with the fragment itself (<see cref="ImageTable.CloseFragment"/>); what is
/// here was durable on its medium before.
/// </summary>
public sealed class CopyTable
{
    private const int FragmentsMax = int.MaxValue;
    private readonly CatalogDatabase _database;

    internal CopyTable(CatalogDatabase database) => _database = database;

    /// <summary>Records a copy that a job has made of a closed fragment. Again for the same place it changes
    /// nothing.</summary>
    /// <param name="fragment">The fragment, with place and number of the copy.</param>
    /// <param name="job">The job that made the copy; not the image's.</param>
    /// <param name="epoch">The epoch of its attempt.</param>
    /// <returns>Recorded; or older epoch, unknown fragment, or a contradiction with its root.</returns>
    public CatalogAnswer<Recorded> Add(FragmentRecord fragment, JobId job, Epoch epoch) => _database.Write<Recorded>(
        transaction =>
        {
            if (JobTable.Fence(transaction, job, epoch) is { } refused) return refused;
            var name = ImageTable.Name(fragment.Key);
            var key = fragment.Key;
            if (FragmentRow.Find(transaction, key.Image, key.Fragment) is not { } closed)
                return new CatalogFailure.Unknown(name);
            return closed.Root == fragment.Root
                ? CopyRow.Know(transaction, fragment)
                : new CatalogFailure.Contradiction(name, $"root {closed.Root}", $"root {fragment.Root}");
        });

    /// <summary>
    /// Takes what a pool has of an image out of use: all, or nothing is changed. So there is never none.
    /// </summary>
    /// <param name="image">The image.</param>
    /// <param name="keep">The number of the copy that takes its place.</param>
    /// <param name="pool">The pool whose copies go.</param>
    /// <param name="job">The job that made the copy.</param>
    /// <param name="epoch">The epoch of its attempt.</param>
    /// <param name="readBy">Which of the jobs that have not ended reads the image; null: none. May be asked
    /// again.</param>
    /// <returns>What came of it; or older epoch, unknown image, or a contradiction when a fragment has no good copy in
    /// the pool of the one that stays, on volumes that are well.</returns>
    public CatalogAnswer<CopyRetirement> Retire(
        ImageId image, int keep, PoolName pool, JobId job, Epoch epoch,
        Func<IReadOnlyList<JobRecord>, JobId?> readBy) =>
        _database.WriteLong<CopyRetirement>(transaction =>
        {
            // Whoever records a job waits here for this one's end, or is seen below.
            transaction.Execute("UPDATE counter SET value = value WHERE name = 'job'");
            if (JobTable.Fence(transaction, job, epoch) is { } refused) return refused;
            if (ImageTable.Find(transaction, image) is null) return new CatalogFailure.Unknown($"image {image}");
            var jobs = transaction.Query<JobRow>($"{JobRow.Select} WHERE {JobTable.Unended}")
                .ConvertAll(row => row.ToRecord());
            return readBy(jobs) is { } reader
                ? new CopyRetirement(0, reader) : CopyRetiring.Do(transaction, image, keep, pool);
        });

    /// <summary>The images that one restore reads together with an image: below it and above it.</summary>
    /// <param name="image">The image.</param>
    public CatalogAnswer<IReadOnlyList<ImageId>> Kin(ImageId image) => _database.Read(transaction =>
        CatalogAnswer<IReadOnlyList<ImageId>>.Of(CopyRetiring.Kin(transaction, image)));

    /// <summary>Says what a job found a copy to be.</summary>
    /// <param name="index">The tape file of its index, by which it is known.</param>
    /// <param name="state">What it is.</param>
    /// <param name="note">Why; null: nothing is wrong.</param>
    /// <param name="job">The job.</param>
    /// <param name="epoch">The epoch of its attempt.</param>
    /// <returns>Now; before, also where no such copy is known; or older epoch.</returns>
    public CatalogAnswer<Recorded> Mark(
        TapePosition index, CopyState state, string? note, JobId job, Epoch epoch) => _database.Write<Recorded>(
        transaction =>
        {
            if (JobTable.Fence(transaction, job, epoch) is { } refused) return refused;
            return CopyRow.Mark(transaction, index, state, note) ? Recorded.Now : Recorded.Before;
        });

    /// <summary>What of fragments lies on a volume: every copy that has a part or its index there.</summary>
    /// <param name="volume">The volume.</param>
    /// <returns>In the order of images, fragments and copies.</returns>
    public CatalogAnswer<IReadOnlyList<CopyOnVolume>> OnVolume(VolumeName volume) => _database.Read(transaction =>
        CatalogAnswer<IReadOnlyList<CopyOnVolume>>.Of(transaction.Query<UseRow>(
            "SELECT DISTINCT image AS Image, fragment AS Fragment, copy AS Copy FROM volume_use "
            + "WHERE volume = @Volume ORDER BY image, fragment, copy", new { Volume = Columns.Of(volume.Value) })
            .ConvertAll(row => new CopyOnVolume(Columns.Image(row.Image), (int)row.Fragment, (int)row.Copy))));

    /// <summary>
    /// The copies of images, with their volumes: what a selection needs to know. What has something on a volume that is
    /// disabled is there no more, and does not count.
    /// </summary>
    /// <param name="image">Of this one; null: of all.</param>
    public CatalogAnswer<IReadOnlyList<ImageCopy>> OfImages(ImageId? image = null) => _database.Read(transaction =>
    {
        var where = new Conditions().And("u.image = @Image", image is not null);
        var rows = transaction.Query<UseRow>(
            "SELECT u.image AS Image, u.copy AS Copy, u.volume AS Volume, MIN(v.pool) AS Pool "
            + $"FROM volume_use u LEFT JOIN volume v ON v.name = u.volume{where} "
            + "GROUP BY u.image, u.copy, u.volume ORDER BY u.image, u.copy, u.volume",
            new { Image = Columns.Of(image) });
        var fragments = transaction.Query<UseRow>(
            "SELECT u.image AS Image, u.copy AS Copy, COUNT(*) AS Fragment FROM fragment_copy u"
            + $"{where.And("u.state = 1", applies: true)} GROUP BY u.image, u.copy",
            new { Image = Columns.Of(image) })
            .ToDictionary(row => (Columns.Image(row.Image), row.Copy), row => (int)row.Fragment);
        foreach (var gone in transaction.Query<UseRow>(
            "SELECT g.image AS Image, g.copy AS Copy, COUNT(*) AS Fragment FROM ("
            + "SELECT DISTINCT u.image, u.fragment, u.copy FROM volume_use u JOIN volume v ON v.name = u.volume "
            + $"{new Conditions().And("v.state = @Disabled", applies: true).And("u.image = @Image", image is not null)}"
            + ") g JOIN fragment_copy c ON c.image = g.image AND c.fragment = g.fragment AND c.copy = g.copy "
            + "AND c.state = 1 GROUP BY g.image, g.copy",
            new { Image = Columns.Of(image), Disabled = (int)VolumeState.Disabled }))
            fragments[(Columns.Image(gone.Image), gone.Copy)] -= (int)gone.Fragment;
        var inPools = transaction.Query<UseRow>(
            "SELECT u.image AS Image, v.pool AS Pool, COUNT(DISTINCT u.fragment) AS Fragment FROM fragment_copy u "
            + "JOIN volume v ON v.name = u.index_volume"
            + $"{new Conditions().And("u.state = 1", applies: true).And("v.state <> @Disabled", applies: true)
                .And("u.image = @Image", image is not null)} GROUP BY u.image, v.pool",
            new { Image = Columns.Of(image), Disabled = (int)VolumeState.Disabled })
            .ToDictionary(row => (Columns.Image(row.Image), row.Pool ?? ""), row => (int)row.Fragment);
        return CatalogAnswer<IReadOnlyList<ImageCopy>>.Of([.. rows
            .GroupBy(row => (Image: Columns.Image(row.Image), row.Copy))
            .Select(copy => new ImageCopy(
                copy.Key.Image, (int)copy.Key.Copy, fragments.GetValueOrDefault(copy.Key),
                new PoolName(copy.Min(row => row.Pool) ?? ""), [.. copy.Select(row => new VolumeName(row.Volume))],
                inPools.GetValueOrDefault((copy.Key.Image, copy.Min(row => row.Pool) ?? ""))))]);
    });

    /// <summary>
    /// Damaged copies of fragments of which there is another copy, but no good one in the pool on a volume that is
    /// neither in error nor disabled. All may be hurt: what is whole may be here in the one and there in the other.
    /// </summary>
    /// <param name="countMax">Most in the answer.</param>
    /// <param name="after">Goes on behind this one; null: from the first.</param>
    /// <param name="image">Of this image; null: of all.</param>
    /// <returns>By image, fragment and copy.</returns>
    public CatalogAnswer<IReadOnlyList<CopyOnVolume>> ToHeal(
        int countMax, CopyOnVolume? after = null, ImageId? image = null) => _database.Read(transaction =>
        CatalogAnswer<IReadOnlyList<CopyOnVolume>>.Of(transaction.Query<UseRow>(
            "SELECT d.image AS Image, d.fragment AS Fragment, d.copy AS Copy FROM fragment_copy d "
            + "JOIN volume v ON v.name = d.index_volume WHERE d.state = 2 AND EXISTS "
            + "(SELECT 1 FROM fragment_copy o WHERE o.image = d.image AND o.fragment = d.fragment "
            + "AND o.copy <> d.copy) AND NOT EXISTS "
            + "(SELECT 1 FROM fragment_copy g JOIN volume w ON w.name = g.index_volume WHERE g.image = d.image "
            + "AND g.fragment = d.fragment AND g.state = 1 AND w.pool = v.pool "
            + "AND w.state <> @Error AND w.state <> @Disabled) "
            + (after is null ? "" : "AND (d.image, d.fragment, d.copy) > (@After, @Fragment, @Copy) ")
            + (image is null ? "" : "AND d.image = @Image ")
            + "ORDER BY d.image, d.fragment, d.copy LIMIT @Max",
            new
            {
                Max = countMax,
                Error = (int)VolumeState.Error,
                Disabled = (int)VolumeState.Disabled,
                After = Columns.Of(after?.Image),
                Fragment = after?.Fragment ?? 0,
                Copy = after?.Copy ?? 0,
                Image = Columns.Of(image),
            })
            .ConvertAll(row => new CopyOnVolume(Columns.Image(row.Image), (int)row.Fragment, (int)row.Copy))));

    /// <summary>A row of the view volume_use, or of sums over it.</summary>
    private sealed class UseRow
    {
        public byte[] Image { get; set; } = [];

        public long Fragment { get; set; }

        public long Copy { get; set; }

        public string Volume { get; set; } = "";

        public string? Pool { get; set; }
    }
}

/// <summary>What came of taking copies out of use. Of one that was left nothing was changed.</summary>
/// <param name="Copies">Copies of fragments that are out of use now, and were not before.</param>
/// <param name="ReadBy">A job that reads the image, which is why they were left; null: none does.</param>
/// <param name="Torn">An image that one restore reads together with this one, and that lies in another library, which
/// is why they were left; null: there is none.</param>
public sealed record CopyRetirement(int Copies, JobId? ReadBy = null, ImageId? Torn = null);

/// <summary>A copy of a fragment of which something lies on a volume.</summary>
/// <param name="Image">The image.</param>
/// <param name="Fragment">The fragment.</param>
/// <param name="Copy">The copy.</param>
public readonly record struct CopyOnVolume(ImageId Image, int Fragment, int Copy);

/// <summary>The fragments of an image that are there under one number.</summary>
/// <param name="Image">The image.</param>
/// <param name="Copy">The number.</param>
/// <param name="Fragments">How many of which no damage is known.</param>
/// <param name="Pool">The pool of its volumes; the first by name where there are several.</param>
/// <param name="Volumes">Its volumes, by name.</param>
/// <param name="InPool">How many fragments have a good copy in the pool, under whichever numbers.</param>
public sealed record ImageCopy(
    ImageId Image, int Copy, int Fragments, PoolName Pool, IReadOnlyList<VolumeName> Volumes, int InPool);
