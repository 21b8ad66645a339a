using System.Buffers;
using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using Backup.Media.Compression;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Files;

namespace Backup.Tests.Media.Fragments;

/// <summary>
/// A small pax archive made by .NET's own writer, with the entries that the product's archiver would report for it.
/// </summary>
public sealed class TinyArchive
{
    private readonly List<(long Begin, long End, FileEntry Entry)> _members = [];
    private byte[] _bytes = [];

    public IReadOnlyList<FileEntry> Entries => [.. _members.Select(member => member.Entry)];

    public ReadOnlySpan<byte> Bytes => _bytes;

    public long BeginOf(int member) => _members[member].Begin;

    /// <summary>Directories end with a slash.</summary>
    public static TinyArchive Of(ImageId image, params (string Path, byte[] Content)[] files)
    {
        var archive = new TinyArchive();
        using var stream = new MemoryStream();
        using (var writer = new TarWriter(stream, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var (path, content) in files)
            {
                var begin = stream.Length;
                var isDirectory = path.EndsWith('/');
                var entry = new PaxTarEntry(isDirectory ? TarEntryType.Directory : TarEntryType.RegularFile, path)
                {
                    ModificationTime = DateTimeOffset.UnixEpoch,
                    Mode = isDirectory ? (UnixFileMode)0x1ed : (UnixFileMode)0x1a4,
                };
                if (!isDirectory) entry.DataStream = new MemoryStream(content);
                writer.WriteEntry(entry);
                archive.Add(image, path, content, begin, stream.Length);
            }
            archive._bytes = stream.ToArray();
        }
        return archive;
    }

    public static byte[] Noise(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>
    /// The archive cut into fragments at the given offsets (member boundaries, or anywhere in one member that is then
    /// alone).
    /// </summary>
    public IReadOnlyList<TinyFragment> Cut(params long[] cuts)
    {
        long[] all = [0, .. cuts, _bytes.Length];
        return [.. Enumerable.Range(0, all.Length - 1).Select(number => Fragment(number, all))];
    }

    private void Add(ImageId image, string path, byte[] content, long begin, long end)
    {
        var isDirectory = path.EndsWith('/');
        var padded = (content.Length + 511) / 512 * 512;
        _members.Add((begin, end, new FileEntry
        {
            Path = FilePath.FromText(path),
            Kind = isDirectory ? FileKind.Directory : FileKind.Regular,
            Mode = 0x1a4,
            Size = content.Length,
            Digest = isDirectory ? default : new ContentDigest(DigestAlgorithm.Sha256, SHA256.HashData(content)),
            Position = isDirectory ? default : new ContentPosition(image, 0, end - padded, content.Length),
        }));
    }

    private TinyFragment Fragment(int number, long[] cuts)
    {
        var (from, to) = (cuts[number], cuts[number + 1]);
        var (_, firstEnd, first) = _members.First(member => member.End > from);
        var begins = _members.Any(member => member.Begin == from);
        var cutAtEnd = _members.Any(member => member.Begin < to && member.End > to);
        var kind = (begins, cutAtEnd) switch
        {
            (true, false) => FragmentKind.Members,
            (true, true) => FragmentKind.Head,
            (false, true) => FragmentKind.Middle,
            _ => FragmentKind.Tail,
        };
        var rest = kind switch
        {
            FragmentKind.Tail => firstEnd - from,
            FragmentKind.Middle => to - from,
            _ => 0,
        };
        var start = new FragmentStart(number, kind, kind == FragmentKind.Members ? null : first.Path, rest);
        return new TinyFragment(start, _bytes[(int)from..(int)to], [.. Members(from, to, cuts)]);
    }

    private IEnumerable<TinyMember> Members(long from, long to, long[] cuts)
    {
        foreach (var (begin, end, entry) in _members.Where(member => member.End > from && member.Begin < to))
        {
            var content = entry.Position.Image == default ? begin : entry.Position.Offset;
            var fragment = Array.FindLastIndex(cuts[..^1], cut => cut <= content);
            var moved = new FileEntry
            {
                Path = entry.Path,
                Kind = entry.Kind,
                Mode = entry.Mode,
                Size = entry.Size,
                Digest = end <= to ? entry.Digest : default,
                Position = entry.Position.Image == default
                    ? default
                    : entry.Position with { Fragment = fragment, Offset = content - cuts[fragment] },
            };
            yield return new TinyMember(begin - from, end - from, moved);
        }
    }
}

public sealed record TinyMember(long Begin, long End, FileEntry Entry);

public sealed record TinyFragment(FragmentStart Start, byte[] Archive, IReadOnlyList<TinyMember> Members)
{
    /// <summary>The fragment as the compressor gives it.</summary>
    public IEnumerable<ArchiveChunk> Chunks(int chunkBytes = ArchiveChunk.ArchiveBytesMax)
    {
        for (var at = 0; at < Archive.Length; at += chunkBytes)
        {
            var length = Math.Min(chunkBytes, Archive.Length - at);
            var end = at + length;
            var buffer = ArrayPool<byte>.Shared.Rent(length);
            Archive.AsSpan(at, length).CopyTo(buffer);
            yield return ChunkCompression.Compress(new ArchiveChunk(buffer, length)
            {
                Fragment = Start.Fragment,
                Sequence = at / chunkBytes,
                ArchiveOffset = at,
                ArchiveLength = length,
                CompressionLevel = 1,
                Members = [.. Members.Where(member => (member.End > at && member.End <= end)
                    || (member.Begin >= at && member.Begin < end && member.End > end))
                    .Select(member => new MemberRecord(member.Entry, member.End > end ? MemberPhase.Begins
                        : member.Begin >= at ? MemberPhase.Whole : MemberPhase.Ends))],
                Start = at == 0 ? Start : null,
                EndsFragment = end == Archive.Length,
            });
        }
    }
}
