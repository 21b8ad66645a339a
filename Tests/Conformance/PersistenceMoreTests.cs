using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.TestKit;
using Xunit;

namespace Conformance;

/// <summary>Behaviours, stash and limits of recovery that the other files leave open. Journal and store of the TestKit.</summary>
public class PersistenceMoreTests : PersistenceTestKit
{
    public PersistenceMoreTests() : base(ConfigurationFactory.ParseString(@"
        akka.loglevel = OFF
        akka.stdout-loglevel = OFF
        akka.persistence.max-concurrent-recoveries = 2
        akka.persistence.journal.test.recovery-event-timeout = 500ms")) { }

    private sealed class Door : ReceivePersistentActor
    {
        private readonly IActorRef _sink;
        public override string PersistenceId { get; }

        public Door(string id, IActorRef sink)
        {
            (PersistenceId, _sink) = (id, sink);
            Recover<string>(e => { if (e == "opened") Become(Open); });
            Recover<RecoveryCompleted>(_ => sink.Tell("completed"));
            Closed();
        }

        private void Closed()
        {
            Command<string>(c => c == "open", _ => Persist("opened", _ => { Become(Open); Stash.UnstashAll(); _sink.Tell("open"); }));
            Command<string>(c => c == "open async", _ => PersistAsync("opened", _ => { Become(Open); Stash.UnstashAll(); _sink.Tell("open"); }));
            Command<string>(c => c == "save", _ => SaveSnapshot("s"));
            Command<SaveSnapshotSuccess>(_ => _sink.Tell("saved"));
            Command<SnapshotSelectionCriteria>(DeleteSnapshots);
            Command<DeleteSnapshotsFailure>(_ => _sink.Tell("not deleted"));
            CommandAny(_ => Stash.Stash());
        }

        private void Open() => CommandAny(c => _sink.Tell("through " + c));

        protected override void OnRecoveryFailure(Exception reason, object? message = null) =>
            _sink.Tell("recovery failure " + reason.GetType().Name);
    }

    private IActorRef New(string id) { var sink = TestActor; return Sys.ActorOf(Props.Create(() => new Door(id, sink))); }

    private void Expect(params string[] all) { foreach (var text in all) ExpectMsg(text); }

    [Theory]
    [InlineData("open")]
    [InlineData("open async")]
    public void What_a_Persist_handler_unstashes_comes_in_order_before_later_commands(string how)
    {
        var a = New("door " + how);
        foreach (var command in new[] { "1", "2", "3", how }) a.Tell(command);
        Expect("completed", "open", "through 1", "through 2", "through 3");
        a.Tell("4");
        Expect("through 4");
    }

    [Fact]
    public void A_behaviour_that_Become_sets_during_recovery_holds_for_the_first_command()
    {
        var a = New("door"); ExpectMsg("completed");
        a.Tell("open"); ExpectMsg("open");
        Watch(a); Sys.Stop(a); ExpectTerminated(a);
        New("door").Tell("x");
        Expect("completed", "through x");
    }

    [Fact]
    public async Task More_actors_than_may_recover_at_the_same_time_all_recover()
    {
        await WithSnapshotLoad(load => load.PassWithDelay(TimeSpan.FromMilliseconds(20)), () =>
        {
            for (var i = 0; i < 9; i++) New("many" + i);
            for (var i = 0; i < 9; i++) ExpectMsg("completed");
        });
    }

    [Fact]
    public async Task An_actor_that_stops_while_it_waits_for_its_recovery_leaves_the_place_to_others()
    {
        await WithSnapshotLoad(load => load.PassWithDelay(TimeSpan.FromMilliseconds(50)), () =>
        {
            for (var i = 0; i < 6; i++) Sys.Stop(New("gone" + i));
            New("stays");
            ExpectMsg("completed");
        });
    }

    [Fact]
    public async Task A_recovery_without_any_event_for_too_long_fails_and_the_actor_stops()
    {
        await WithSnapshotLoad(load => load.PassWithDelay(TimeSpan.FromSeconds(30)), () =>
        {
            var a = New("late");
            Watch(a);
            Expect("recovery failure RecoveryTimedOutException");
            ExpectTerminated(a);
        });
    }

    [Fact]
    public async Task Snapshots_that_cannot_be_deleted_are_reported_as_a_message()
    {
        var a = New("d"); ExpectMsg("completed");
        a.Tell("save"); ExpectMsg("saved");
        await WithSnapshotDelete(delete => delete.Fail(), () => { a.Tell(SnapshotSelectionCriteria.Latest); ExpectMsg("not deleted"); });
    }
}
