using System.Net;
using System.Net.Sockets;
using Backup.Actors.Data;
using Backup.Media.Fragments;
using Backup.Media.Packets;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Xunit;

namespace Backup.Tests.Unit.Data;

/// <summary>A client meets a storage node that is older or newer, or no storage node at all.</summary>
public sealed class DataVersionSpecs : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<string> _lines = [];

    public DataVersionSpecs() => _listener.Start();

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task An_older_storage_node_refuses_and_the_client_says_so_in_its_words()
    {
        var refusal = new Refusal(RefusalReason.Version, 0, 0, default,
            "This node speaks versions 0 to 0 of the data plane, the client 1 to 1. Upgrade the older one.");

        var detail = await Lost(PacketKind.Refused, refusal.ToBytes());

        Assert.Contains("versions 0 to 0 of the data plane, the client 1 to 1", detail);
        Assert.Contains("was refused: This node speaks versions 0 to 0", Assert.Single(_lines));
    }

    [Fact]
    public async Task A_newer_storage_node_that_takes_it_is_not_understood_and_the_client_says_so()
    {
        var welcome = new Welcome(1, TimeSpan.FromSeconds(1), default, "store1").ToBytes();
        welcome[0] = 9;

        var detail = await Lost(PacketKind.Welcome, welcome);

        Assert.Contains(
            $"speaks version 9 of the data plane, this node 1 to {Handshake.Version}. Upgrade the older one.", detail,
            StringComparison.Ordinal);
        Assert.Contains("speaks version 9", Assert.Single(_lines));
    }

    [Fact]
    public async Task Another_programs_port_is_no_storage_node()
    {
        var answering = Answer("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"u8.ToArray());

        var detail = await Lost();

        Assert.Contains("no packet of the protocol: it begins otherwise", detail);
        await answering;
    }

    private async Task<string> Lost(PacketKind kind, byte[] payload)
    {
        var packet = new byte[PacketHeader.Size + payload.Length];
        PacketHeader.For(kind, PacketFlags.None, new Epoch(1), 0, payload).WriteTo(packet);
        payload.CopyTo(packet, PacketHeader.Size);
        var answering = Answer(packet);
        var detail = await Lost();
        await answering;
        return detail;
    }

    private async Task Answer(byte[] bytes)
    {
        using var client = await _listener.AcceptSocketAsync().WaitAsync(TwoProcesses.Patience);
        await client.ReceiveAsync(new byte[4096]).WaitAsync(TwoProcesses.Patience);
        await client.SendAsync(bytes);
        client.Shutdown(SocketShutdown.Send);
        await Strangers.AssertClosed(client);
    }

    private async Task<string> Lost()
    {
        var plane = new DataPlane(new DataPlaneOptions
        {
            Node = "web1",
            ReconnectWithin = TimeSpan.Zero,
            Say = _lines.Add,
        });
        var place = new DataEndpoint("127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port, "another", false);
        var here = plane.Take<ArchiveChunk>(
            new DataAddress("store1", new string('a', 64), place), TwoProcesses.Passport())!;
        var failure = DataConnectionSpecs.Of(
            await Assert.ThrowsAsync<DataLinkException>(() => DataConnectionSpecs.WriteOn(here)));
        return Assert.IsType<JobFailure.StorageLost>(failure).Detail;
    }
}
