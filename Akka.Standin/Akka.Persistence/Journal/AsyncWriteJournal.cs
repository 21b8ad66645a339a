using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;

namespace Akka.Persistence.Journal;

/// <summary>Base of the journals: they write and replay by tasks; this class speaks with the persistent
/// actors.</summary>
public abstract class AsyncWriteJournal : ActorBase
{
    private readonly Configuration.Config _config;
    private readonly TimeSpan _callTimeout;
    private readonly ILoggingAdapter _log = Context.GetLogger();

    protected AsyncWriteJournal()
    {
        _config = Persistence.Instance.Apply(Context.System).ConfigOf(Self);
        _callTimeout = _config.GetTimeSpan("circuit-breaker.call-timeout");
    }

    /// <summary>Gives the events in order of their numbers, from and to inclusive, at most as many as
    /// <paramref name="max"/> says.</summary>
    public abstract Task ReplayMessagesAsync(
        IActorContext context, string persistenceId, long fromSequenceNr, long toSequenceNr, long max,
        Action<IPersistentRepresentation> recoveryCallback);

    /// <summary>The highest number used by the id; 0 without any.</summary>
    public abstract Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr);

    /// <summary>Writes each AtomicWrite all or none. A failed task means that it is unknown what was written; an
    /// exception in the list (in the order of the writes, null where written; an empty list means all) that the write
    /// was refused and is not there.</summary>
    protected abstract Task<IImmutableList<Exception?>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages);

    /// <summary>Messages that are not the journal's protocol.</summary>
    protected virtual bool ReceivePluginInternal(object message) => false;

    protected sealed override bool Receive(object message) =>
        ReceiveWriteJournal(message) || ReceivePluginInternal(message);

    protected bool ReceiveWriteJournal(object message)
    {
        // Not awaited: each ends with an answer to the actor that asked, and never throws.
        switch (message)
        {
            case WriteMessages write:
                _ = Write(write);
                return true;
            case ReplayMessages replay:
                _ = Replay(replay, Context);
                return true;
            default:
                return false;
        }
    }

    private async Task Write(WriteMessages request)
    {
        try
        {
            var writes = request.Messages;
            var results = await WriteMessagesAsync(writes).WaitAsync(_callTimeout).ConfigureAwait(false)
                ?? ImmutableList<Exception?>.Empty;
            if (results.Count > 0 && results.Count != writes.Count)
                throw new InvalidOperationException(
                    $"The journal gave {results.Count} results for {writes.Count} writes.");
            Answer(request, results);
        }
        catch (Exception cause) // of the plugin, whatever it is: the writer is told
        {
            foreach (var persistent in request.Messages.SelectMany(write => write.Events))
                request.Writer.Tell(new WriteMessageFailure(persistent, cause, request.Incarnation),
                    persistent.Sender ?? ActorRefs.NoSender);
        }
        request.Writer.Tell(new WriteMessagesDone(request.Incarnation), ActorRefs.NoSender);
    }

    private static void Answer(WriteMessages request, IReadOnlyList<Exception?> results)
    {
        for (var i = 0; i < request.Messages.Count; i++)
        {
            var refused = results.Count == 0 ? null : results[i];
            foreach (var persistent in request.Messages[i].Events)
                request.Writer.Tell(refused is null
                    ? new WriteMessageSuccess(persistent, request.Incarnation)
                    : new WriteMessageRejected(persistent, refused, request.Incarnation),
                        persistent.Sender ?? ActorRefs.NoSender);
        }
    }

    private async Task Replay(ReplayMessages request, IActorContext context)
    {
        try
        {
            var filter = new ReplayFilter(_config, _log, persistent =>
                request.Reader.Tell(new ReplayedMessage(persistent, request.Incarnation), ActorRefs.NoSender));
            var highest = await ReadHighestSequenceNrAsync(request.PersistenceId, 0).ConfigureAwait(false);
            if (highest > 0)
                await ReplayMessagesAsync(context, request.PersistenceId, 1, highest, long.MaxValue, filter.Take)
                    .ConfigureAwait(false);
            filter.Flush();
            request.Reader.Tell(new RecoverySuccess(highest, request.Incarnation), ActorRefs.NoSender);
        }
        catch (Exception cause) // of the plugin or a serializer: the reader is told
        {
            request.Reader.Tell(new ReplayMessagesFailure(cause, request.Incarnation), ActorRefs.NoSender);
        }
    }
}
