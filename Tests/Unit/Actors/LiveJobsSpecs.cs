using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit.Xunit2;
using Backup.Actors.Gateway;
using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.Unit.Actors;

public sealed class LiveJobsSpecs : ActorKit
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly JobProgress Progress = new(
        "transferring", 5, 500, 50, 100, 1, null, null, null, null, JobSamples.At);

    public LiveJobsSpecs() : base(TestScheduled)
    {
    }

    [Fact]
    public async Task Jobs_that_have_not_ended_are_listed_as_their_sagas_know_them()
    {
        var region = CreateTestProbe();
        var listing = new LiveJobs(region.Ref, Patience).Of(
            [Row(3, "waiting"), Row(2, "running"), Row(1, "ended", JobOutcome.Complete)]);

        var asked = region.ExpectMsg<JobProtocol.Ask>();
        region.Reply(new JobProtocol.Status(asked.Job, "waiting", null, ["drive tapes/0 is held by job 2"]));
        asked = region.ExpectMsg<JobProtocol.Ask>();
        region.Reply(new JobProtocol.Status(asked.Job, "running", Progress, []));
        var listed = await listing;

        region.ExpectNoMsg(TimeSpan.FromMilliseconds(50));
        Assert.Equal([3L, 2, 1], listed.Select(job => job.Job.Value));
        Assert.Equal(["waiting", "running", "ended"], listed.Select(job => job.State));
        Assert.Equal([7L, 5, 7], listed.Select(job => job.Files));
        Assert.Equal("drive tapes/0 is held by job 2", Assert.Single(listed[0].WaitsFor!));
        Assert.Empty(listed[1].WaitsFor!);
        Assert.Null(listed[2].WaitsFor);
    }

    [Fact]
    public async Task A_list_waits_a_second_for_a_saga_that_moves_and_then_says_so()
    {
        var listing = new LiveJobs(CreateTestProbe().Ref, Patience).Of([Row(3, "running")]);
        ((Akka.TestKit.TestScheduler)Sys.Scheduler).Advance(TimeSpan.FromSeconds(1));

        var job = Assert.Single(await listing.WaitAsync(TimeSpan.FromMinutes(2)));
        Assert.Equal(("running", 7L), (job.State, job.Files));
        Assert.Contains("does not answer", Assert.Single(job.WaitsFor!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_jobs_than_are_asked_at_once_stay_as_the_catalog_has_them()
    {
        var region = Sys.ActorOf(Props.Create(() => new Waiting()));

        var listed = await new LiveJobs(region, Patience).Of(
            [.. Enumerable.Range(1, LiveJobs.AskedMax + 3).Select(job => Row(job, "waiting"))]);

        Assert.Equal(LiveJobs.AskedMax, listed.Count(job => job.WaitsFor is { Count: 1 }));
        Assert.All(listed.Skip(LiveJobs.AskedMax), job => Assert.Null(job.WaitsFor));
    }

    private static JobSummary Row(long job, string state, JobOutcome? outcome = null) => new(
        new JobId(job), JobKind.Backup, new PolicyName("nightly"), JobSamples.Client, 0, state, outcome, null,
        JobSamples.At, null, 7, 700, 70, 0, 1, null);

    private sealed class Waiting : ReceiveActor
    {
        public Waiting() => Receive<JobProtocol.Ask>(ask =>
            Sender.Tell(new JobProtocol.Status(ask.Job, "waiting", null, ["it must"])));
    }
}
