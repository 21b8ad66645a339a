using Akka.Actor;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Tests.Unit.Scripts;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

public sealed class JobSagaScriptsSpecs : JobSagaKit
{
    private readonly ScriptFolder _folder = new();

    protected override void AfterAll()
    {
        base.AfterAll();
        _folder.Dispose();
    }

    /// <summary>As when the clock of a director is set forward.</summary>
    [Fact]
    public void Scripts_that_are_given_up_are_killed_and_those_of_the_next_stage_run()
    {
        var before = _folder.Write("before", $": > {_folder.File("began")}; exec sleep 600");
        var after = _folder.Write("after", $": > {_folder.File("tidied")}");
        var frame = new JobFrame(
        [
            ScriptFolder.Script(ScriptPlace.Director, ScriptMoment.Before, command: [before]),
            ScriptFolder.Script(ScriptPlace.Director, ScriptMoment.After, command: [after]),
        ]);
        var saga = Saga(Options with { Scripts = [_folder.Path] });
        saga.Tell(new JobProtocol.Start(Job, Save() with { Frame = frame }), TestActor);
        ExpectMsg<JobProtocol.Accepted>();
        AwaitAssert(() => Assert.True(File.Exists(_folder.File("began"))));
        Heard(saga);

        Time.Advance(TimeSpan.FromDays(1));

        AwaitAssert(() => Assert.True(File.Exists(_folder.File("tidied"))));
        AwaitAssert(() => Assert.Equal(JobPhase.Ended, Catalog.Jobs.Get(Job).Value.Phase));
        Assert.Equal(JobOutcome.Failed, Catalog.Jobs.Get(Job).Value.Outcome);
    }
}
