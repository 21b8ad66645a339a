using Akka.Actor;
using Akka.Dispatch;

namespace Akka.Persistence;

public abstract partial class Eventsourced
{
    private enum Phase { Recovering, Serving, Holding, Over }

    private readonly record struct Expected(Action Handler, bool HoldsCommands);

    private readonly Queue<Expected> _expected = [];
    private readonly IStash _held;
    private List<IPersistentEnvelope> _unsent = [];
    private Phase _phase;
    private int _holding;         // events on their way whose handlers hold commands back
    private bool _writing;        // one WriteMessages is with the journal
    private bool _inHandler;
    private bool _taskRunning;
    private bool _releasedOne;    // a held message is at the front of the mailbox

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

    /// <summary>Runs an asynchronous handler; commands wait until it has ended.</summary>
    protected void RunTask(Func<Task> action)
    {
        _taskRunning = true;
        ActorTaskScheduler.RunTask(async () =>
        {
            var failed = true;
            try
            {
                await action();
                failed = false;
            }
            finally
            {
                _taskRunning = false;
                if (!_inHandler) Settle(failed);
            }
        });
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
                Complete(next => next.Handler());
                break;
            case LoopMessageSuccess:
                Complete(next => next.Handler());
                break;
            case WriteMessageRejected { Persistent: var refused, Cause: var cause }:
                Advance(refused.SequenceNr);
                Complete(_ => OnPersistRejected(cause, refused.Payload, refused.SequenceNr));
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

    private void Complete(Action<Expected> handle)
    {
        var next = _expected.Dequeue();
        if (next.HoldsCommands) _holding--;
        Run(() => handle(next));
    }

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
        _inHandler = true;
        try
        {
            handler();
            failed = false;
        }
        finally
        {
            _inHandler = false;
            if (!_taskRunning) Settle(failed);
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
        _phase = _holding > 0 ? Phase.Holding : Phase.Serving;
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
        Stash.UnstashAll();
        _held.UnstashAll();
        _releasedOne = false;
    }

    /// <summary>The stash that handlers use. What it gives back goes before the messages that the actor itself
    /// holds.</summary>
    private sealed class UserStash(Eventsourced actor) : IStash
    {
        private readonly IStash _stash = new StashImpl(actor.Cell);

        public int Count => _stash.Count;
        public bool NonEmpty => _stash.NonEmpty;

        public void Stash() => _stash.Stash();
        public IEnumerable<Envelope> ClearStash() => _stash.ClearStash();
        public void Prepend(IEnumerable<Envelope> envelopes) => _stash.Prepend(envelopes);
        public void UnstashAll() => UnstashAll(_ => true);

        public void Unstash()
        {
            var all = _stash.ClearStash().ToList();
            Release(all.Take(1));
            _stash.Prepend(all.Skip(1));
        }

        public void UnstashAll(Func<Envelope, bool> predicate) => Release(_stash.ClearStash().Where(predicate));

        // The handler that called settles at its end, which lets the first one go.
        private void Release(IEnumerable<Envelope> envelopes) => actor._held.Prepend(envelopes.ToList());
    }
}
