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
            case LoadSnapshotResult loaded:
                OnSnapshot(loaded.Snapshot);
                break;
            case LoadSnapshotFailed failed:
                FailRecovery(failed.Cause, null);
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
        SnapshotStore.Tell(
            new LoadSnapshot(SnapshotterId, Recovery.FromSnapshot, Recovery.ToSequenceNr, _incarnation), Self);
    }

    /// <summary>One tick at a time: when this actor's turn comes so late that the next tick were due too, the answers
    /// that came meanwhile must count for it.</summary>
    private void StartRecoveryTimer() =>
        _recoveryTimer = Context.System.Scheduler.ScheduleTellOnceCancelable(
            Extension.JournalConfig(JournalPluginId).GetTimeSpan("recovery-event-timeout"), Self,
            new RecoveryTick(_incarnation), Self);

    private void OnSnapshot(SelectedSnapshot? snapshot)
    {
        if (snapshot is not null)
        {
            LastSequenceNr = _sequenceNr = snapshot.Metadata.SequenceNr;
            if (!TryRecover(new SnapshotOffer(snapshot.Metadata, snapshot.Snapshot))) return;
        }
        Journal.Tell(new ReplayMessages(
            PersistenceId, LastSequenceNr + 1, Recovery.ToSequenceNr, Recovery.ReplayMax, Self, _incarnation), Self);
    }

    private void OnReplayed(IPersistentRepresentation persistent)
    {
        LastSequenceNr = _sequenceNr = persistent.SequenceNr;
        TryRecover(persistent.Payload);
    }

    private bool TryRecover(object message)
    {
        try
        {
            Recover(message);
            return true;
        }
        catch (Exception cause) // of the user's handler, whatever it is
        {
            FailRecovery(cause, message);
            return false;
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
                $"Neither a snapshot nor an event of {PersistenceId} came in time."), null);
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
