using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.Serialization;
using System.Threading.Channels;
using Akka.Actor;

namespace Akka.Remote.Transport;

/// <summary>One connection to a peer that has said who it is. Frames go both ways.</summary>
internal sealed class Link(Remoting remoting, Association association, Socket socket, Stream stream, int peerUid,
    bool isInbound)
{
    private const int RefsKept = 1000;

    private readonly Channel<bool> _work = Channel.CreateBounded<bool>(new BoundedChannelOptions(1)
    {
        FullMode =
        BoundedChannelFullMode.DropWrite
    });
    private readonly CancellationTokenSource _closed = new();
    private readonly Dictionary<string, IActorRef> _refs = [];
    private Task _reading = Task.CompletedTask;
    private volatile bool _isFinishing;

    internal int PeerUid => peerUid;

    /// <summary>How many connections the peer has sent on before and with this one.</summary>
    internal long Turn { get; set; }

    internal bool IsInbound => isInbound;

    internal void Pulse() => _work.Writer.TryWrite(true);

    internal void Close()
    {
        _ = _closed.CancelAsync(); // whoever waits goes on elsewhere: callers hold a lock
        socket.Dispose();
    }

    /// <summary>
    /// Sends what is left, then closes; what the peer still sends meanwhile is read, so that nothing of ours is lost.
    /// </summary>
    internal void Finish()
    {
        _isFinishing = true;
        Pulse();
    }

    internal async Task Run()
    {
        string why;
        try
        {
            _reading = Read();
            var first = await Task.WhenAny(_reading, Write()).ConfigureAwait(false);
            await first.ConfigureAwait(false);
            if (first != _reading) await _reading.WaitAsync(TimeSpan.FromMilliseconds(500)).ConfigureAwait(false);
            why = "closed by the peer";
        }
        catch (Exception e) when (Remoting.IsOfConnection(e))
        {
            why = e.Message;
        }
        Close();
        association.Lost(this, why);
        await stream.DisposeAsync().ConfigureAwait(false);
    }

    private async Task Write()
    {
        var batch = new List<byte[]>();
        var buffer = new byte[64 * 1024];
        while (await _work.Reader.WaitToReadAsync(_closed.Token).ConfigureAwait(false))
        {
            _work.Reader.TryRead(out _);
            while (association.Take(this, batch))
            {
                var filled = 0;
                foreach (var frame in batch)
                {
                    if (filled + frame.Length > buffer.Length)
                    {
                        await stream.WriteAsync(buffer.AsMemory(0, filled), _closed.Token).ConfigureAwait(false);
                        filled = 0;
                    }
                    if (frame.Length > buffer.Length)
                    {
                        await stream.WriteAsync(frame, _closed.Token).ConfigureAwait(false);
                        continue;
                    }
                    frame.CopyTo(buffer, filled);
                    filled += frame.Length;
                }
                await stream.WriteAsync(buffer.AsMemory(0, filled), _closed.Token).ConfigureAwait(false);
                batch.Clear();
            }
            await stream.FlushAsync(_closed.Token).ConfigureAwait(false);
            if (!_isFinishing) continue;
            socket.Shutdown(SocketShutdown.Send);
            return;
        }
    }

    private async Task Read()
    {
        var buffered = new BufferedStream(stream, 64 * 1024);
        while (await NextFrame(buffered, remoting.Settings.FrameBytesMax, _closed.Token)
            .ConfigureAwait(false) is { } body)
            Receive((FrameType)body[0], body);
    }

    private void Receive(FrameType type, byte[] body)
    {
        switch (type)
        {
            case FrameType.User: association.Receive(this, body, _refs); break;
            case FrameType.Turn: association.Turned(this, BinaryPrimitives.ReadInt64LittleEndian(body.AsSpan(1))); break;
            case FrameType.System: association.ReceiveSystem(this, body); break;
            case FrameType.Ack:
                association.Acknowledged(this,
                BinaryPrimitives.ReadInt64LittleEndian(body.AsSpan(1))); break;
            case FrameType.Quarantined: remoting.QuarantinedBy(association.Peer); break;
            default: throw new SerializationException($"{type} is no type of frame.");
        }
        if (_refs.Count > RefsKept) _refs.Clear();
    }

    /// <summary>The body of the next frame, its type first; null at the end.</summary>
    internal static async ValueTask<byte[]> NextFrame(Stream from, int bytesMax, CancellationToken token)
    {
        var head = new byte[4];
        var read = await from.ReadAtLeastAsync(head, 4, throwOnEndOfStream: false, token).ConfigureAwait(false);
        if (read == 0) return null;
        if (read < 4) throw new EndOfStreamException("It ended within a frame.");
        var size = BinaryPrimitives.ReadInt32LittleEndian(head);
        if (size < 1 || size > bytesMax)
            throw new SerializationException($"A frame of {size} bytes was announced, expected 1 to {bytesMax}.");
        var body = new byte[size];
        await from.ReadExactlyAsync(body, token).ConfigureAwait(false);
        return body;
    }
}
