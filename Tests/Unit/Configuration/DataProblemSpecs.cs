using System.Net;
using Backup.Actors.Data;
using Backup.Host.Node;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Clients;
using Xunit;

namespace Backup.Tests.Unit.Configuration;

/// <summary>The keys of the data plane: <c>backup.storage.data-…</c>.</summary>
public class DataProblemSpecs
{
    private const string HostForms = "a host name or an IP address";
    private const string ClientHostForms =
        "texts such as \"web1=203.0.113.7\": a client, once, and a host name or an IP address";

    private const string ClientPlaceForms =
        "texts such as \"web1=10.1.0.7:9114\": a client, once, and the host and port at which it listens";

    [Fact]
    public void Who_is_called_and_where_calls_are_taken_is_what_the_data_plane_is_told()
    {
        var settings = OneConf.Settings("""
            storage.data-calls = ["web1=web1.example:9114", "web2 = [2001:db8::2]:9115"]
            client.call-port = 9114
            """);

        var options = NodeData.OptionsOf(settings, listens: true);

        Assert.Equal(new DnsEndPoint("web1.example", 9114), options.CallOf[new ClientName("web1")]);
        Assert.Equal(new DnsEndPoint("2001:db8::2", 9115), options.CallOf[new ClientName("web2")]);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 9114), options.ListenForCalls);
        Assert.Null(NodeData.OptionsOf(settings, listens: false).ListenForCalls);
        Assert.Null(NodeData.OptionsOf(OneConf.Settings(""), listens: true).ListenForCalls);
    }

    [Fact]
    public void What_is_written_is_what_the_data_plane_is_told()
    {
        var settings = OneConf.Settings("""
            security.plain-network = on
            storage {
              data-address = 0.0.0.0, data-port = 9115, data-host = store1.example
              data-heartbeat = 1s, data-silence = 4s, data-reconnect-within = 7s
              data-handshake-within = 3s, data-token-lifetime = 5m
            }
            """);

        var options = NodeData.OptionsOf(settings, listens: true);

        Assert.Equal(("here", new IPEndPoint(IPAddress.Any, 9115), "store1.example"),
            (options.Node, options.Listen, options.AdvertisedHost));
        Assert.Equal((1, 4, 7, 3, 300), (options.Heartbeat.TotalSeconds, options.Silence.TotalSeconds,
            options.ReconnectWithin.TotalSeconds, options.HandshakeWithin.TotalSeconds,
            options.TokenLifetime.TotalSeconds));
        Assert.Null(NodeData.OptionsOf(settings, listens: false).Listen);
    }

    /// <summary>CL-40: one address in the site, another from outside of it.</summary>
    [Fact]
    public void A_client_may_be_told_another_host_than_the_others()
    {
        var settings = OneConf.Settings("storage.data-hosts = [\"web1=203.0.113.7\", \"web2 = store1.wan.example\"]");
        var plane = new DataPlane(NodeData.OptionsOf(settings, listens: false))
        {
            Endpoint = new DataEndpoint("10.0.0.1", 9112, "", Secure: true),
        };

        string? HostFor(string client) => plane.Open(
            new DataLink<ArchiveChunk>(1), new DataPassport(
                new JobId(client.Length), new Epoch(1), new ClientName(client), new LibraryName("tapes"))).Endpoint?.Host;

        Assert.Equal("203.0.113.7", HostFor("web1"));
        Assert.Equal("store1.wan.example", HostFor("web2"));
        Assert.Equal("10.0.0.1", HostFor("web"));
    }

    [Fact]
    public void In_a_cluster_clients_are_told_the_nodes_host_where_all_addresses_are_listened_on()
    {
        const string cluster = """
            node.roles = [storage]
            clients { n1 { } }
            security.plain-network = on
            cluster { seeds = ["dir1.example:9111"], address = 0.0.0.0, host = store1.example }
            defaults { library.node = here, policy.clients = [n1] }

            """;

        Assert.Equal("store1.example", OneConf.Settings(cluster + "storage.data-address = \"::\"").Storage.DataHost);
        Assert.Null(OneConf.Settings(cluster + "storage.data-address = 192.0.2.1").Storage.DataHost);
        var problem = Assert.Single(OneConf.Problems(cluster));
        Assert.Equal(("backup.storage.data-address", "found 127.0.0.1, and cluster.address is 0.0.0.0"),
            (problem.Key, problem.Found));
    }

    [Theory]
    [InlineData("storage.data-silence = 14s", "2:24:3 backup.storage.data-silence: found 14s",
        "at least three times data-heartbeat, which is 5s")]
    [InlineData("storage.data-port = 65536", "2:21:5 backup.storage.data-port: found \"65536\"",
        "a whole number from 0 to 65535")]
    [InlineData("storage.data-address = store1", "2:24:6 backup.storage.data-address: found \"store1\"",
        "an IP address of this machine, 0.0.0.0 or \"::\" for all")]
    [InlineData("storage.data-host = \"a b\"", "2:21:5 backup.storage.data-host: found \"a b\"", HostForms)]
    [InlineData("storage.data-hosts = [\"web1\"]", "2:23:6 backup.storage.data-hosts: found \"web1\"", ClientHostForms)]
    [InlineData("storage.data-hosts = [\"w=h\", \"w=i\"]", "2:30:5 backup.storage.data-hosts: found \"w=i\"",
        ClientHostForms)]
    [InlineData("storage.data-calls = [\"web1=h\"]", "2:23:8 backup.storage.data-calls: found \"web1=h\"",
        ClientPlaceForms)]
    [InlineData("storage.data-calls = [\"w=h:1\", \"w=i:1\"]", "2:32:7 backup.storage.data-calls: found \"w=i:1\"",
        ClientPlaceForms)]
    [InlineData("client { call-port = 9114, call-address = 192.0.2.1 }",
        "2:43:9 backup.client.call-address: found 192.0.2.1, and no backup.security.identity",
        "a loopback address, or an identity (`backup enrol`), or security.plain-network = on")]
    [InlineData("storage.data-address = 192.0.2.1",
        "2:24:9 backup.storage.data-address: found 192.0.2.1, and no backup.security.identity",
        "a loopback address, or an identity (`backup enrol`), or security.plain-network = on")]
    [InlineData("security.plain-network = on, storage { data-address = 0.0.0.0 }",
        "2:30:7 backup.storage.data-host: must be given",
        HostForms + ": data-address is 0.0.0.0, where nobody can connect to")]
    public void A_place_or_a_time_that_cannot_be_is_refused(string lines, string found, string allowed) =>
        OneConf.Refuses(lines, found, allowed);
}
