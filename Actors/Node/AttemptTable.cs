using Akka.Actor;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;

namespace Backup.Actors.Node;

/// <summary>
/// The attempts at which a node's client or storage works, one a job: its newest epoch, its session, and the last word
/// that the job may not have heard. Older epochs are refused, repeats are answered with that word. State of one actor:
/// not for two threads.
/// </summary>
/// <param name="words">How client or storage says things.</param>
/// <param name="report">Tells the job.</param>
/// <param name="end">Stops a session at once.</param>
/// <param name="events">Takes what becomes of sessions; null: nobody asks for it.</param>
internal sealed class AttemptTable(
    AttemptWords words, Action<IAttemptMessage> report, Action<IActorRef> end, SessionEvents? events = null)
{
    private readonly Dictionary<JobId, Attempt> _attempts = [];

    /// <summary>Sessions that work.</summary>
    public int Working => _attempts.Values.Count(attempt => attempt.Session is not null);

    private IEnumerable<JobId> At => _attempts.Where(pair => pair.Value.Session is not null).Select(pair => pair.Key);

    /// <summary>True while something of a job's attempt is kept: until the job stops it.</summary>
    public bool Holds(JobId job) => _attempts.ContainsKey(job);

    /// <summary>Jobs of which something is kept.</summary>
    public IEnumerable<JobId> Held => _attempts.Keys;

    /// <summary>The newest attempt's epoch; null when nothing of the job is kept.</summary>
    public Epoch? EpochOf(JobId job) => _attempts.GetValueOrDefault(job)?.Epoch;

    /// <summary>The session that works for a job; null when none does.</summary>
    public IActorRef? SessionOf(JobId job) => _attempts.GetValueOrDefault(job)?.Session;

    /// <summary>
    /// True when an order is to be begun; otherwise it is answered, or an older session must end first: the job then
    /// asks again.
    /// </summary>
    public bool Admits(IAttemptMessage order)
    {
        if (!_attempts.TryGetValue(order.Job, out var known)) return true;
        if (order.Epoch.Value < known.Epoch.Value) Refuse(order, new JobFailure.Fenced(order.Epoch, known.Epoch));
        else if (order.Epoch == known.Epoch) Repeat(known);
        else if (known.Session is not null) end(known.Session);
        else return true;
        return false;
    }

    /// <summary>An order that cannot be begun.</summary>
    public void Refuse(IAttemptMessage order, JobFailure failure) =>
        report(words.Failed(order.Job, order.Epoch, failure));

    /// <summary>An order's session works.</summary>
    /// <param name="order">What was admitted.</param>
    /// <param name="session">Its session, which the actor watches.</param>
    /// <param name="word">What the job is told at once; null: nothing yet.</param>
    public void Begin(IAttemptMessage order, IActorRef session, IAttemptMessage? word = null)
    {
        var begun = _attempts[order.Job] = new Attempt(
            order.Epoch, session, word, new ToldItems(keeps: order is not ClientProtocol.Save));
        events?.Begun(order, At);
        Repeat(begun);
    }

    /// <summary>
    /// The job asks whether the attempt is known: it may not have heard the last word, nor the items before it.
    /// </summary>
    public void Answer(IAttemptMessage query)
    {
        if (_attempts.TryGetValue(query.Job, out var known) && known.Epoch == query.Epoch)
        {
            foreach (var told in known.Items.Again(query)) report(told);
            Repeat(known);
        }
        else report(words.Unknown(query.Job, query.Epoch));
    }

    /// <summary>
    /// The job ends the attempt and all older ones: answered when its session holds nothing any more.
    /// </summary>
    public void Stop(IAttemptMessage stop)
    {
        if (_attempts.TryGetValue(stop.Job, out var known))
        {
            if (stop.Epoch.Value < known.Epoch.Value) return;
            if (known.Session is not null)
            {
                _attempts[stop.Job] = known with { Stopping = stop.Epoch };
                known.Session.Tell(stop);
                return;
            }
            _attempts.Remove(stop.Job);
        }
        report(words.Stopped(stop.Job, stop.Epoch));
    }

    /// <summary>A session's report goes to the job, unless a newer attempt has taken its place.</summary>
    public void Take(IAttemptMessage said)
    {
        if (!_attempts.TryGetValue(said.Job, out var known) || known.Epoch != said.Epoch) return;
        if (words.IsKept(said)) _attempts[said.Job] = known with { LastWord = said };
        report(known.Items.Number(said));
    }

    /// <summary>
    /// A session has ended: as the job asked, with its last word said, or without one, which loses the attempt.
    /// </summary>
    /// <returns>False when it is no session of these attempts.</returns>
    public bool Ended(IActorRef session)
    {
        var (job, known) = _attempts.FirstOrDefault(pair => session.Equals(pair.Value.Session));
        if (known is null) return false;
        if (known.Stopping is { } epoch)
        {
            _attempts.Remove(job);
            events?.Stopped(job, At);
            report(words.Stopped(job, epoch));
            return true;
        }
        var word = known.LastWord;
        if (word is null || !words.IsLast(word))
        {
            word = words.Failed(job, known.Epoch, new JobFailure.Internal(words.Silence));
            report(word);
        }
        _attempts[job] = known with { Session = null, LastWord = word };
        events?.Ended(word, At);
        return true;
    }

    private void Repeat(Attempt known)
    {
        if (known.LastWord is { } word) report(word);
    }

    private sealed record Attempt(
        Epoch Epoch, IActorRef? Session, IAttemptMessage? LastWord, ToldItems Items, Epoch? Stopping = null);
}

/// <summary>What client or storage says of an attempt.</summary>
/// <param name="Unknown">It knows no such attempt.</param>
/// <param name="Stopped">Nothing of the attempt runs any more.</param>
/// <param name="Failed">The attempt has failed.</param>
/// <param name="IsKept">True for a report that is told again when the job asks.</param>
/// <param name="IsLast">True for a report behind which no other comes.</param>
/// <param name="Silence">The sentence for a session that ended without such a report.</param>
internal sealed record AttemptWords(
    Func<JobId, Epoch, IAttemptMessage> Unknown,
    Func<JobId, Epoch, IAttemptMessage> Stopped,
    Func<JobId, Epoch, JobFailure, IAttemptMessage> Failed,
    Predicate<IAttemptMessage> IsKept,
    Predicate<IAttemptMessage> IsLast,
    string Silence);
