using Akka.TestKit;
using Backup.Actors.Clients;
using Backup.Actors.Scripts;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Scripts;

public sealed class ClientScriptsSpecs : ActorKit
{
    private readonly List<IAttemptMessage> _told = [];
    private readonly ClientScripts _scripts;
    private readonly TestProbe _session;

    public ClientScriptsSpecs()
    {
        _session = CreateTestProbe();
        _scripts = new ClientScripts(_told.Add);
    }

    [Fact]
    public void Scripts_run_once_for_an_attempt_however_often_they_are_ordered()
    {
        Assert.True(_scripts.Admits(Order(1)));
        _scripts.Begin(Order(1), _session.Ref);
        Assert.False(_scripts.Admits(Order(1)));
        Assert.Empty(_told);

        _scripts.Ended(_session.Ref, null);
        Assert.False(_scripts.Admits(Order(1)));

        var ended = new ClientProtocol.ScriptsEnded(Job, new Epoch(1), ScriptMoment.Before, null);
        Assert.Equal([ended, ended], _told);
        Assert.True(_scripts.Admits(Order(1, ScriptMoment.After)));
        Assert.True(_scripts.Admits(Order(2)));
    }

    [Fact]
    public void An_attempt_that_is_stopped_kills_what_runs_before_it_and_never_begins_it_again()
    {
        var stop = new ClientProtocol.Stop(Job, new Epoch(1));
        _scripts.Begin(Order(1), _session.Ref);

        Assert.True(_scripts.Holds(stop));
        _session.ExpectMsg<ScriptSession.Stop>();
        Assert.Equal(stop, _scripts.Ended(_session.Ref, new JobFailure.Cancelled("the job")));

        Assert.False(_scripts.Holds(stop));
        Assert.False(_scripts.Admits(Order(1)));
        Assert.True(_scripts.Admits(Order(1, ScriptMoment.After)));
    }

    [Fact]
    public void An_order_that_comes_behind_the_stop_of_its_attempt_runs_nothing()
    {
        Assert.False(_scripts.Holds(new ClientProtocol.Stop(Job, new Epoch(2))));

        Assert.False(_scripts.Admits(Order(2)));
        Assert.False(_scripts.Admits(Order(1, ScriptMoment.After)));
        Assert.True(_scripts.Admits(Order(2, ScriptMoment.After)));
        Assert.Empty(_told.OfType<ClientProtocol.ScriptsEnded>());
    }

    [Fact]
    public void What_runs_after_the_work_is_not_killed_by_a_stop_that_comes_twice()
    {
        _scripts.Begin(Order(1, ScriptMoment.After), _session.Ref);

        Assert.False(_scripts.Holds(new ClientProtocol.Stop(Job, new Epoch(1))));
        _session.ExpectNoMsg(TimeSpan.Zero);

        _scripts.Tell(_session.Ref, new ScriptLine(LogSeverity.Info, "script-output", "thaw: done"));
        _scripts.Ended(_session.Ref, null);
        Assert.Equal([typeof(ClientProtocol.Said), typeof(ClientProtocol.ScriptsEnded)],
            _told.Select(told => told.GetType()));
    }

    [Fact]
    public void A_newer_attempt_waits_until_the_scripts_of_the_older_one_have_ended()
    {
        _scripts.Begin(Order(1), _session.Ref);

        Assert.False(_scripts.Admits(Order(2)));
        _session.ExpectMsg<ScriptSession.Stop>();
        _scripts.Ended(_session.Ref, null);

        Assert.True(_scripts.Admits(Order(2)));
    }

    [Fact]
    public void Work_whose_scripts_ran_before_the_client_was_restarted_is_not_begun()
    {
        Assert.False(_scripts.HavePrepared(Work(1)));
        Assert.True(_scripts.HavePrepared(Work(1, ScriptMoment.After)));

        _scripts.Begin(Order(1), _session.Ref);
        _scripts.Ended(_session.Ref, null);

        Assert.True(_scripts.HavePrepared(Work(1)));
        Assert.False(_scripts.HavePrepared(Work(2)));
    }

    private static ClientProtocol.Save Work(long epoch, ScriptMoment when = ScriptMoment.Before) => new(
        Job, new Epoch(epoch),
        Save() with { Frame = new JobFrame([ScriptFolder.Script(ScriptPlace.Client, when)]) },
        new DataAddress("", "token"), At, ResumePoint.Beginning);

    private static ClientProtocol.RunScripts Order(long epoch, ScriptMoment when = ScriptMoment.Before) => new(
        Job, new Epoch(epoch), when, [ScriptFolder.Script(ScriptPlace.Client, when)],
        new Dictionary<string, string>());
}
