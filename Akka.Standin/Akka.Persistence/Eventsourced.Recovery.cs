using Akka.Actor;

namespace Akka.Persistence;

public abstract partial class Eventsourced
{
    private RecoveryPermit? _permit;
    private ICancelable? _recoveryTimer;
    private bool _seenSinceTick;

    public override void AroundPreStart()
    {
        if (string.IsNullOrEmpty(PersistenceId))
            throw new ArgumentException($"The persistence id of {Self.Path} is missing.");
        base.AroundPreStart();
        _permit = Extension.RecoveryPermits.Request(Self, new RecoveryPermitGranted(_incarnation));
    }

    public override void AroundPostRestart(Exception cause, object message)
    {
        base.AroundPostRestart(cause, message);
        _permit ??= Extension.RecoveryPermits.Request(Self, new RecoveryPermitGranted(_incarnation));
    }

    public override void AroundPreRestart(Exception cause, object message)
    {
        EndRecovery();
        ReleaseHeld();
        base.AroundPreRestart(cause, message);
    }

    public override void AroundPostStop()
    {
        EndRecovery();
        ReleaseHeld();
        base.AroundPostStop();
    }

    private void OnRecoveryReply(Reply reply)
    {
        _seenSinceTick |= reply is not RecoveryTick;
        switch (reply)
        {
            case RecoveryPermitGranted:
                StartRecovery();
                break;
            case ReplayedMessage replayed:
                OnReplayed(replayed.Persistent);
                break;
            case ReplayMessagesFailure failed:
                FailRecovery(failed.Cause, null);
                break;
            case RecoverySuccess success:
                OnRecovered(success.HighestSequenceNr);
                break;
            case RecoveryTick:
                OnRecoveryTick();
                break;
        }
    }

    private void StartRecovery()
    {
        StartRecoveryTimer();
        Journal.Tell(new ReplayMessages(PersistenceId, Self, _incarnation), Self);
    }

    /// <summary>One tick at a time: when this actor's turn comes so late that the next tick were due too, the answers
    /// that came meanwhile must count for it.</summary>
    private void StartRecoveryTimer() =>
        _recoveryTimer = Context.System.Scheduler.ScheduleTellOnceCancelable(
            Extension.JournalConfig(JournalPluginId).GetTimeSpan("recovery-event-timeout"), Self,
            new RecoveryTick(_incarnation), Self);

    private void OnReplayed(IPersistentRepresentation persistent)
    {
        LastSequenceNr = _sequenceNr = persistent.SequenceNr;
        try
        {
            Recover(persistent.Payload);
        }
        catch (Exception cause) // of the user's handler, whatever it is
        {
            FailRecovery(cause, persistent.Payload);
        }
    }

    private void Recover(object message)
    {
        if (!ReceiveRecover(message)) Unhandled(message);
    }

    private void OnRecovered(long highestSequenceNr)
    {
        EndRecovery();
        OnReplaySuccess();
        LastSequenceNr = _sequenceNr = Math.Max(highestSequenceNr, LastSequenceNr);
        _phase = Phase.Serving;
        Run(() => Recover(RecoveryCompleted.Instance));
    }

    private void OnRecoveryTick()
    {
        if (_seenSinceTick)
        {
            _seenSinceTick = false;
            StartRecoveryTimer();
        }
        else
            FailRecovery(new RecoveryTimedOutException(
                $"No event of {PersistenceId} came in time."), null);
    }

    private void FailRecovery(Exception cause, object? message)
    {
        EndRecovery();
        _phase = Phase.Over;
        try
        {
            OnRecoveryFailure(cause, message);
        }
        finally
        {
            Context.Stop(Self);
        }
    }

    private void EndRecovery()
    {
        _recoveryTimer?.Cancel();
        _permit?.Dispose();
    }
}
