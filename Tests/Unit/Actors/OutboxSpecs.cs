using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Backup.Actors.Storage;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Jobs;
using Backup.Messages.Storage;
using Backup.Tests.Unit.Persistence;
using Xunit;
using SessionOutbox = Backup.Actors.Storage.Outbox;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

public sealed class OutboxSpecs : ActorKit
{
    private static readonly StorageOptions Options = new(
        "", [], 4, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3),
        TimeSpan.FromSeconds(3), TimeSpan.Zero, TimeSpan.FromSeconds(5));

    private readonly TemporaryFolder _folder = new();
    private readonly TestProbe _uplink;

    public OutboxSpecs()
        : base(TestScheduled) => _uplink = CreateTestProbe();

    private string Session => _folder.File("job-7");

    protected override void AfterAll()
    {
        base.AfterAll();
        _folder.Dispose();
    }

    [Fact]
    public void Fragments_go_to_the_catalog_then_to_the_job_one_after_the_other()
    {
        Seal(2);
        var outbox = Outbox();

        Deliver(outbox, 0);
        Deliver(outbox, 1);

        outbox.Tell(SessionOutbox.Drain.Instance, TestActor);
        ExpectMsg<SessionOutbox.Drained>();
        Assert.Equal(["000001.index"], Directory.GetFiles(Session, "*.index").Select(Path.GetFileName));
    }

    [Fact]
    public void The_last_fragment_is_told_again_by_the_next_attempt_since_the_jobs_last_event_may_go_with_the_power()
    {
        Seal(2);
        var outbox = Outbox();
        Deliver(outbox, 0);
        Deliver(outbox, 1);
        outbox.Tell(SessionOutbox.Drain.Instance, TestActor);
        ExpectMsg<SessionOutbox.Drained>();
        Watch(outbox);
        Sys.Stop(outbox);
        ExpectTerminated(outbox);

        Deliver(Outbox(), 1);
    }

    [Fact]
    public void Pieces_that_are_taken_slowly_are_not_sent_again_from_the_beginning()
    {
        Seal(1);
        var outbox = Outbox();
        var piece = _uplink.ExpectMsg<CatalogProtocol.IndexPiece>();
        ((TestScheduler)Sys.Scheduler).Advance(Options.AskAgainAfter / 2);

        outbox.Tell(new CatalogProtocol.PieceTaken(piece.Image, piece.Fragment, piece.Root, piece.Total - 10));
        Assert.Equal(piece.Total - 10, _uplink.ExpectMsg<CatalogProtocol.IndexPiece>().Offset);
        ((TestScheduler)Sys.Scheduler).Advance(Options.AskAgainAfter / 2);

        _uplink.ExpectNoMsg(TimeSpan.Zero);
        ((TestScheduler)Sys.Scheduler).Advance(Options.AskAgainAfter / 2);
        Assert.Equal(0, _uplink.ExpectMsg<CatalogProtocol.IndexPiece>().Offset);
    }

    [Fact]
    public void It_is_sent_again_until_the_catalog_answers()
    {
        Seal(1);
        Outbox();
        var first = _uplink.ExpectMsg<CatalogProtocol.IndexPiece>();

        ((TestScheduler)Sys.Scheduler).Advance(Options.AskAgainAfter);

        Assert.Equal(first.Root, _uplink.ExpectMsg<CatalogProtocol.IndexPiece>().Root);
        Assert.Single(Directory.GetFiles(Session, "*.index"));
    }

    [Fact]
    public void The_job_is_told_again_until_it_has_noted_it()
    {
        Seal(1);
        var outbox = Outbox();
        Close(outbox);
        _uplink.ExpectMsg<StorageProtocol.FragmentClosed>();

        ((TestScheduler)Sys.Scheduler).Advance(Options.AskAgainAfter);

        _uplink.ExpectMsg<StorageProtocol.FragmentClosed>();
        Assert.Single(Directory.GetFiles(Session, "*.index"));
    }

    [Fact]
    public void What_was_not_noted_is_sent_after_a_restart()
    {
        Seal(2);
        var outbox = Outbox();
        Deliver(outbox, 0);
        _uplink.ExpectMsg<CatalogProtocol.IndexPiece>();
        Watch(outbox);
        Sys.Stop(outbox);
        ExpectTerminated(outbox);

        var next = Outbox();
        Deliver(next, 0);
        Deliver(next, 1);
    }

    [Fact]
    public void A_noted_fragment_that_the_catalog_has_not_is_not_taken_off()
    {
        Seal(1);
        var outbox = Outbox();
        _uplink.ExpectMsg<CatalogProtocol.IndexPiece>();

        outbox.Tell(new StorageProtocol.Noted(Job, SealedSamples.Epoch, 0));
        outbox.Tell(SessionOutbox.Drain.Instance, TestActor);

        ((TestScheduler)Sys.Scheduler).Advance(Options.AskAgainAfter);
        _uplink.ExpectMsg<CatalogProtocol.IndexPiece>();
        ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void A_catalog_that_is_busy_is_asked_again_and_one_that_refuses_ends_the_session()
    {
        Seal(1);
        var parent = CreateTestProbe();
        var outbox = parent.ChildActorOf(
            SessionOutbox.Props(Job, SealedSamples.Epoch, SessionStore.Open(Session), _uplink.Ref, Options));
        _uplink.ExpectMsg<CatalogProtocol.IndexPiece>();
        outbox.Tell(new CatalogProtocol.Failed(new JobFailure.CatalogError("Busy."), TryAgain: true));
        ((TestScheduler)Sys.Scheduler).Advance(Options.AskAgainAfter);
        _uplink.ExpectMsg<CatalogProtocol.IndexPiece>();

        outbox.Tell(new CatalogProtocol.Failed(new JobFailure.Fenced(new Epoch(1), new Epoch(2)), TryAgain: false));

        Assert.IsType<JobFailure.Fenced>(parent.ExpectMsg<SessionOutbox.Refused>().Failure);
    }

    private void Seal(int fragments)
    {
        var store = SessionStore.Open(Session);
        foreach (var fragment in SealedSamples.Write(_folder.Path, fragments)) store.Add(fragment, null);
    }

    private IActorRef Outbox() => Sys.ActorOf(
        SessionOutbox.Props(Job, SealedSamples.Epoch, SessionStore.Open(Session), _uplink.Ref, Options));

    private void Deliver(IActorRef outbox, int fragment)
    {
        Close(outbox);
        Assert.Equal(fragment, _uplink.ExpectMsg<StorageProtocol.FragmentClosed>().Fragment.Fragment);
        outbox.Tell(new StorageProtocol.Noted(Job, SealedSamples.Epoch, fragment));
    }

    private void Close(IActorRef outbox)
    {
        var piece = _uplink.ExpectMsg<CatalogProtocol.IndexPiece>();
        outbox.Tell(new CatalogProtocol.Closed(piece.Image, piece.Fragment, piece.Root));
    }
}
