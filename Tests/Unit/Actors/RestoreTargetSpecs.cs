using Backup.Actors.Clients;
using Backup.Actors.Data;
using Backup.Media.Files;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Tests.Unit.Persistence;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

public sealed class RestoreTargetSpecs : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
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

    private static HashedBatch Damaged(string path, bool last) => new BatchHasher().Hash(new RestoreBatch(
        [
            new RestorePiece(
                new FileEntry { Path = FilePath.FromText(path), Kind = FileKind.Regular, Size = 1, Mode = 0x1a4 },
                0, 0, First: true, Final: true, "its block is damaged"),
        ],
        null, last));

    private ClientProtocol.Restore Orders() => new(
        Job, new Epoch(1), Restore with { Target = _folder.File("target"), Paths = [] },
        new DataAddress("", "token"), 1);
}
