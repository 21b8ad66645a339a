namespace Akka.Actor;

/// <summary>Keeps messages aside and gives them back, in order, ahead of all others.</summary>
public interface IStash
{
    int Count { get; }
    bool NonEmpty { get; }

    void Stash();

    void Unstash();

    void UnstashAll();

    IEnumerable<Envelope> ClearStash();

    void Prepend(IEnumerable<Envelope> envelopes);
}

public interface IActorStash
{
    IStash Stash { get; set; }
}

public interface IWithUnrestrictedStash : IActorStash;

public interface IWithStash : IWithUnrestrictedStash;

public interface IWithUnboundedStash : IWithUnrestrictedStash;

/// <summary>
/// A stash of an actor; there may be several (a persistent actor has one of its own beside the user's).
/// </summary>
internal sealed class StashImpl(ActorCell cell) : IStash
{
    private List<Envelope> _stashed = [];
    private long _lastStashed = -1;

    public int Count => _stashed.Count;
    public bool NonEmpty => _stashed.Count > 0;

    public void Stash()
    {
        if (_lastStashed == cell.MessagesTaken)
            throw new IllegalActorStateException(
                $"Can't stash the same message more than once: {cell.CurrentMessage}");
        _lastStashed = cell.MessagesTaken;
        _stashed.Add(cell.CurrentEnvelope);
    }

    public void Unstash()
    {
        if (_stashed.Count == 0) return;
        cell.Mailbox.Prepend([_stashed[0]]);
        _stashed.RemoveAt(0);
    }

    public void UnstashAll() => UnstashAll(_ => true);

    public void UnstashAll(Func<Envelope, bool> predicate)
    {
        if (_stashed.Count == 0) return;
        var stashed = _stashed;
        _stashed = [];
        cell.Mailbox.Prepend([.. stashed.Where(predicate)]);
    }

    public IEnumerable<Envelope> ClearStash()
    {
        var stashed = _stashed;
        _stashed = [];
        return stashed;
    }

    public void Prepend(IEnumerable<Envelope> envelopes) => _stashed.InsertRange(0, envelopes);
}
