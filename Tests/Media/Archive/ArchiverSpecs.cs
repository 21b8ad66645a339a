using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Backup.Media.Archive;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Files;
using Xunit;

namespace Backup.Tests.Media.Archive;

public sealed class ArchiverSpecs : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void An_image_of_nothing_is_one_fragment_of_two_zero_blocks()
    {
        using var archiver = new Archiver(() => null, Scratch.Options(), _scratch.Exceptions.Add);

        var piece = Assert.Single(Scratch.Drain(archiver));

        Assert.Equal(new byte[1024], piece.Bytes);
        Assert.Empty(piece.Chunk.Members);
        Assert.Equal(new FragmentStart(0, FragmentKind.Members, null, 0), piece.Chunk.Start);
        Assert.True(piece.Chunk is { EndsFragment: true, EndsImage: true, Sequence: 0, ArchiveOffset: 0 });
        Assert.Null(archiver.Next());
    }

    [Fact]
    public void Every_member_is_at_its_position_with_the_digest_of_its_content()
    {
        _scratch.Write("a/empty", []);
        _scratch.Write("a/small", Scratch.Bytes(700));
        _scratch.Write("b", Scratch.Bytes(3_000_000));
        _scratch.Write("c", Scratch.Bytes(512));

        var pieces = _scratch.Archive();

        Assert.Equal(["", "/a", "/a/empty", "/a/small", "/b", "/c"],
            pieces.Entries().Select(entry => entry.Path.ToString()[_scratch.TreePath.ToString().Length..]));
        foreach (var entry in pieces.Entries().Where(entry => entry.Kind == FileKind.Regular))
        {
            var content = File.ReadAllBytes("/" + entry.Path);
            Assert.Equal(content, pieces.Content(entry));
            Assert.Equal(content.Length == 0 ? [] : SHA256.HashData(content), entry.Digest.Bytes ?? []);
            Assert.Equal(Scratch.Image, entry.Position.Image);
            Assert.Equal(EntryFlags.None, entry.Flags);
        }
        Assert.Empty(_scratch.Exceptions);
        AssertWellFormed(pieces);
    }

    [Fact]
    public void The_digest_is_the_one_the_operation_asks_for()
    {
        _scratch.Write("f", Scratch.Bytes(1000));

        Assert.Equal(SHA512.HashData(Scratch.Bytes(1000)),
            _scratch.Archive(null, DigestAlgorithm.Sha512).Entry("f").Digest.Bytes);
        Assert.Equal(default, _scratch.Archive(null, DigestAlgorithm.None).Entry("f").Digest);
    }

    [Fact]
    public void The_same_tree_gives_the_same_archive()
    {
        MakeMixedTree();

        Assert.Equal(_scratch.Archive().Archive(), _scratch.Archive().Archive());
    }

    [Theory]
    [InlineData(4096)]
    [InlineData(65_536)]
    [InlineData(1 << 20)]
    [InlineData((1 << 20) + 512)]
    [InlineData(5_000_192)]
    public void However_it_is_cut_the_archive_is_the_same_and_well_formed(long fragmentBytes)
    {
        MakeMixedTree();
        var whole = _scratch.Archive().Archive();

        var pieces = _scratch.Archive(Scratch.Options(fragmentBytes));

        Assert.Equal(whole, pieces.Archive());
        AssertWellFormed(pieces, fragmentBytes);
        foreach (var entry in pieces.Entries().Where(entry => entry.Kind == FileKind.Regular))
            Assert.Equal(File.ReadAllBytes("/" + entry.Path), pieces.Restored(entry));
    }

    [Fact]
    public void A_fragment_ends_after_its_most_members()
    {
        for (var number = 0; number < 10; number++) _scratch.Write($"f{number}", [1]);

        var pieces = _scratch.Archive(Scratch.Options(members: 4));

        Assert.Equal([4, 4, 3], pieces.GroupBy(piece => piece.Chunk.Fragment)
            .Select(group => group.Sum(piece => piece.Chunk.Members.Count)));
        AssertWellFormed(pieces);
    }

    [Fact]
    public void A_member_larger_than_a_fragment_begins_one_and_is_cut_at_its_size()
    {
        _scratch.Write("a", Scratch.Bytes(100));
        _scratch.Write("b", Scratch.Bytes(200_000));
        _scratch.Write("c", Scratch.Bytes(100));

        var pieces = _scratch.Archive(Scratch.Options(65_536));

        var starts = pieces.Select(piece => piece.Chunk.Start).OfType<FragmentStart>().ToList();
        Assert.Equal(
            [FragmentKind.Members, FragmentKind.Head, FragmentKind.Middle, FragmentKind.Middle, FragmentKind.Tail],
            starts.Select(start => start.Kind));
        // Headers and content of b are 1536 + 200,192 bytes (512 + 200,192 where its mtime has no nanoseconds).
        var tail = PaxHeader.Padded(200_000) + pieces.Entry("/b").Position.Offset - (3 * 65_536);
        Assert.Equal([0, 0, 65_536, 65_536, tail], starts.Select(start => start.BytesToFirstMember));
        Assert.All(
            starts.Skip(1), start => Assert.EndsWith("/b", start.Member!.Value.ToString(), StringComparison.Ordinal));
        Assert.All(pieces.Where(piece => piece.Chunk.Fragment is 1 or 2 or 3).GroupBy(piece => piece.Chunk.Fragment),
            group => Assert.Equal(65_536, group.Sum(piece => piece.Bytes.Length)));
        var records = pieces.Records();
        Assert.Equal(MemberPhase.Begins, records[2].Phase);
        Assert.Equal(default, records[2].Entry.Digest);
        Assert.Equal(MemberPhase.Ends, records[3].Phase);
        Assert.Equal(records[2].Entry.Position, records[3].Entry.Position);
        Assert.Equal(
            [1, 2, 3], pieces.Where(piece => piece.Chunk.Cut is not null).Select(piece => piece.Chunk.Fragment));
    }

    [Fact]
    public void Tar_begins_at_the_first_member_boundary_that_a_fragment_announces()
    {
        _scratch.Write("b", Scratch.Bytes(200_000));
        _scratch.Write("c", Scratch.Bytes(100));

        var pieces = _scratch.Archive(Scratch.Options(65_536));

        var tail = pieces.Single(piece => piece.Chunk.Start is { Kind: FragmentKind.Tail }).Chunk;
        var (steps, _) = ArchiveReaderSpecs.Read(pieces.Fragment(tail.Fragment)[(int)tail.Start!.BytesToFirstMember..]);
        Assert.EndsWith(
            "/c", Assert.IsType<ArchiveStep.Member>(steps[0]).Entry.Path.ToString(), StringComparison.Ordinal);
        Assert.IsType<ArchiveStep.End>(steps[1]);
    }

    [Fact]
    public void Chunks_end_where_the_level_changes()
    {
        _scratch.Write("one/f", [1]);
        _scratch.Write("two/f", Scratch.Bytes(2_000_000));
        using var walker = new TreeWalker(new FileSet(new FileSetName("test"), [
            new SaveOperation([Path.Combine(_scratch.Tree, "one")], [], CompressionLevel: 1),
            new SaveOperation([Path.Combine(_scratch.Tree, "two")], [], CompressionLevel: 9),
        ]), new WalkOptions(), _scratch.Exceptions.Add);
        using var archiver = new Archiver(walker, Scratch.Options(), _scratch.Exceptions.Add);

        var pieces = Scratch.Drain(archiver);

        foreach (var piece in pieces)
            Assert.All(piece.Chunk.Members, record =>
                Assert.Equal(record.Entry.Path.ToString().Contains("/one", StringComparison.Ordinal)
                    ? 1 : 9, piece.Chunk.CompressionLevel));
        AssertWellFormed(pieces);
    }

    [Fact]
    public void A_further_name_has_position_and_digest_of_the_first()
    {
        var first = _scratch.Write("a", Scratch.Bytes(5000));
        Assert.Equal(0, Link(first, Path.Combine(_scratch.Tree, "b")));

        var pieces = _scratch.Archive();

        var (a, b) = (pieces.Entry("/a"), pieces.Entry("/b"));
        Assert.Equal(FileKind.HardLink, b.Kind);
        Assert.Equal((a.Position, a.Digest), (b.Position, b.Digest));
        Assert.Equal(a.Path.ToArray(), b.LinkTarget);
    }

    [Fact]
    public void A_sparse_file_is_map_and_extents_and_restores_with_its_holes()
    {
        var path = Path.Combine(_scratch.Tree, "sparse");
        using (var file = File.Create(path))
        {
            file.SetLength(100 << 20);
            foreach (var offset in (long[])[0, 10 << 20, (50 << 20) + 5])
            {
                file.Position = offset;
                file.Write(Scratch.Bytes(10_000, (int)offset));
            }
        }

        var pieces = _scratch.Archive(Scratch.Options(16_384));

        var entry = pieces.Entry("/sparse");
        Assert.True(entry.Sparse);
        Assert.Equal(100 << 20, entry.Size);
        Assert.InRange(entry.Position.Length, 30_512, 200_000);
        Assert.Equal(SHA256.HashData(pieces.Content(entry)), entry.Digest.Bytes);
        Assert.Equal(File.ReadAllBytes(path), pieces.Restored(entry));
        AssertWellFormed(pieces, 16_384);
    }

    [Fact]
    public void Progress_counts_members_and_bytes()
    {
        _scratch.Write("f", Scratch.Bytes(5000));
        using var walker = _scratch.Walker();
        using var archiver = new Archiver(walker, Scratch.Options(), _scratch.Exceptions.Add);

        Scratch.Drain(archiver);

        Assert.Equal((2, 5000), (archiver.Progress.Files, archiver.Progress.ContentBytes));
        Assert.True(archiver.Progress.ArchiveBytes > 5000);
        Assert.EndsWith("/f", archiver.Progress.Current.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_fragment_size_that_is_no_multiple_of_512_is_refused() =>
        Assert.Throws<ArgumentException>(() =>
            new Archiver(() => null, Scratch.Options(5000), _scratch.Exceptions.Add));

    internal static void AssertWellFormed(IReadOnlyList<Piece> pieces, long fragmentBytes = 1L << 30)
    {
        var fragment = pieces[0].Chunk.Fragment;
        long offset = 0;
        var sequence = 0;
        foreach (var (chunk, bytes) in pieces)
        {
            Assert.Equal((fragment, sequence++, offset), (chunk.Fragment, chunk.Sequence, chunk.ArchiveOffset));
            Assert.InRange(bytes.Length, 1, ArchiveChunk.ArchiveBytesMax);
            Assert.Equal(bytes.Length, chunk.ArchiveLength);
            Assert.Equal(offset == 0, chunk.Start is not null);
            offset += bytes.Length;
            if (chunk.Start is { Kind: FragmentKind.Head or FragmentKind.Middle })
                Assert.DoesNotContain(pieces, piece => piece.Chunk.Fragment == fragment
                    && piece.Chunk.Members.Any(record => record.Phase != MemberPhase.Begins));
            if (!chunk.EndsFragment) continue;
            Assert.Equal(
                chunk.Cut is not null, pieces.First(piece => piece.Chunk.Fragment == fragment).Chunk.Start!.Kind
                is FragmentKind.Head or FragmentKind.Middle);
            if (chunk.Cut is not null) Assert.Equal(fragmentBytes, offset);
            (fragment, offset, sequence) = (fragment + 1, 0, 0);
        }
        Assert.Equal(pieces[^1].Chunk, Assert.Single(pieces, piece => piece.Chunk.EndsImage).Chunk);
        Assert.True(pieces[^1].Chunk.EndsFragment);
        Assert.IsType<ArchiveStep.End>(ArchiveReaderSpecs.Read(pieces.Archive()).Steps[^1]);
    }

    private void MakeMixedTree()
    {
        _scratch.Write("big", Scratch.Bytes(2_500_000));
        for (var number = 0; number < 60;
            number++) _scratch.Write($"many/{number:d3}", Scratch.Bytes(number * 331, number));
        _scratch.Write("mid/a", Scratch.Bytes(300_000));
        _scratch.Write("mid/b", Scratch.Bytes(250_000));
        _scratch.Write("mid/c", Scratch.Bytes((1 << 20) - 1536));
        _scratch.Write("mid/d", Scratch.Bytes(1 << 20));
        _scratch.Write("z/" + new string('n', 200), [1]);
        File.CreateSymbolicLink(Path.Combine(_scratch.Tree, "z/link"), "nowhere");
    }

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    private static extern int Link(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string from, [MarshalAs(UnmanagedType.LPUTF8Str)] string to);
}
