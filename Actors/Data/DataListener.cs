using System.Net;
using System.Net.Sockets;

namespace Backup.Actors.Data;

/// <summary>
/// A port that takes connections, no more of strangers at once than its gate lets in, and hands each to whoever serves
/// it. Whatever is wrong with one of them, the port stays open.
/// </summary>
internal sealed class DataListener : IDisposable
{
    private static readonly TimeSpan AfterTrouble = TimeSpan.FromMilliseconds(200);

    private readonly Socket _socket;
    private readonly StrangerGate _gate;
    private readonly string _port;
    private readonly string _tooMany;
    private readonly Func<Socket, IPAddress, Task> _serve;
    private readonly CancellationTokenSource _over = new();
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _kept = [];
    private Task _accepting = Task.CompletedTask;

    /// <summary>One that takes no connections yet.</summary>
    /// <param name="socket">Listens; owned from here on.</param>
    /// <param name="gate">Bounds what strangers may cost.</param>
    /// <param name="port">What the log calls the port.</param>
    /// <param name="tooMany">What is said of a connection that finds no room.</param>
    /// <param name="serve">Serves a connection, and closes it.</param>
    public DataListener(
        Socket socket, StrangerGate gate, string port, string tooMany, Func<Socket, IPAddress, Task> serve)
    {
        (_socket, _gate, _port, _tooMany, _serve) = (socket, gate, port, tooMany, serve);
        Over = _over.Token; // told also when all is over
    }

    /// <summary>Takes connections from now on.</summary>
    public void Begin() => _accepting = Task.Run(Accept);

    /// <summary>Where it listens.</summary>
    public IPEndPoint Place => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>Ends with the port.</summary>
    public CancellationToken Over { get; }

    /// <summary>What has to end before the port has ended.</summary>
    public void Keep(Task serving)
    {
        lock (_lock) _kept.Add(serving);
        _ = serving.ContinueWith(
            ended =>
            {
                lock (_lock) _kept.Remove(ended);
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Takes no more connections.</summary>
    /// <returns>What is not served to its end yet.</returns>
    public async Task<IReadOnlyList<Task>> Stop()
    {
        await _over.CancelAsync().ConfigureAwait(false);
        _socket.Dispose();
        await _accepting.ConfigureAwait(false);
        lock (_lock) return [.. _kept];
    }

    /// <summary>Behind <see cref="Stop"/>, when all is served.</summary>
    public void Dispose() => _over.Dispose();

    private async Task Accept()
    {
        while (!Over.IsCancellationRequested)
        {
            try
            {
                Take(await _socket.AcceptAsync(Over).ConfigureAwait(false));
            }
            catch (Exception ended) when (Over.IsCancellationRequested && PacketSocket.IsLoss(ended))
            {
                return;
            }
            catch (Exception trouble)
            {
                // A connection that was gone at once, or no descriptor is free: whatever it is, the port stays open.
                _gate.Say($"A connection to the {_port} could not be taken: {trouble.Message}");
                await Task.WhenAny(Task.Delay(AfterTrouble, Over)).ConfigureAwait(false);
            }
        }
    }

    private void Take(Socket socket)
    {
        var from = AddressOf(socket);
        if (!_gate.Enter(from))
        {
            socket.Dispose();
            _gate.Refused(from, _tooMany);
            return;
        }
        Keep(Task.Run(() => _serve(socket, from)));
    }

    /// <summary>A socket that listens.</summary>
    /// <exception cref="SocketException">It cannot.</exception>
    public static Socket Listen(IPEndPoint place, int backlog)
    {
        var listener = new Socket(place.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (place.Address.Equals(IPAddress.IPv6Any)) listener.DualMode = true;
            listener.Bind(place);
            listener.Listen(backlog);
            return listener;
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    /// <summary>Who is at the other end.</summary>
    public static IPAddress AddressOf(Socket socket)
    {
        try
        {
            var from = (socket.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
            return from.IsIPv4MappedToIPv6 ? from.MapToIPv4() : from;
        }
        catch (SocketException)
        {
            return IPAddress.None; // it is gone already, as its first read will tell
        }
    }
}
