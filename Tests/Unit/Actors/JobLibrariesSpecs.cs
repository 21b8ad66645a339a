using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Storage;
using Backup.Persistence.Journal;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>A pool with several libraries: a job moves while nothing of it is on a volume (MS-01).</summary>
public sealed class JobLibrariesSpecs
{
    private static readonly LibraryName Cellar = new("cellar");
    private static readonly LibraryName Attic = new("attic");
    private static readonly DriveId InCellar = new(Cellar, 1);
    private static readonly JobFailure Gone = new JobFailure.StorageLost(Library, "Silent.");
    private static readonly JobFailure Full = new JobFailure.NoVolume(new PoolName("main"), Library);

    [Fact]
    public void All_libraries_of_the_pool_do_and_the_granted_one_is_the_jobs()
    {
        var job = New();
        Assert.Equal([Library, Cellar, Attic], Asked(job));

        job.Tell(new AllocatorProtocol.Granted(Job, InCellar, job.State.Turn));

        Assert.Equal((Cellar, Image), (Spec(job).Library, Spec(job).Image));
    }

    [Fact]
    public void A_library_that_lost_the_attempt_comes_last_and_another_gets_another_image()
    {
        var job = Lose(New().Attempt(1), 1, Gone);
        Assert.Equal([Cellar, Attic, Library], Asked(job));

        Attempt(job, 2, InCellar);

        Assert.Equal(Cellar, Spec(job).Library);
        Assert.NotEqual(Image, Spec(job).Image);
        Assert.Equal(Spec(job).Image, ((BackupSpec)job.Replayed().Spec!).Image);
    }

    [Fact]
    public void The_level_is_chosen_once_for_an_image_and_so_once_more_in_another_library()
    {
        var job = new JobRun(
            Save() with { OtherLibraries = [Cellar], Rule = new LevelRule(LevelWord.Incremental) });
        job.Tell(new AllocatorProtocol.Granted(Job, Drive, job.State.Turn));
        Assert.Equal(Library, job.State.Undecided!.Library);
        var known = new JobBase(new ImageId(9), default, job.Now);
        job.Happen(new JobEvents.AttemptStarted(new Epoch(1), job.Now, new ChosenLevel(1, "It builds on 9.", known)));
        job.Tell(Ready(1));
        Lose(job, 1, Gone);

        job.Tell(new AllocatorProtocol.Granted(Job, InCellar, job.State.Turn));
        Assert.Equal(Cellar, job.State.Undecided!.Library);
        job.Happen(new JobEvents.AttemptStarted(new Epoch(2), job.Now, new ChosenLevel(0, "Nothing is there.", null)));
        job.Tell(Ready(2));
        Lose(job, 2, new JobFailure.ClientLost(Client, "Gone."));

        job.Tell(new AllocatorProtocol.Granted(Job, InCellar, job.State.Turn));
        Assert.Null(job.State.Undecided);
        Assert.Equal((0, null), (Spec(job).Level, Spec(job).Base));
    }

    /// <summary>S2-16, S0-04.</summary>
    [Fact]
    public void The_clients_orders_say_the_level_why_and_on_which_image_it_builds()
    {
        var known = new JobBase(new ImageId(9), Sha256Digest.Of("root"u8), At);
        var job = new JobRun(Save() with { Rule = new LevelRule(LevelWord.Incremental) });
        job.Tell(new AllocatorProtocol.Granted(Job, Drive, job.State.Turn));
        job.Happen(new JobEvents.AttemptStarted(new Epoch(1), job.Now, new ChosenLevel(2, "It builds on 9.", known)));
        job.Tell(Ready(1));

        var orders = Assert.IsType<ClientProtocol.Save>(JobOrders.ToClient(Job, job.State));

        Assert.Equal((2, "It builds on 9.", known), (orders.Spec.Level, orders.Spec.LevelReason, orders.Spec.Base));
        Assert.Equal(Image, orders.Spec.Image);
    }

    [Fact]
    public void A_base_that_is_gone_is_chosen_anew_for_another_image_while_nothing_is_closed()
    {
        var known = new JobBase(new ImageId(9), default, At);
        var job = Incremental(known);
        Assert.NotNull(job.State.Rebased);

        Lose(job, 1, new JobFailure.BaseNotUsable(Image, known.Image, "the catalog does not know it."));
        job.Tell(new AllocatorProtocol.Granted(Job, Drive, job.State.Turn));
        job.Happen(new JobEvents.AttemptStarted(new Epoch(2), job.Now, new ChosenLevel(0, "It is gone.", null)));
        job.Tell(Ready(2));

        Assert.Equal((0, null), (Spec(job).Level, Spec(job).Base));
        Assert.NotEqual(Image, Spec(job).Image);
        Assert.Equal(Spec(job).Image, ((BackupSpec)job.Replayed().Spec!).Image);
        // What the attempt on the old base seals late is of the image that nobody goes on with
        Assert.Equal(new StorageProtocol.Noted(Job, new Epoch(1), 0), job.Tell(Closed(1, 0)));
        Assert.Equal(0, job.State.Closed.Count);
        job.Tell(Closed(2, 0));
        Assert.Equal(1, job.State.Closed.Count);
        Assert.Null(job.State.Rebased);
    }

    [Fact]
    public void A_base_that_stands_leaves_the_image_what_it_is()
    {
        var job = Lose(Incremental(new JobBase(new ImageId(9), default, At)), 1, Gone);

        Attempt(job, 2, Drive);

        Assert.Equal((1, Image), (Spec(job).Level, Spec(job).Image));
    }

    [Fact]
    public void With_a_fragment_closed_a_base_that_is_gone_ends_the_job()
    {
        var failure = new JobFailure.BaseNotUsable(Image, new ImageId(9), "the catalog does not know it.");
        var job = Incremental(new JobBase(new ImageId(9), default, At));
        job.Tell(Closed(1, 0));

        Assert.Null(job.State.Rebased);
        job.Tell(StorageFailed(1, failure));
        job.Release(1);

        Assert.Equal((JobOutcome.Incomplete, failure), job.End());
    }

    [Fact]
    public void A_planned_full_without_a_volume_becomes_what_was_planned_in_its_place_once()
    {
        var full = new LevelRule(LevelWord.Full, RerunFailed: true);
        var spec = Save(1) with { OtherLibraries = [Cellar], Rule = full, Level = 0, Instead = 2 };
        var job = new JobRun(spec).Attempt(1);
        Lose(job, 1, Full);
        Assert.Equal((LevelWord.Full, 2), (Spec(job).Rule!.Level, Spec(job).Instead));
        Lose(Attempt(job, 2, InCellar), 2, new JobFailure.NoVolume(new PoolName("main"), Cellar));
        Assert.Equal((LevelWord.Full, 2), (Spec(job).Rule!.Level, Spec(job).Instead));
        Attempt(job, 3, Drive); // here it waited for a volume
        var image = Spec(job).Image;

        Lose(job, 3, Full);

        Assert.Equal((new LevelWord("2"), false, null),
            (job.State.Undecided!.Rule!.Level, job.State.Undecided.Rule.RerunFailed, Spec(job).Instead));
        Assert.NotEqual(image, Spec(job).Image);
        Assert.Equal(Library, Asked(job)[0]); // where its base is
        job.Tell(new AllocatorProtocol.Granted(Job, Drive, job.State.Turn));
        var begun = new JobEvents.AttemptStarted(
            new Epoch(4), job.Now,
            new ChosenLevel(2, "It builds on 9.", new JobBase(new ImageId(9), default, job.Now)));
        job.Happen(begun);
        Assert.Equal((2, "The plan chose a full, and its pool has no volume for that. It builds on 9."),
            (Spec(job).Level, Spec(job).LevelReason));
        Assert.Contains("It has level 2. The plan chose a full", JobLines.Of(begun, job.State)!.Text);
        job.Tell(Ready(4));
        job.Tell(StorageFailed(4, Full));
        job.Release(4);
        Assert.Equal((JobStep.Ending, 2), (job.State.Step, Spec(job).Level)); // no second time
    }

    [Fact]
    public void What_is_made_in_place_of_a_full_stays_where_its_base_is_and_looks_on_where_it_has_none()
    {
        var spec = Save(1) with { Rule = new LevelRule(LevelWord.Full), Level = 0, Instead = 2 };
        var job = Lose(new JobRun(spec with { OtherLibraries = [Cellar] }).Attempt(1), 1, Full);
        Lose(Attempt(job, 2, InCellar), 2, new JobFailure.NoVolume(new PoolName("main"), Cellar));
        Lose(Attempt(job, 3, Drive), 3, Full);
        Assert.True(job.State.IsDegraded);
        Assert.Equal([Library, Cellar], Asked(job));

        // Its base is not here: it may be in the other
        Begin(4, Drive, new ChosenLevel(0, "The images that it could build on lie in another library.", null));
        Lose(job, 4, Full);
        Assert.Equal([Cellar, Library], Asked(job));
        Begin(5, InCellar, new ChosenLevel(2, "It builds on 9.", new JobBase(new ImageId(9), default, job.Now)));

        Assert.Null(((StorageProtocol.OpenWrite)JobOrders.ToStorage(Job, job.State)).Spec.OtherLibraries);
        job.Tell(StorageFailed(5, new JobFailure.StorageLost(Cellar, "Silent.")));
        Assert.Equal([Cellar], JobLibraries.Of(job.State));
        job.Release(5);
        Assert.Equal(JobStep.Ending, job.State.Step); // of one attempt, and nowhere else

        void Begin(long epoch, DriveId drive, ChosenLevel level)
        {
            job.Tell(new AllocatorProtocol.Granted(Job, drive, job.State.Turn));
            job.Happen(new JobEvents.AttemptStarted(new Epoch(epoch), job.Now, level));
            job.Tell(Ready(epoch));
        }
    }

    [Fact]
    public void A_full_that_has_a_fragment_on_a_volume_stays_a_full()
    {
        var job = new JobRun(Save() with { Rule = new LevelRule(LevelWord.Full), Level = 0, Instead = 1 }).Attempt(1);
        job.Tell(Closed(1, 0));
        job.Tell(StorageFailed(1, Full));
        job.Release(1);

        Assert.Equal((JobStep.Ending, 0), (job.State.Step, Spec(job).Level));
    }

    [Fact]
    public void The_moment_of_an_image_is_that_of_the_attempt_that_closed_the_first_fragment_of_it()
    {
        var job = new JobRun(Save()).Attempt(1);
        var first = job.State.Since;
        Lose(job, 1, Gone);

        job.Attempt(2);
        var second = job.State.Since;
        job.Tell(Closed(2, 0));
        Lose(job, 2, Gone);
        job.Attempt(3, nextFragment: 1);

        Assert.True(second > first);
        Assert.Equal(second, job.State.Since);
        Assert.Equal(second, job.Replayed().Since);
    }

    [Fact]
    public void The_moment_of_an_image_is_behind_that_of_its_base_whatever_the_clock_says()
    {
        var job = new JobRun(Save() with { Rule = new LevelRule(LevelWord.Incremental) });
        job.Tell(new AllocatorProtocol.Granted(Job, Drive, job.State.Turn));
        var known = new JobBase(new ImageId(9), default, job.Now.AddHours(1));

        job.Happen(new JobEvents.AttemptStarted(new Epoch(1), job.Now, new ChosenLevel(1, "It builds on 9.", known)));

        Assert.True(job.State.Since > known.Since);
    }

    [Fact]
    public void What_the_library_that_was_left_seals_later_is_no_part_of_the_new_image()
    {
        var job = Lose(New().Attempt(1), 1, Gone);
        Attempt(job, 2, InCellar);

        Assert.Equal(new StorageProtocol.Noted(Job, new Epoch(1), 0), job.Tell(Closed(1, 0)));

        Assert.Equal(0, job.State.Closed.Count);
        job.Tell(Closed(2, 0));
        Assert.Equal(1, job.State.Closed.Count);
    }

    [Fact]
    public void With_a_fragment_on_a_volume_it_stays_where_that_is()
    {
        var job = New().Attempt(1);
        job.Tell(Closed(1, 0));
        Lose(job, 1, Gone);

        Assert.Equal([Library], Asked(job));
        Attempt(job, 2, Drive);
        Assert.Equal(Image, Spec(job).Image);
        job.Tell(Closed(1, 1)); // a fragment of the same image that came late
        Assert.Equal(2, job.State.Closed.Count);
    }

    [Fact]
    public void The_same_library_again_goes_on_with_the_same_image()
    {
        var job = Attempt(Lose(New().Attempt(1), 1, Gone), 2, Drive);

        Assert.Equal((Library, Image), (Spec(job).Library, Spec(job).Image));
    }

    [Fact]
    public void Without_a_volume_each_library_is_tried_once_and_then_one_waits_for_it()
    {
        var job = New(attemptsMax: 2).Attempt(1);
        foreach (var (epoch, next) in ((int, LibraryName)[])[(1, Cellar), (2, Attic)])
        {
            Assert.NotNull(Order(job).OtherLibraries); // it does not wait
            Lose(job, epoch, Full);
            Assert.Equal(next, Asked(job)[0]);
            Attempt(job, epoch + 1, new DriveId(next, 0));
        }
        Assert.NotNull(Order(job).OtherLibraries);
        Lose(job, 3, Full);
        Assert.Equal([Library, Cellar, Attic], Asked(job));

        Attempt(job, 4, Drive);

        Assert.Null(Order(job).OtherLibraries);
        job.Tell(StorageFailed(4, Full));
        job.Release(4);
        Assert.Equal((JobOutcome.Failed, Full), job.End());
    }

    [Fact]
    public void A_restore_goes_where_all_of_it_lies_too_and_comes_back_when_that_was_no_better()
    {
        var job = new JobRun(Restore with { Others = [Cellar, Attic] }).Attempt(1);
        var missing = new JobFailure.VolumeError(new VolumeName("a"), "mount", "It is not there.");
        foreach (var (epoch, next) in ((int, LibraryName)[])[(1, Cellar), (2, Attic), (3, Library)])
        {
            Assert.NotNull(Orders().Others); // it waits for no volume
            Lose(job, epoch, missing);
            Assert.Equal(next, Asked(job)[0]);
            Attempt(job, epoch + 1, new DriveId(next, 0));
            Assert.Equal(next, Orders().Library);
            Assert.Equal(next, ((RestoreSpec)job.Replayed().Spec!).Library);
        }
        Assert.Null(Orders().Others);

        RestoreSpec Orders() => ((StorageProtocol.OpenRead)JobOrders.ToStorage(Job, job.State)).Spec;
    }

    [Fact]
    public void A_drive_that_there_will_never_be_ends_a_job_that_was_to_move()
    {
        var job = Lose(New().Attempt(1), 1, Full);
        var never = new JobFailure.NoDrive(Cellar);

        job.Tell(new AllocatorProtocol.Refused(Job, never));

        Assert.Equal((JobOutcome.Failed, never), job.End());
    }

    [Fact]
    public void A_client_that_is_lost_is_no_reason_to_move()
    {
        var job = Lose(New().Attempt(1), 1, new JobFailure.NodeStopped());

        Assert.Equal([Library, Cellar, Attic], Asked(job));
    }

    private static JobRun New(int attemptsMax = 3) => new(Save(attemptsMax) with { OtherLibraries = [Cellar, Attic] });

    private static JobRun Incremental(JobBase known)
    {
        var job = new JobRun(Save() with { Rule = new LevelRule(LevelWord.Incremental) });
        job.Tell(new AllocatorProtocol.Granted(Job, Drive, job.State.Turn));
        job.Happen(new JobEvents.AttemptStarted(new Epoch(1), job.Now, new ChosenLevel(1, "It builds on 9.", known)));
        job.Tell(Ready(1));
        return job;
    }

    private static JobRun Lose(JobRun job, long epoch, JobFailure failure)
    {
        job.Tell(StorageFailed(epoch, failure));
        job.Release(epoch);
        Assert.Equal(JobStep.Pausing, job.State.Step);
        job.Happen(new JobEvents.Resumed(job.Now));
        return job;
    }

    private static JobRun Attempt(JobRun job, long epoch, DriveId drive)
    {
        job.Tell(new AllocatorProtocol.Granted(Job, drive, job.State.Turn));
        job.Happen(new JobEvents.AttemptStarted(new Epoch(epoch), job.Now));
        job.Tell(Ready(epoch));
        return job;
    }

    private static IReadOnlyList<LibraryName> Asked(JobRun job)
    {
        var ask = (AllocatorProtocol.Reserve)JobOrders.ToAllocator(Job, job.State)!;
        return [ask.Library!.Value, .. ask.Others ?? []];
    }

    private static BackupSpec Spec(JobRun job) => (BackupSpec)job.State.Spec!;

    private static BackupSpec Order(JobRun job) =>
        ((StorageProtocol.OpenWrite)JobOrders.ToStorage(Job, job.State)).Spec;
}
