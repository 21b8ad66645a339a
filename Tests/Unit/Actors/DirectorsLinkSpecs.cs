using Akka.Actor;
using Akka.Cluster;
using Akka.TestKit;
using Backup.Actors.Node;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;
using Backup.Messages.Storage;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>A cluster of one director, which joins and goes while a node's link to it is looked at.</summary>
public sealed class DirectorsLinkSpecs : ActorKit
{
    private readonly Dictionary<string, TestProbe> _director = [];
    private readonly IActorRef _link;

    public DirectorsLinkSpecs()
        : base("""
            akka {
              actor.provider = cluster
              remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }
              cluster { roles = [director], gossip-interval = 100ms, leader-actions-interval = 100ms }
              coordinated-shutdown {
                exit-clr = off, run-by-clr-shutdown-hook = off
                terminate-actor-system = off, run-by-actor-system-terminate = off
              }
            }
            """)
    {
        foreach (var name in new[] { "directory", "catalog", "jobs", "gateway" })
        {
            var probe = _director[name] = CreateTestProbe();
            Sys.ActorOf(Props.Create(() => new Passing(probe.Ref)), name);
        }
        _link = Sys.ActorOf(DirectorsLink.Props(TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public void Without_a_director_a_question_is_answered_so_and_nothing_else()
    {
        _link.Tell(new CatalogProtocol.ReadJobEnds([Job]), TestActor);
        Assert.True(ExpectMsg<CatalogProtocol.Failed>().TryAgain);
        _link.Tell(new StorageProtocol.Unknown(Job, new Epoch(1)), TestActor);
        _link.Tell(new ListClients(), TestActor);

        Assert.Equal(RefusalCode.Unavailable, ExpectMsg<Refused>().Code);
    }

    [Fact]
    public void Everything_finds_its_actor_of_a_director_and_keeps_its_sender()
    {
        Join();
        var announced = new NodeProtocol.Announce(new NodeName("n"), Client, [], TimeSpan.FromSeconds(1));
        object[] sent =
        [
            announced, new CatalogProtocol.ReadJobEnds([Job]), new StorageProtocol.Unknown(Job, new Epoch(1)),
        ];

        foreach (var message in sent) _link.Tell(message, TestActor);

        foreach (var (message, name) in sent.Zip(new[] { "directory", "catalog", "jobs" }))
        {
            Assert.Same(message, _director[name].ExpectMsg<object>());
            if (name != "catalog") Assert.Equal(TestActor, _director[name].LastSender);
        }
        _director["catalog"].Reply(new CatalogProtocol.JobEnds([], [Job]));
        Assert.Equal([Job], ExpectMsg<CatalogProtocol.JobEnds>().Unknown);
    }

    [Fact]
    public void A_question_to_the_catalog_is_answered_at_once_when_its_director_is_gone()
    {
        Join();
        _link.Tell(new CatalogProtocol.ReadJobEnds([Job]), TestActor);
        _director["catalog"].ExpectMsg<CatalogProtocol.ReadJobEnds>();
        var cluster = Cluster.Get(Sys);

        cluster.Leave(cluster.SelfAddress);

        Assert.True(ExpectMsg<CatalogProtocol.Failed>().TryAgain);
    }

    [Fact]
    public void A_request_is_answered_by_the_director_or_by_a_refusal_when_none_is_left()
    {
        Join();
        _link.Tell(new ListClients(), TestActor);
        _director["gateway"].ExpectMsg<ListClients>();
        _director["gateway"].Reply(new ClientList([]));
        Assert.Empty(ExpectMsg<ClientList>().Clients);

        _link.Tell(new ListJobs(), TestActor);
        _director["gateway"].ExpectMsg<ListJobs>();
        var cluster = Cluster.Get(Sys);
        cluster.Leave(cluster.SelfAddress);

        Assert.Equal(RefusalCode.Unavailable, ExpectMsg<Refused>().Code);
    }

    [Fact]
    public void A_request_that_nobody_answers_is_asked_again_and_answered_once()
    {
        var link = Sys.ActorOf(DirectorsLink.Props(TimeSpan.FromMilliseconds(20)));
        Join(link);
        link.Tell(new ListClients(), TestActor);
        _director["gateway"].ExpectMsg<ListClients>(); // lost, or its answer is
        _director["gateway"].ExpectMsg<ListClients>();

        foreach (var _ in (int[])[1, 2]) _director["gateway"].Reply(new ClientList([]));

        Assert.Empty(ExpectMsg<ClientList>().Clients);
        ExpectNoMsg(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public void A_request_that_is_on_its_way_when_the_clusters_system_ends_is_refused_and_not_left_without_an_answer()
    {
        Join();
        _link.Tell(new ListJobs(), TestActor);
        _director["gateway"].ExpectMsg<ListJobs>();

        Sys.Stop(_link);

        Assert.Equal(RefusalCode.Unavailable, ExpectMsg<Refused>().Code);
    }

    [Fact]
    public void Who_follows_is_told_when_the_first_director_comes_and_the_last_one_goes()
    {
        _link.Tell(DirectorsLink.Follow.Instance, TestActor);
        Assert.False(ExpectMsg<DirectorsPresence>().Any);

        Join();
        var cluster = Cluster.Get(Sys);
        Assert.True(ExpectMsg<DirectorsPresence>().Any);
        cluster.Leave(cluster.SelfAddress);

        Assert.False(ExpectMsg<DirectorsPresence>().Any);
    }

    [Fact]
    public void The_face_of_a_node_takes_reports_only_while_a_director_is_there()
    {
        var uplink = CreateTestProbe();
        var nobody = ActorRefs.Nobody;
        var face = Sys.ActorOf(NodeFace.Props(
            new NodeProtocol.Announce(new NodeName("n"), Client, [], TimeSpan.FromMinutes(1)),
            new LocalActors(uplink.Ref, nobody, nobody),
            new Directors(_link, _link, _link, ComeAndGo: true)));
        Assert.Equal(face, uplink.ExpectMsg<Uplink.Detach>().Face);

        Join();

        Assert.Equal(face, uplink.ExpectMsg<Uplink.Attach>().Face);
        Assert.Equal(Client, _director["directory"].ExpectMsg<NodeProtocol.Announce>().Client);
    }

    private void Join() => Join(_link);

    private void Join(IActorRef link)
    {
        var cluster = Cluster.Get(Sys);
        cluster.Join(cluster.SelfAddress);
        var follower = CreateTestProbe();
        link.Tell(DirectorsLink.Follow.Instance, follower.Ref);
        follower.FishForMessage<DirectorsPresence>(presence => presence.Any);
    }

    private sealed class Passing : ReceiveActor
    {
        public Passing(IActorRef to) => ReceiveAny(to.Forward);
    }
}
