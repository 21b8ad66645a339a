using System.Net.Sockets;
using Backup.Media.Packets;
using Backup.Messages;

namespace Backup.Actors.Data;

/// <summary>
/// Where a client that storage nodes call meets its connections: a call names its session by the digest of the token,
/// which nobody else knows, so that a stranger's connection is never told a token. Whoever comes first waits for the
/// other, a connection for a handshake's time at most. Safe from any thread.
/// </summary>
internal sealed class DataCalls(DataPlaneOptions options)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Sha256Digest, TaskCompletionSource<Socket>> _waiting = [];
    private readonly Dictionary<Sha256Digest, Call> _calls = [];

    /// <summary>Connections that wait for their session.</summary>
    internal int KeptCount
    {
        get
        {
            lock (_lock) return _calls.Count;
        }
    }

    /// <summary>What a storage node says first to a client that it calls.</summary>
    public static byte[] Packet(DataOffer offer)
    {
        var payload = offer.Key.ToArray();
        var packet = new byte[PacketHeader.Size + payload.Length];
        PacketHeader.For(PacketKind.Call, PacketFlags.None, offer.Passport.Epoch, 0, payload).WriteTo(packet);
        payload.CopyTo(packet, PacketHeader.Size);
        return packet;
    }

    /// <summary>Reads what was said first, and not a byte more: what follows is TLS or the protocol.</summary>
    /// <exception cref="ConnectionLostException">It was no call.</exception>
    public static async Task<Sha256Digest> Read(Socket socket, CancellationToken cancellation)
    {
        var packet = new byte[PacketHeader.Size + PacketHeader.CallSize];
        for (var have = 0; have < packet.Length;)
        {
            var read = await socket.ReceiveAsync(packet.AsMemory(have), cancellation).ConfigureAwait(false);
            have += read;
            if (PacketHeader.Read(packet.AsSpan(0, have), out var header) is not (PacketDefect.Cut or PacketDefect.None)
                || (have >= PacketHeader.Size && header.Kind != PacketKind.Call))
                throw new ConnectionLostException("What came is no call of a storage node.");
            if (read == 0) throw new ConnectionLostException("It was closed before it said anything.");
            if (have == packet.Length && header.Check(packet.AsSpan(PacketHeader.Size)) != PacketDefect.None)
                throw new ConnectionLostException("The call is damaged.");
        }
        return new Sha256Digest(packet.AsSpan(PacketHeader.Size));
    }

    /// <summary>The next connection for a session; whoever takes it disposes it.</summary>
    /// <exception cref="OperationCanceledException">None came in time.</exception>
    public async Task<Socket> Next(Sha256Digest session, CancellationToken cancellation)
    {
        TaskCompletionSource<Socket> waiting;
        lock (_lock)
        {
            if (_calls.Remove(session, out var call))
            {
                call.Taken.TrySetResult();
                return call.Socket;
            }
            // One session has one client, which waits once.
            _waiting[session] = waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        await using var given = cancellation.Register(() => GiveUp(session, waiting, cancellation));
        return await waiting.Task.ConfigureAwait(false);
    }

    /// <summary>Hands a connection to whoever waits for its session, or comes within a handshake's time.</summary>
    /// <returns>False: nobody came for it, and it is still the caller's.</returns>
    public async Task<bool> Hand(Sha256Digest session, Socket socket, CancellationToken cancellation)
    {
        var call = new Call(socket, new(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_lock)
        {
            if (_waiting.Remove(session, out var waiting) && waiting.TrySetResult(socket)) return true;
            if (_calls.Remove(session, out var older)) older.GiveUp();
            _calls[session] = call;
        }
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(call.Taken.Task, Task.Delay(options.HandshakeWithin, options.Time, enough.Token))
            .ConfigureAwait(false);
        await enough.CancelAsync().ConfigureAwait(false);
        lock (_lock)
        {
            if (_calls.GetValueOrDefault(session) != call) return true;
            _calls.Remove(session);
            return false;
        }
    }

    /// <summary>A connection that nobody has taken yet.</summary>
    private sealed record Call(Socket Socket, TaskCompletionSource Taken)
    {
        /// <summary>Another has come for the same session: this one's caller has let go of it.</summary>
        public void GiveUp()
        {
            Socket.Dispose();
            Taken.TrySetResult();
        }
    }

    private void GiveUp(Sha256Digest session, TaskCompletionSource<Socket> waiting, CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (_waiting.GetValueOrDefault(session) == waiting) _waiting.Remove(session);
        }
        waiting.TrySetCanceled(cancellation);
    }
}
