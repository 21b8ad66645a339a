using System.Net.Security;
using System.Net.Sockets;
using Backup.Media.Packets;
using Backup.Messages;

namespace Backup.Actors.Data;

/// <summary>
/// A connected socket as packets. One reader and any number of writers; a writer's packets of one call stay together.
/// Whatever goes wrong is a <see cref="ConnectionLostException"/> with the reason; nothing is ever read that is longer
/// than its kind may be.
/// </summary>
internal sealed class PacketSocket : IAsyncDisposable
{
    /// <summary>The reason where this side itself gave up.</summary>
    public const string GivenUp = "It was given up.";

    private const int SmallBytes = 64 << 10;

    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly byte[] _in = GC.AllocateUninitializedArray<byte>(SmallBytes);
    private readonly byte[] _out = GC.AllocateUninitializedArray<byte>(SmallBytes);
    private int _inStart;
    private int _inEnd;
    private long _heard;
    private long _said;
    private string? _cut;
    private ITimer? _watch;

    /// <summary>Takes a connected socket over.</summary>
    /// <param name="socket">Connected.</param>
    /// <param name="stream">Over it, plain or TLS.</param>
    /// <param name="time">The clock.</param>
    public PacketSocket(Socket socket, Stream stream, TimeProvider time)
    {
        (_socket, _stream, _time) = (socket, stream, time);
        _heard = _said = time.GetTimestamp();
    }

    /// <summary>The attempt; every packet has it.</summary>
    public Epoch Epoch { get; set; }

    /// <summary>The version that both sides speak, from the welcome on.</summary>
    public int Version { get; set; } = Media.Packets.Handshake.VersionMin;

    /// <summary>Reads a header.</summary>
    /// <exception cref="ConnectionLostException">The connection ended or failed, or what came is no packet of this
    /// attempt.</exception>
    public async ValueTask<PacketHeader> ReadHeader(CancellationToken cancellation)
    {
        await Fill(PacketHeader.Size, cancellation).ConfigureAwait(false);
        Check(PacketHeader.Read(_in.AsSpan(_inStart, _inEnd - _inStart), out var header));
        _inStart += PacketHeader.Size;
        // Who is refused before its first word is read has told no attempt yet.
        if (Epoch.Value != 0 && header.Epoch != Epoch && header.Kind != PacketKind.Refused)
            throw Cut($"It sent a packet of attempt {header.Epoch}, expected {Epoch}.");
        return header;
    }

    /// <summary>Reads a payload into a buffer.</summary>
    /// <param name="header">Its header, just read.</param>
    /// <param name="target">At least as long as the header says.</param>
    /// <param name="cancellation">Gives up; the connection is useless then.</param>
    /// <exception cref="ConnectionLostException">The connection ended or failed, or the payload is damaged.</exception>
    public async ValueTask ReadPayload(PacketHeader header, Memory<byte> target, CancellationToken cancellation)
    {
        var payload = target[..header.PayloadLength];
        var have = Math.Min(payload.Length, _inEnd - _inStart);
        _in.AsMemory(_inStart, have).CopyTo(payload);
        _inStart += have;
        var sum = PacketHeader.Sum(uint.MaxValue, payload.Span[..have]);
        while (have < payload.Length)
        {
            var come = await Receive(payload[have..], cancellation).ConfigureAwait(false);
            sum = PacketHeader.Sum(sum, payload.Span.Slice(have, come));
            have += come;
        }
        Check(header.CheckSum(sum));
    }

    /// <summary>Reads a small payload.</summary>
    public async ValueTask<byte[]> ReadPayload(PacketHeader header, CancellationToken cancellation)
    {
        var payload = new byte[header.PayloadLength];
        await ReadPayload(header, payload, cancellation).ConfigureAwait(false);
        return payload;
    }

    /// <summary>Writes one packet.</summary>
    /// <exception cref="ConnectionLostException">The connection failed.</exception>
    public async Task Write(PacketKind kind, long sequence, ReadOnlyMemory<byte> payload,
        CancellationToken cancellation)
    {
        await Turn(cancellation).ConfigureAwait(false);
        try
        {
            await Send(Put(0, kind, PacketFlags.None, sequence, payload.Span), payload,
                cancellation).ConfigureAwait(false);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Writes an element: its information in pieces, then its bytes.</summary>
    /// <exception cref="ConnectionLostException">The connection failed.</exception>
    public async Task WriteElement(
        long sequence, ReadOnlyMemory<byte> information, PacketKind kind, ReadOnlyMemory<byte> bytes,
            CancellationToken cancellation)
    {
        await Turn(cancellation).ConfigureAwait(false);
        try
        {
            var rest = information;
            while (rest.Length + (2 * PacketHeader.Size) > SmallBytes)
            {
                var piece = rest[..Math.Min(rest.Length, PacketHeader.InformationMax)];
                rest = rest[piece.Length..];
                await Send(Put(0, PacketKind.Information, PacketFlags.More, sequence, piece.Span), piece,
                    cancellation).ConfigureAwait(false);
            }
            var used = Put(0, PacketKind.Information, PacketFlags.None, sequence, rest.Span);
            rest.CopyTo(_out.AsMemory(used));
            used = Put(used + rest.Length, kind, PacketFlags.None, sequence, bytes.Span);
            await Send(used, bytes, cancellation).ConfigureAwait(false);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Begins to send heartbeats, and to cut the connection when nothing is heard or the peer is no longer
    /// taken.</summary>
    /// <param name="heartbeat">The longest that this side is silent.</param>
    /// <param name="silence">The longest that the other may be.</param>
    /// <param name="isStillTaken">Null where it is; else why not.</param>
    public void Watch(TimeSpan heartbeat, TimeSpan silence, Func<string?> isStillTaken)
    {
        var every = TimeSpan.FromTicks(Math.Max(1, Math.Min(heartbeat.Ticks / 2, silence.Ticks / 4)));
        _watch = _time.CreateTimer(_ => Look(heartbeat, silence, isStillTaken), null, every, every);
    }

    /// <summary>Ends the connection for whoever waits on it.</summary>
    /// <param name="why">Told to them.</param>
    public ConnectionLostException Cut(string why)
    {
        Interlocked.CompareExchange(ref _cut, why, null);
        _watch?.Dispose();
        _socket.Dispose();
        return new ConnectionLostException(_cut);
    }

    /// <summary>Ends in order: what was written arrives, and nobody waits for long. Nothing is written any
    /// more. Not while somebody reads.</summary>
    public async Task Close(CancellationToken cancellation)
    {
        _watch?.Dispose();
        try
        {
            await _writing.WaitAsync(cancellation).ConfigureAwait(false); // and is never given back
            if (_stream is SslStream secure) await secure.ShutdownAsync().WaitAsync(cancellation).ConfigureAwait(false);
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception gone) when (IsLoss(gone))
        {
            return; // The other side was quicker: it is over either way.
        }
        await Drain(cancellation).ConfigureAwait(false);
    }

    /// <summary>Nothing is written any more, and the other side sees that; who reads may read on. TLS is left as it
    /// is: its own end would get in the way of the reader's thread.</summary>
    public async Task EndWriting(CancellationToken cancellation)
    {
        _watch?.Dispose();
        try
        {
            await _writing.WaitAsync(cancellation).ConfigureAwait(false); // and is never given back
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception gone) when (IsLoss(gone))
        {
            // As above.
        }
    }

    /// <summary>Reads what still comes, until the other side has ended too. Not while somebody reads.</summary>
    public async Task Drain(CancellationToken cancellation)
    {
        try
        {
            while (await _stream.ReadAsync(_in, cancellation).ConfigureAwait(false) > 0) { }
        }
        catch (Exception gone) when (IsLoss(gone))
        {
            // As above.
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Cut(GivenUp);
        await _stream.DisposeAsync().ConfigureAwait(false);
    }

    private void Look(TimeSpan heartbeat, TimeSpan silence, Func<string?> isStillTaken)
    {
        string? why;
        try
        {
            why = isStillTaken();
        }
        catch (Exception broken)
        {
            // On a timer's thread an exception would end the process: what cannot be examined is not taken.
            why = $"Whether the other side is still taken could not be found out: {broken.Message}";
        }
        if (why is not null) Cut(why);
        else if (_time.GetElapsedTime(Volatile.Read(ref _heard)) > silence)
            Cut($"Nothing was heard for {silence.TotalSeconds:0.#} s.");
        else if (_time.GetElapsedTime(Volatile.Read(ref _said)) >= heartbeat / 2 && _writing.Wait(0)) _ = Beat();
    }

    private async Task Beat()
    {
        try
        {
            await Send(Put(0, PacketKind.Heartbeat, PacketFlags.None, 0, default), default,
                CancellationToken.None).ConfigureAwait(false);
        }
        catch (ConnectionLostException)
        {
            // The reader meets the same loss and tells of it.
        }
        catch (Exception broken)
        {
            Cut($"No heartbeat could be sent, for a mistake of this program: {broken.Message}");
        }
        finally
        {
            _writing.Release();
        }
    }

    private async ValueTask Turn(CancellationToken cancellation)
    {
        try
        {
            await _writing.WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            throw new ConnectionLostException(_cut ?? GivenUp);
        }
    }

    private int Put(int at, PacketKind kind, PacketFlags flags, long sequence, ReadOnlySpan<byte> payload)
    {
        PacketHeader.For(kind, flags, Epoch, sequence, payload).WriteTo(_out.AsSpan(at));
        return at + PacketHeader.Size;
    }

    private async ValueTask Send(int head, ReadOnlyMemory<byte> payload, CancellationToken cancellation)
    {
        try
        {
            if (payload.Length <= SmallBytes - head)
            {
                payload.CopyTo(_out.AsMemory(head));
                await _stream.WriteAsync(_out.AsMemory(0, head + payload.Length), cancellation).ConfigureAwait(false);
            }
            else
            {
                await _stream.WriteAsync(_out.AsMemory(0, head), cancellation).ConfigureAwait(false);
                await _stream.WriteAsync(payload, cancellation).ConfigureAwait(false);
            }
            Volatile.Write(ref _said, _time.GetTimestamp());
        }
        catch (Exception gone) when (IsLoss(gone))
        {
            throw Cut(Reason(gone));
        }
    }

    private async ValueTask Fill(int bytes, CancellationToken cancellation)
    {
        if (_inEnd - _inStart >= bytes) return;
        _in.AsSpan(_inStart, _inEnd - _inStart).CopyTo(_in);
        (_inStart, _inEnd) = (0, _inEnd - _inStart);
        while (_inEnd < bytes)
        {
            // What is no packet is refused at its first bytes, however few come.
            if (_inEnd > 0
                && PacketHeader.Read(_in.AsSpan(0, _inEnd),
                out _) is var defect and not PacketDefect.Cut) Check(defect);
            _inEnd += await Receive(_in.AsMemory(_inEnd, PacketHeader.Size + 4096 - _inEnd),
                cancellation).ConfigureAwait(false);
        }
    }

    private async ValueTask<int> Receive(Memory<byte> target, CancellationToken cancellation)
    {
        try
        {
            var count = await _stream.ReadAsync(target, cancellation).ConfigureAwait(false);
            if (count == 0) throw Cut("The other side closed it.");
            Volatile.Write(ref _heard, _time.GetTimestamp());
            return count;
        }
        catch (Exception gone) when (IsLoss(gone))
        {
            throw Cut(Reason(gone));
        }
    }

    private void Check(PacketDefect defect)
    {
        if (defect == PacketDefect.None) return;
        var guess = defect == PacketDefect.NotAPacket ? Guess(_in.AsSpan(_inStart, _inEnd - _inStart)) : "";
        throw Cut($"It sent what is no packet of the protocol: {Words(defect)}{guess}.", defect);
    }

    private ConnectionLostException Cut(string why, PacketDefect defect) => new(Cut(why).Message) { Defect = defect };

    private string Reason(Exception gone) =>
        Volatile.Read(ref _cut) ?? (gone is OperationCanceledException ? GivenUp : gone.GetBaseException().Message);

    /// <summary>
    /// What sockets and TLS throw when a connection fails or is disposed under those who use it. Nothing else is taken
    /// for the network's fault: a stream that is used wrongly throws InvalidOperationException and
    /// NotSupportedException, and they must be seen.
    /// </summary>
    internal static bool IsLoss(Exception thrown) => thrown is IOException or SocketException or ObjectDisposedException
        or OperationCanceledException or System.Security.Authentication.AuthenticationException;

    /// <summary>Who may have mistaken the port.</summary>
    private static string Guess(ReadOnlySpan<byte> start) =>
        start.StartsWith((ReadOnlySpan<byte>)[0x16, 0x03])
            ? ", as TLS does; this port is plain (backup.security.identity is not set)"
        : start.StartsWith("GET "u8) || start.StartsWith("POST "u8) || start.StartsWith("HEAD "u8) ? ", as HTTP does"
        : "";

    private static string Words(PacketDefect defect) => defect switch
    {
        PacketDefect.NotAPacket => "it begins otherwise",
        PacketDefect.HeaderDamaged => "the header's checksum is wrong",
        PacketDefect.PayloadDamaged => "the payload's checksum is wrong",
        PacketDefect.UnknownKind => "its kind is unknown",
        PacketDefect.TooLong => "it is longer than its kind may be",
        PacketDefect.Cut => "it ends early",
        _ => "a field cannot be",
    };
}

/// <summary>A data connection is lost; the attempt is not yet.</summary>
/// <param name="detail">What was seen, for people.</param>
internal sealed class ConnectionLostException(string detail) : Exception(detail)
{
    /// <summary>What was wrong with what came; None: nothing came.</summary>
    public PacketDefect Defect { get; init; }
}
