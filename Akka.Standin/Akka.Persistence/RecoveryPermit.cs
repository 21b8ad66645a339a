using Akka.Actor;

namespace Akka.Persistence;

/// <summary>Bounds how many actors read the journal at the same time. A permit goes from hand to hand on the thread
/// that gives it back: no waiting actor depends on a free thread of the pool.</summary>
internal sealed class RecoveryPermits(int count)
{
    private readonly Lock _gate = new();
    private readonly Queue<RecoveryPermit> _waiting = [];
    private int _free = count;

    /// <summary>Tells <paramref name="granted"/> to the actor when its turn has come.</summary>
    public RecoveryPermit Request(IActorRef actor, Reply granted)
    {
        var permit = new RecoveryPermit(this, actor, granted);
        lock (_gate)
        {
            permit.IsHeld = _free > 0;
            if (permit.IsHeld) _free--;
            else _waiting.Enqueue(permit);
        }
        if (permit.IsHeld) permit.Tell();
        return permit;
    }

    internal void GiveBack(RecoveryPermit permit)
    {
        RecoveryPermit? next = null;
        lock (_gate)
        {
            if (permit.IsOver) return;
            permit.IsOver = true;
            if (!permit.IsHeld) return;
            while (_waiting.TryDequeue(out next) && next.IsOver) { }
            if (next is null) _free++;
            else next.IsHeld = true;
        }
        next?.Tell();
    }
}

/// <summary>The right to recover, or a place in the queue for it.</summary>
internal sealed class RecoveryPermit(RecoveryPermits permits, IActorRef actor, Reply granted) : IDisposable
{
    /// <summary>Guarded, as <see cref="IsOver"/>, by the permits.</summary>
    internal bool IsHeld { get; set; }
    internal bool IsOver { get; set; }

    internal void Tell() => actor.Tell(granted, ActorRefs.NoSender);

    /// <summary>Gives the permit back, or the place in the queue up; may be called twice.</summary>
    public void Dispose() => permits.GiveBack(this);
}
