using System.Net;
using Backup.Host.Configuration;
using Backup.Messages;
using Xunit;

namespace Backup.Tests.Unit.Configuration;

public sealed class ClusterSettingsSpecs
{
    private const string Member = """
        node { name = s1, roles = [storage] }
        clients { n1 { } }
        cluster { seeds = ["dir1.example.org:9111", "[fd00::1]:9111"] }
        defaults { library.node = s1, policy.clients = [n1] }

        """;

    [Fact]
    public void A_node_is_alone_unless_it_has_seeds()
    {
        Assert.True(OneConf.Settings("").Cluster.IsAlone);
        Assert.False(OneConf.Settings(Member).Cluster.IsAlone);
    }

    [Fact]
    public void Seeds_are_hosts_with_ports_and_the_address_is_announced_where_nothing_else_is()
    {
        var cluster = OneConf.Settings(Member).Cluster;

        Assert.Equal([new SeedNode("dir1.example.org", 9111), new SeedNode("fd00::1", 9111)], cluster.Seeds);
        Assert.Equal(["dir1.example.org:9111", "[fd00::1]:9111"], cluster.Seeds.Select(seed => seed.ToString()));
        Assert.Equal((IPAddress.Loopback, 9111, "127.0.0.1"), (cluster.Address, cluster.Port, cluster.Host));
    }

    [Fact]
    public void A_member_may_have_any_roles_and_policies_name_clients_of_others()
    {
        var settings = OneConf.Settings(Member + """
            libraries.far { node = other, directory = /srv/far }
            policies.q { clients = [n1], file-set = sys, pool = disk-30d }
            """);

        Assert.Equal([NodeRole.Storage], settings.Node.Roles);
        Assert.Equal(new NodeName("other"), settings.Libraries[new LibraryName("far")].Node);
        Assert.Equal([new ClientName("n1")], settings.Policies[new PolicyName("q")].Clients);
    }

    [Theory]
    [InlineData("cluster.seeds = [dir1]", "backup.cluster.seeds: found \"dir1\"", "a list of host:port")]
    [InlineData("cluster.seeds = [\"dir1:0\"]", "backup.cluster.seeds: found \"dir1:0\"", "a list of host:port")]
    [InlineData("cluster.seeds = [\"di r1:9\"]", "backup.cluster.seeds: found \"di r1:9\"", "a list of host:port")]
    [InlineData("cluster { seeds = [\"d:1\"], address = 0.0.0.0 }\nsecurity.plain-network = on",
        "backup.cluster.host: absent", "by which name the others reach this node")]
    [InlineData("cluster { seeds = [\"d:1\"], address = 192.0.2.7 }",
        "backup.cluster.address: found 192.0.2.7, and no backup.security.identity", "a loopback address")]
    [InlineData("cluster { seeds = [\"d:1\"], host = \"a b\" }", "backup.cluster.host: found \"a b\"", "a host name")]
    [InlineData("node.roles = []\ncluster.seeds = [\"d:1\"]", "backup.node.roles: found none", "one or more of")]
    [InlineData("cluster.seeds = [\"d:1\"]\nlibraries.far.directory = /srv/far",
        "backup.libraries.far.node: must be given", "the name of the node that owns the library")]
    [InlineData("cluster.seeds = [\"d:1\"]", "backup.policies.p.clients: found none", "the clients to save")]
    [InlineData("libraries.far { node = other, directory = /srv/far }", "backup.libraries.far.node: found \"other\"",
        "n1, or nothing: this node is alone")]
    public void What_cannot_work_is_named(string text, string problem, string allowed)
    {
        var found = OneConf.Problems("node.name = n1\n" + text);

        Assert.Contains(found, one => $"{one.Key}: {one.Found}".StartsWith(problem, StringComparison.Ordinal)
            && one.Allowed.StartsWith(allowed, StringComparison.Ordinal));
    }
}
