using System.Net;
using System.Net.Sockets;

namespace Backup.Actors.Data;

/// <summary>
/// The call port of a client: where storage nodes connect that call it, as when a firewall lets connections pass in
/// this direction alone. It learns of a connection for which session it is, and hands it to the one that waits.
/// </summary>
public sealed class CallPort : IAsyncDisposable
{
    private const int Backlog = 32;
    private static readonly TimeSpan AfterTrouble = TimeSpan.FromMilliseconds(200);

    private readonly DataPlane _plane;
    private readonly DataCalls _calls;
    private readonly Socket _listener;
    private readonly StrangerGate _gate;
    private readonly CancellationTokenSource _over = new();
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _meeting = [];
    private readonly Task _accepting;
    private int _ended;

    private CallPort(DataPlane plane, Socket listener)
    {
        (_plane, _listener, _calls) = (plane, listener, new DataCalls(plane.Options));
        _gate = new StrangerGate(plane.Options, "call port");
        plane.Calls = _calls;
        _accepting = Task.Run(Accept);
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Place => (IPEndPoint)_listener.LocalEndPoint!;

    /// <summary>Listens at the place that the plane's options name, and tells the plane.</summary>
    /// <param name="plane">With <see cref="DataPlaneOptions.ListenForCalls"/>.</param>
    /// <exception cref="SocketException">The place cannot be listened on.</exception>
    public static CallPort Start(DataPlane plane)
    {
        var place = plane.Options.ListenForCalls
            ?? throw new ArgumentException("The plane has no place to listen for calls.", nameof(plane));
        return new CallPort(plane, DataServer.Listen(place, Backlog));
    }

    /// <summary>Takes no more calls; connections that were handed over go on.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0) return;
        _plane.Calls = null;
        await _over.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        Task[] meeting;
        lock (_lock) meeting = [.. _meeting];
        await Task.WhenAll(meeting).ConfigureAwait(false);
        _over.Dispose();
    }

    private async Task Accept()
    {
        while (!_over.IsCancellationRequested)
        {
            try
            {
                Take(await _listener.AcceptAsync(_over.Token).ConfigureAwait(false));
            }
            catch (Exception ended) when (_over.IsCancellationRequested && PacketSocket.IsLoss(ended))
            {
                return;
            }
            catch (Exception trouble)
            {
                _gate.Say($"A connection to the call port could not be taken: {trouble.Message}");
                await Task.WhenAny(Task.Delay(AfterTrouble, _over.Token)).ConfigureAwait(false);
            }
        }
    }

    private void Take(Socket socket)
    {
        var from = DataServer.AddressOf(socket);
        if (!_gate.Enter(from))
        {
            socket.Dispose();
            _gate.Refused(from, "There are too many for which no job waits.");
            return;
        }
        var meeting = Task.Run(() => Meet(socket, _gate.Stranger(from)));
        lock (_lock) _meeting.Add(meeting);
        _ = meeting.ContinueWith(
            ended =>
            {
                lock (_lock) _meeting.Remove(ended);
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task Meet(Socket socket, StrangerGate.Place stranger)
    {
        using var late = new CancellationTokenSource(_plane.Options.HandshakeWithin, _plane.Options.Time);
        using var within = CancellationTokenSource.CreateLinkedTokenSource(_over.Token, late.Token);
        try
        {
            socket.NoDelay = true;
            var session = await DataCalls.Read(socket, within.Token).ConfigureAwait(false);
            if (await _calls.Hand(session, socket, _over.Token).ConfigureAwait(false)) return;
            socket.Dispose(); // its job's orders may still come: then it is called again
        }
        catch (Exception gone) when (gone is ConnectionLostException || PacketSocket.IsLoss(gone))
        {
            socket.Dispose();
            if (!_over.IsCancellationRequested)
                _gate.Refused(stranger.From, late.IsCancellationRequested
                    ? "It made no call in time." : gone.GetBaseException().Message);
        }
        finally
        {
            stranger.Leave();
        }
    }
}
