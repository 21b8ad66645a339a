using System.Net;
using System.Net.Sockets;
using Akka.Remote.Transport.DotNetty;
using Backup.Media.Packets;
using Backup.Messages;
using Backup.Messages.Jobs;
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
            await SpeakOldVersions(cluster);
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

    /// <summary>Of what nodes say to each other, and of the data plane: refused in words, which name both.</summary>
    private static async Task SpeakOldVersions(ClusterFixture cluster)
    {
        var hello = new Hello(0, 0, ConnectionPurpose.Save, new JobId(1), TimeSpan.FromSeconds(1), default,
            new byte[Handshake.SecretSize], new byte[Handshake.SecretSize], "c1").ToBytes();
        var packet = new byte[PacketHeader.Size + hello.Length];
        PacketHeader.For(PacketKind.Hello, PacketFlags.None, new Epoch(1), 0, hello).WriteTo(packet);
        hello.CopyTo(packet, PacketHeader.Size);
        // Who holds as many connections as one address may is told nothing.
        using var data = await Connect(cluster.Storage.Address, DataPort, IPAddress.Parse("127.250.0.10"));
        await data.SendAsync(packet);
        await using var answer = new NetworkStream(data);
        var header = new byte[PacketHeader.Size];
        await answer.ReadExactlyAsync(header);
        Assert.Equal(PacketDefect.None, PacketHeader.Read(header, out var refused));
        var words = new byte[refused.PayloadLength];
        await answer.ReadExactlyAsync(words);
        Assert.Contains("the client 0 to 0. Upgrade the older one.", Refusal.Read(words)!.Sentence);

        foreach (var node in cluster.Nodes)
        {
            using var old = await Connect(node.Address, ClusterPort);
            await old.SendAsync("\u0005\0\0\0\u0001AKS0"u8.ToArray());
            Assert.Equal(0, await old.ReceiveAsync(new byte[1]));
            // The words are the stand-in's; the packages have their own.
            if (typeof(DotNettySslSetup).Assembly.GetType("Akka.Remote.Transport.TlsSettings") is not null)
                await ClusterFixture.Until(
                    () => Task.FromResult(node.Log.Contains("It speaks version 0 of this protocol, this system 1")),
                    () => Task.FromResult($"Node {node.Name} does not say what was wrong."));
        }
    }

    private static IEnumerable<(string Address, int Port)> Doors(ClusterFixture cluster) => cluster.Nodes
        .SelectMany(node => ((int[])[ClusterPort, PbmPort, HealthPort]).Select(port => (node.Address, port)))
        .Append((cluster.Storage.Address, DataPort));

    private static async Task<Socket> Connect(string address, int port, IPAddress? from = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(from ?? Stranger, 0));
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
