using Backup.Actors.Jobs;
using Backup.Actors.Storage;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Storage;
using Backup.Persistence.Journal;
using Backup.Tests.Unit.Actors;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Spool;

/// <summary>Which drive a job asks for, and what it does when its spool is full.</summary>
public sealed class SpoolJobSpecs
{
    private static readonly DriveId Own = new(Library, 0);
    private static readonly DriveId OnSpool = new(Library, DriveId.SpoolFrom);
    private static readonly JobFailure Full = new JobFailure.NoVolume(SpoolPools.Of(new PoolName("main")), Library);

    [Fact]
    public void Jobs_spool_while_others_despool()
    {
        var desk = Desk(Own, OnSpool, OnSpool with { Number = DriveId.SpoolFrom + 1 });

        Assert.Equal([1], desk.Ask(1, Library, null, spool: SpoolUse.Auto));
        Assert.Equal([2], desk.Ask(2, Library, null));
        Assert.Equal([3], desk.Ask(3, Library, null, spool: SpoolUse.Required));
        Assert.Empty(desk.Ask(4, Library, null, spool: SpoolUse.Auto));
        Assert.Empty(desk.Ask(5, Library, null));

        Assert.Equal(Own, desk.Holding.Single(hold => hold.Job.Value == 2).Drive);
        Assert.All(
            desk.Holding.Where(hold => hold.Job.Value != 2), hold => Assert.True(hold.Drive!.Value.IsOfSpool));
        Assert.All(desk.Why(4), line => Assert.DoesNotContain(Own.ToString(), line, StringComparison.Ordinal));
        Assert.Equal([5], desk.End(2));
        Assert.Equal([4], desk.End(1));
    }

    [Fact]
    public void A_direct_job_takes_a_drive_that_is_free_and_spools_where_none_is()
    {
        var desk = Desk(Own, OnSpool);

        desk.Ask(1, Library, null, spool: SpoolUse.Direct);
        desk.Ask(2, Library, null, spool: SpoolUse.Direct);

        Assert.Equal([Own, OnSpool], desk.Holding.Select(hold => hold.Drive!.Value));
    }

    [Fact]
    public void Where_a_library_has_no_spool_any_more_a_drive_does() =>
        Assert.Equal([1], Desk(Own).Ask(1, Library, null, spool: SpoolUse.Required));

    [Fact]
    public void A_job_whose_spool_is_full_goes_on_in_a_drive_with_the_same_image_and_no_attempt_less()
    {
        var job = new JobRun(Save(attemptsMax: 1) with { Spool = SpoolUse.Auto });
        Assert.Equal(SpoolUse.Auto, Asked(job).Spool);
        Attempt(job, 1, OnSpool);

        Lose(job, 1, Full);

        Assert.Equal(SpoolUse.None, Asked(job).Spool);
        Assert.Equal(Image, ((BackupSpec)job.State.Spec!).Image);
        Assert.Equal(SpoolUse.None, job.Replayed().SpoolUse);
        Attempt(job, 2, Own);
        Assert.Equal(JobStep.Transferring, job.State.Step);
    }

    [Fact]
    public void One_that_may_use_the_spool_alone_waits_for_room()
    {
        var job = new JobRun(Save(attemptsMax: 1) with { Spool = SpoolUse.Required });
        Attempt(job, 1, OnSpool);

        Lose(job, 1, Full);

        Assert.Equal(SpoolUse.Required, Asked(job).Spool);
        Assert.True(JobRules.Pause(job.State.Spec!, Full, 0) > TimeSpan.Zero);
    }

    [Fact]
    public void Drives_of_the_spool_have_numbers_of_their_own()
    {
        var options = new LibraryOptions(
            Library, "/srv/tapes", 10, 2, 1 << 30, 0, new Dictionary<PoolName, string>(), AutoLabel: true)
        {
            Spool = new SpoolOptions("/holding", 0, Jobs: 3, 0, 50),
        };

        Assert.Equal(7, options.DrivesInAll);
        Assert.All(Enumerable.Range(0, 7), index => Assert.Equal(index, options.IndexOf(options.IdOf(index))));
        Assert.Equal(6, options.IndexOf(options.SpoolReaderOf(new DriveId(Library, 1))));
        Assert.All(
            [2, 999, DriveId.SpoolFrom + 5], number => Assert.Null(options.IndexOf(new DriveId(Library, number))));
    }

    private static AllocatorProtocol.Reserve Asked(JobRun job) =>
        Assert.IsType<AllocatorProtocol.Reserve>(JobOrders.ToAllocator(Job, job.State));

    private static LeaseDesk Desk(params DriveId[] drives) =>
        new(AllocatorOptions.OfOneNode(drives, Client, 100, LeaseDesk.AskAgain));

    private static void Attempt(JobRun job, long epoch, DriveId drive)
    {
        job.Tell(new AllocatorProtocol.Granted(Job, drive, job.State.Turn));
        job.Happen(new JobEvents.AttemptStarted(new Epoch(epoch), job.Now));
        job.Tell(Ready(epoch));
    }

    private static void Lose(JobRun job, long epoch, JobFailure failure)
    {
        job.Tell(StorageFailed(epoch, failure));
        job.Release(epoch);
        Assert.Equal(JobStep.Pausing, job.State.Step);
        job.Happen(new JobEvents.Resumed(job.Now));
    }
}
