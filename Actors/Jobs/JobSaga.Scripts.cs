using Akka.Actor;
using Backup.Actors.Scripts;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;

namespace Backup.Actors.Jobs;

/// <content>The scripts around the work, and the limits of its time.</content>
public sealed partial class JobSaga
{
    private (ScriptStage Stage, IActorRef Actor)? _session;
    private (ScriptStage? Stage, DateTimeOffset At) _pursued;

    private void ReceiveScripts()
    {
        Command<ScriptLine>(line => _news.Log(line.Severity, line.Code, line.Text));
        Command<ClientProtocol.Said>(said => _news.Log(said.Severity, said.Code, said.Text));
        Command<ScriptSession.Ended>(ended =>
        {
            if (_session is not { } known || !known.Actor.Equals(Sender)) return;
            _session = null;
            Handle(new ScriptsOver(known.Stage, ended.Failure));
        });
        Command<TimeUp>(_ =>
        {
            if (JobDeadlines.Reached(_state, _options.LifeMax, Now) is { } rule) Handle(new LimitReached(rule));
        });
    }

    /// <summary>
    /// The client is told again and again, and runs them once. Those of the director run here: whoever takes the job up
    /// when it died begins them anew, since nobody knows how far they were.
    /// </summary>
    private void PursueScripts()
    {
        var running = _state.Scripts!;
        if (_session?.Stage != running) DropSession();
        // Nobody asked for them while there was no director
        if (_pursued.Stage != running) _pursued = (running, Now);
        var late = _pursued.At > running.Since ? _pursued.At - running.Since : TimeSpan.Zero;
        if (Now > JobScripts.Deadline(_state, _options.AbsentMax) + late)
        {
            DropSession();
            EndScripts(JobScripts.Overdue(_state));
        }
        else if (running.Where == ScriptPlace.Client) ToClient(JobOrders.ToRunScripts(_job, _state));
        else if (_state.Cancelling && running.When == ScriptMoment.Before) StopScripts();
        else
            _session ??= (running, Context.ActorOf(ScriptSession.Props(new ScriptOrder(
                running.When, JobScripts.Of(_state, running.Where, running.When),
                JobScripts.Environment(_job, _state), JobScripts.PlaceOf(_state, running.Where), _options.Scripts,
                "job.scripts"))));
    }

    /// <summary>What still runs of a stage that is over is killed, and its end means nothing for another.</summary>
    private void DropSession()
    {
        if (_session is not { } old) return;
        Context.Stop(old.Actor);
        _session = null;
    }

    private void StopScripts()
    {
        if (_session is not { } running) EndScripts(null);
        else running.Actor.Tell(ScriptSession.Stop.Instance);
    }

    private void EndScripts(JobFailure? failure)
    {
        if (_state.Scripts is { } running) Handle(new ScriptsOver(running, failure));
    }

    /// <summary>Looked at again whenever anything is: a clock may have been set.</summary>
    private void WatchTime()
    {
        if (JobDeadlines.Next(_state, _options.LifeMax) is not { } limit) return;
        var wait = limit.At - Now;
        Timers.StartSingleTimer(nameof(TimeUp), TimeUp.Instance, wait > TimeSpan.Zero ? wait : TimeSpan.Zero);
    }

    private sealed record TimeUp : INoSerializationVerificationNeeded
    {
        public static readonly TimeUp Instance = new();
    }
}

/// <summary>Scripts that the saga runs, or waits for, have ended.</summary>
/// <param name="Running">Which.</param>
/// <param name="Failure">The first failure that counts; null: there was none.</param>
internal sealed record ScriptsOver(ScriptStage Running, JobFailure? Failure) : INoSerializationVerificationNeeded;

/// <summary>The job may not take more time.</summary>
/// <param name="Rule">By which rule.</param>
internal sealed record LimitReached(string Rule) : INoSerializationVerificationNeeded;
