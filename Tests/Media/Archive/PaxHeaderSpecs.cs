using System.Buffers;
using System.Text;
using Backup.Media.Archive;
using Backup.Media.Files;
using Xunit;

namespace Backup.Tests.Media.Archive;

public sealed class PaxHeaderSpecs
{
    [Fact]
    public void A_plain_file_has_a_ustar_header_alone_with_the_bytes_of_the_format_page()
    {
        var header = Header(Plain(), 5);

        Assert.Equal(512, header.Length);
        Assert.Equal(
            "6574632F686F737473" + Zeros(91) + // etc/hosts
            "3030303036343400" + "3030303030303100" + "3030303030303200" + // mode, uid, gid
            "303030303030303030303500" + "313437323236373630303000" + // size, mtime
            "303037363434" + "0020" + "30" + Zeros(100) + // checksum, type, link
            "7573746172003030" + Zeros(32) + Zeros(32) + Zeros(8) + Zeros(8) + Zeros(167),
            Convert.ToHexString(header));
    }

    [Fact]
    public void The_archive_of_a_fixed_list_never_changes()
    {
        var lines = ArchiveReaderSpecs.FixedArchive().Chunk(32).Select((line, number) => (line, number))
            .Where(part => part.line.AsSpan().ContainsAnyExcept((byte)0))
            .Select(part => $"{part.number * 32:x4} {Convert.ToHexStringLower(part.line)}\n");

        Assert.Equal(GoldenArchive.Lines, string.Concat(lines));
    }

    [Fact]
    public void The_root_is_a_name_and_directories_end_in_a_slash()
    {
        Assert.Equal("./", Name(Header(new FileEntry { Path = FilePath.Root, Kind = FileKind.Directory }, 0)));
        Assert.Equal(
            "a/b/", Name(Header(new FileEntry { Path = FilePath.FromText("a/b"), Kind = FileKind.Directory }, 0)));
    }

    [Fact]
    public void An_extended_header_says_what_ustar_cannot()
    {
        var header = Header(new FileEntry
        {
            Path = new FilePath([.. Enumerable.Repeat((byte)0xFF, 101)]),
            Kind = FileKind.Symlink,
            UserId = 2_097_152,
            GroupId = uint.MaxValue,
            Modified = new UnixTime(-2, 250_000_000),
            LinkTarget = [.. Enumerable.Repeat((byte)'t', 101)],
        }, 1L << 33);

        var records = Encoding.Latin1.GetString(header, 512, header.Length - 1024).TrimEnd('\0');
        Assert.Equal(
            "111 path=" + new string('\xFF', 101) + "\n115 linkpath=" + new string('t', 101) + "\n19 size=8589934592\n"
            + "15 uid=2097152\n18 gid=4294967295\n22 mtime=-1.750000000\n", records);
    }

    [Fact]
    public void Attributes_are_written_as_gnu_tar_writes_them()
    {
        var header = Header(new FileEntry
        {
            Path = FilePath.FromText("f"),
            Kind = FileKind.Regular,
            Attributes =
            [
                new ExtendedAttribute("system.posix_acl_access"u8.ToArray(), Convert.FromHexString(
                    "02000000" + "01000600FFFFFFFF" + "02000600E9030000" + "04000400FFFFFFFF" + "0800040037000000"
                    + "10000600FFFFFFFF" + "20000400FFFFFFFF")),
                new ExtendedAttribute("user.a=b%"u8.ToArray(), [0, (byte)'\n', 255]),
            ],
        }, 0);

        var records = Encoding.Latin1.GetString(header, 512, header.Length - 1024).TrimEnd('\0');
        Assert.Equal(
            "91 SCHILY.acl.access=user::rw-\nuser:1001:rw-\ngroup::r--\ngroup:55:r--\nmask::rw-\nother::r--\n\n"
            + "34 SCHILY.xattr.user.a%3Db%25=\0\n\xFF\n", records);
    }

    [Fact]
    public void A_length_that_grows_by_its_own_digits_is_counted()
    {
        // 95 bytes of name make 101 bytes with "95 ", but 102 with "102".
        for (var length = 101; length < 1100; length++)
        {
            var header =
                Header(new FileEntry { Path = FilePath.FromText(new string('n', length)), Kind = FileKind.Regular }, 0);
            var record = Encoding.Latin1.GetString(header, 512, header.Length - 1024).TrimEnd('\0');
            Assert.StartsWith($"{record.Length} path=", record, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_attribute_that_is_no_acl_is_kept_as_it_is()
    {
        var header = Header(new FileEntry
        {
            Path = FilePath.FromText("f"),
            Kind = FileKind.Regular,
            Attributes = [new ExtendedAttribute(
                "system.posix_acl_access"u8.ToArray(), [2, 0, 0, 0, 99, 0, 0, 0, 0, 0, 0, 0])],
        }, 0);

        Assert.Contains(
            "SCHILY.xattr.system.posix_acl_access=", Encoding.Latin1.GetString(header), StringComparison.Ordinal);
    }

    internal static IEnumerable<(FileEntry Entry, long Length)> FixedList()
    {
        yield return (new FileEntry
        {
            Path = FilePath.Root,
            Kind = FileKind.Directory,
            Mode = 0x1ED,
            Modified = new UnixTime(1, 0)
        }, 0);
        yield return (Plain(), 5);
        yield return (new FileEntry
        {
            Path = FilePath.FromText("c"),
            Kind = FileKind.CharacterDevice,
            DeviceMajor = 5,
            DeviceMinor = 1
        }, 0);
        yield return (new FileEntry
        {
            Path = FilePath.FromText("d"),
            Kind = FileKind.BlockDevice,
            DeviceMajor = 1 << 21,
            DeviceMinor = 2
        }, 0);
        yield return (new FileEntry
        {
            Path = FilePath.FromText("h"),
            Kind = FileKind.HardLink,
            LinkTarget = "etc/hosts"u8.ToArray()
        }, 0);
        yield return (new FileEntry { Path = FilePath.FromText("p"), Kind = FileKind.Fifo, Mode = 0xFFF }, 0);
        yield return (new FileEntry
        {
            Path = FilePath.FromText("s/sparse"),
            Kind = FileKind.Regular,
            Sparse = true,
            Size = 1 << 20,
            Modified = new UnixTime(5, 6),
        }, 1024);
        yield return (new FileEntry
        {
            Path = FilePath.FromText("x"),
            Kind = FileKind.Symlink,
            LinkTarget = "/etc"u8.ToArray(),
            UserId = 1 << 30,
            Attributes = [new ExtendedAttribute("security.x"u8.ToArray(), [1, 0, 2])],
        }, 0);
    }

    private static FileEntry Plain() => new()
    {
        Path = FilePath.FromText("etc/hosts"),
        Kind = FileKind.Regular,
        Mode = 0x1A4,
        UserId = 1,
        GroupId = 2,
        Size = 5,
        Modified = new UnixTime(1_733_000_192, 0),
    };

    private static byte[] Header(FileEntry entry, long length)
    {
        var target = new ArrayBufferWriter<byte>();
        new PaxHeader().Write(entry, length, target);
        return target.WrittenSpan.ToArray();
    }

    private static string Name(byte[] header) => Encoding.Latin1.GetString(header, 0, 100).TrimEnd('\0');

    private static string Zeros(int count) => new('0', count * 2);
}
