using Akka.Actor;
using Backup.Actors.Data;
using Backup.Actors.Storage;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Volumes;
using Backup.Tests.Unit.Persistence;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>PL-05: the backups of a plan's run write on `run-volumes` volumes alone (Amanda: runtapes).</summary>
public sealed class RunVolumesSpecs : ActorKit
{
    private static readonly PoolName Pool = new("main");
    private static readonly RunShare Run = new("office/20261109", 2);
    private readonly TemporaryFolder _folder = new();
    private LibraryKeeper _library = null!;
    private IActorRef[] _drives = [];
    private int _job = 7;

    public RunVolumesSpecs() => Open();

    protected override void AfterAll()
    {
        base.AfterAll();
        _library.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_run_that_has_written_its_volumes_gets_no_other_and_says_why_also_after_a_restart()
    {
        var first = await Fill(Run);
        _library.Dispose();
        Open();
        var second = await Fill(Run);
        Assert.NotEqual(first, second);

        var session = Session();
        var failure = await Refused(session, Run);
        await session.Release();

        Assert.Equal(new JobFailure.NoVolume(Pool, Library, 2), failure);
        Assert.Equal(
            "The run has written on the 2 volumes in library vault that its plan gives it (run-volumes), and none of "
                + "them in pool main takes more data. Run the job again by itself, or raise run-volumes of the plan.",
            FailureText.Sentence(failure));
        // Another run, and who belongs to none
        Assert.NotEqual(second, await Fill(Run with { Run = "office/20261110" }));
        await Fill(null);
    }

    [Fact]
    public async Task What_its_last_volume_still_takes_is_written_by_who_comes_next()
    {
        await Fill(Run);
        var session = Session();
        var second = (await session.MountForWriting(Pool, Run)).Volume.Name;
        await session.Release();

        var next = Session();
        Assert.Equal(second, (await next.MountForWriting(Pool, Run)).Volume.Name);
        // In the middle of an image, too
        next.Retire(VolumeState.Full, null);
        Assert.IsType<JobFailure.NoVolume>(await Refused(next, Run));
        await next.Release();
    }

    [Fact]
    public async Task Another_backup_of_the_run_waits_for_the_volume_that_is_written_and_takes_none_besides()
    {
        var one = Run with { VolumesMax = 1 };
        var session = Session();
        var volume = (await session.MountForWriting(Pool, one)).Volume.Name;
        var other = Session(1);

        Assert.Equal(new JobFailure.VolumeInUse(volume, new DriveId(Library, 0)), await Refused(other, one));

        await session.Release();
        Assert.Equal(volume, (await other.MountForWriting(Pool, one)).Volume.Name);
    }

    [Fact]
    public void The_orders_of_a_backup_say_its_run_where_the_plan_limits_it()
    {
        var queue = new QueueRule(Run: "office/20261109", Place: 1);

        Assert.Equal(Run, RunShare.Of(Save() with { Queue = queue with { RunVolumes = 2 } }));
        Assert.Null(RunShare.Of(Save() with { Queue = queue }));
        Assert.Null(RunShare.Of(Save() with { Queue = new QueueRule(RunVolumes: 2) }));
    }

    private async Task<VolumeName> Fill(RunShare? run)
    {
        var session = Session();
        var volume = (await session.MountForWriting(Pool, run)).Volume.Name;
        session.Retire(VolumeState.Full, null);
        await session.Release();
        return volume;
    }

    private static async Task<JobFailure> Refused(DriveHandle session, RunShare run) =>
        (await Assert.ThrowsAsync<JobFailureException>(() => session.MountForWriting(Pool, run))).Failure;

    private DriveHandle Session(int drive = 0) => new(_drives[drive], new JobId(_job++), null);

    private void Open()
    {
        _library = LibraryKeeper.Open(
            new LibraryOptions(
                Library, _folder.File("tapes"), 9, 2, 1L << 30, 0, new Dictionary<PoolName, string>(), AutoLabel: true),
            _folder.File("vault.volumes"),
            _ => { });
        _drives = [.. Enumerable.Range(0, 2).Select(drive => Sys.ActorOf(DriveActor.Props(_library, drive)))];
    }
}
