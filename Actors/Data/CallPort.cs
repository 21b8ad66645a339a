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

    private readonly DataPlane _plane;
    private readonly DataCalls _calls;
    private readonly StrangerGate _gate;
    private readonly DataListener _listener;
    private int _ended;

    private CallPort(DataPlane plane, Socket listener)
    {
        (_plane, _calls) = (plane, new DataCalls(plane.Options));
        _gate = new StrangerGate(plane.Options, "call port");
        _listener = new DataListener(
            listener, _gate, "call port", "There are too many for which no job waits.",
            (socket, from) => Meet(socket, _gate.Stranger(from)));
        plane.Calls = _calls;
        _listener.Begin();
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Place => _listener.Place;

    /// <summary>Listens at the place that the plane's options name, and tells the plane.</summary>
    /// <param name="plane">With <see cref="DataPlaneOptions.ListenForCalls"/>.</param>
    /// <exception cref="SocketException">The place cannot be listened on.</exception>
    public static CallPort Start(DataPlane plane)
    {
        var place = plane.Options.ListenForCalls
            ?? throw new ArgumentException("The plane has no place to listen for calls.", nameof(plane));
        return new CallPort(plane, DataListener.Listen(place, Backlog));
    }

    /// <summary>Takes no more calls; connections that were handed over go on.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0) return;
        _plane.Calls = null;
        await Task.WhenAll(await _listener.Stop().ConfigureAwait(false)).ConfigureAwait(false);
        _listener.Dispose();
    }

    private async Task Meet(Socket socket, StrangerGate.Place stranger)
    {
        using var late = new CancellationTokenSource(_plane.Options.HandshakeWithin, _plane.Options.Time);
        using var within = CancellationTokenSource.CreateLinkedTokenSource(_listener.Over, late.Token);
        try
        {
            socket.NoDelay = true;
            var session = await DataCalls.Read(socket, within.Token).ConfigureAwait(false);
            if (await _calls.Hand(session, socket, _listener.Over).ConfigureAwait(false)) return;
            socket.Dispose(); // its job's orders may still come: then it is called again
        }
        catch (Exception gone) when (gone is ConnectionLostException || PacketSocket.IsLoss(gone))
        {
            socket.Dispose();
            if (!_listener.Over.IsCancellationRequested)
                _gate.Refused(stranger.From, late.IsCancellationRequested
                    ? "It made no call in time." : gone.GetBaseException().Message);
        }
        finally
        {
            stranger.Leave();
        }
    }
}
