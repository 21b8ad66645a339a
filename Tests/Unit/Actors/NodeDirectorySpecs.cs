using Akka.Actor;
using Akka.TestKit;
using Backup.Actors.Node;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;
using Backup.Messages.Storage;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

public sealed class NodeDirectorySpecs : ActorKit
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    private readonly TestProbe _allocator;
    private long _slept;
    private readonly IActorRef _directory;

    public NodeDirectorySpecs()
    {
        _allocator = CreateTestProbe();
        _directory = Sys.ActorOf(NodeDirectory.Props(
            _allocator.Ref, () => Sys.Scheduler.MonotonicClock + TimeSpan.FromTicks(Interlocked.Read(ref _slept))));
    }

    [Fact]
    public void Commands_reach_the_node_that_is_the_client_or_owns_the_library()
    {
        var (client, storage) = (CreateTestProbe(), CreateTestProbe());
        Announce("web1", client.Ref, Client);
        Announce("store1", storage.Ref, null, null, Drive);

        _directory.Tell(new NodeProtocol.ForClient(Client, new ClientProtocol.Query(Job, new Epoch(1))), TestActor);
        _directory.Tell(new NodeProtocol.ForStorage(Library, new StorageProtocol.Query(Job, new Epoch(1))), TestActor);

        client.ExpectMsg<ClientProtocol.Query>();
        Assert.Equal(TestActor, client.LastSender);
        storage.ExpectMsg<StorageProtocol.Query>();
    }

    [Fact]
    public void What_an_operator_does_reaches_the_node_that_owns_the_library_or_is_refused()
    {
        var ask = new NodeProtocol.ForLibrary(Library, new UnmountDrive(new RequestId("1"), Drive));
        _directory.Tell(ask, TestActor);
        Assert.Equal(RefusalCode.Unavailable, ExpectMsg<Refused>().Code);
        var storage = CreateTestProbe();
        Announce("store1", storage.Ref, null, null, Drive);

        _directory.Tell(ask, TestActor);

        Assert.Same(ask, storage.ExpectMsg<NodeProtocol.ForLibrary>());
        Assert.Equal(TestActor, storage.LastSender);
    }

    [Fact]
    public void Who_asks_how_an_object_is_reaches_its_node_or_hears_since_when_that_is_away()
    {
        NodeProtocol.Look[] asked =
        [
            new(ObjectKind.Drive, $"{Drive}", 100), new(ObjectKind.Library, $"{Library}", 100),
            new(ObjectKind.Client, $"{Client}", 100),
        ];
        foreach (var look in asked)
        {
            _directory.Tell(look, TestActor);
            Assert.Equal(("absent", null, null), StateOf(ExpectMsg<NodeProtocol.Looked>()));
        }
        var node = CreateTestProbe();
        Announce("n1", node.Ref, Client, null, Drive);

        foreach (var look in asked)
        {
            _directory.Tell(look, TestActor);
            Assert.Same(look, node.ExpectMsg<NodeProtocol.Look>());
            Assert.Equal(TestActor, node.LastSender);
        }

        _directory.Tell(new NodeProtocol.Leaves(new NodeName("n1")), node.Ref);
        foreach (var look in asked)
        {
            _directory.Tell(look, TestActor);
            var (state, name, since) = StateOf(ExpectMsg<NodeProtocol.Looked>());
            Assert.Equal(("absent", (NodeName?)new NodeName("n1")), (state, name));
            Assert.NotNull(since);
        }
    }

    private static (string, NodeName?, DateTimeOffset?) StateOf(NodeProtocol.Looked looked) =>
        (looked.Shown!.State, looked.Shown.Node, looked.Shown.Since);

    [Fact]
    public void What_no_node_offers_is_absent_and_the_job_is_told_for_how_long()
    {
        Assert.InRange(Asked().For, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        var every = TimeSpan.FromMilliseconds(10);
        Announce("web1", CreateTestProbe().Ref, Client, every);

        AwaitAssert(() => Assert.False(Assert.Single(Listed()).Present));

        var absent = Asked();
        Assert.Equal(Client, absent.Client);
        Assert.True(absent.For > every * 3, $"{absent.For}");
    }

    [Fact]
    public void Time_in_which_the_process_was_stopped_makes_nobody_absent()
    {
        Announce("web1", CreateTestProbe().Ref, Client);
        Assert.True(Assert.Single(Listed()).Present);

        Interlocked.Add(ref _slept, TimeSpan.FromMinutes(12).Ticks);

        Assert.True(Assert.Single(Listed()).Present);
        _directory.Tell(new NodeProtocol.ForStorage(Library, new StorageProtocol.Query(Job, new Epoch(1))), TestActor);
        Assert.InRange(ExpectMsg<NodeProtocol.Absent>().For, TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void How_many_jobs_a_node_takes_comes_to_the_allocator()
    {
        var limits = new StorageLimits(4, 2);
        _directory.Tell(
            new NodeProtocol.Announce(new NodeName("s1"), null, [Drive], TimeSpan.FromSeconds(1), limits), TestActor);

        Assert.Equal(limits, _allocator.ExpectMsg<AllocatorProtocol.Offer>().Limits);
    }

    [Fact]
    public void A_node_that_leaves_or_dies_is_absent_at_once_and_its_offer_is_withdrawn()
    {
        var node = CreateTestProbe();
        Announce("web1", node.Ref, Client);
        Assert.Equal(Client, _allocator.ExpectMsg<AllocatorProtocol.Offer>().Client);

        Sys.Stop(node.Ref);

        Assert.Equal("web1", _allocator.ExpectMsg<AllocatorProtocol.Withdraw>().Node.Value);
        Assert.Equal(Client, Asked().Client);

        var again = CreateTestProbe();
        Announce("web1", again.Ref, Client);
        _allocator.ExpectMsg<AllocatorProtocol.Offer>();
        _directory.Tell(new NodeProtocol.Leaves(new NodeName("web1")), again.Ref);
        _allocator.ExpectMsg<AllocatorProtocol.Withdraw>();
        Asked();
    }

    [Fact]
    public void A_node_that_left_and_is_announced_again_is_watched_again()
    {
        var node = CreateTestProbe();
        Announce("web1", node.Ref, Client);
        _directory.Tell(new NodeProtocol.Leaves(new NodeName("web1")), node.Ref);
        Announce("web1", node.Ref, Client);
        _allocator.ExpectMsg<AllocatorProtocol.Offer>();
        _allocator.ExpectMsg<AllocatorProtocol.Withdraw>();
        _allocator.ExpectMsg<AllocatorProtocol.Offer>();

        Sys.Stop(node.Ref);

        Assert.Equal("web1", _allocator.ExpectMsg<AllocatorProtocol.Withdraw>().Node.Value);
        Asked();
    }

    [Fact]
    public void Nobody_but_the_node_itself_may_say_that_it_leaves()
    {
        var (node, before) = (CreateTestProbe(), CreateTestProbe());
        Announce("web1", before.Ref, Client);
        Announce("web1", node.Ref, Client); // made anew: what the one before it still says is of the past

        _directory.Tell(new NodeProtocol.Leaves(new NodeName("web1")), before.Ref);
        _directory.Tell(new NodeProtocol.Leaves(new NodeName("web1")), TestActor);

        Assert.True(Assert.Single(Listed()).Present);
        Assert.Equal(2, _allocator.ReceiveN(2).OfType<AllocatorProtocol.Offer>().Count());
        Assert.False(_allocator.HasMessages);
    }

    [Fact]
    public void The_list_shows_who_is_there()
    {
        Announce("web1", CreateTestProbe().Ref, Client);
        Announce("store1", CreateTestProbe().Ref, null, null, Drive);

        Assert.Equal(
            [("store1", true), ("web1", true)], Listed().Select(seen => (seen.Node.Value, seen.Present)));
    }

    private IReadOnlyList<NodeSeen> Listed()
    {
        _directory.Tell(NodeProtocol.List.Instance, TestActor);
        return ExpectMsg<NodeProtocol.Nodes>().All;
    }

    private NodeProtocol.Absent Asked()
    {
        _directory.Tell(new NodeProtocol.ForClient(Client, new ClientProtocol.Query(Job, new Epoch(1))), TestActor);
        return ExpectMsg<NodeProtocol.Absent>();
    }

    private void Announce(
        string node, IActorRef face, ClientName? client, TimeSpan? every = null, params DriveId[] drives) =>
        _directory.Tell(new NodeProtocol.Announce(new NodeName(node), client, drives, every ?? Every), face);

    [Fact]
    public void Directors_that_are_not_configured_alike_are_named()
    {
        Director("d1", "aa");
        Director("d2", "aa");
        Assert.Null(Difference());

        Director("d2", "bb");
        Assert.Contains("d1 (aa), d2 (bb)", Difference(), StringComparison.Ordinal);

        Director("d1", "bb");
        Assert.Null(Difference());

        void Director(string name, string shared) => _directory.Tell(
            new NodeProtocol.Announce(new NodeName(name), null, [], Every, Shared: shared), TestActor);

        string? Difference()
        {
            _directory.Tell(NodeProtocol.List.Instance, TestActor);
            return NodeRoster.DifferenceOf(ExpectMsg<NodeProtocol.Nodes>().All);
        }
    }
}
