using Backup.Media.Archive;
using Backup.Media.Compression;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Files;
using Xunit;

namespace Backup.Tests.Media.Archive;

/// <summary>A folder of a test's own, removed at its end, and archives of what lies in its `tree`.</summary>
internal sealed class Scratch : IDisposable
{
    internal static readonly ImageId Image = new(7);

    internal Scratch()
    {
        Folder = Directory.CreateTempSubdirectory("backup-archive-").FullName;
        Tree = Directory.CreateDirectory(Path.Combine(Folder, "tree")).FullName;
    }

    internal string Folder { get; }

    internal string Tree { get; }

    internal List<FileException> Exceptions { get; } = [];

    internal FilePath TreePath => FilePath.FromText(Tree);

    internal string Write(string name, byte[] content)
    {
        var path = Path.Combine(Tree, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    internal static byte[] Bytes(int count, int seed = 1)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    internal TreeWalker Walker(FilePath? resumeAfter = null, DigestAlgorithm digest = DigestAlgorithm.Sha256) =>
        new(new FileSet(new FileSetName("test"), [new SaveOperation([Tree], [], Digest: digest)]),
            new WalkOptions { ResumeAfter = resumeAfter }, Exceptions.Add);

    internal static ArchiverOptions Options(
        long fragmentBytes = 1L << 30, int members = 1000, ArchiveResume? resume = null) =>
        new() { Image = Image, FragmentBytes = fragmentBytes, FragmentMembersMax = members, Resume = resume };

    /// <summary>All chunks of an archive of the tree.</summary>
    internal List<Piece> Archive(ArchiverOptions? options = null, DigestAlgorithm digest = DigestAlgorithm.Sha256)
    {
        using var walker = Walker(options?.Resume?.LastMember, digest);
        foreach (var link in options?.Resume?.Links ?? []) walker.SeedLink(link);
        using var archiver = new Archiver(walker, options ?? Options(), Exceptions.Add);
        return Drain(archiver);
    }

    /// <summary>All chunks of an archive, with something done to each item before it is read.</summary>
    internal List<Piece> Archive(Action<WalkedItem> before, ArchiverOptions? options = null)
    {
        using var walker = Walker();
        using var archiver = new Archiver(Walk, options ?? Options(), Exceptions.Add);
        return Drain(archiver);

        WalkedItem? Walk()
        {
            var item = walker.Next();
            if (item is not null) before(item);
            return item;
        }
    }

    internal static List<Piece> Drain(Archiver archiver, int limit = int.MaxValue)
    {
        var pieces = new List<Piece>();
        while (pieces.Count < limit && archiver.Next() is { } chunk)
            using (chunk) pieces.Add(new Piece(chunk, chunk.Payload.ToArray()));
        return pieces;
    }

    // Not Directory.Delete: it cannot remove names that are no UTF-8.
    public void Dispose() => Tool.Shell($"rm -rf '{Folder}'", "/");
}

/// <summary>A chunk, with a copy of its bytes that outlives it.</summary>
internal sealed record Piece(ArchiveChunk Chunk, byte[] Bytes);

internal static class Pieces
{
    internal static byte[] Archive(this IEnumerable<Piece> pieces) => pieces.SelectMany(piece => piece.Bytes).ToArray();

    internal static byte[] Fragment(this IEnumerable<Piece> pieces, int fragment) =>
        pieces.Where(piece => piece.Chunk.Fragment == fragment).Archive();

    internal static List<MemberRecord> Records(this IEnumerable<Piece> pieces) =>
        pieces.SelectMany(piece => piece.Chunk.Members).ToList();

    /// <summary>Complete entries, in order.</summary>
    internal static List<FileEntry> Entries(this IEnumerable<Piece> pieces) =>
        pieces.Records().Where(record => record.Phase != MemberPhase.Begins).Select(record => record.Entry).ToList();

    internal static FileEntry Entry(this IEnumerable<Piece> pieces, string name) =>
        Assert.Single(pieces.Entries(), entry => entry.Path.ToString().EndsWith(name, StringComparison.Ordinal));

    /// <summary>The archived content at an entry's position, across fragments.</summary>
    internal static byte[] Content(this IReadOnlyCollection<Piece> pieces, FileEntry entry)
    {
        var bytes = pieces.Where(piece => piece.Chunk.Fragment >= entry.Position.Fragment).Archive();
        return bytes.AsSpan((int)entry.Position.Offset, (int)entry.Position.Length).ToArray();
    }

    /// <summary>What a restore makes of an entry's content; fails the test where the digest is wrong.</summary>
    internal static byte[] Restored(this IReadOnlyCollection<Piece> pieces, FileEntry entry)
    {
        var file = new byte[entry.Size];
        var extractor = new MemberExtractor(entry, (offset, data) => data.CopyTo(file.AsSpan((int)offset)));
        foreach (var part in pieces.Content(entry).Chunk(777)) Assert.Null(extractor.Push(part));
        Assert.Null(extractor.Finish());
        return file;
    }

    /// <summary>As it goes to a medium: a frame a chunk.</summary>
    internal static byte[] Frames(this IEnumerable<Piece> pieces)
    {
        using var frames = new MemoryStream();
        foreach (var piece in pieces)
        {
            var frame = new byte[ZstdCompressor.FrameBytesMax(piece.Bytes.Length)];
            frames.Write(frame, 0, ZstdCompressor.Compress(piece.Bytes, frame, level: 1));
        }
        return frames.ToArray();
    }
}
