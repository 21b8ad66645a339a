using Backup.Actors.Node;
using Backup.Messages;
using Backup.Messages.Nodes;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

public sealed class NodeRosterSpecs
{
    private static readonly NodeSeen Store = new(
        new NodeName("store1"), "akka.tcp://backup@10.0.0.2:9111", null, [Drive], true, TimeSpan.FromSeconds(2));

    [Fact]
    public void A_node_that_is_alone_is_up_and_has_no_address()
    {
        var node = Assert.Single(NodeRoster.Of([Store], null));

        Assert.Equal(("store1", "", "up"), (node.Node, node.Address, node.State));
        Assert.Equal([Drive.Library], node.Libraries);
    }

    [Fact]
    public void A_member_has_the_roles_and_the_state_that_the_cluster_says()
    {
        var member = new ClusterMember(Store.Address, ["storage"], "unreachable");

        var node = Assert.Single(NodeRoster.Of([Store], [member]));

        Assert.Equal(("store1", "unreachable", TimeSpan.FromSeconds(2)), (node.Node, node.State, node.SilentFor));
        Assert.Equal(["storage"], node.Roles);
    }

    [Fact]
    public void A_node_that_is_no_member_is_gone_and_a_member_that_never_spoke_has_no_name()
    {
        var other = new ClusterMember("akka.tcp://backup@10.0.0.9:9111", ["client"], "joining");

        var nodes = NodeRoster.Of([Store], [other]);

        Assert.Equal([("store1", "gone"), ("", "joining")], nodes.Select(node => (node.Node, node.State)));
        Assert.Null(nodes[1].SilentFor);
    }
}
