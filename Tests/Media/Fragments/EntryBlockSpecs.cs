using System.Text;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Files;
using Xunit;

namespace Backup.Tests.Media.Fragments;

public sealed class EntryBlockSpecs
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Any_entries_come_back_as_they_were(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 60; round++)
        {
            var entries = AnyEntries(random, random.Next(1, 60));
            var block = Build(entries).Single();

            Assert.Equal(EntryBlockDefect.None, EntryBlockReader.Read(block.Bytes.Span, out var read));

            Assert.Equal(entries.Select(Describe), read.Select(Describe));
            Assert.Equal((entries[0].Path, entries.Count), (block.FirstPath, block.Count));
        }
    }

    [Fact]
    public void Of_a_block_only_chosen_entries_are_made_and_the_others_have_path_kind_and_size()
    {
        var random = new Random(6);
        for (var round = 0; round < 60; round++)
        {
            var entries = AnyEntries(random, random.Next(1, 60));
            var chosen = entries.Select(_ => random.Next(3) == 0).ToList();
            var block = Build(entries).Single();
            var asked = 0;

            Assert.Equal(
                EntryBlockDefect.None, EntryBlockReader.Read(block.Bytes.Span, _ => chosen[asked++], out var lines));

            Assert.Equal(entries.Count, lines.Count);
            for (var at = 0; at < entries.Count; at++)
            {
                Assert.Equal(entries[at].Path.Bytes, lines.PathOf(at));
                Assert.Equal((entries[at].Kind, entries[at].Size), (lines[at].Kind, lines[at].Size));
                Assert.Equal(
                    chosen[at] ? Describe(entries[at]) : null,
                    lines[at].Entry is { } made ? Describe(made) : null);
            }
            Assert.Equal(
                entries.Where((_, at) => chosen[at]).Select(Describe), lines.Entries().Select(Describe));
        }
    }

    [Fact]
    public void A_block_has_the_bytes_of_the_format_page()
    {
        var block = Build([
            new FileEntry { Path = FilePath.FromText("a"), Kind = FileKind.Directory, Mode = 0x1ed,
                Modified = new(1, 2) },
            new FileEntry
            {
                Path = FilePath.FromText("a/b"),
                Kind = FileKind.Regular,
                Mode = 0x1a4,
                Size = 3,
                Digest = new ContentDigest(DigestAlgorithm.Sha256, [.. Enumerable.Repeat((byte)0xdd, 32)]),
                Position = new ContentPosition(new ImageId(0x0102), 0, 1536, 3),
            }]).Single();

        // Up to the compressed columns: those are the library's choice.
        Assert.Equal("424542" + "01" + "02" + "20" + string.Concat(Enumerable.Repeat("dd", 32)),
            Convert.ToHexStringLower(block.Bytes.Span[..38]));
        Assert.Equal("28b52ffd", Convert.ToHexStringLower(block.Bytes.Span[39..43]));
        Assert.Equal(Sha256Digest.Of(block.Bytes.Span), block.Digest);
    }

    [Fact]
    public void An_entry_of_a_tree_of_small_files_takes_65_bytes_with_its_digest()
    {
        var entries = SmallFiles(20_000, new Random(1));

        var blocks = Build(entries);

        var each = blocks.Sum(block => (double)block.Bytes.Length) / entries.Count;
        Assert.True(each <= 65, $"{each:0.0} bytes an entry");
        Assert.Equal(entries.Count, blocks.Sum(block => block.Count));
        Assert.InRange(blocks.Count, entries.Count / 500, entries.Count / 150);
    }

    [Fact]
    public void A_changed_entry_changes_its_block_alone()
    {
        var before = SmallFiles(5_000, new Random(2));
        var after = before.ToList();
        after.RemoveAt(2_500);

        var kept = Build(before).Select(block => block.Digest).ToHashSet();

        Assert.InRange(Build(after).Count(block => !kept.Contains(block.Digest)), 1, 2);
    }

    [Fact]
    public void Entries_out_of_walk_order_are_a_broken_promise_of_the_caller()
    {
        var builder = new EntryBlockBuilder();
        builder.Add(new FileEntry { Path = FilePath.FromText("a/b"), Kind = FileKind.Fifo });

        Assert.Throws<ArgumentException>(() =>
            builder.Add(new FileEntry { Path = FilePath.FromText("a"), Kind = FileKind.Fifo }));
    }

    [Fact]
    public void Any_changed_or_cut_bytes_give_a_defect_or_entries_and_never_an_exception()
    {
        var random = new Random(3);
        var good = Build(AnyEntries(random, 40)).Single().Bytes.ToArray();
        var defects = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = round % 3 == 0 ? good[..random.Next(good.Length)] : good.ToArray();
            for (var flips = random.Next(1, 4); flips > 0 && bytes.Length > 0;
                flips--) bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));

            var defect = EntryBlockReader.Read(bytes, out var entries);

            Assert.Equal(defect == EntryBlockDefect.None, entries.Count > 0);
            if (defect != EntryBlockDefect.None) defects++;
        }
        Assert.True(defects > 10_000);
    }

    [Fact]
    public void Any_columns_give_a_defect_or_entries_and_never_an_exception()
    {
        var random = new Random(4);
        for (var round = 0; round < 20_000; round++)
        {
            var columns = new byte[random.Next(1, 200)];
            foreach (ref var value in columns.AsSpan())
                value = (byte)(random.Next(4) == 0 ? random.Next(256) : random.Next(3));
            var frame = new byte[Backup.Media.Compression.ZstdCompressor.FrameBytesMax(columns.Length)];
            var length = Backup.Media.Compression.ZstdCompressor.Compress(columns, frame, 1);
            var bytes = new FieldWriter();
            bytes.Raw("BEB"u8);
            bytes.Byte(1);
            bytes.Unsigned((ulong)random.Next(1, 5));
            bytes.Sized(new byte[random.Next(2) * 32]);
            bytes.Unsigned((ulong)columns.Length);
            bytes.Raw(frame.AsSpan(0, length));

            var defect = EntryBlockReader.Read(bytes.Written, out var entries);

            Assert.Equal(defect == EntryBlockDefect.None, entries.Count > 0);
        }
    }

    private static List<EntryBlock> Build(IEnumerable<FileEntry> entries)
    {
        var builder = new EntryBlockBuilder();
        var blocks = entries.Select(builder.Add).OfType<EntryBlock>().ToList();
        if (builder.Flush() is { } last) blocks.Add(last);
        return blocks;
    }

    private static List<FileEntry> SmallFiles(int count, Random random)
    {
        var image = new ImageId(0x1234567890abcdef);
        var entries = new List<FileEntry>();
        long offset = 0;
        ulong inode = 1_000_000;
        for (var at = 0; at < count; at++)
        {
            var size = random.Next(20_000);
            var digest = new byte[32];
            random.NextBytes(digest);
            var modified = new UnixTime(1_700_000_000 + (at / 50), random.Next(1_000_000_000));
            offset += 1024;
            entries.Add(new FileEntry
            {
                Path = FilePath.FromText(
                    $"srv/data/d{at / 100:0000}/file-{at:000000}-{(char)('a' + random.Next(26))}.txt"),
                Kind = FileKind.Regular,
                Mode = 0x1a4,
                UserId = 1000,
                GroupId = 1000,
                Size = size,
                Modified = modified,
                Changed =
                    modified with { Nanoseconds = Math.Min(999_999_999, modified.Nanoseconds + random.Next(60_000)) },
                Device = 64769,
                Inode = inode += (ulong)random.Next(1, 4),
                Digest = new ContentDigest(DigestAlgorithm.Sha256, digest),
                Position = new ContentPosition(image, 0, offset, size),
            });
            offset += (size + 511) & ~511;
        }
        return entries;
    }

    private static List<FileEntry> AnyEntries(Random random, int count)
    {
        var paths = new SortedSet<FilePath>();
        while (paths.Count < count)
            paths.Add(
                new FilePath([.. Enumerable.Range(0, random.Next(0, 30)).Select(_ => (byte)random.Next(1, 256))]));
        return [.. paths.Select(path => AnyEntry(random, path))];
    }

    private static FileEntry AnyEntry(Random random, FilePath path)
    {
        var algorithm = (DigestAlgorithm)random.Next(3);
        return new FileEntry
        {
            Path = path,
            Kind = (FileKind)random.Next(7),
            Mode = (uint)random.Next(0x1000),
            UserId = (uint)Any(random),
            GroupId = (uint)Any(random),
            Size = Any(random),
            Modified = new UnixTime(Any(random), random.Next(1_000_000_000)),
            Changed = new UnixTime(Any(random), random.Next(1_000_000_000)),
            Device = (ulong)Any(random),
            Inode = (ulong)Any(random),
            LinkCount = (uint)Any(random),
            LinkTarget = random.Next(3) == 0 ? Bytes(random, 40) : null,
            DeviceMajor = (uint)Any(random),
            DeviceMinor = (uint)Any(random),
            Attributes = [.. Enumerable.Range(0, random.Next(4) == 0 ? 3 : 0)
                .Select(at => new ExtendedAttribute([.. "user."u8, (byte)(65 + at)], Bytes(random, 300)))],
            Sparse = random.Next(2) == 0,
            Flags = (EntryFlags)random.Next(8),
            Digest = algorithm == DigestAlgorithm.None ? default
                : new ContentDigest(algorithm, Exactly(random, algorithm == DigestAlgorithm.Sha256 ? 32 : 64)),
            Position = new ContentPosition(new ImageId((UInt128)random.Next(4)), random.Next(3) == 0
                ? int.MaxValue : random.Next(9), Any(random), Any(random)),
        };
    }

    private static long Any(Random random) => random.Next(5) switch
    {
        0 => long.MaxValue,
        1 => long.MinValue,
        2 => -random.Next(1000),
        3 => random.NextInt64(),
        _ => random.Next(1000),
    };

    private static byte[] Bytes(Random random, int most) => Exactly(random, random.Next(most));

    private static byte[] Exactly(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static string Describe(FileEntry entry)
    {
        var text = new StringBuilder();
        text.AppendJoin('|', entry.Path, entry.Kind, entry.Mode, entry.UserId, entry.GroupId, entry.Size,
            entry.Modified, entry.Changed);
        text.Append('|').AppendJoin('|', entry.Device, entry.Inode, entry.LinkCount, entry.DeviceMajor,
            entry.DeviceMinor, entry.Sparse, entry.Flags);
        text.Append('|')
            .AppendJoin('|', entry.Position, entry.LinkTarget is null ? "none" : Convert.ToHexString(entry.LinkTarget));
        text.Append('|').AppendJoin('|', entry.Digest.Algorithm, Convert.ToHexString(entry.Digest.Bytes ?? []));
        foreach (var attribute in entry.Attributes)
            text.Append('|').AppendJoin('=', Convert.ToHexString(attribute.Name), Convert.ToHexString(attribute.Value));
        return text.ToString();
    }
}
