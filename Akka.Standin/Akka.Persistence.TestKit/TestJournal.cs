using System.Collections.Immutable;
using Akka.Actor;
using Akka.Persistence.Journal;

namespace Akka.Persistence.TestKit;

/// <summary>The journal in memory, with a say for the test before each event is written or replayed.</summary>
internal sealed class TestJournal : MemoryJournal
{
    private IJournalInterceptor _onWrite = JournalInterceptor.Passing;
    private IJournalInterceptor _onRecovery = JournalInterceptor.Passing;

    internal sealed record Use(IJournalInterceptor Interceptor, bool ForWrites) : INoSerializationVerificationNeeded;

    public static ITestJournal FromRef(IActorRef actor) => new Handle(actor);

    protected override bool ReceivePluginInternal(object message)
    {
        if (message is not Use use) return base.ReceivePluginInternal(message);
        if (use.ForWrites) _onWrite = use.Interceptor;
        else _onRecovery = use.Interceptor;
        Sender.Tell(use, Self);
        return true;
    }

    protected override async Task<IImmutableList<Exception?>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages)
    {
        var interceptor = _onWrite;
        var refused = ImmutableList.CreateBuilder<Exception?>();
        foreach (var write in messages)
        {
            try
            {
                foreach (var persistent in write.Events) await interceptor.InterceptAsync(persistent);
                await base.WriteMessagesAsync([write]);
                refused.Add(null);
            }
            catch (TestJournalRejectionException cause)
            {
                refused.Add(cause);
            }
        }
        return refused.ToImmutable();
    }

    public override async Task ReplayMessagesAsync(
        IActorContext context, string persistenceId, long fromSequenceNr, long toSequenceNr, long max,
        Action<IPersistentRepresentation> recoveryCallback)
    {
        var interceptor = _onRecovery;
        foreach (var persistent in Read(persistenceId, fromSequenceNr, toSequenceNr, max))
        {
            await interceptor.InterceptAsync(persistent);
            recoveryCallback(persistent);
        }
    }

    private sealed class Handle(IActorRef actor) : ITestJournal
    {
        public JournalWriteBehavior OnWrite => new(interceptor => actor.Ask<Use>(new Use(interceptor, ForWrites: true)));
        public JournalRecoveryBehavior OnRecovery => new(interceptor => actor.Ask<Use>(new Use(interceptor, ForWrites: false)));
    }
}
