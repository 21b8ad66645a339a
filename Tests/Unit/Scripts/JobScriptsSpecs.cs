using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Persistence.Journal;
using Backup.Tests.Unit.Actors;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;
using static Backup.Tests.Unit.Scripts.ScriptFolder;

namespace Backup.Tests.Unit.Scripts;

/// <summary>Scripts around the work of a job: when they run, and what becomes of the job.</summary>
public sealed class JobScriptsSpecs
{
    private static readonly JobFailure Bad = new JobFailure.ScriptFailed("client web1", "/bin/false", 1, "It failed.");

    private static readonly JobScript[] All =
    [
        Script(ScriptPlace.Director, ScriptMoment.Before), Script(ScriptPlace.Client, ScriptMoment.Before),
        Script(ScriptPlace.Client, ScriptMoment.After), Script(ScriptPlace.Director, ScriptMoment.After),
    ];

    [Fact]
    public void Scripts_of_the_director_stand_around_the_job_and_those_of_the_client_around_its_attempt()
    {
        var job = Framed(All);
        Assert.Equal((ScriptPlace.Director, ScriptMoment.Before), Running(job));
        Assert.IsType<AllocatorProtocol.Release>(JobOrders.ToAllocator(Job, job.State));
        Over(job);
        Assert.Equal(JobStep.Reserving, job.State.Step);
        Begin(job, 1);
        Assert.Equal((ScriptPlace.Client, ScriptMoment.Before), Running(job));
        Assert.Equal(Drive, Assert.IsType<AllocatorProtocol.Hold>(JobOrders.ToAllocator(Job, job.State)).Drive);
        Over(job);
        Assert.Equal(JobStep.Opening, job.State.Step);
        Work(job, 1);
        Assert.Equal((ScriptPlace.Client, ScriptMoment.After), Running(job));
        Over(job);
        Assert.Equal((ScriptPlace.Director, ScriptMoment.After), Running(job));
        Assert.IsType<AllocatorProtocol.Release>(JobOrders.ToAllocator(Job, job.State));
        Over(job);

        Assert.Equal((JobOutcome.Complete, null), job.End());
        Assert.Equal(job.State, job.Replayed());
    }

    /// <summary>PL-01: messages come behind the director's scripts, each where its condition holds.</summary>
    [Theory]
    [InlineData(true, "always,success")]
    [InlineData(false, "always,failure,exceptions")]
    public void Messages_are_sent_behind_the_scripts_by_what_became_of_the_job(bool works, string sent)
    {
        var script = Script(ScriptPlace.Director, ScriptMoment.After);
        var job = new JobRun(Save() with
        {
            Frame = new JobFrame([script], Messages: [.. Enum.GetValues<ScriptCondition>().Select(on => script with
        {
            Command = [$"/bin/{on}"],
            On = on,
            AbortOnError = false,
        })])
        });
        Begin(job, 1);
        if (works) Work(job, 1);
        else
        {
            job.Tell(new JobProtocol.Cancel(Job));
            job.Release(1);
        }

        Assert.Equal((ScriptPlace.Director, ScriptMoment.After), Running(job));
        Assert.Equal(
            sent.Split(','), JobScripts.Of(job.State, ScriptPlace.Director, ScriptMoment.After)
                .Skip(1).Select(each => each.Command[0]["/bin/".Length..].ToLowerInvariant()));
    }

    [Fact]
    public void A_script_of_the_client_that_fails_before_the_work_fails_the_job_and_those_after_run_all_the_same()
    {
        var job = Framed(All[1..]);
        Begin(job, 1);

        Over(job, Bad);
        Assert.Equal(JobStep.Releasing, job.State.Step);
        job.Release(1);
        Assert.Equal((ScriptPlace.Client, ScriptMoment.After), Running(job));
        Assert.Equal("failed", Told(job)["BACKUP_OUTCOME"]);
        Over(job);
        Over(job);

        Assert.Equal((JobOutcome.Failed, Bad), job.End());
    }

    [Fact]
    public void A_script_of_the_director_that_fails_before_the_work_fails_the_job_before_it_asks_for_a_drive()
    {
        var job = Framed(All);

        Over(job, Bad);
        Assert.Equal((ScriptPlace.Director, ScriptMoment.After), Running(job));
        Over(job);

        Assert.Equal((JobOutcome.Failed, Bad), job.End());
        Assert.Equal(0, job.State.Attempts);
    }

    [Fact]
    public void Each_attempt_has_its_own_and_the_director_has_one_round()
    {
        var job = Framed(All);
        Over(job);
        Begin(job, 1);
        Over(job);
        job.Tell(Ready(1));
        job.Tell(ClientFailed(1, new JobFailure.ClientLost(Client, "Gone.")));
        job.Release(1);
        Assert.Equal((ScriptPlace.Client, ScriptMoment.After), Running(job));
        Over(job);
        Assert.Equal(JobStep.Pausing, job.State.Step);
        job.Happen(new JobEvents.Resumed(job.Now));
        Begin(job, 2);

        Assert.Equal((ScriptPlace.Client, ScriptMoment.Before), Running(job));
        job.Tell(Ended(1, ScriptMoment.Before)); // of the attempt that was lost
        Assert.Equal((ScriptPlace.Client, ScriptMoment.Before), Running(job));
        job.Tell(Ended(2, ScriptMoment.After));
        Assert.Equal((ScriptPlace.Client, ScriptMoment.Before), Running(job));
        job.Tell(Ended(2, ScriptMoment.Before));
        Work(job, 2);
        job.Tell(Ended(2, ScriptMoment.After));
        Over(job);

        Assert.Equal((JobOutcome.Complete, null), job.End());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_condition_chooses_by_what_became_of_the_work(bool works)
    {
        var job = Framed(
            Script(ScriptPlace.Client, ScriptMoment.After, ScriptCondition.Success, command: ["/ok"]),
            Script(ScriptPlace.Client, ScriptMoment.After, ScriptCondition.Failure, command: ["/bad"]),
            Script(ScriptPlace.Client, ScriptMoment.After, command: ["/any"]));
        Begin(job, 1);
        Assert.Equal(JobStep.Opening, job.State.Step);
        if (works) Work(job, 1);
        else
        {
            job.Tell(new JobProtocol.Cancel(Job));
            job.Release(1);
        }

        Assert.Equal(
            [works ? "/ok" : "/bad", "/any"],
            JobOrders.ToRunScripts(Job, job.State).Scripts.Select(script => script.Command[0]));
        Assert.Equal(works ? "complete" : "cancelled", Told(job)["BACKUP_OUTCOME"]);
        Assert.Equal(works ? "1000" : "0", Told(job)["BACKUP_BYTES"]);
    }

    [Fact]
    public void A_job_that_is_cancelled_while_its_scripts_run_lets_go_of_what_they_made_ready()
    {
        var job = Framed(All);
        Over(job);
        Begin(job, 1);

        job.Tell(new JobProtocol.Cancel(Job));
        Assert.Equal(JobStep.Releasing, job.State.Step);
        job.Release(1);
        Assert.Equal((ScriptPlace.Client, ScriptMoment.After), Running(job));
        Over(job);
        Over(job);

        Assert.Equal(JobOutcome.Cancelled, job.End().Outcome);
    }

    [Fact]
    public void A_job_that_is_cancelled_while_its_director_prepares_ends_when_that_is_killed()
    {
        var job = Framed(All);

        job.Tell(new JobProtocol.Cancel(Job));
        Assert.Equal((ScriptPlace.Director, ScriptMoment.Before), Running(job));
        Over(job, Bad);
        Assert.Equal((ScriptPlace.Director, ScriptMoment.After), Running(job));
        Over(job);

        Assert.Equal(JobOutcome.Cancelled, job.End().Outcome);
    }

    [Fact]
    public void A_failure_after_the_work_is_an_exception_of_a_job_that_is_complete()
    {
        var job = Framed(All[2]);
        Begin(job, 1);
        Work(job, 1);
        Over(job, Bad);

        Assert.Equal((JobOutcome.CompleteWithExceptions, null), job.End());
    }

    [Fact]
    public void A_client_that_is_gone_while_its_scripts_run_keeps_nobody_waiting()
    {
        var job = Framed(All[1..3]);
        Begin(job, 1);
        var absent = new NodeProtocol.Absent(Job, new Epoch(1), Client, null, TimeSpan.FromHours(1));

        job.Tell(absent);
        Assert.Equal(JobStep.Releasing, job.State.Step);
        job.Tell(absent);
        job.Tell(StorageStopped(1));
        Assert.Equal((ScriptPlace.Client, ScriptMoment.After), Running(job));
        job.Tell(absent);

        Assert.Equal(JobStep.Pausing, job.State.Step); // it may come back: another attempt
        Assert.IsType<JobFailure.ClientLost>(job.State.Lost);
    }

    [Fact]
    public void Scripts_of_which_nothing_is_heard_are_given_up_behind_all_their_limits()
    {
        var job = Framed(All[1], All[1]);
        Begin(job, 1);
        var since = job.State.Scripts!.Since;

        var deadline = JobScripts.Deadline(job.State, TimeSpan.FromMinutes(10));

        Assert.Equal(since.AddMinutes(10 + 1 + (2 * (1 + 1))), deadline);
        Over(job, JobScripts.Overdue(job.State));
        Assert.Equal(JobStep.Releasing, job.State.Step);
        job.Release(1);
        Assert.Contains("Nothing was heard of its end", FailureText.Sentence(job.End().Failure!));
    }

    [Fact]
    public void A_job_of_which_nothing_changed_is_complete_and_what_runs_on_success_runs()
    {
        var job = Framed(Script(ScriptPlace.Client, ScriptMoment.After, ScriptCondition.Success));
        Begin(job, 1);
        job.Tell(Ready(1));

        job.Tell(ClientFailed(1, new JobFailure.NothingChanged(Client, Image)));
        job.Release(1);
        Assert.Equal((ScriptPlace.Client, ScriptMoment.After), Running(job));
        Over(job);

        Assert.Equal((JobOutcome.Complete, null), job.End());
    }

    [Fact]
    public void A_job_of_scripts_alone_is_done_when_those_before_the_work_are()
    {
        var job = new JobRun(Admin);
        Over(job);
        job.Tell(new AllocatorProtocol.Granted(Job, null, job.State.Turn));
        job.Happen(new JobEvents.AttemptStarted(new Epoch(1), job.Now));
        Assert.Equal((ScriptPlace.Client, ScriptMoment.Before), Running(job));
        Assert.False(job.State.WorkDone);
        Over(job);
        Assert.Equal(JobStep.Releasing, job.State.Step);
        job.Tell(ClientStopped(1));
        Assert.Equal((ScriptPlace.Client, ScriptMoment.After), Running(job));
        Assert.Equal("complete", Told(job)["BACKUP_OUTCOME"]);
        Over(job);
        Over(job);

        Assert.Equal((JobOutcome.Complete, null), job.End());
    }

    [Fact]
    public void A_job_of_scripts_alone_fails_with_them()
    {
        var job = new JobRun(Admin);
        Over(job);
        job.Tell(new AllocatorProtocol.Granted(Job, null, job.State.Turn));
        job.Happen(new JobEvents.AttemptStarted(new Epoch(1), job.Now));
        Over(job, Bad);
        job.Tell(ClientStopped(1));
        Over(job);
        Over(job);

        Assert.Equal((JobOutcome.Failed, Bad), job.End());
    }

    [Fact]
    public void A_job_says_what_it_is_by_the_environment()
    {
        var job = Framed(All[1]);
        Begin(job, 3);

        Assert.Equal(
            new Dictionary<string, string>
            {
                ["BACKUP_JOB"] = "7",
                ["BACKUP_WHEN"] = "before",
                ["BACKUP_ATTEMPT"] = "1",
                ["BACKUP_POLICY"] = "daily",
                ["BACKUP_CLIENT"] = "web1",
                ["BACKUP_FILE_SET"] = "etc",
                ["BACKUP_LEVEL"] = "0",
            },
            Told(job));
    }

    [Fact]
    public void A_job_is_cancelled_by_the_first_of_its_limits_and_says_which()
    {
        var job = new JobRun(Save() with { Frame = new JobFrame([], TimeSpan.FromHours(2)) });
        Assert.Null(JobDeadlines.Next(job.State, TimeSpan.Zero)); // it has not begun
        Assert.Equal(job.State.AskedAt.AddDays(1), JobDeadlines.Next(job.State, TimeSpan.FromDays(1))!.Value.At);
        job.Attempt(1);
        var begun = job.State.FirstBegunAt!.Value;
        Assert.Null(JobDeadlines.Reached(job.State, TimeSpan.FromDays(1), begun.AddMinutes(119)));
        Assert.Contains("accepted 3 minutes ago",
            JobDeadlines.Reached(job.State, TimeSpan.FromMinutes(3), begun.AddMinutes(119)));

        job.Tell(new LimitReached(JobDeadlines.Reached(job.State, TimeSpan.FromDays(1), begun.AddHours(2))!));
        Assert.Null(JobDeadlines.Next(job.State, TimeSpan.FromDays(1)));
        job.Release(1);

        var (outcome, failure) = job.End();
        Assert.Equal(JobOutcome.Cancelled, outcome);
        Assert.Equal(
            "Cancelled by a rule: it ran for 2 hours, which its policy's run-time-max allows.",
            FailureText.Sentence(failure!));
    }

    [Fact]
    public void The_time_of_all_attempts_counts()
    {
        var job = new JobRun(Save() with { Frame = new JobFrame([], TimeSpan.FromHours(2)) });
        job.Attempt(1);
        var begun = job.State.FirstBegunAt;
        job.Tell(ClientFailed(1, new JobFailure.ClientLost(Client, "Gone.")));
        job.Release(1);
        job.Happen(new JobEvents.Resumed(job.Now));
        job.Attempt(2);

        Assert.Equal(begun!.Value.AddHours(2), JobDeadlines.Next(job.State, TimeSpan.Zero)!.Value.At);
    }

    internal static JobRun Framed(params JobScript[] scripts) => new(Save() with { Frame = new JobFrame(scripts) });

    private static (ScriptPlace, ScriptMoment) Running(JobRun job)
    {
        Assert.Equal(JobStep.Scripting, job.State.Step);
        return (job.State.Scripts!.Where, job.State.Scripts.When);
    }

    private static IReadOnlyDictionary<string, string> Told(JobRun job) => JobScripts.Environment(Job, job.State);

    private static void Over(JobRun job, JobFailure? failure = null) =>
        job.Tell(new ScriptsOver(job.State.Scripts!, failure));

    private static ClientProtocol.ScriptsEnded Ended(long epoch, ScriptMoment when) =>
        new(Job, new Epoch(epoch), when, null);

    private static void Begin(JobRun job, long epoch)
    {
        job.Tell(new AllocatorProtocol.Granted(Job, Drive, job.State.Turn));
        job.Happen(new JobEvents.AttemptStarted(new Epoch(epoch), job.Now));
    }

    private static void Work(JobRun job, long epoch)
    {
        job.Tell(Ready(epoch));
        job.Tell(Closed(epoch, 0, seal: true));
        job.Tell(StorageDone(epoch));
        job.Tell(ClientDone(epoch));
        job.Release(epoch);
    }
}
