using System.Text;
using Backup.Actors.Catalog;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Files;
using Backup.Persistence.Catalog;
using Backup.Tests.Unit.Persistence;
using Xunit;

namespace Backup.Tests.Unit.Actors;

/// <summary>A manifest in a catalog, cut into blocks at random, so that every border is met.</summary>
internal sealed class ManifestSample
{
    /// <summary>Beside plain names those that sort around `/`, and bytes that are no UTF-8.</summary>
    private static readonly byte[][] Names =
    [
        "a"u8.ToArray(), "a-b"u8.ToArray(), "a.b"u8.ToArray(), [(byte)'a', 1], [(byte)'a', 0xFF], "ab"u8.ToArray(),
        "b"u8.ToArray(),
        "c\\d"u8.ToArray(), Encoding.UTF8.GetBytes("caf\u00e9"), [0xC3], "z z"u8.ToArray(), "\n"u8.ToArray(),
    ];

    private ManifestSample(CatalogStore store, ImageId image, IReadOnlyList<FileEntry> entries) =>
        (Store, Image, Entries) = (store, image, entries);

    public CatalogStore Store { get; }

    public ImageId Image { get; }

    public IReadOnlyList<FileEntry> Entries { get; }

    public IEnumerable<FilePath> Directories =>
        Entries.Where(entry => entry.Kind == FileKind.Directory).Select(entry => entry.Path);

    /// <summary>Some thousands of entries: random trees, a directory of many names, a deep one.</summary>
    public static ManifestSample Random(CatalogStore store, int seed)
    {
        var random = new Random(seed);
        var entries = new List<FileEntry>();
        Fill(FilePath.Root, depth: 0, random, entries);
        var many = FilePath.FromText("many");
        entries.Add(Directory(many));
        entries.AddRange(Enumerable.Range(0, 700)
            .Select(number => File(many.Append(Encoding.ASCII.GetBytes($"n{number}")))));
        return Of(store, entries, blockEntriesMax: 30, random);
    }

    public static ManifestSample Of(
        CatalogStore store, IEnumerable<FileEntry> entries, int blockEntriesMax, Random random)
    {
        var sorted = entries.OrderBy(entry => entry.Path).ToList();
        var (_, image) = store.OpenImage();
        var fragment = CatalogSamples.Fragment(image, 0);
        var blocks = new List<StagedBlock>();
        for (var at = 0; at < sorted.Count;)
        {
            var builder = new EntryBlockBuilder();
            EntryBlock? block = null;
            for (var left = 1 + random.Next(blockEntriesMax); block is null && left > 0 && at < sorted.Count;
                left--) block = builder.Add(sorted[at++]);
            block ??= builder.Flush()!;
            blocks.Add(new StagedBlock(
                blocks.Count, block.FirstPath.ToCatalog(), block.Count, block.Bytes.ToArray(),
                random.Next(3) == 0 ? null : ManifestEntries.Bytes(ManifestEntries.Of(block.Bytes.Span))));
        }
        store.Manifests.Stage(fragment.Key, blocks);
        Assert.Equal(Recorded.Now,
            store.Images.CloseFragment(new FragmentClosing(fragment, blocks.Count, []), CatalogSamples.ByFirst).Value);
        return new ManifestSample(store, image, sorted);
    }

    public static FileEntry File(FilePath path) => new()
    {
        Path = path,
        Kind = FileKind.Regular,
        Mode = 0x1a4,
        Size = 5,
        Digest = new ContentDigest(DigestAlgorithm.Sha256, Sha256Digest.Of(path.Bytes).ToArray()),
        Position = new ContentPosition(JobSamples.Image, 0, 512, 5),
    };

    public static FileEntry Directory(FilePath path) => new() { Path = path, Kind = FileKind.Directory, Mode = 0x1ed };

    private static void Fill(FilePath directory, int depth, Random random, List<FileEntry> entries)
    {
        foreach (var name in Names)
        {
            if (depth > 0 && random.Next(3) == 0) continue;
            var path = directory.Append(name);
            if (depth < 3 && random.Next(depth + 2) < 2)
            {
                entries.Add(Directory(path));
                Fill(path, depth + 1, random, entries);
            }
            else entries.Add(File(path));
        }
    }
}
