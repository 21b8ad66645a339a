using Akka.Actor;
using Akka.Configuration;
using Xunit.Abstractions;

namespace Akka.Persistence.TestKit;

/// <summary>A TestKit whose default journal and snapshot store fail, refuse or wait as the test says.</summary>
public class PersistenceTestKit : Akka.TestKit.Xunit2.TestKit
{
    private static readonly Config Plugins = ConfigurationFactory.ParseString("""
        akka.persistence.journal {
          plugin = "akka.persistence.journal.test"
          test.class = "Akka.Persistence.TestKit.TestJournal, Akka.Persistence.TestKit"
        }
        akka.persistence.snapshot-store {
          plugin = "akka.persistence.snapshot-store.test"
          test.class = "Akka.Persistence.TestKit.TestSnapshotStore, Akka.Persistence.TestKit"
        }
        """);

    public PersistenceTestKit(Config config, string? actorSystemName = null, ITestOutputHelper? output = null)
        : base(Plugins.WithFallback(config), actorSystemName, output)
    {
        var extension = Akka.Persistence.Persistence.Instance.Apply(Sys);
        JournalActorRef = extension.JournalFor(null);
        SnapshotsActorRef = extension.SnapshotStoreFor(null);
        Journal = TestJournal.FromRef(JournalActorRef);
        Snapshots = TestSnapshotStore.FromRef(SnapshotsActorRef);
    }

    public IActorRef JournalActorRef { get; }
    public IActorRef SnapshotsActorRef { get; }
    public ITestJournal Journal { get; }
    public ITestSnapshotStore Snapshots { get; }

    public Task WithJournalWrite(Func<JournalWriteBehavior, Task> behaviorSelector, Func<Task> execution) =>
        With(behaviorSelector(Journal.OnWrite), execution, Journal.OnWrite.Pass);

    public Task WithJournalWrite(Func<JournalWriteBehavior, Task> behaviorSelector, Action execution) =>
        WithJournalWrite(behaviorSelector, Done(execution));

    public Task WithJournalRecovery(Func<JournalRecoveryBehavior, Task> behaviorSelector, Func<Task> execution) =>
        With(behaviorSelector(Journal.OnRecovery), execution, Journal.OnRecovery.Pass);

    public Task WithJournalRecovery(Func<JournalRecoveryBehavior, Task> behaviorSelector, Action execution) =>
        WithJournalRecovery(behaviorSelector, Done(execution));

    public Task WithSnapshotSave(Func<SnapshotStoreSaveBehavior, Task> behaviorSelector, Func<Task> execution) =>
        With(behaviorSelector(Snapshots.OnSave), execution, Snapshots.OnSave.Pass);

    public Task WithSnapshotSave(Func<SnapshotStoreSaveBehavior, Task> behaviorSelector, Action execution) =>
        WithSnapshotSave(behaviorSelector, Done(execution));

    public Task WithSnapshotLoad(Func<SnapshotStoreLoadBehavior, Task> behaviorSelector, Func<Task> execution) =>
        With(behaviorSelector(Snapshots.OnLoad), execution, Snapshots.OnLoad.Pass);

    public Task WithSnapshotLoad(Func<SnapshotStoreLoadBehavior, Task> behaviorSelector, Action execution) =>
        WithSnapshotLoad(behaviorSelector, Done(execution));

    public Task WithSnapshotDelete(Func<SnapshotStoreDeleteBehavior, Task> behaviorSelector, Func<Task> execution) =>
        With(behaviorSelector(Snapshots.OnDelete), execution, Snapshots.OnDelete.Pass);

    public Task WithSnapshotDelete(Func<SnapshotStoreDeleteBehavior, Task> behaviorSelector, Action execution) =>
        WithSnapshotDelete(behaviorSelector, Done(execution));

    private static async Task With(Task set, Func<Task> execution, Func<Task> reset)
    {
        await set;
        try
        {
            await execution();
        }
        finally
        {
            await reset();
        }
    }

    private static Func<Task> Done(Action execution) => () =>
    {
        execution();
        return Task.CompletedTask;
    };
}
