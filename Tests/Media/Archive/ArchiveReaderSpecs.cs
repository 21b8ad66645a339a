using System.Buffers;
using System.Text;
using Backup.Media.Archive;
using Backup.Media.Files;
using Xunit;

namespace Backup.Tests.Media.Archive;

public sealed class ArchiveReaderSpecs
{
    [Fact]
    public void What_the_writer_writes_is_read_again()
    {
        var (steps, _) = Read(FixedArchive());

        var members = steps.OfType<ArchiveStep.Member>().Select(step => step.Entry).ToList();
        Assert.IsType<ArchiveStep.End>(steps[^1]);
        var expected = PaxHeaderSpecs.FixedList().ToList();
        Assert.Equal(expected.Count, members.Count);
        foreach (var ((written, length), read) in expected.Zip(members))
        {
            Assert.Equal((written.Path, written.Kind, written.Mode, written.UserId, written.GroupId, written.Size),
                (read.Path, read.Kind, read.Mode, read.UserId, read.GroupId, read.Size));
            Assert.Equal((written.Modified, written.DeviceMajor, written.DeviceMinor, written.Sparse, length),
                (read.Modified, read.DeviceMajor, read.DeviceMinor, read.Sparse, read.Position.Length));
            Assert.Equal(written.LinkTarget ?? [], read.LinkTarget ?? []);
            Assert.Equal(
                written.Attributes.Select(a => Convert.ToHexString(a.Name) + "=" + Convert.ToHexString(a.Value)),
                read.Attributes.Select(a => Convert.ToHexString(a.Name) + "=" + Convert.ToHexString(a.Value)));
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, 0)]
    [InlineData(-1, 1)]
    [InlineData(-2, 999_999_999)]
    [InlineData(1L << 40, 5)]
    [InlineData(-(1L << 40), 123_456_789)]
    public void Times_of_any_moment_survive(long seconds, int nanoseconds)
    {
        var entry = new FileEntry
        {
            Path = FilePath.FromText("f"),
            Kind = FileKind.Fifo,
            Modified = new UnixTime(seconds, nanoseconds),
        };

        var member = Assert.IsType<ArchiveStep.Member>(Read(Archive((entry, 0))).Steps[0]);

        Assert.Equal(entry.Modified, member.Entry.Modified);
    }

    [Fact]
    public void Names_with_any_byte_and_attributes_with_any_name_survive()
    {
        var name = Enumerable.Range(1, 255).Where(value => value != '/').Select(value => (byte)value).ToArray();
        var entry = new FileEntry
        {
            Path = new FilePath(name),
            Kind = FileKind.Symlink,
            LinkTarget = [.. name, .. name],
            Attributes = [new ExtendedAttribute([.. "user."u8, .. name], [.. name, 0]),
                new ExtendedAttribute("user.~"u8.ToArray(), [])],
        };

        var member = Assert.IsType<ArchiveStep.Member>(Read(Archive((entry, 0))).Steps[0]);

        Assert.Equal(entry.Path, member.Entry.Path);
        Assert.Equal(entry.LinkTarget, member.Entry.LinkTarget);
        Assert.Equal(entry.Attributes.Select(a => Convert.ToHexString(a.Name) + Convert.ToHexString(a.Value)),
            member.Entry.Attributes.Select(a => Convert.ToHexString(a.Name) + Convert.ToHexString(a.Value)));
    }

    [Fact]
    public void An_acl_survives_the_way_through_text()
    {
        var acl = Convert.FromHexString(
            "0200000001000600FFFFFFFF02000500E803000002000700E903000004000400FFFFFFFF0800040037000000"
            + "10000600FFFFFFFF20000400FFFFFFFF");
        var entry = new FileEntry
        {
            Path = FilePath.FromText("d"),
            Kind = FileKind.Directory,
            Attributes =
            [
                new ExtendedAttribute("system.posix_acl_access"u8.ToArray(), acl),
                new ExtendedAttribute("system.posix_acl_default"u8.ToArray(), acl),
            ],
        };

        var member = Assert.IsType<ArchiveStep.Member>(Read(Archive((entry, 0))).Steps[0]);

        Assert.Equal(2, member.Entry.Attributes.Count);
        Assert.All(member.Entry.Attributes, attribute => Assert.Equal(acl, attribute.Value));
    }

    [Fact]
    public void A_size_that_is_only_declared_takes_no_memory_and_no_time()
    {
        var entry = new FileEntry { Path = FilePath.FromText("f"), Kind = FileKind.Regular };
        var archive = Archive((entry, long.MaxValue - 512));

        var before = GC.GetAllocatedBytesForCurrentThread();
        var (steps, _) = Read(archive);

        Assert.IsType<ArchiveStep.Member>(steps[0]);
        Assert.IsType<ArchiveStep.Defect>(steps[1]);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    [Fact]
    public void An_extended_header_over_the_limit_is_a_defect_with_its_offset()
    {
        var archive = FixedArchive();
        var at = FindExtended(archive);
        Encoding.ASCII.GetBytes("77777777777").CopyTo(archive.AsSpan(at + 124));
        FixChecksum(archive.AsSpan(at, 512));

        var defect = Assert.IsType<ArchiveStep.Defect>(Read(archive).Steps[^1]);

        Assert.Equal(at, defect.Offset);
        Assert.Contains("more than 33554432", defect.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void An_archive_that_is_cut_has_no_end_but_a_defect_or_between_members_a_boundary()
    {
        var archive = FixedArchive();

        var boundaries = new List<long>();
        for (var length = 0; length < archive.Length; length += 16)
        {
            var last = Read(archive[..length]).Steps[^1];
            if (last is ArchiveStep.Boundary boundary) boundaries.Add(boundary.Offset);
            else Assert.InRange(Assert.IsType<ArchiveStep.Defect>(last).Offset, 0, length);
        }

        // Nine places: before each of the eight members, and behind the last.
        Assert.Equal([0, 512, 1536, 2048, 3584, 4096, 4608, 7168, 8704], boundaries);
    }

    [Fact]
    public void Flipped_bits_never_throw_or_hang()
    {
        var archive = FixedArchive();
        var random = new Random(20);

        for (var round = 0; round < 30_000; round++)
        {
            var damaged = archive.ToArray();
            for (var flips = random.Next(1, 4); flips > 0; flips--)
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            // Mended checksums let the damage through to the fields.
            if (round % 2 == 0)
                for (var block = 0; block < damaged.Length; block += 512)
                    if (damaged[block + 257] == 'u') FixChecksum(damaged.AsSpan(block, 512));
            var (steps, content) = Read(damaged);
            Assert.True(steps[^1] is ArchiveStep.End or ArchiveStep.Defect or ArchiveStep.Boundary);
            Assert.InRange(content, 0, archive.Length);
        }
    }

    [Fact]
    public void Random_bytes_are_a_defect()
    {
        for (var seed = 0; seed < 200; seed++)
            Assert.IsType<ArchiveStep.Defect>(Assert.Single(Read(Scratch.Bytes(2000, seed)).Steps));
    }

    [Fact]
    public void A_checksum_that_is_wrong_names_its_offset()
    {
        var archive = FixedArchive();
        archive[512 + 10] ^= 1;

        var defect = Assert.IsType<ArchiveStep.Defect>(Read(archive).Steps[1]);

        Assert.Equal(512, defect.Offset);
    }

    [Theory]
    [InlineData("/etc/x", "etc/x")]
    [InlineData("./a//b/./c/", "a/b/c")]
    [InlineData("../a", "../a")]
    [InlineData("./", "")]
    public void Names_become_paths(string name, string path) =>
        Assert.Equal(FilePath.FromText(path), MemberName.ToPath(Encoding.UTF8.GetBytes(name)));

    internal static byte[] FixedArchive()
    {
        var map = "1\n4096\n512\n"u8.ToArray();
        var sparse = new byte[1024];
        map.CopyTo(sparse, 0);
        return Archive([.. PaxHeaderSpecs.FixedList()], entry => entry.Sparse ? sparse : "hello"u8.ToArray());
    }

    internal static (List<ArchiveStep> Steps, long ContentBytes) Read(byte[] archive)
    {
        var reader = new ArchiveReader(new StreamSource(new MemoryStream(archive)));
        var steps = new List<ArchiveStep>();
        var piece = new byte[300];
        long content = 0;
        do
        {
            steps.Add(reader.Next());
            if (steps[^1] is not ArchiveStep.Member member) continue;
            var extractor = new MemberExtractor(member.Entry, (_, _) => { });
            while (member.Entry.Kind == FileKind.Regular && reader.ReadContent(piece) is > 0 and var count)
            {
                extractor.Push(piece.AsSpan(0, count));
                content += count;
            }
            extractor.Finish();
        }
        while (steps[^1] is ArchiveStep.Member);
        Assert.Same(steps[^1], reader.Next());
        return (steps, content);
    }

    private static byte[] Archive(params (FileEntry Entry, long Length)[] entries) => Archive(entries, _ => []);

    private static byte[] Archive((FileEntry Entry, long Length)[] entries, Func<FileEntry, byte[]> content)
    {
        var target = new ArrayBufferWriter<byte>();
        var writer = new PaxHeader();
        foreach (var (entry, length) in entries)
        {
            writer.Write(entry, length, target);
            if (length == 0) continue;
            var bytes = content(entry);
            target.Write(bytes);
            target.Write(new byte[PaxHeader.Padded(bytes.Length) - bytes.Length]);
        }
        target.Write(new byte[PaxHeader.TrailerBytes]);
        return target.WrittenSpan.ToArray();
    }

    private static int FindExtended(byte[] archive)
    {
        for (var at = 0; ; at += 512)
            if (archive[at + 156] == 'x' && archive.AsSpan(at + 257).StartsWith("ustar"u8)) return at;
    }

    private static void FixChecksum(Span<byte> block) => UstarField.WriteChecksum(block);
}
