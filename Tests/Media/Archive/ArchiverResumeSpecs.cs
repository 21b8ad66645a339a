using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Backup.Media.Archive;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Messages.Files;
using Xunit;

namespace Backup.Tests.Media.Archive;

public sealed class ArchiverResumeSpecs : IDisposable
{
    private const long FragmentBytes = 65_536;
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData(DigestAlgorithm.Sha256)]
    [InlineData(DigestAlgorithm.Sha512)]
    [InlineData(DigestAlgorithm.None)]
    public void Resumed_after_any_fragment_the_archive_is_the_one_that_was_not_interrupted(DigestAlgorithm digest)
    {
        MakeTree();
        var whole = _scratch.Archive(Scratch.Options(FragmentBytes), digest);
        var last = whole[^1].Chunk.Fragment;
        Assert.True(last > 5);

        for (var sealedLast = 0; sealedLast < last; sealedLast++)
        {
            var resumed = _scratch.Archive(Scratch.Options(FragmentBytes, resume: After(whole, sealedLast)), digest);

            List<Piece> joined = [.. whole.Where(piece => piece.Chunk.Fragment <= sealedLast), .. resumed];
            Assert.Equal(whole.Archive(), joined.Archive());
            ArchiverSpecs.AssertWellFormed(joined, FragmentBytes);
            Assert.Equal(
                whole.Entries().Select(entry => (entry.Path, entry.Digest, entry.Position, entry.Kind)),
                joined.Entries().Select(entry => (entry.Path, entry.Digest, entry.Position, entry.Kind)));
        }
        Assert.Empty(_scratch.Exceptions);
    }

    [Theory]
    [InlineData("append")]
    [InlineData("touch")]
    [InlineData("replace")]
    [InlineData("remove")]
    [InlineData("directory")]
    public void A_cut_file_that_changed_is_zeros_from_there_and_its_digest_is_that_of_what_is_on_the_medium(
        string change)
    {
        MakeTree();
        var whole = _scratch.Archive(Scratch.Options(FragmentBytes));
        var first = whole.First(piece => piece.Chunk.Cut is not null).Chunk;
        Change(change);

        var resumed = _scratch.Archive(Scratch.Options(FragmentBytes, resume: After(whole, first.Fragment)));

        List<Piece> joined = [.. whole.Where(piece => piece.Chunk.Fragment <= first.Fragment), .. resumed];
        ArchiverSpecs.AssertWellFormed(joined, FragmentBytes);
        var entry = joined.Entries().Single(entry => entry.Path == first.Cut!.Entry.Path);
        Assert.Equal((EntryFlags.DamagedByChange, 300_000), (entry.Flags, entry.Size));
        var kept = (int)(FragmentBytes - entry.Position.Offset);
        Assert.Equal([.. Scratch.Bytes(300_000)[..kept], .. new byte[300_000 - kept]], joined.Restored(entry));
        Assert.Equal(FileExceptionKind.DamagedByChange, Assert.Single(_scratch.Exceptions).Kind);
        Assert.Equal([2], joined.Restored(joined.Entry("/d")));
        Assert.DoesNotContain(joined.Entries(), other => other.Path != entry.Path && other.Path.IsWithin(entry.Path));
    }

    [Fact]
    public void A_cut_file_of_the_same_times_and_other_content_is_found_by_its_hash()
    {
        MakeTree();
        var path = Path.Combine(_scratch.Tree, "b");
        var whole = _scratch.Archive(Scratch.Options(FragmentBytes));
        var cut = whole.First(piece => piece.Chunk.Cut is not null).Chunk;
        var bytes = Scratch.Bytes(300_000);
        bytes[77] ^= 1;
        File.WriteAllBytes(path, bytes);
        // The test cannot set a ctime, so what was announced is given the one of now.
        var now = _scratch.Archive(Scratch.Options(FragmentBytes)).Entry("/b");
        var resume = After(whole, cut.Fragment) with
        {
            Cut = cut.Cut! with { Entry = ArchivedEntry.Refreshed(cut.Cut.Entry, FileState.Of(now)) },
        };

        var resumed = _scratch.Archive(Scratch.Options(FragmentBytes, resume: resume));

        Assert.Equal(EntryFlags.DamagedByChange, resumed.Entry("/b").Flags);
    }

    [Fact]
    public void Names_that_came_before_the_cut_member_wait_for_the_next_incremental()
    {
        MakeTree();
        var whole = _scratch.Archive(Scratch.Options(FragmentBytes));
        var cut = whole.First(piece => piece.Chunk.Cut is not null).Chunk;
        _scratch.Write("aa", [1]);
        _scratch.Write("ba", [1]);

        var resumed = _scratch.Archive(Scratch.Options(FragmentBytes, resume: After(whole, cut.Fragment)));

        Assert.DoesNotContain(
            resumed.Entries(), entry => entry.Path.ToString().EndsWith("/aa", StringComparison.Ordinal));
        Assert.Equal([1], resumed.Restored(resumed.Entry("/ba")));
        Assert.Equal(EntryFlags.None, resumed.Entry("/b").Flags);
    }

    [Fact]
    public void A_state_of_the_hash_goes_on_in_another_hash()
    {
        var data = Scratch.Bytes(10_000);
        foreach (var algorithm in (DigestAlgorithm[])[DigestAlgorithm.Sha256, DigestAlgorithm.Sha512])
        {
            var first = new ContentHash();
            first.Begin(algorithm);
            first.Append(data.AsSpan(0, 5120));
            var second = new ContentHash();
            second.Resume(algorithm, first.State(), 5120);
            second.Append(data.AsSpan(5120));

            Assert.Equal(algorithm == DigestAlgorithm.Sha256
                ? SHA256.HashData(data) : SHA512.HashData(data), second.End().Bytes);
        }
    }

    /// <summary>What an index of the sealed fragments tells.</summary>
    private static ArchiveResume After(List<Piece> whole, int sealedLast)
    {
        var done = whole.Where(piece => piece.Chunk.Fragment <= sealedLast).ToList();
        return new ArchiveResume(sealedLast + 1, done.Entries().LastOrDefault()?.Path, done[^1].Chunk.Cut,
            done.Entries().Where(entry => entry.LinkCount > 1).ToList());
    }

    private void MakeTree()
    {
        _scratch.Write("a", [1]);
        _scratch.Write("b", Scratch.Bytes(300_000));
        for (var number = 0; number < 30;
            number++) _scratch.Write($"c/{number:d2}", Scratch.Bytes(number * 500, number));
        _scratch.Write("d", [2]);
        Assert.Equal(0, Link(Path.Combine(_scratch.Tree, "c/20"), Path.Combine(_scratch.Tree, "e")));
        using var sparse = File.Create(Path.Combine(_scratch.Tree, "f"));
        sparse.SetLength(1 << 20);
        sparse.Position = 500_000;
        sparse.Write(Scratch.Bytes(200_000));
    }

    private void Change(string what)
    {
        var path = Path.Combine(_scratch.Tree, "b");
        var bytes = Scratch.Bytes(300_000);
        if (what == "append") File.AppendAllText(path, "x");
        if (what == "touch") File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch);
        if (what is "replace" or "remove" or "directory") File.Delete(path);
        if (what == "replace") File.WriteAllBytes(path, bytes);
        if (what == "directory") _scratch.Write("b/within", [1]);
    }

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    private static extern int Link(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string from, [MarshalAs(UnmanagedType.LPUTF8Str)] string to);
}
