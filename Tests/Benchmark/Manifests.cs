using System.Globalization;
using System.Text;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;
using CatalogSeal = Backup.Persistence.Catalog.ImageSeal;

namespace Backup.Benchmark;

/// <summary>
/// Images of millions of files that never were: their manifests are made and written by the product's own code, as a
/// job's are.
/// </summary>
internal sealed class Manifests(CatalogStore store)
{
    public static readonly ClientName Client = new("web1");
    public static readonly FileSetName Set = new("all");
    private const int FilesInDirectory = 1000;
    private const int DirectoriesInGroup = 100;
    private const int BlocksAtOnce = 256;
    private const int FilesInNarrow = 200;

    private static readonly DateTimeOffset First = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private int _images;

    /// <summary>When an image begins: one an hour.</summary>
    public static DateTimeOffset Since(int number) => First.AddHours(number);

    /// <summary>A full.</summary>
    /// <param name="files">How many.</param>
    /// <param name="changed">Which have another state than those of other numbers.</param>
    /// <returns>The image and how many blocks it has.</returns>
    public (ImageId Image, int Blocks) Full(IEnumerable<string> files, Func<int, bool> changed)
    {
        var (image, key) = Open();
        var builder = new EntryBlockBuilder();
        var (staged, number, file) = (new List<StagedBlock>(), 0, 0);
        foreach (var path in files)
        {
            if (builder.Add(Entry(path, file, changed(file))) is { } done) Stage(done);
            file++;
        }
        if (builder.Flush() is { } rest) Stage(rest);
        Check(store.Manifests.Stage(key, staged));
        Close(image, key, number);
        return (image, number);

        void Stage(EntryBlock block)
        {
            staged.Add(new StagedBlock(
                number++, block.FirstPath.ToCatalog(), block.Count, block.Bytes.ToArray(), 4096L * block.Count));
            if (staged.Count < BlocksAtOnce) return;
            Check(store.Manifests.Stage(key, staged));
            staged.Clear();
        }
    }

    /// <summary>An incremental in which nothing changed.</summary>
    public ImageId Unchanged(ImageId from, int blocks)
    {
        var (image, key) = Open();
        Check(store.Manifests.Stage(key, [], [new StagedRun(0, blocks, from, 0)]));
        Close(image, key, blocks);
        return image;
    }

    /// <summary>
    /// Paths in walk order: `flat`, a directory of a tenth of all; `narrow`, directories of 200 files, a tenth; `tree`,
    /// the rest, groups of 100 directories of 1,000 files.
    /// </summary>
    public static IEnumerable<string> Paths(int files)
    {
        yield return "flat";
        for (var file = 0; file < files / 10; file++) yield return Name($"flat/file-{file:00000000}.dat");
        yield return "narrow";
        for (var file = 0; file < files / 10; file++)
        {
            if (file % FilesInNarrow == 0) yield return Name($"narrow/n{file / FilesInNarrow:00000000}");
            yield return Name($"narrow/n{file / FilesInNarrow:00000000}/file-{file:00000000}.dat");
        }
        yield return "tree";
        for (var file = 0; file < files * 8L / 10; file++)
        {
            var (directory, group) = (file / FilesInDirectory, file / FilesInDirectory / DirectoriesInGroup);
            if (file % (FilesInDirectory * DirectoriesInGroup) == 0) yield return Name($"tree/g{group:00000}");
            if (file % FilesInDirectory == 0) yield return Name($"tree/g{group:00000}/d{directory:00000000}");
            yield return Name($"tree/g{group:00000}/d{directory:00000000}/file-{file:00000000}.dat");
        }
    }

    /// <summary>What this gives, or an end of the run.</summary>
    public static T Check<T>(CatalogAnswer<T> answer) => answer.Value;

    private static string Name(FormattableString path) => path.ToString(CultureInfo.InvariantCulture);

    private static FileEntry Entry(string path, int number, bool changed)
    {
        var isDirectory = !path.EndsWith(".dat", StringComparison.Ordinal);
        Span<byte> seed = stackalloc byte[8];
        BitConverter.TryWriteBytes(seed, changed ? ~(long)number : number);
        return new FileEntry
        {
            Path = new FilePath(Encoding.ASCII.GetBytes(path)),
            Kind = isDirectory ? FileKind.Directory : FileKind.Regular,
            Mode = isDirectory ? 0x1edu : 0x1a4u,
            UserId = 1000,
            GroupId = 1000,
            Size = isDirectory ? 0 : 4096,
            Modified = new UnixTime(1_700_000_000 + (number * 7919 % 10_000_000), 123_456_789),
            Changed = new UnixTime(1_700_000_100 + (number * 7919 % 10_000_000), 223_456_789),
            Device = 66,
            Inode = 5_000_000 + (ulong)number,
            LinkCount = 1,
            Digest = isDirectory
                ? default : new ContentDigest(DigestAlgorithm.Sha256, Sha256Digest.Of(seed).ToArray()),
            Position = isDirectory ? default : new ContentPosition(new ImageId(1), number / 65_536, number * 5120L, 4096),
        };
    }

    private (ImageId Image, FragmentKey Key) Open()
    {
        var since = Since(_images++);
        var job = Check(store.Jobs.Create(new NewJob(
            new RequestId($"benchmark-{_images}"), JobKind.Backup, Client, since, new PolicyName("all"), Set, 0, null,
            "{}")));
        var epoch = Check(store.Jobs.TakeEpoch(job.Job, default));
        var image = ImageId.New();
        Check(store.Images.Open(
            new NewImage(image, job.Job, Client, new PolicyName("all"), Set, 0, since), epoch));
        return (image, new FragmentKey(image, 0, epoch));
    }

    private void Close(ImageId image, FragmentKey key, int blocks)
    {
        var root = Sha256Digest.Of(BitConverter.GetBytes(_images));
        var at = Since(_images);
        var record = new FragmentRecord
        {
            Key = key,
            Root = root,
            PreviousRoot = default,
            StartKind = 0,
            Files = blocks,
            ArchiveBytes = 1,
            StoredBytes = 1,
            ChunkTable = [1],
            Index = new TapePosition(new VolumeName("disk-0001"), 2),
            SealedAt = at,
            Parts = [new PartRecord(0, new TapePosition(new VolumeName("disk-0001"), 1), 0, 1)],
        };
        var authority = Authority.OfAttempt(key.Epoch);
        Check(store.Images.CloseFragment(new FragmentClosing(record, blocks, []), authority));
        Check(store.Images.Seal(
            image, new CatalogSeal(JobOutcome.Complete, 1, root, new JobCounts(1, 1, 1, 0), at), authority));
    }
}
