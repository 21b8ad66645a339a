using System.Buffers;
using System.Globalization;
using Backup.Media.Archive;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Jobs;
using Xunit;

namespace Backup.Tests.Unit.Levels;

/// <summary>A merged image is the full that would have been made at its moment (S2-30), whatever was before.</summary>
public sealed class MergeHistorySpecs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("backup-merge-").FullName;

    /// <summary>How many histories; ten thousand with BACKUP_HISTORIES=10000.</summary>
    private static int Histories => int.Parse(
        Environment.GetEnvironmentVariable("BACKUP_HISTORIES") ?? "150", CultureInfo.InvariantCulture);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Of_a_random_history_the_archive_is_byte_for_byte_that_of_a_full()
    {
        var copied = 0L;
        for (var seed = 1; seed <= Histories; seed++)
        {
            var root = Path.Combine(_folder, $"{seed}");
            copied += Check(seed, root);
            Directory.Delete(root, recursive: true);
        }
        Assert.True(copied > 0, "No chunk was taken as it is: nothing of that was tested.");
    }

    private long Check(int seed, string root)
    {
        var random = new Random(seed);
        Directory.CreateDirectory(root);
        var tree = new TreeHistory(root, random);
        var shelf = new ImageShelf(root, random);
        var copied = 0L;
        for (var run = random.Next(2, 6); run >= 0; run--)
        {
            for (var change = random.Next(12); change > 0; change--) tree.Change();
            if (tree.Items.Count == 0) tree.Change();
            var image = shelf.Run(
                new LevelWord(random.Next(6) == 0 ? "full" : "incremental"), recorded: random.Next(5) > 0);
            if (shelf.Images[^1].Opened.Base is null) continue;
            var (bytes, members) = (512L * random.Next(8, 20), random.Next(1, 8));
            var full = shelf.Run(LevelWord.Full, recorded: false, (bytes, members));
            var bench = new MergeBench(shelf, _folder, () => 512 * random.Next(1, 12));
            Same(seed, shelf, full, bench.Merge(image, bytes, members), bench);
            copied += bench.CopiedBytes;
        }
        return copied;
    }

    private static void Same(
        int seed, ImageShelf shelf, ImageId full,
        IReadOnlyList<(FragmentStart Start, byte[] Archive)> merged, MergeBench bench)
    {
        var expected = shelf.Fragments(full);
        Assert.True(expected.Count == merged.Count, $"Seed {seed}: {expected.Count} fragments, {merged.Count} merged.");
        foreach (var (fragment, (start, archive)) in expected.Index())
        {
            Assert.Equal(start, merged[fragment].Start);
            Assert.True(
                archive.AsSpan().SequenceEqual(merged[fragment].Archive),
                $"Seed {seed}: fragment {fragment} differs from byte "
                    + $"{archive.AsSpan().CommonPrefixLength(merged[fragment].Archive)} on.");
        }
        Assert.Equal(shelf.Manifest(full).Select(entry => Line(entry)), bench.Entries.Select(Line));
    }

    private static string Line(FileEntry entry) =>
        $"{entry.Path} {entry.Kind} {entry.Mode} {entry.Size} {entry.Modified} {entry.Changed} {entry.Inode} "
        + $"{entry.LinkCount} {Convert.ToHexString(entry.LinkTarget ?? [])} {entry.Flags} "
        + $"{Convert.ToHexString(entry.Digest.Bytes ?? [])} {entry.Position.Fragment} {entry.Position.Offset} "
        + $"{entry.Position.Length}";

    [Fact]
    public void Chunks_that_are_wholly_alive_are_taken_as_they_are()
    {
        const int chunkBytes = 4096;
        var root = Directory.CreateDirectory(Path.Combine(_folder, "files")).FullName;
        for (var file = 0; file < 20; file++) Write(file, (byte)file);
        var shelf = new ImageShelf(root, new Random(1));
        var full = shelf.Run(LevelWord.Full, recorded: true, (1 << 20, 1000));
        var total = Assert.Single(shelf.Fragments(full)).Archive.Length;
        var unchanged = shelf.Run(LevelWord.Incremental, recorded: false);
        Write(7, 99);
        var changed = shelf.Run(LevelWord.Incremental, recorded: false);

        // Behind the last content only the archive's end is left, which is not read.
        Assert.InRange(Copied(unchanged), total - chunkBytes, total);
        // Of the increment itself a chunk may be whole, too.
        Assert.InRange(Copied(changed), total - chunkBytes - RemadeFor("/7"), Copied(unchanged) - 1);

        void Write(int file, byte content)
        {
            var path = Path.Combine(root, $"{file}");
            File.WriteAllBytes(path, [.. Enumerable.Repeat(content, 3000)]);
        }

        long Copied(ImageId image)
        {
            var bench = new MergeBench(shelf, _folder, () => chunkBytes);
            bench.Merge(image, 1 << 20, 1000);
            return bench.CopiedBytes;
        }

        // The chunks in which the file's headers, content or padding lie.
        long RemadeFor(string name)
        {
            var entry = shelf.Manifest(full)
                .Single(each => each.Path.ToString().EndsWith(name, StringComparison.Ordinal));
            var end = entry.Position.Offset + PaxHeader.Padded(entry.Position.Length);
            var header = new ArrayBufferWriter<byte>();
            new PaxHeader().Write(entry, entry.Position.Length, header);
            var first = (entry.Position.Offset - header.WrittenCount) / chunkBytes;
            return Math.Min(total, (((end - 1) / chunkBytes) + 1) * chunkBytes) - (first * chunkBytes);
        }
    }
}
