using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Storage;
using Backup.Messages.Volumes;
using Backup.Persistence.Journal;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>
/// Whatever comes in whatever order, the rules of a job hold. A failure names the seed that shows it again.
/// </summary>
public sealed class JobModelSpecs
{
    private const int Walks = 400;
    private const int Steps = 120;

    [Theory]
    [InlineData("backup")]
    [InlineData("backup with scripts")]
    [InlineData("restore")]
    [InlineData("verify media")]
    [InlineData("verify disk")]
    [InlineData("estimate")]
    [InlineData("scan")]
    [InlineData("merge")]
    [InlineData("admin")]
    public void Random_messages_never_break_a_job(string kind)
    {
        for (var seed = 0; seed < Walks; seed++)
        {
            var random = new Random(seed);
            var job = new JobRun(Named(kind));
            for (var step = 0; step < Steps; step++)
            {
                var wasOver = job.State.Step == JobStep.Over;
                var thrown = Record.Exception(() => Next(job, random));
                Assert.True(thrown is null, $"seed {seed}, step {step}, in {job.State.Step}: {thrown}");
                Assert.True(!wasOver || job.State.Step == JobStep.Over, $"seed {seed}: a job went on after its end.");
            }
            CheckFragments(job, seed);
            Assert.True(Equal(job.State, job.Replayed()),
                $"seed {seed}: the journal gives another state than the messages did.");
            Finish(job, seed);
            Assert.True(
                Equal(job.State, job.Replayed()), $"seed {seed}: the journal gives another end than the messages did.");
        }
    }

    private static void CheckFragments(JobRun job, int seed)
    {
        var closed = job.Events.OfType<JobEvents.FragmentClosed>()
            .Select(happened => happened.Fragment.Fragment).ToList();
        Assert.True(closed.SequenceEqual(Enumerable.Range(0, closed.Count)),
            $"seed {seed}: fragments closed out of order: {string.Join(' ', closed)}");
        Assert.Equal(closed.Count, job.State.Closed.Count);
    }

    /// <summary>From wherever the walk left it, a job whose neighbours answer comes to its end.</summary>
    private static void Finish(JobRun job, int seed)
    {
        for (var step = 0; job.State.Step != JobStep.Over; step++)
        {
            Assert.True(step < 100, $"seed {seed}: the job does not come to its end; it is {job.State.Step}.");
            var epoch = job.State.Epoch.Value;
            switch (job.State.Step)
            {
                case JobStep.Reserving:
                    job.Tell(new AllocatorProtocol.Granted(Job, Drive, job.State.Turn));
                    break;
                case JobStep.Starting: job.Happen(new JobEvents.AttemptStarted(new Epoch(epoch + 1), job.Now)); break;
                case JobStep.Opening: job.Tell(Ready(epoch)); break;
                case JobStep.Transferring:
                    job.Tell(StorageDone(epoch));
                    job.Tell(Closed(epoch, job.State.Closed.Count, seal: true));
                    job.Tell(ClientDone(epoch));
                    break;
                case JobStep.Releasing: job.Release(epoch); break;
                case JobStep.Scripting: job.Tell(new ScriptsOver(job.State.Scripts!, null)); break;
                case JobStep.Pausing: job.Happen(new JobEvents.Resumed(job.Now)); break;
                case JobStep.Ending: job.End(); break;
            }
        }
    }

    /// <summary>
    /// What the saga itself does is only done in its step; what comes from outside comes at any time.
    /// </summary>
    private static void Next(JobRun job, Random random)
    {
        var step = job.State.Step;
        if (step == JobStep.Starting && random.Next(2) == 0)
            job.Happen(new JobEvents.AttemptStarted(new Epoch(job.State.Epoch.Value + 1 + random.Next(2)), job.Now));
        else if (step == JobStep.Pausing && random.Next(2) == 0) job.Happen(new JobEvents.Resumed(job.Now));
        else if (step == JobStep.Ending && random.Next(4) == 0) job.End();
        else if (step == JobStep.Scripting && random.Next(2) == 0) Scripts(job, random);
        else job.Tell(Message(job.State, random), Awaited(step, random));
    }

    private static void Scripts(JobRun job, Random random)
    {
        var failure = random.Next(4) == 0 ? new JobFailure.ScriptFailed("here", "/bin/false", 1, "Bad.") : null;
        if (job.State.Scripts!.Where == ScriptPlace.Director)
            job.Tell(new ScriptsOver(job.State.Scripts, failure));
        else
            job.Tell(ScriptsDone(
                job.State.Epoch.Value, random.Next(4) == 0 ? ScriptMoment.Before : job.State.Scripts.When, failure));
    }

    private static object Message(JobState state, Random random)
    {
        var epoch = Math.Max(0, state.Epoch.Value + (random.Next(5) == 0 ? random.Next(-2, 2) : 0));
        var failure = random.Next(3) switch
        {
            0 => new JobFailure.NoVolume(new PoolName("main"), Library),
            1 => new JobFailure.VolumeError(Volume, "write", "EIO."),
            _ => (JobFailure)new JobFailure.ClientLost(Client, "Gone."),
        };
        return random.Next(40) switch
        {
            0 => new JobProtocol.Cancel(Job),
            1 when random.Next(2) == 0 => new JobProtocol.Assign(
                Job, random.Next(3) == 0 ? null : $"person {random.Next(2)}", "an operator", null),
            1 => new JobProtocol.Start(Job, state.Spec ?? Scan),
            2 => new AllocatorProtocol.Refused(Job, failure),
            < 8 => new AllocatorProtocol.Granted(Job, Drive, Math.Max(1, state.Turn - (random.Next(5) == 0 ? 1 : 0))),
            < 13 => Ready(epoch, state.Closed.Count),
            < 18 => Closed(
                epoch, Math.Max(0, state.Closed.Count + random.Next(-1, 2)), seal: random.Next(6) == 0,
                exceptions: random.Next(2)),
            < 21 => StorageDone(epoch),
            < 24 => ClientDone(epoch),
            24 => StorageFailed(epoch, failure),
            25 => ClientFailed(epoch, failure),
            26 => new StorageProtocol.Unknown(Job, new Epoch(epoch)),
            27 => new ClientProtocol.Unknown(Job, new Epoch(epoch)),
            28 => new ClientProtocol.Begun(Job, new Epoch(epoch)),
            29 => new JobProtocol.Ask(Job),
            < 35 => StorageStopped(epoch),
            _ => ClientStopped(epoch),
        };
    }

    private static MountRequest? Awaited(JobStep step, Random random) =>
        step is not (JobStep.Opening or JobStep.Transferring) || random.Next(3) == 0
        ? null : new MountRequest(Job, Drive, Volume, null, At.AddHours(random.Next(2)));

    private static bool Equal(JobState left, JobState right) => left == right;
}
