using Backup.Actors.Clients;
using Backup.Actors.Data;
using Backup.Media.Archive;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Tests.Unit.Persistence;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

public sealed class RestoreTargetSpecs : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_target_ends_behind_the_batch_that_is_being_written_and_takes_no_more()
    {
        using var writes = new SemaphoreSlim(0);
        using var goesOn = new SemaphoreSlim(0);
        var target = new RestoreTarget(Orders(), () =>
        {
            writes.Release();
            Assert.True(goesOn.Wait(Patience));
        });
        var taking = target.Take(Damaged("first", last: false));
        Assert.True(await writes.WaitAsync(Patience));

        var ended = target.End();
        var late = target.Take(Damaged("second", last: true));
        Assert.False(ended.IsCompleted);
        goesOn.Release();

        await ended.WaitAsync(Patience);
        Assert.True(taking.IsCompletedSuccessfully);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => late);
        Assert.Equal(1, target.Exceptions.Tally.Total);
        Assert.Same(ended, target.End());
    }

    /// <summary>
    /// Three drives bring files of the same directories in pieces, one batch of each in turn: each file is whole, under
    /// the directories' own modes and times.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Several_lanes_fill_the_same_directories(int attempt)
    {
        var root = Directory.CreateDirectory(_folder.File("target")).FullName;
        if (attempt > 1)
            // An earlier attempt had put something of all in place
            foreach (var name in (string[])["a", "a/d"]) Directory.CreateDirectory(Path.Combine(root, name));
        if (attempt > 1) File.WriteAllText(Path.Combine(root, "a/d/file-1"), "old");
        var target = new RestoreTarget(
            Orders() with
            {
                Lanes = 3,
                Attempt = attempt,
                Spec = Orders().Spec with { Replace = ReplaceRule.Always },
            },
            () => { });
        var hasher = new BatchHasher();
        var files = Enumerable.Range(0, 3).Select(lane => Entry($"a/d/file-{lane}", lane)).ToList();
        var others = Enumerable.Range(0, 3).Select(lane => Entry($"a/{(char)('c' + lane)}/x", lane)).ToList();

        foreach (var (first, final) in new[] { (true, false), (false, false), (false, true) })
            for (var lane = 0; lane < 3; lane++)
            {
                var piece = new RestorePiece(files[lane], 0, 100, first, final);
                var other = new RestorePiece(others[lane], 0, 300, First: true, Final: true);
                await Give(lane, first ? [piece] : final ? [piece, other] : [piece]);
            }
        await Give(0, Link("a/b", "a/d/file-2"), Folder("a"), Folder("a/c"), Folder("a/d"), Folder("a/e"));
        Assert.True(await target.Take(hasher.Hash(new RestoreBatch([], null, last: true))));
        await target.End();

        Assert.Empty(target.Exceptions.Tally.ByKind);
        for (var lane = 0; lane < 3; lane++)
        {
            Assert.Equal(Content(lane), File.ReadAllBytes(Path.Combine(root, $"a/d/file-{lane}")));
            Assert.Equal(Content(lane), File.ReadAllBytes(Path.Combine(root, $"a/{(char)('c' + lane)}/x")));
        }
        Assert.Equal(Content(2), File.ReadAllBytes(Path.Combine(root, "a/b")));
        foreach (var folder in (string[])["a", "a/c", "a/d", "a/e"])
            Assert.Equal(DateTime.UnixEpoch.AddSeconds(7), Directory.GetLastWriteTimeUtc(Path.Combine(root, folder)));
        Assert.Equal(11, target.Files);

        async Task Give(int lane, params RestorePiece[] pieces) => Assert.False(await target.Take(hasher.Hash(
            new RestoreBatch(Placed(pieces, lane, out var buffer), buffer, last: false, lane))));
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task What_was_not_asked_for_is_named_and_the_restore_is_whole_without_it(bool damage, bool isWhole)
    {
        var target = new RestoreTarget(Orders() with { Spec = Orders().Spec with { Devices = false } }, () => { });
        var device = new FileEntry { Path = FilePath.FromText("null"), Kind = FileKind.CharacterDevice };

        await target.Take(new BatchHasher().Hash(new RestoreBatch(
            [new RestorePiece(device, 0, 0, First: true, Final: true)], null, last: false)));
        await target.Take(damage
            ? Damaged("file", last: true) : new BatchHasher().Hash(new RestoreBatch([], null, last: true)));
        await target.End();

        Assert.Equal(damage ? 2 : 1, target.Exceptions.Tally.Total);
        Assert.Equal(isWhole, target.IsWhole);
    }

    /// <summary>RS-13: storage sends no content of what the client said stays.</summary>
    [Theory]
    [InlineData(ReplaceRule.Never, 1, false)]
    [InlineData(ReplaceRule.Never, 2, true)]
    [InlineData(ReplaceRule.Newer, 1, false)]
    [InlineData(ReplaceRule.Newer, 2, true)]
    [InlineData(ReplaceRule.Changed, 1, true)]
    [InlineData(ReplaceRule.Changed, 2, true)]
    [InlineData(ReplaceRule.Always, 2, true)]
    public async Task A_file_that_stays_comes_without_content(ReplaceRule rule, int attempt, bool isOurs)
    {
        var path = _folder.File("target/file");
        Directory.CreateDirectory(_folder.File("target"));
        File.WriteAllBytes(path, Content(1));
        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch);
        var target = new RestoreTarget(
            Orders() with { Attempt = attempt, Spec = Orders().Spec with { Replace = rule } }, () => { });
        var spared = Entry("file", 1);
        spared = spared with { Position = spared.Position with { Length = 0 } };

        await target.Take(new BatchHasher().Hash(new RestoreBatch(
            [new RestorePiece(spared, 0, 0, First: true, Final: true), Link("further", "file")], null, last: true)));
        await target.End();

        Assert.Equal(Content(1), File.ReadAllBytes(path));
        Assert.Equal(isOurs ? 1 : 0, target.Kinds.GetValueOrDefault("Unchanged"));
        // What was kept is named, and gets no further names
        Assert.Equal(isOurs ? 0 : 2, target.Exceptions.Tally.Total);
        Assert.Equal(isOurs, File.Exists(_folder.File("target/further")));
    }

    /// <summary>No file of zeros is made of it, also where no digest would tell.</summary>
    [Theory]
    [InlineData(ReplaceRule.Never, 1)]
    [InlineData(ReplaceRule.Older, 1)]
    [InlineData(ReplaceRule.Changed, 1)]
    [InlineData(ReplaceRule.Always, 2)]
    public async Task A_file_that_was_to_stay_and_is_gone_is_named(ReplaceRule rule, int attempt)
    {
        var target = new RestoreTarget(
            Orders() with { Attempt = attempt, Spec = Orders().Spec with { Replace = rule } }, () => { });
        var spared = Entry("file", 1) with { Digest = default, Position = default };

        await target.Take(new BatchHasher().Hash(new RestoreBatch(
            [new RestorePiece(spared, 0, 0, First: true, Final: true)], null, last: true)));
        await target.End();

        Assert.False(File.Exists(_folder.File("target/file")));
        Assert.Equal(1, target.Exceptions.Tally.ByKind["NotWritten"]);
    }

    private static byte[] Content(int lane) =>
        [.. Enumerable.Range(0, 300).Select(at => (byte)((at * 7) + lane))];

    /// <summary>Gives the pieces their places in a buffer.</summary>
    private static List<RestorePiece> Placed(IReadOnlyList<RestorePiece> pieces, int lane, out byte[] buffer)
    {
        var (placed, used) = (new List<RestorePiece>(), 0);
        buffer = ChunkBuffers.Rent();
        foreach (var piece in pieces)
        {
            var from = piece.First ? 0 : piece.Final ? 200 : 100;
            Content(lane).AsSpan(from, piece.Length).CopyTo(buffer.AsSpan(used));
            placed.Add(piece with { Offset = used });
            used += piece.Length;
        }
        return placed;
    }

    private static FileEntry Entry(string path, int lane)
    {
        var hash = new ContentHash();
        hash.Begin(DigestAlgorithm.Sha256);
        hash.Append(Content(lane));
        return new FileEntry
        {
            Path = FilePath.FromText(path),
            Kind = FileKind.Regular,
            Size = 300,
            Mode = 0x1a4,
            LinkCount = 2,
            Digest = hash.End(),
            Position = new ContentPosition(Image, 0, 0, 300),
        };
    }

    private static RestorePiece Link(string path, string to) => new(
        new FileEntry
        {
            Path = FilePath.FromText(path),
            Kind = FileKind.HardLink,
            LinkTarget = FilePath.FromText(to).ToArray(),
            LinkCount = 2,
        },
        0, 0, First: true, Final: true);

    private static RestorePiece Folder(string path) => new(
        new FileEntry
        {
            Path = FilePath.FromText(path),
            Kind = FileKind.Directory,
            Mode = 0x1ed,
            Modified = new UnixTime(7, 0),
        },
        0, 0, First: true, Final: true);

    private static HashedBatch Damaged(string path, bool last) => new BatchHasher().Hash(new RestoreBatch(
        [
            new RestorePiece(
                new FileEntry
                {
                    Path = FilePath.FromText(path),
                    Kind = FileKind.Regular,
                    Size = 1,
                    Mode = 0x1a4,
                    Position = new ContentPosition(Image, 0, 0, 1),
                },
                0, 0, First: true, Final: true, "its block is damaged"),
        ],
        null, last));

    private ClientProtocol.Restore Orders() => new(
        Job, new Epoch(1), Restore with { Target = _folder.File("target"), Paths = [] },
        new DataAddress("", "token"), 1);
}
