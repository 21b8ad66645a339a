using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.TestKit;
using Xunit;

namespace Conformance;

/// <summary>Limits of recovery that the other files leave open. Journal of the TestKit.</summary>
public class PersistenceMoreTests : PersistenceTestKit
{
    public PersistenceMoreTests() : base(ConfigurationFactory.ParseString(@"
        akka.loglevel = OFF
        akka.stdout-loglevel = OFF
        akka.test.single-expect-default = 30s
        akka.persistence.max-concurrent-recoveries = 2
        akka.persistence.journal.test.recovery-event-timeout = 500ms")) { }

    private sealed class Account : ReceivePersistentActor
    {
        private readonly IActorRef _sink;
        public override string PersistenceId { get; }

        public Account(string id, IActorRef sink)
        {
            (PersistenceId, _sink) = (id, sink);
            Recover<string>(_ => { });
            Recover<RecoveryCompleted>(_ => sink.Tell("completed"));
            Command<string>(c => Persist(c, _ => sink.Tell("done")));
        }

        protected override void OnRecoveryFailure(Exception reason, object? message = null) =>
            _sink.Tell("recovery failure " + reason.GetType().Name);
    }

    private IActorRef New(string id)
    {
        var sink = TestActor;
        return Sys.ActorOf(Props.Create(() => new Account(id, sink)));
    }

    private void Expect(params string[] all) { foreach (var text in all) ExpectMsg(text); }

    /// <summary>Actors that have an event each, so that the journal has something to be slow with.</summary>
    private void Fill(params string[] ids)
    {
        foreach (var id in ids)
        {
            var a = New(id); ExpectMsg("completed");
            a.Tell("event"); ExpectMsg("done");
            Watch(a); Sys.Stop(a); ExpectTerminated(a);
        }
    }

    [Fact]
    public async Task More_actors_than_may_recover_at_the_same_time_all_recover()
    {
        Fill([.. Enumerable.Range(0, 9).Select(i => "many" + i)]);
        await WithJournalRecovery(recovery => recovery.PassWithDelay(TimeSpan.FromMilliseconds(20)), () =>
        {
            for (var i = 0; i < 9; i++) New("many" + i);
            for (var i = 0; i < 9; i++) ExpectMsg("completed");
        });
    }

    [Fact]
    public async Task An_actor_that_stops_while_it_waits_for_its_recovery_leaves_the_place_to_others()
    {
        Fill([.. Enumerable.Range(0, 6).Select(i => "gone" + i), "stays"]);
        await WithJournalRecovery(recovery => recovery.PassWithDelay(TimeSpan.FromMilliseconds(50)), () =>
        {
            for (var i = 0; i < 6; i++) Sys.Stop(New("gone" + i));
            New("stays");
            ExpectMsg("completed");
        });
    }

    [Fact]
    public async Task A_recovery_without_any_event_for_too_long_fails_and_the_actor_stops()
    {
        Fill("late");
        await WithJournalRecovery(recovery => recovery.PassWithDelay(TimeSpan.FromSeconds(30)), () =>
        {
            var a = New("late");
            Watch(a);
            Expect("recovery failure RecoveryTimedOutException");
            ExpectTerminated(a);
        });
    }
}
