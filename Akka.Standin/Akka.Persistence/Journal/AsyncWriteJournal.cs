using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;

namespace Akka.Persistence.Journal;

/// <summary>The event adapters of a journal.</summary>
public abstract class WriteJournalBase : ActorBase
{
    private readonly Lazy<EventAdapters> _adapters;

    protected WriteJournalBase()
    {
        var (extension, self) = (Persistence.Instance.Apply(Context.System), Self);
        _adapters = new Lazy<EventAdapters>(() => extension.AdaptersOf(self));
    }

    protected IEnumerable<AtomicWrite> PreparePersistentBatch(IEnumerable<IPersistentEnvelope> resequenceables) =>
        resequenceables.OfType<AtomicWrite>().Select(write => new AtomicWrite(write.Events.Select(AdaptToJournal).ToImmutableList()));

    protected IPersistentRepresentation AdaptToJournal(IPersistentRepresentation representation) =>
        _adapters.Value.ToJournal(representation);

    protected IEnumerable<IPersistentRepresentation> AdaptFromJournal(IPersistentRepresentation representation) =>
        _adapters.Value.FromJournal(representation);
}

/// <summary>Base of the journals: they write, replay and delete by tasks; this class speaks with the persistent actors.</summary>
public abstract class AsyncWriteJournal : WriteJournalBase
{
    private readonly Configuration.Config _config;
    private readonly TimeSpan _callTimeout;
    private readonly ILoggingAdapter _log = Context.GetLogger();

    protected AsyncWriteJournal()
    {
        _config = Persistence.Instance.Apply(Context.System).ConfigOf(Self, isJournal: true);
        _callTimeout = _config.GetTimeSpan("circuit-breaker.call-timeout");
    }

    /// <summary>Gives the events in order of their numbers, from and to inclusive, at most <paramref name="max"/>.</summary>
    public abstract Task ReplayMessagesAsync(
        IActorContext context, string persistenceId, long fromSequenceNr, long toSequenceNr, long max,
        Action<IPersistentRepresentation> recoveryCallback);

    /// <summary>The highest number ever used by the id, deleted events included; 0 without any.</summary>
    public abstract Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr);

    /// <summary>Writes each AtomicWrite all or none. A failed task means that it is unknown what was written; an exception in the list
    /// (in the order of the writes, null where written; an empty list means all) that the write was refused and is not there.</summary>
    protected abstract Task<IImmutableList<Exception?>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages);

    protected abstract Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr);

    /// <summary>Messages that are not the journal's protocol.</summary>
    protected virtual bool ReceivePluginInternal(object message) => false;

    protected sealed override bool Receive(object message) => ReceiveWriteJournal(message) || ReceivePluginInternal(message);

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
            case DeleteMessagesTo delete:
                _ = Delete(delete);
                return true;
            default:
                return false;
        }
    }

    private async Task Write(WriteMessages request)
    {
        try
        {
            var writes = PreparePersistentBatch(request.Messages).ToList();
            var results = writes.Count == 0
                ? ImmutableList<Exception?>.Empty
                : await WriteMessagesAsync(writes).WaitAsync(_callTimeout).ConfigureAwait(false) ?? ImmutableList<Exception?>.Empty;
            if (results.Count > 0 && results.Count != writes.Count)
                throw new InvalidOperationException($"The journal gave {results.Count} results for {writes.Count} writes.");
            Answer(request, results);
        }
        catch (Exception cause) // of the plugin, whatever it is: the writer is told
        {
            foreach (var persistent in request.Messages.OfType<AtomicWrite>().SelectMany(write => write.Events))
                request.Writer.Tell(new WriteMessageFailure(persistent, cause, request.Incarnation), persistent.Sender ?? ActorRefs.NoSender);
        }
        request.Writer.Tell(new WriteMessagesDone(request.Incarnation), ActorRefs.NoSender);
    }

    private static void Answer(WriteMessages request, IReadOnlyList<Exception?> results)
    {
        var index = 0;
        foreach (var envelope in request.Messages)
        {
            if (envelope is not AtomicWrite write)
            {
                request.Writer.Tell(new LoopMessageSuccess(request.Incarnation), envelope.Sender ?? ActorRefs.NoSender);
                continue;
            }
            var refused = results.Count == 0 ? null : results[index++];
            foreach (var persistent in write.Events)
                request.Writer.Tell(refused is null
                    ? new WriteMessageSuccess(persistent, request.Incarnation)
                    : new WriteMessageRejected(persistent, refused, request.Incarnation), persistent.Sender ?? ActorRefs.NoSender);
        }
    }

    private async Task Replay(ReplayMessages request, IActorContext context)
    {
        try
        {
            var filter = new ReplayFilter(_config, _log, persistent =>
                request.Reader.Tell(new ReplayedMessage(persistent, request.Incarnation), ActorRefs.NoSender));
            var highest = await ReadHighestSequenceNrAsync(request.PersistenceId, request.FromSequenceNr - 1).ConfigureAwait(false);
            var to = Math.Min(request.ToSequenceNr, highest);
            if (request.FromSequenceNr <= to && request.Max > 0)
                await ReplayMessagesAsync(context, request.PersistenceId, request.FromSequenceNr, to, request.Max, persistent =>
                {
                    if (persistent.IsDeleted) return;
                    foreach (var adapted in AdaptFromJournal(persistent)) filter.Take(adapted);
                }).ConfigureAwait(false);
            filter.Flush();
            request.Reader.Tell(new RecoverySuccess(highest, request.Incarnation), ActorRefs.NoSender);
        }
        catch (Exception cause) // of the plugin, an adapter or a serializer: the reader is told
        {
            request.Reader.Tell(new ReplayMessagesFailure(cause, request.Incarnation), ActorRefs.NoSender);
        }
    }

    private async Task Delete(DeleteMessagesTo request)
    {
        object answer;
        try
        {
            await DeleteMessagesToAsync(request.PersistenceId, request.ToSequenceNr).WaitAsync(_callTimeout).ConfigureAwait(false);
            answer = new DeleteMessagesSuccess(request.ToSequenceNr);
        }
        catch (Exception cause) // of the plugin: the actor is told
        {
            answer = new DeleteMessagesFailure(cause, request.ToSequenceNr);
        }
        request.ReplyTo.Tell(answer, ActorRefs.NoSender);
    }
}
