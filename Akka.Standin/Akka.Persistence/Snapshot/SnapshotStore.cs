using Akka.Actor;

namespace Akka.Persistence.Snapshot;

/// <summary>Base of the snapshot stores: they load, save and delete by tasks; this class speaks with the persistent actors.</summary>
public abstract class SnapshotStore : ActorBase
{
    private readonly TimeSpan _callTimeout;

    protected SnapshotStore() =>
        _callTimeout = Persistence.Instance.Apply(Context.System).ConfigOf(Self, isJournal: false)
            .GetTimeSpan("circuit-breaker.call-timeout");

    /// <summary>The newest snapshot that fits, or null.</summary>
    protected abstract Task<SelectedSnapshot?> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria);

    /// <summary>Saves the snapshot; one of the same id and number is replaced.</summary>
    protected abstract Task SaveAsync(SnapshotMetadata metadata, object snapshot);

    /// <summary>Deletes the snapshot of this number; its time counts unless it is DateTime.MinValue.</summary>
    protected abstract Task DeleteAsync(SnapshotMetadata metadata);

    protected abstract Task DeleteAsync(string persistenceId, SnapshotSelectionCriteria criteria);

    /// <summary>Messages that are not the store's protocol.</summary>
    protected virtual bool ReceivePluginInternal(object message) => false;

    protected sealed override bool Receive(object message)
    {
        switch (message)
        {
            case LoadSnapshot load:
                _ = Answer(Sender, LoadAsync(load), result => result, cause => new LoadSnapshotFailed(cause, load.Incarnation));
                return true;
            case SaveSnapshot save:
                _ = Answer(Sender, Done(() => SaveAsync(save.Metadata, save.Snapshot)), _ => new SaveSnapshotSuccess(save.Metadata),
                    cause => new SaveSnapshotFailure(save.Metadata, cause));
                return true;
            case DeleteSnapshot delete:
                _ = Answer(Sender, Done(() => DeleteAsync(delete.Metadata)), _ => new DeleteSnapshotSuccess(delete.Metadata),
                    cause => new DeleteSnapshotFailure(delete.Metadata, cause));
                return true;
            case DeleteSnapshots delete:
                _ = Answer(Sender, Done(() => DeleteAsync(delete.PersistenceId, delete.Criteria)),
                    _ => new DeleteSnapshotsSuccess(delete.Criteria), cause => new DeleteSnapshotsFailure(delete.Criteria, cause));
                return true;
            default:
                return ReceivePluginInternal(message);
        }
    }

    private async Task<object> LoadAsync(LoadSnapshot load) =>
        new LoadSnapshotResult(
            await LoadAsync(load.PersistenceId, load.Criteria.Limit(load.ToSequenceNr)).ConfigureAwait(false), load.Incarnation);

    private static async Task<object> Done(Func<Task> action)
    {
        await action().ConfigureAwait(false);
        return true;
    }

    private async Task Answer(IActorRef asker, Task<object> work, Func<object, object> success, Func<Exception, object> failure)
    {
        object answer;
        try
        {
            answer = success(await work.WaitAsync(_callTimeout).ConfigureAwait(false));
        }
        catch (Exception cause) // of the plugin or a serializer, whatever it is: the actor is told
        {
            answer = failure(cause);
        }
        asker.Tell(answer, ActorRefs.NoSender);
    }
}
