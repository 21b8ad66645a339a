using System.Formats.Tar;
using Backup.Media.Compression;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;

namespace Backup.Tests.Unit.Extract;

/// <summary>
/// Data files of one image of three fragments: a whole member; the beginning of a file that is itself an archive; its
/// end, from the first header of that inner archive on, and another member, on two volumes.
/// </summary>
internal sealed class TapeFiles : IDisposable
{
    public static readonly ImageId Image = new(new UInt128(0x1111222233334444, 0x5555666677778888));
    private static readonly DateTimeOffset Written = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public TapeFiles(ImageId? image = null, long epoch = 1)
    {
        var inner = Tar(("planted", "Never restored by itself."u8.ToArray()));
        var archive = new MemoryStream();
        long innerAt;
        long lastAt;
        using (var tar = new TarWriter(archive, TarEntryFormat.Pax, leaveOpen: true))
        {
            Add(tar, "etc/first", "first"u8.ToArray());
            FirstEnd = archive.Position;
            Add(tar, "etc/archive.tar", inner);
            lastAt = archive.Position;
            innerAt = lastAt - ((inner.Length + 511) / 512 * 512);
            Add(tar, "srv/last", "last"u8.ToArray());
        }
        var bytes = archive.ToArray();
        var member = FilePath.FromText("etc/archive.tar");
        (Id, Epoch) = (image ?? Image, epoch);
        First = Write(new FragmentStart(0, FragmentKind.Members, null, 0), bytes.AsSpan(0, (int)FirstEnd), 1, "V1");
        Head = Write(new FragmentStart(1, FragmentKind.Head, member, 0), bytes.AsSpan(
            (int)FirstEnd, (int)(innerAt - FirstEnd)), 1, "V2");
        Tail = Write(new FragmentStart(
            2, FragmentKind.Tail, member, lastAt - innerAt), bytes.AsSpan((int)innerAt), 2, "V3", "V4");
        Inner = inner;
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("tapes-").FullName;

    public string Target => Path.Combine(Folder, "restored");

    public ImageId Id { get; }

    public long Epoch { get; }

    public string[] First { get; }

    public string[] Head { get; }

    public string[] Tail { get; }

    public byte[] Inner { get; }

    private long FirstEnd { get; }

    /// <summary>What is restored, as "path: length", in order.</summary>
    public string[] Restored() => !Directory.Exists(Target) ? [] :
    [
        .. Directory.EnumerateFiles(Target, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => $"{Path.GetRelativePath(Target, file)}: {new FileInfo(file).Length}"),
    ];

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private string[] Write(FragmentStart start, ReadOnlySpan<byte> archive, int file, params string[] volumes)
    {
        var frame = new byte[ZstdCompressor.FrameBytesMax(archive.Length)];
        frame = frame[..ZstdCompressor.Compress(archive, frame, 1)];
        var paths = new List<string>();
        var offset = 0;
        for (var part = 0; part < volumes.Length; part++)
        {
            var length = part == volumes.Length - 1 ? frame.Length - offset : frame.Length / volumes.Length;
            var location = new TapeLocation(
                new VolumeIdentity(new VolumeName(volumes[part]), new VolumeId((UInt128)(part + 1))), file);
            var header = new FragmentHeader(
                TapeFileKind.Data,
                new ImageHeader(Id, new JobId(3), new PolicyName("nightly"), new FileSetName("sys"),
                    new ClientName("web1"), 0, Written),
                new Epoch(Epoch), start, default, location, part, offset,
                Written.AddSeconds((start.Fragment * 10) + part));
            Directory.CreateDirectory(Path.Combine(Folder, volumes[part]));
            paths.Add(Path.Combine(Folder, volumes[part], "00001.data"));
            File.WriteAllBytes(paths[^1], [.. header.Format([location]), .. frame.AsSpan(offset, length)]);
            offset += length;
        }
        return [.. paths];
    }

    private static byte[] Tar(params (string Name, byte[] Content)[] members)
    {
        var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, TarEntryFormat.Pax, leaveOpen: true))
            foreach (var (name, content) in members) Add(tar, name, content);
        return bytes.ToArray();
    }

    private static void Add(
        TarWriter tar, string name, byte[] content) => tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name)
        {
            ModificationTime = Written,
            DataStream = new MemoryStream(content),
        });
}
