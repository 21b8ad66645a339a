using Akka.Actor;
using Backup.Actors.Data;
using Backup.Actors.Storage;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;
using Backup.Messages.Volumes;
using Backup.Tests.Unit.Persistence;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

public sealed class DriveActorSpecs : ActorKit
{
    private static readonly PoolName Pool = new("main");
    private readonly TemporaryFolder _folder = new();
    private readonly LibraryKeeper _library;
    private readonly IActorRef _drive;

    public DriveActorSpecs()
    {
        _library = LibraryKeeper.Open(
            new LibraryOptions(
                Library, _folder.File("tapes"), 4, 1, 1L << 30, 0, new Dictionary<PoolName, string>(), AutoLabel: true),
            _folder.File("vault.volumes"),
            _ => { });
        _drive = Sys.ActorOf(DriveActor.Props(_library, 0));
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _library.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_drive_is_one_sessions_from_its_mount_to_its_release()
    {
        var (first, second) = (new DriveHandle(_drive, Job, null), new DriveHandle(_drive, new JobId(8), null));
        await first.MountForWriting(Pool);

        Assert.Contains("job 7", (await Refused(second.MountForWriting(Pool))).Detail);
        await Refused(second.Run(_ => 1));
        await second.Release();
        second.Leave();
        Assert.Equal(1, await first.Run(_ => 1));
        await first.Release();

        await Refused(second.MountForWriting(Pool)); // it has left: it would never give it back
        await new DriveHandle(_drive, new JobId(9), null).MountForWriting(Pool);
        await Refused(first.Run(_ => 1));
    }

    /// <summary>Its work goes on for a moment behind its end, and asks for a volume.</summary>
    [Fact]
    public async Task A_session_that_is_gone_takes_no_drive_any_more()
    {
        var (gone, next) = (new DriveHandle(_drive, Job, null), new DriveHandle(_drive, Job, null));

        gone.Leave();

        await Refused(gone.MountForWriting(Pool));
        await next.MountForWriting(Pool);
        Assert.Equal(1, await next.Run(_ => 1));
    }

    [Fact]
    public async Task A_session_that_is_gone_leaves_a_drive_that_others_can_use()
    {
        var (gone, next) = (new DriveHandle(_drive, Job, null), new DriveHandle(_drive, Job, null));
        var volume = (await gone.MountForWriting(Pool)).Volume;
        Assert.Equal(0, _library.Reports().Count(report => report.Name != volume.Name));

        gone.Leave();

        Assert.Equal(volume, (await next.MountForReading(volume.Name)).Volume);
        await Refused(gone.Run(_ => 1));
    }

    /// <summary>NW-06: it is asked while its thread is in a request that does not end.</summary>
    [Fact]
    public async Task A_drive_says_how_it_is_while_its_thread_is_busy()
    {
        var session = new DriveHandle(_drive, Job, null);
        var volume = (await session.MountForWriting(Pool)).Volume.Name;
        var (entered, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        var busy = session.Run(_ =>
        {
            entered.SetResult();
            go.Task.Wait();
            return 1;
        });
        await entered.Task;

        var shown = Shown();

        Assert.False(busy.IsCompleted);
        Assert.Equal("mounted", shown.State);
        Assert.Equal($"job {Job}, volume {volume}", shown.Timeline[^1].What);
        Assert.Equal(["opened", "held", "labelled", "mounted"], shown.Events.Select(each => each.Code));
        go.SetResult();
        await busy;
        session.Retire(VolumeState.Full, null);
        await session.Release();
        Assert.Equal(["retired", "held", "released"], Shown().Events.TakeLast(3).Select(each => each.Code));
        Assert.Equal("idle", Shown().State);
    }

    [Fact]
    public async Task A_drive_says_what_it_waits_for_once()
    {
        var session = new DriveHandle(_drive, Job, null);
        for (var time = 0; time < 3; time++)
            await Assert.ThrowsAsync<VolumeMissingException>(() => session.MountForReading(new VolumeName("gone")));

        Assert.Equal("waiting", Shown().State);
        Assert.Contains("gone", Assert.Single(Shown().WaitsFor), StringComparison.Ordinal);
        Assert.Equal(["opened", "held", "waits"], Shown().Events.Select(each => each.Code));
    }

    private ObjectShown Shown() => _library.Rings.Show(
        new NodeProtocol.Look(ObjectKind.Drive, $"{Library}/0", 100))!;

    private static async Task<JobFailure.LibraryError> Refused(Task asked) =>
        Assert.IsType<JobFailure.LibraryError>((await Assert.ThrowsAsync<JobFailureException>(() => asked)).Failure);
}
