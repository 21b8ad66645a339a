using System.Net;
using System.Net.Sockets;
using Xunit;
using Xunit.Abstractions;

namespace Backup.Tests.System.Cluster;

/// <summary>What is no node connects to the ports of nodes.</summary>
public sealed class GarbageSpecs(ITestOutputHelper output)
{
    private const int Held = 50;
    private const int DataPort = 9112;
    private const int ClusterPort = 9111;
    private const int PbmPort = 9110;
    private const int HealthPort = 9113;

    /// <summary>Not where the nodes' own connections come from: what one address may hold is limited.</summary>
    private static readonly IPAddress Stranger = IPAddress.Parse("127.250.0.9");

    [NeedsFact(root: false, "setpriv", "zstd", "tar")]
    public async Task Garbage_on_every_port_disturbs_no_job()
    {
        await using var cluster = new ClusterFixture(output) { DataPort = DataPort, AllDoors = true };
        await cluster.Start();
        var held = new List<Socket>();
        try
        {
            foreach (var (address, port) in Doors(cluster))
                for (var count = 0; count < Held; count++) held.Add(await Connect(address, port));
            var job = await cluster.Run();
            for (var round = 0; round < 5; round++)
                foreach (var (address, port) in Doors(cluster)) await Throw(address, port, seed: round);
            var ended = await cluster.Completed(job);

            Assert.Equal(1, ended.Job.Attempts);
            Assert.All(cluster.Nodes, node => Assert.True(node.Runs, $"Node {node.Name} has ended."));
            await cluster.AllAreThere();
            await cluster.IsWhole(ended);
        }
        finally
        {
            held.ForEach(socket => socket.Dispose());
        }
    }

    private static IEnumerable<(string Address, int Port)> Doors(ClusterFixture cluster) => cluster.Nodes
        .SelectMany(node => ((int[])[ClusterPort, PbmPort, HealthPort]).Select(port => (node.Address, port)))
        .Append((cluster.Storage.Address, DataPort));

    private static async Task<Socket> Connect(string address, int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(Stranger, 0));
        await socket.ConnectAsync(IPAddress.Parse(address), port);
        return socket;
    }

    /// <summary>
    /// Random bytes of several lengths, a request of HTTP, lengths that are too large, and an empty hand.
    /// </summary>
    private static async Task Throw(string address, int port, int seed)
    {
        var random = new Random(seed);
        (await Connect(address, port)).Dispose(); // as who scans ports does
        byte[][] garbage =
        [
            Sources.Bytes(random, 1), Sources.Bytes(random, 100), Sources.Bytes(random, 100_000),
            "GET / HTTP/1.1\r\nHost: backup\r\n\r\n"u8.ToArray(), [.. Enumerable.Repeat((byte)0xFF, 64)],
            new byte[4096], [],
        ];
        foreach (var bytes in garbage)
        {
            using var socket = await Connect(address, port);
            try
            {
                await socket.SendAsync(bytes);
                socket.Shutdown(SocketShutdown.Send);
            }
            catch (SocketException)
            {
                // It was cut off in mid-sentence, as it may be.
            }
        }
    }
}
