using Akka.Actor;
using Backup.Actors.Node;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Clients;
using Backup.Messages.Storage;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

public sealed class UplinkSpecs : ActorKit
{
    private readonly IActorRef _uplink;

    public UplinkSpecs() =>
            _uplink = Sys.ActorOf(Uplink.Props(TimeSpan.FromSeconds(30)));

    [Fact]
    public void Reports_wait_in_order_for_a_cluster_system()
    {
        _uplink.Tell(Closed(1, 0));
        _uplink.Tell(ClientDone(1));

        _uplink.Tell(new Uplink.Attach(TestActor));

        Assert.Equal(0, ExpectMsg<StorageProtocol.FragmentClosed>().Fragment.Fragment);
        ExpectMsg<ClientProtocol.Finished>();
    }

    [Fact]
    public void Progress_is_not_kept()
    {
        _uplink.Tell(new ClientProtocol.Advanced(Job, new Epoch(1), null!));
        _uplink.Tell(ClientDone(1));

        _uplink.Tell(new Uplink.Attach(TestActor));

        ExpectMsg<ClientProtocol.Finished>();
    }

    [Fact]
    public void What_comes_between_two_cluster_systems_goes_to_the_next()
    {
        var first = CreateTestProbe();
        _uplink.Tell(new Uplink.Attach(first));
        _uplink.Tell(Closed(1, 0));
        _uplink.Tell(new Uplink.Detach(first));
        _uplink.Tell(ClientDone(1));

        _uplink.Tell(new Uplink.Attach(TestActor));

        first.ExpectMsg<StorageProtocol.FragmentClosed>();
        ExpectMsg<ClientProtocol.Finished>();
    }

    [Fact]
    public void The_end_of_an_old_system_does_not_detach_the_new_one()
    {
        var first = CreateTestProbe();
        _uplink.Tell(new Uplink.Attach(first));
        _uplink.Tell(new Uplink.Attach(TestActor));

        _uplink.Tell(new Uplink.Detach(first));
        _uplink.Tell(ClientDone(1));

        ExpectMsg<ClientProtocol.Finished>();
    }

    [Fact]
    public void A_question_without_a_director_is_answered_to_be_asked_again()
    {
        _uplink.Tell(new CatalogProtocol.ReadFragments(Image, 0), TestActor);

        Assert.True(ExpectMsg<CatalogProtocol.Failed>().TryAgain);
    }

    [Fact]
    public void A_question_in_flight_is_answered_to_be_asked_again_as_soon_as_its_system_is_gone()
    {
        var (first, second) = (CreateTestProbe(), CreateTestProbe());
        _uplink.Tell(new Uplink.Attach(first));
        _uplink.Tell(new CatalogProtocol.ReadFragments(Image, 0), TestActor);
        first.ExpectMsg<CatalogProtocol.ReadFragments>();

        _uplink.Tell(new Uplink.Detach(first));

        Assert.True(ExpectMsg<CatalogProtocol.Failed>().TryAgain);
        _uplink.Tell(new Uplink.Attach(second));
        _uplink.Tell(new CatalogProtocol.ReadFragments(Image, 0), TestActor);
        second.ExpectMsg<CatalogProtocol.ReadFragments>();
        second.Reply(new CatalogProtocol.FragmentPage(Image, true, [], null));
        Assert.True(ExpectMsg<CatalogProtocol.FragmentPage>().Sealed);
    }

    [Fact]
    public void A_question_is_answered_by_the_catalog()
    {
        var face = CreateTestProbe();
        _uplink.Tell(new Uplink.Attach(face));

        _uplink.Tell(new CatalogProtocol.ReadFragments(Image, 0), TestActor);
        face.ExpectMsg<CatalogProtocol.ReadFragments>();
        face.Reply(new CatalogProtocol.FragmentPage(Image, true, [], null));

        Assert.True(ExpectMsg<CatalogProtocol.FragmentPage>().Sealed);
    }
}
