using Akka.Actor;

namespace Akka.Persistence;

public abstract partial class Eventsourced
{
    private enum Phase { Recovering, Serving, Holding, Over }

    private readonly Queue<Action> _expected = []; // handlers of events on their way; commands are held back meanwhile
    private readonly IStash _held;
    private List<AtomicWrite> _unsent = [];
    private Phase _phase;
    private bool _writing;     // one WriteMessages is with the journal
    private bool _releasedOne; // a held message is at the front of the mailbox

    protected internal override bool AroundReceive(Receive receive, object message)
    {
        if (message is Reply reply)
        {
            if (reply.Incarnation == _incarnation) OnReply(reply);
            return true;
        }
        _releasedOne = false;
        if (_phase == Phase.Over) return true;
        if (_phase != Phase.Serving)
        {
            _held.Stash();
            return true;
        }
        var handled = false;
        Run(() => handled = base.AroundReceive(receive, message));
        return handled;
    }

    private void OnReply(Reply reply)
    {
        switch (_phase)
        {
            case Phase.Recovering:
                OnRecoveryReply(reply);
                break;
            case Phase.Serving or Phase.Holding:
                OnWriteReply(reply);
                break;
        }
    }

    private void OnWriteReply(Reply reply)
    {
        switch (reply)
        {
            case WriteMessageSuccess { Persistent.SequenceNr: var number }:
                Advance(number);
                Run(_expected.Dequeue());
                break;
            case WriteMessageRejected { Persistent: var refused, Cause: var cause }:
                Advance(refused.SequenceNr);
                _expected.Dequeue();
                Run(() => OnPersistRejected(cause, refused.Payload, refused.SequenceNr));
                break;
            case WriteMessageFailure { Persistent: var failed, Cause: var cause }:
                Fail(failed, cause);
                break;
            case WriteMessagesDone:
                _writing = false;
                Settle(failed: false);
                break;
        }
    }

    private void Advance(long sequenceNr) => LastSequenceNr = Math.Max(LastSequenceNr, sequenceNr);

    private void Fail(IPersistentRepresentation failed, Exception cause)
    {
        _phase = Phase.Over;
        try
        {
            OnPersistFailure(cause, failed.Payload, failed.SequenceNr);
        }
        finally
        {
            Context.Stop(Self);
        }
    }

    private void Run(Action handler)
    {
        var failed = true;
        try
        {
            handler();
            failed = false;
        }
        finally
        {
            Settle(failed);
        }
    }

    /// <summary>After every handler: sends what it persisted, then holds commands back or lets the next one go.
    /// Held messages are released one by one, as each may hold back the rest again; after a failure all at once, for
    /// the next incarnation.</summary>
    private void Settle(bool failed)
    {
        if (_unsent.Count > 0 && !_writing)
        {
            _writing = true;
            Journal.Tell(new WriteMessages(_unsent, Self, _incarnation), Self);
            _unsent = [];
        }
        if (_phase == Phase.Over) return;
        _phase = _expected.Count > 0 ? Phase.Holding : Phase.Serving;
        if (_phase == Phase.Holding) return;
        if (failed)
            _held.UnstashAll();
        else if (!_releasedOne && _held.NonEmpty)
            _held.Unstash();
        else
            return;
        _releasedOne = !failed;
    }

    private void ReleaseHeld()
    {
        _held.UnstashAll();
        _releasedOne = false;
    }
}
