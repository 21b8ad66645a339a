using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Backup.Actors.Node;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Storage;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

public sealed class NodeDirectorySpecs : TestKit
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    private readonly TestProbe _allocator;
    private readonly IActorRef _directory;

    public NodeDirectorySpecs()
        : base(
            """
            akka.loglevel = OFF
            akka.stdout-loglevel = OFF
            akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
            """)
    {
        _allocator = CreateTestProbe();
        _directory = Sys.ActorOf(NodeDirectory.Props(_allocator.Ref));
    }

    private TestScheduler Time => (TestScheduler)Sys.Scheduler;

    [Fact]
    public void Commands_reach_the_node_that_is_the_client_or_owns_the_library()
    {
        var (client, storage) = (CreateTestProbe(), CreateTestProbe());
        Announce("web1", client.Ref, Client);
        Announce("store1", storage.Ref, null, Drive);

        _directory.Tell(new NodeProtocol.ForClient(Client, new ClientProtocol.Query(Job, new Epoch(1))), TestActor);
        _directory.Tell(new NodeProtocol.ForStorage(Library, new StorageProtocol.Query(Job, new Epoch(1))), TestActor);

        client.ExpectMsg<ClientProtocol.Query>();
        Assert.Equal(TestActor, client.LastSender);
        storage.ExpectMsg<StorageProtocol.Query>();
    }

    [Fact]
    public void What_no_node_offers_is_absent_and_the_job_is_told_for_how_long()
    {
        Time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(TimeSpan.FromMinutes(1), Asked().For);

        Announce("web1", CreateTestProbe().Ref, Client);
        Time.Advance((Every * 3) + TimeSpan.FromSeconds(1));
        var absent = Asked();
        Assert.Equal((Client, (Every * 3) + TimeSpan.FromSeconds(1)), (absent.Client!.Value, absent.For));
    }

    [Fact]
    public void A_node_that_leaves_or_dies_is_absent_at_once_and_its_offer_is_withdrawn()
    {
        var node = CreateTestProbe();
        Announce("web1", node.Ref, Client);
        Assert.Equal(Client, _allocator.ExpectMsg<AllocatorProtocol.Offer>().Client);

        Sys.Stop(node.Ref);

        Assert.Equal("web1", _allocator.ExpectMsg<AllocatorProtocol.Withdraw>().Node.Value);
        Assert.Equal(TimeSpan.Zero, Asked().For);

        var again = CreateTestProbe();
        Announce("web1", again.Ref, Client);
        _allocator.ExpectMsg<AllocatorProtocol.Offer>();
        _directory.Tell(new NodeProtocol.Leaves(new NodeName("web1")), again.Ref);
        _allocator.ExpectMsg<AllocatorProtocol.Withdraw>();
        Asked();
    }

    [Fact]
    public void The_list_shows_who_is_there()
    {
        Announce("web1", CreateTestProbe().Ref, Client);
        Time.Advance(TimeSpan.FromMinutes(1));
        Announce("store1", CreateTestProbe().Ref, null, Drive);

        _directory.Tell(NodeProtocol.List.Instance, TestActor);

        Assert.Equal(
            [("store1", true), ("web1", false)],
            ExpectMsg<NodeProtocol.Nodes>().All.Select(seen => (seen.Node.Value, seen.Present)));
    }

    private NodeProtocol.Absent Asked()
    {
        _directory.Tell(new NodeProtocol.ForClient(Client, new ClientProtocol.Query(Job, new Epoch(1))), TestActor);
        return ExpectMsg<NodeProtocol.Absent>();
    }

    private void Announce(string node, IActorRef face, ClientName? client, params DriveId[] drives) =>
        _directory.Tell(new NodeProtocol.Announce(new NodeName(node), client, drives, Every), face);
}
