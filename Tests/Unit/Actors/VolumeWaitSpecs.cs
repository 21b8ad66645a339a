using Akka.Actor;
using Backup.Actors.Data;
using Backup.Actors.Storage;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Tests.Unit.Data;
using Backup.Tests.Unit.Persistence;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>A volume in another drive is waited for: it is in use, and not damaged.</summary>
public sealed class VolumeWaitSpecs : ActorKit
{
    private static readonly PoolName Pool = new("main");
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly List<string> _said = [];
    private readonly LibraryKeeper _library;
    private readonly IActorRef _drive;
    private readonly DriveHandle _writer;
    private readonly DriveHandle _reader;

    public VolumeWaitSpecs()
    {
        _library = LibraryKeeper.Open(
            new LibraryOptions(
                Library, _folder.File("tapes"), 4, 2, 1L << 30, 0, new Dictionary<PoolName, string>(), AutoLabel: true),
            _folder.File("vault.volumes"),
            _ => { });
        _drive = Sys.ActorOf(DriveActor.Props(_library, 0));
        _writer = new DriveHandle(_drive, Job, null);
        _reader = new DriveHandle(Sys.ActorOf(DriveActor.Props(_library, 1)), new JobId(8), null);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _library.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_volume_that_another_job_writes_is_read_when_that_one_is_done()
    {
        var written = (await _writer.MountForWriting(Pool)).Volume.Name;
        var wait = Wait();

        var mounting = wait.Mount(written, CancellationToken.None);
        await DataConnectionSpecs.Until(() => wait.InUse is not null);
        Assert.Equal(new JobFailure.VolumeInUse(written, new DriveId(new LibraryName("vault"), 0)), wait.InUse);
        await _writer.Release();

        await Move(mounting);
        Assert.Equal(written, wait.Volume);
        Assert.Null(wait.InUse);
        Assert.Contains("is in use in drive vault/0", Assert.Single(_said), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_waits_for_a_volume_keeps_none_from_others()
    {
        var first = (await _writer.MountForWriting(Pool)).Volume.Name;
        await _writer.Release();
        var wait = Wait();
        await wait.Mount(first, CancellationToken.None);
        var next = new DriveHandle(_drive, Job, null);
        var second = (await next.MountForWriting(Pool)).Volume.Name;
        Assert.NotEqual(first, second);

        var mounting = wait.Mount(second, CancellationToken.None);
        await DataConnectionSpecs.Until(() => wait.InUse is not null);
        Assert.Equal(first, (await next.MountForReading(first)).Volume.Name);

        await Move(mounting);
        Assert.Equal(second, wait.Volume);
    }

    [Fact]
    public async Task A_volume_in_use_for_long_loses_the_attempt_with_a_reason_of_its_own()
    {
        var written = (await _writer.MountForWriting(Pool)).Volume.Name;

        var mounting = Wait().Mount(written, CancellationToken.None);

        var failure = (await Assert.ThrowsAsync<JobFailureException>(() => Move(mounting))).Failure;
        Assert.Equal(new JobFailure.VolumeInUse(written, new DriveId(Library, 0)), failure);
    }

    [Fact]
    public async Task A_volume_in_another_drive_of_the_same_session_is_waited_for_as_long_as_it_takes()
    {
        var written = (await _writer.MountForWriting(Pool)).Volume.Name;
        var wait = new VolumeWait(_reader, (_, _, text) => _said.Add(text), _time, [new DriveId(Library, 0)]);
        var mounting = wait.Mount(written, CancellationToken.None);
        for (var hours = 0; hours < 100; hours++)
        {
            _time.Move(TimeSpan.FromHours(1));
            await Task.Yield();
        }
        Assert.False(mounting.IsCompleted);
        Assert.Null(wait.InUse);

        await _writer.Release();

        await Move(mounting);
        Assert.Equal(written, wait.Volume);
        Assert.Empty(_said);
    }

    [Fact]
    public async Task Who_waits_for_a_volume_is_cancelled_at_once()
    {
        var written = (await _writer.MountForWriting(Pool)).Volume.Name;
        using var cancel = new CancellationTokenSource();
        var mounting = Wait().Mount(written, cancel.Token);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => mounting.WaitAsync(Patience));
    }

    private VolumeWait Wait() => new(_reader, (_, _, text) => _said.Add(text), _time);

    /// <summary>Moves the clock until the mount ends.</summary>
    private async Task Move(Task mounting)
    {
        await DataConnectionSpecs.Until(() =>
        {
            _time.Move(TimeSpan.FromMinutes(1));
            return mounting.IsCompleted;
        });
        await mounting;
    }
}
