using System.Net;
using System.Net.Sockets;
using Backup.Actors.Data;
using Backup.Messages;

namespace Backup.Tests.Unit.Data;

/// <summary>A connection over loopback: packets at this end, a bare socket at the other.</summary>
internal sealed class SocketPair : IDisposable
{
    private readonly Socket _socket;

    private SocketPair(Socket here, Socket there)
    {
        (_socket, There) = (here, there);
        Here = new PacketSocket(here, new NetworkStream(here, ownsSocket: false), TimeProvider.System)
        {
            Epoch = new Epoch(1),
        };
    }

    public PacketSocket Here { get; }

    public Socket There { get; }

    public static async Task<SocketPair> Connect()
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        listener.Listen();
        var there = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await there.ConnectAsync(listener.LocalEndPoint!);
        return new SocketPair(await listener.AcceptAsync(), there);
    }

    public void Dispose()
    {
        There.Dispose();
        _socket.Dispose();
    }
}
