using Akka.Actor;
using Backup.Actors.Scripts;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;

namespace Backup.Actors.Clients;

/// <summary>
/// The scripts that run on a client for jobs. What was run for an attempt is remembered, so that an order that comes
/// twice, or late, runs nothing twice. State of one actor: not for two threads.
/// </summary>
/// <param name="report">Tells the job.</param>
internal sealed class ClientScripts(Action<IAttemptMessage> report)
{
    /// <summary>Jobs that are remembered: more than are under way anywhere.</summary>
    private const int JobsMax = 10_000;

    private readonly Dictionary<JobId, Stage> _stages = [];
    private readonly Queue<JobId> _oldest = new();

    /// <summary>
    /// True when an order is to be begun. Otherwise it is answered, or what ran before must end first and the job asks
    /// again, or nobody waits for it any more.
    /// </summary>
    public bool Admits(ClientProtocol.RunScripts order)
    {
        var known = _stages.GetValueOrDefault(order.Job);
        if (known is null) return true;
        if ((known.Epoch, known.When) == (order.Epoch, order.When))
        {
            if (known.Word is { } word) report(word);
            return false;
        }
        if (!known.IsBefore(order.Epoch, order.When)) return false;
        known.Session?.Tell(ScriptSession.Stop.Instance);
        return known.Session is null;
    }

    /// <summary>
    /// False: what scripts were to make ready for the work was made by a process that has ended since, and may be gone
    /// with it.
    /// </summary>
    /// <param name="order">To begin the work.</param>
    public bool HavePrepared(ClientProtocol.Save order) =>
        order.Spec.Frame?.Scripts.Any(script => script is { Where: ScriptPlace.Client, When: ScriptMoment.Before })
            is not true
        || (_stages.GetValueOrDefault(order.Job) is { } known && known.Epoch.Value >= order.Epoch.Value);

    /// <summary>The scripts of an order run.</summary>
    /// <param name="order">What was admitted.</param>
    /// <param name="session">Its session, which the actor watches.</param>
    public void Begin(ClientProtocol.RunScripts order, IActorRef session) =>
        Remember(order.Job, new Stage(order.Epoch, order.When, session, null));

    /// <summary>
    /// An attempt ends: its scripts that run before the work are killed, and not begun any more.
    /// </summary>
    /// <returns>True: <see cref="Ended"/> gives the order back, when none of them runs.</returns>
    public bool Holds(ClientProtocol.Stop stop)
    {
        var known = _stages.GetValueOrDefault(stop.Job);
        if (known?.Session is { } session && known.When == ScriptMoment.Before
            && known.Epoch.Value <= stop.Epoch.Value)
        {
            _stages[stop.Job] = known with { Stopping = stop };
            session.Tell(ScriptSession.Stop.Instance);
            return true;
        }
        if (known is null || (known.Session is null && known.IsBefore(stop.Epoch, ScriptMoment.Before)))
            Remember(stop.Job, new Stage(stop.Epoch, ScriptMoment.Before, null, null));
        return false;
    }

    /// <summary>A line of a script, for its job's log.</summary>
    public void Tell(IActorRef session, ScriptLine line)
    {
        if (Of(session) is ({ } job, { } known))
            report(new ClientProtocol.Said(job, known.Epoch, line.Severity, line.Code, line.Text));
    }

    /// <summary>The scripts of a session have ended; an actor that is none is passed over.</summary>
    /// <param name="session">The session.</param>
    /// <param name="failure">The first failure that counts; null: there was none.</param>
    /// <returns>The order that waited for their end; null: none did.</returns>
    public ClientProtocol.Stop? Ended(IActorRef session, JobFailure? failure)
    {
        if (Of(session) is not ({ } job, { } known)) return null;
        var word = new ClientProtocol.ScriptsEnded(job, known.Epoch, known.When, failure);
        _stages[job] = known with { Session = null, Word = word, Stopping = null };
        report(word);
        return known.Stopping;
    }

    private (JobId? Job, Stage? Stage) Of(IActorRef session) => _stages
        .Where(pair => session.Equals(pair.Value.Session))
        .Select(pair => ((JobId?)pair.Key, (Stage?)pair.Value)).FirstOrDefault();

    private void Remember(JobId job, Stage stage)
    {
        if (!_stages.ContainsKey(job)) _oldest.Enqueue(job);
        _stages[job] = stage;
        // One that works goes to the end of the queue: it is young again.
        if (_oldest.Count <= JobsMax || !_oldest.TryDequeue(out var old)) return;
        if (_stages[old].Session is null) _stages.Remove(old);
        else _oldest.Enqueue(old);
    }

    private sealed record Stage(
        Epoch Epoch, ScriptMoment When, IActorRef? Session, ClientProtocol.ScriptsEnded? Word,
        ClientProtocol.Stop? Stopping = null)
    {
        public bool IsBefore(Epoch epoch, ScriptMoment when) =>
            Epoch.Value < epoch.Value || (Epoch == epoch && When < when);
    }
}
