using System.Net;
using System.Net.Sockets;

namespace Backup.Tests.Unit.Data;

/// <summary>
/// What happens to a connection once so many bytes have gone from the client to the server, or the other way.
/// </summary>
internal enum WireFault
{
    None,

    /// <summary>Both sides see an end.</summary>
    Cut,

    /// <summary>Both sides see a reset.</summary>
    Reset,

    /// <summary>Nothing arrives any more, either way, and nobody sees anything.</summary>
    Hole,

    /// <summary>A bit changes.</summary>
    Flip,

    /// <summary>Some bytes come twice.</summary>
    Repeat,

    /// <summary>Some bytes are left out.</summary>
    Skip,

    /// <summary>Nothing arrives for a while, then all of it.</summary>
    Delay,
}

/// <summary>A TCP proxy that harms its first connections and lets the others pass.</summary>
internal sealed class FaultProxy : IDisposable
{
    /// <summary>How long a delay is; less than the silence that loses a connection.</summary>
    private static readonly TimeSpan DelayTime = TimeSpan.FromMilliseconds(200);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _over = new();
    private readonly int _target;
    private readonly Func<int, (WireFault Fault, bool Up, long At)> _script;
    private CancellationTokenSource _cut = new();
    private int _connections;
    private long _bytesUp;

    /// <param name="target">The port behind it.</param>
    /// <param name="script">By connection, from 0.</param>
    public FaultProxy(int target, Func<int, (WireFault Fault, bool Up, long At)> script)
    {
        (_target, _script) = (target, script);
        _listener.Start();
        _ = Run();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Bytes that clients have sent so far.</summary>
    public long BytesUp => Interlocked.Read(ref _bytesUp);

    /// <summary>Waits for clients that have nothing to say but that they are there.</summary>
    /// <param name="times">How often they say it.</param>
    public async Task Beats(double times)
    {
        for (var beat = 0; beat < times; beat++)
        {
            var before = BytesUp;
            await DataConnectionSpecs.Until(() => BytesUp > before);
        }
    }

    /// <summary>Cuts what is connected.</summary>
    public void Cut() => Interlocked.Exchange(ref _cut, new CancellationTokenSource()).Cancel();

    public void Dispose()
    {
        _over.Cancel();
        _listener.Stop();
    }

    private async Task Run()
    {
        while (!_over.IsCancellationRequested)
        {
            try
            {
                _ = Join(await _listener.AcceptSocketAsync(_over.Token), Interlocked.Increment(ref _connections) - 1);
            }
            catch (Exception ended)
                when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task Join(Socket client, int number)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (client)
        {
            client.NoDelay = true;
            var (fault, up, at) = _script(number);
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _target, _over.Token);
                using var cut = CancellationTokenSource.CreateLinkedTokenSource(_over.Token, _cut.Token);
                using var hole = CancellationTokenSource.CreateLinkedTokenSource(cut.Token);
                await Task.WhenAny(
                    Pump(client, server, up ? fault : WireFault.None, at, hole, Count),
                    Pump(server, client, up ? WireFault.None : fault, at, hole, _ => { }));
                if (hole.IsCancellationRequested) await Task.Delay(Timeout.Infinite, cut.Token);
                if (fault == WireFault.Reset)
                    (client.LingerState, server.LingerState) = (new LingerOption(true, 0), new LingerOption(true, 0));
            }
            catch (Exception gone)
                when (gone is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // One side went away: so does the other.
            }
        }
    }

    private void Count(int bytes) => Interlocked.Add(ref _bytesUp, bytes);

    private static async Task Pump(
        Socket from, Socket to, WireFault fault, long at, CancellationTokenSource hole, Action<int> count)
    {
        var buffer = new byte[16 << 10];
        long passed = 0;
        while (true)
        {
            var length = await from.ReceiveAsync(buffer, hole.Token);
            if (length == 0) return;
            count(length);
            var bytes = buffer.AsMemory(0, length);
            var due = fault != WireFault.None && passed + length > at;
            passed += length;
            if (due)
            {
                var here = (int)Math.Max(0, at - (passed - length));
                (var isOver, bytes) = Harm(fault, bytes, here);
                if (fault == WireFault.Hole)
                {
                    await Send(to, bytes, hole.Token);
                    await hole.CancelAsync();
                    return;
                }
                if (fault == WireFault.Delay)
                {
                    await Send(to, bytes[..here], hole.Token);
                    await Task.Delay(DelayTime, hole.Token);
                    bytes = bytes[here..];
                }
                fault = WireFault.None;
                await Send(to, bytes, hole.Token);
                if (isOver) return;
                continue;
            }
            await Send(to, bytes, hole.Token);
        }
    }

    private static (bool IsOver, Memory<byte> Bytes) Harm(WireFault fault, Memory<byte> bytes, int here)
    {
        switch (fault)
        {
            case WireFault.Flip:
                bytes.Span[here] ^= 0x10;
                return (false, bytes);
            case WireFault.Repeat:
                return (false, (byte[])[.. bytes.Span[..(here + 1)], .. bytes.Span[here..]]);
            case WireFault.Skip:
                return (false, (byte[])[.. bytes.Span[..here], .. bytes.Span[(here + 1)..]]);
            case WireFault.Delay:
                return (false, bytes);
            default:
                return (true, bytes[..here]);
        }
    }

    private static async Task Send(Socket to, ReadOnlyMemory<byte> bytes, CancellationToken over)
    {
        while (bytes.Length > 0) bytes = bytes[await to.SendAsync(bytes, over)..];
    }
}
