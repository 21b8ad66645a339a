using Akka.Actor;
using Akka.Configuration;
using Xunit.Abstractions;

namespace Akka.Persistence.TestKit;

/// <summary>A TestKit whose default journal fails, refuses or waits as the test says.</summary>
public class PersistenceTestKit : Akka.TestKit.Xunit2.TestKit
{
    private static readonly Config Plugins = ConfigurationFactory.ParseString("""
        akka.persistence.journal {
          plugin = "akka.persistence.journal.test"
          test.class = "Akka.Persistence.TestKit.TestJournal, Akka.Persistence.TestKit"
        }
        """);

    public PersistenceTestKit(Config config, string? actorSystemName = null, ITestOutputHelper? output = null)
        : base(Plugins.WithFallback(config), actorSystemName, output)
    {
        JournalActorRef = Akka.Persistence.Persistence.Instance.Apply(Sys).JournalFor(null);
        Journal = TestJournal.FromRef(JournalActorRef);
    }

    public IActorRef JournalActorRef { get; }
    public ITestJournal Journal { get; }

    public Task WithJournalWrite(Func<JournalWriteBehavior, Task> behaviorSelector, Func<Task> execution) =>
        With(behaviorSelector(Journal.OnWrite), execution, Journal.OnWrite.Pass);

    public Task WithJournalWrite(Func<JournalWriteBehavior, Task> behaviorSelector, Action execution) =>
        WithJournalWrite(behaviorSelector, Done(execution));

    public Task WithJournalRecovery(Func<JournalRecoveryBehavior, Task> behaviorSelector, Func<Task> execution) =>
        With(behaviorSelector(Journal.OnRecovery), execution, Journal.OnRecovery.Pass);

    public Task WithJournalRecovery(Func<JournalRecoveryBehavior, Task> behaviorSelector, Action execution) =>
        WithJournalRecovery(behaviorSelector, Done(execution));

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
