using System.Text;
using Backup.Messages;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Volumes;
using Backup.Persistence.Catalog;
using Xunit;

namespace Backup.Tests.Unit.Persistence;

/// <summary>Things to put into a catalog.</summary>
internal static class CatalogSamples
{
    public static readonly DateTimeOffset At = new DateTimeOffset(2026, 3, 1, 10, 30, 0,
        TimeSpan.Zero).AddTicks(1234567);

    public static readonly Epoch First = new(1);

    public static readonly Authority ByFirst = Authority.OfAttempt(First);

    public static NewJob Job(string request = "request-1", string client = "web1") => new(
        new RequestId(request), JobKind.Backup, new ClientName(client), At, new PolicyName("daily"),
            new FileSetName("etc"), 0, null,
        """{"pool":"main"}""");

    public static NewImage Image(JobId job, ImageId? id = null) => new(
        id ?? ImageId.New(), job, new ClientName("web1"), new PolicyName("daily"), new FileSetName("etc"), 0, At);

    public static Sha256Digest Root(int number, int variant = 0) => Sha256Digest.Of([(byte)number, (byte)variant]);

    public static FragmentRecord Fragment(ImageId image, int number, Epoch? epoch = null) => new()
    {
        Key = new FragmentKey(image, number, epoch ?? First),
        Root = Root(number),
        PreviousRoot = number == 0 ? default : Root(number - 1),
        StartKind = number == 0 ? 0 : 3,
        StartMember = number == 0 ? null : [1, (byte)'/', 0xFF],
        BytesToFirstMember = number == 0 ? 0 : 4096,
        Files = 10,
        ArchiveBytes = 1000,
        StoredBytes = 400,
        ChunkTable = [1, 2, 3],
        Index = new TapePosition(new VolumeName("D0001"), 3 * number + 3),
        SealedAt = At,
        Origin = "manager store1",
        Parts =
        [
            new PartRecord(0, new TapePosition(new VolumeName("D0001"), 3 * number + 1), 0, 300),
            new PartRecord(1, new TapePosition(new VolumeName("D0002"), 3 * number + 1), 300, 100),
        ],
    };

    public static StagedBlock Block(int number, string path, string? content = null) =>
        new(number, CatalogPath(path), 5, Encoding.UTF8.GetBytes(content ?? $"the entries from {path} on"));

    public static byte[] CatalogPath(string path) => Encoding.UTF8.GetBytes(path.Replace('/', '\0'));

    public static ImageSeal Seal(int fragments, JobOutcome outcome = JobOutcome.Complete) => new(
        outcome, fragments, Root(fragments - 1), new JobCounts(10 * fragments, 1000 * fragments, 400 * fragments, 0),
            At);

    public static FileException Exception(string path) =>
        new(Encoding.UTF8.GetBytes(path), FileExceptionKind.Unreadable, "openat", 13, "Permission denied.");

    public static VolumeRecord Volume(string name, VolumeState state = VolumeState.Blank, string pool = "main") => new()
    {
        Name = new VolumeName(name),
        Uuid = new VolumeUuid(new Guid(Sha256Digest.Of(Encoding.UTF8.GetBytes(name)).ToArray()[..16])),
        Library = new LibraryName("vault"),
        Pool = new PoolName(pool),
        State = state,
        LabelledAt = At,
        TapeFiles = 1,
        BytesWritten = 32768,
        CapacityBytes = 1 << 20,
    };

    /// <summary>A job at its first attempt, with its open image.</summary>
    public static (JobRecord Job, ImageId Image) OpenImage(this CatalogStore store, string request = "request-1")
    {
        var job = store.Jobs.Create(Job(request)).Value;
        Assert.Equal(First, store.Jobs.TakeEpoch(job.Job, default).Value);
        var image = Image(job.Job);
        Assert.Equal(Recorded.Now, store.Images.Open(image, First).Value);
        return (job, image.Image);
    }

    /// <summary>The rows of a table that a failed call must leave empty.</summary>
    public static IReadOnlyList<string> Pools(CatalogDatabase database) => database.Read(transaction =>
        CatalogAnswer<IReadOnlyList<string>>.Of(transaction.Query<string>("SELECT name FROM pool"))).Value;

    /// <summary>Stages two blocks with paths that begin with the number of the fragment, and closes it.</summary>
    public static CatalogAnswer<Recorded> StageAndClose(
        this CatalogStore store, ImageId image, int fragment, Epoch? epoch = null, Authority? authority = null)
    {
        var record = Fragment(image, fragment, epoch);
        var staged = store.Manifests.Stage(record.Key, [Block(1, $"{fragment}/m"), Block(0, $"{fragment}/a")]);
        if (!staged.Is(out _, out var failure)) return failure;
        return store.Images.CloseFragment(
            new FragmentClosing(record, 2, [Exception($"{fragment}/secret")]),
                authority ?? Authority.OfAttempt(record.Key.Epoch));
    }
}
