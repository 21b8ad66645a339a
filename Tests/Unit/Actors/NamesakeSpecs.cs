using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit;
using Backup.Actors.Node;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>
/// Two machines that call themselves the same: the first is used, and the second is complained of once for as long as
/// it is there.
/// </summary>
public sealed class NamesakeSpecs : ActorKit
{
    private readonly ActorSystem _one = ActorSystem.Create("one", Patient);
    private readonly ActorSystem _two = ActorSystem.Create("two", Patient);
    private readonly TestProbe _allocator;
    private readonly IActorRef _directory;

    public NamesakeSpecs()
        : base("akka { loglevel = ERROR, test.filter-leeway = 3s }")
    {
        _allocator = CreateTestProbe();
        _directory = Sys.ActorOf(NodeDirectory.Props(_allocator.Ref));
    }

    protected override void AfterAll()
    {
        _one.Terminate().Wait();
        _two.Terminate().Wait();
        base.AfterAll();
    }

    [Fact]
    public void A_namesake_that_went_away_and_came_again_is_complained_of_again()
    {
        var first = FaceIn(_one);
        Announced(first);
        var namesake = FaceIn(_two);
        ComplainedOfOnce(first, namesake);

        Ended(_two, namesake);

        ComplainedOfOnce(first, FaceIn(_two));
    }

    [Fact]
    public void A_namesake_that_left_is_complained_of_again()
    {
        var first = FaceIn(_one);
        Announced(first);
        var namesake = FaceIn(_two);
        ComplainedOfOnce(first, namesake);

        _directory.Tell(new NodeProtocol.Leaves(new NodeName("web1")), namesake);

        ComplainedOfOnce(first, namesake);
        while (_allocator.HasMessages) _allocator.ExpectMsg<AllocatorProtocol.Offer>(); // the one in use did not leave
    }

    [Fact]
    public void A_namesake_that_became_the_one_and_then_a_namesake_is_complained_of_again()
    {
        var (first, second) = (FaceIn(_one), FaceIn(_two));
        Announced(first);
        ComplainedOfOnce(first, second);
        Ended(_one, first);
        _allocator.FishForMessage<AllocatorProtocol.Withdraw>(_ => true);
        Announced(second);
        var third = FaceIn(_one);
        ComplainedOfOnce(second, third);
        Ended(_two, second);
        _allocator.FishForMessage<AllocatorProtocol.Withdraw>(_ => true);
        Announced(third);

        ComplainedOfOnce(third, FaceIn(_two));
    }

    /// <summary>It was killed, and another machine, or the same at another address, has its name now.</summary>
    [Fact]
    public void A_node_that_is_back_at_another_address_is_used_as_soon_as_nothing_is_heard_of_the_old_one()
    {
        var now = TimeSpan.Zero;
        var directory = Sys.ActorOf(NodeDirectory.Props(_allocator.Ref, () => now));
        var (old, back) = (FaceIn(_one), FaceIn(_two));
        EventFilter.Error(start: "Two nodes call themselves web1").Expect(0, () =>
        {
            Announce("old", old);
            Seen("old");
            now += TimeSpan.FromSeconds(3);
            Announce("back", back);
            Seen("old");
            now += TimeSpan.FromSeconds(3);
            Announce("back", back); // the old one may still be heard
            Seen("old");
            now += TimeSpan.FromSeconds(3);
            Announce("back", back);
            Seen("back");
        });

        void Announce(string client, IActorRef face) => directory.Tell(
            new NodeProtocol.Announce(new NodeName("web1"), new ClientName(client), [], TimeSpan.FromSeconds(5)), face);

        void Seen(string client)
        {
            directory.Tell(NodeProtocol.List.Instance, TestActor);
            Assert.Equal(new ClientName(client), ExpectMsg<NodeProtocol.Nodes>().All.Single().Client);
        }
    }

    /// <summary>Of a system of another name, and so of another address.</summary>
    private static IActorRef FaceIn(ActorSystem node) => node.ActorOf(Props.Create(() => new Face()));

    private void Ended(ActorSystem node, IActorRef face)
    {
        Watch(face);
        node.Stop(face);
        ExpectTerminated(face, TimeSpan.FromSeconds(15));
    }

    private void Announced(IActorRef face)
    {
        Announce(face);
        _allocator.ExpectMsg<AllocatorProtocol.Offer>();
    }

    private void ComplainedOfOnce(IActorRef used, IActorRef face) =>
        EventFilter.Error(start: "Two nodes call themselves web1").ExpectOne(() =>
        {
            Announce(face);
            Announce(used);
            Announce(face);
            Announce(used);
            _directory.Tell(NodeProtocol.List.Instance, TestActor);
            ExpectMsg<NodeProtocol.Nodes>();
        });

    private void Announce(IActorRef face) => _directory.Tell(
        new NodeProtocol.Announce(new NodeName("web1"), Client, [], TimeSpan.FromMinutes(1)), face);

    private sealed class Face : ReceiveActor;
}
