using Akka.Actor;
using Akka.Persistence.Snapshot;

namespace Akka.Persistence.TestKit;

/// <summary>The snapshot store in memory, with a say for the test before each call.</summary>
internal sealed class TestSnapshotStore : MemorySnapshotStore
{
    private readonly Dictionary<Call, ISnapshotStoreInterceptor> _interceptors = [];

    private enum Call { Load, Save, Delete }

    private sealed record Use(Call Call, ISnapshotStoreInterceptor Interceptor) : INoSerializationVerificationNeeded;

    public static ITestSnapshotStore FromRef(IActorRef actor) => new Handle(actor);

    protected override bool ReceivePluginInternal(object message)
    {
        if (message is not Use use) return base.ReceivePluginInternal(message);
        _interceptors[use.Call] = use.Interceptor;
        Sender.Tell(use, Self);
        return true;
    }

    protected override async Task<SelectedSnapshot?> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria)
    {
        await Intercept(Call.Load, persistenceId, criteria);
        return await base.LoadAsync(persistenceId, criteria);
    }

    protected override async Task SaveAsync(SnapshotMetadata metadata, object snapshot)
    {
        await Intercept(Call.Save, metadata.PersistenceId, Exactly(metadata));
        await base.SaveAsync(metadata, snapshot);
    }

    protected override async Task DeleteAsync(SnapshotMetadata metadata)
    {
        await Intercept(Call.Delete, metadata.PersistenceId, Exactly(metadata));
        await base.DeleteAsync(metadata);
    }

    protected override async Task DeleteAsync(string persistenceId, SnapshotSelectionCriteria criteria)
    {
        await Intercept(Call.Delete, persistenceId, criteria);
        await base.DeleteAsync(persistenceId, criteria);
    }

    private Task Intercept(Call call, string persistenceId, SnapshotSelectionCriteria criteria) =>
        _interceptors.GetValueOrDefault(call, SnapshotStoreInterceptor.Passing).InterceptAsync(persistenceId, criteria);

    private static SnapshotSelectionCriteria Exactly(SnapshotMetadata metadata) =>
        new(metadata.SequenceNr, metadata.Timestamp, metadata.SequenceNr, metadata.Timestamp);

    private sealed class Handle(IActorRef actor) : ITestSnapshotStore
    {
        public SnapshotStoreSaveBehavior OnSave => new(Set(Call.Save));
        public SnapshotStoreLoadBehavior OnLoad => new(Set(Call.Load));
        public SnapshotStoreDeleteBehavior OnDelete => new(Set(Call.Delete));

        private Func<ISnapshotStoreInterceptor, Task> Set(Call call) => interceptor => actor.Ask<Use>(new Use(call, interceptor));
    }
}
