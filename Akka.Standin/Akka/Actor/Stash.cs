namespace Akka.Actor;

/// <summary>Keeps messages aside and gives them back, in order, ahead of all others.</summary>
public interface IStash
{
    bool NonEmpty { get; }

    void Stash();

    void Unstash();

    void UnstashAll();
}

public interface IActorStash
{
    IStash Stash { get; set; }
}

public interface IWithUnrestrictedStash : IActorStash;

public interface IWithStash : IWithUnrestrictedStash;

/// <summary>The stash of one actor; a persistent actor holds commands back in one of its own.</summary>
internal sealed class StashImpl(ActorCell cell) : IStash
{
    private List<Envelope> _stashed = [];
    private long _lastStashed = -1;

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

    public void UnstashAll()
    {
        if (_stashed.Count == 0) return;
        var stashed = _stashed;
        _stashed = [];
        cell.Mailbox.Prepend(stashed);
    }
}
