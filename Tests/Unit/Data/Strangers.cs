using System.Net;
using System.Net.Sockets;
using Backup.Media.Packets;
using Backup.Messages;
using Backup.Messages.Clients;
using Xunit;

namespace Backup.Tests.Unit.Data;

/// <summary>Who comes to a data port and is not this program: speaks the protocol by hand, or something else.</summary>
internal static class Strangers
{
    public static Hello Hello(DataAddress address) => new(
        1, 1, ConnectionPurpose.Save, new JobId(12), TimeSpan.FromSeconds(1), default,
        Convert.FromHexString(address.Token), new byte[Handshake.SecretSize], "web1");

    public static async Task<Refusal> Answer(int port, Hello hello, long epoch = 1)
    {
        using var stranger = await Connect(port);
        await Write(stranger, PacketKind.Hello, hello.ToBytes(), epoch);
        return await ReadRefusal(stranger);
    }

    public static async Task<Socket> Connect(int port)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return socket;
    }

    public static async Task Write(Socket socket, PacketKind kind, byte[] payload, long epoch = 1, long sequence = 0)
    {
        var packet = new byte[PacketHeader.Size + payload.Length];
        PacketHeader.For(kind, PacketFlags.None, new Epoch(epoch), sequence, payload).WriteTo(packet);
        payload.CopyTo(packet, PacketHeader.Size);
        try
        {
            for (var sent = 0; sent < packet.Length;) sent += await socket.SendAsync(packet.AsMemory(sent));
        }
        catch (SocketException)
        {
            // The other side has cut it: what is looked at is what it said before.
        }
    }

    public static async Task<Refusal> ReadRefusal(Socket socket) =>
        Refusal.Read(await ReadUntil(socket, PacketKind.Refused))!;

    public static async Task AssertClosed(Socket socket)
    {
        var buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer).WaitAsync(TwoProcesses.Patience) > 0) { }
        }
        catch (SocketException)
        {
            // Reset is closed too.
        }
    }

    /// <summary>Reads packets until one of a kind; its payload.</summary>
    public static async Task<byte[]> ReadUntil(Socket socket, PacketKind kind)
    {
        await using var stream = new NetworkStream(socket);
        while (true)
        {
            var head = new byte[PacketHeader.Size];
            await stream.ReadExactlyAsync(head).AsTask().WaitAsync(TwoProcesses.Patience);
            Assert.Equal(PacketDefect.None, PacketHeader.Read(head, out var header));
            var payload = new byte[header.PayloadLength];
            await stream.ReadExactlyAsync(payload).AsTask().WaitAsync(TwoProcesses.Patience);
            if (header.Kind == kind) return payload;
        }
    }
}
