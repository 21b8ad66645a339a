using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Backup.Actors.Security;
using Backup.Media.Packets;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;

namespace Backup.Actors.Data;

/// <summary>
/// The data port of a storage node: takes connections, examines who comes, and joins those with the links of the plane
/// that have a token. Whatever else comes costs a line in the log and nothing more. Protocol:
/// docs/formats/data-plane.md.
/// </summary>
public sealed class DataServer : IAsyncDisposable
{
    private const int Backlog = 128;
    private static readonly TimeSpan CallPauseMin = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan CallPauseMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LastWordsWithin = TimeSpan.FromSeconds(5);

    private readonly DataPlane _plane;
    private readonly StrangerGate _gate;
    private readonly DataListener _listener;
    private readonly CancellationTokenSource _cut = new();

    private DataServer(DataPlane plane, Socket listener)
    {
        (_plane, _gate) = (plane, new StrangerGate(plane.Options, "data port"));
        _listener = new DataListener(
            listener, _gate, "data port", "There are too many that have shown no token.", Serve);
        _listener.Begin();
        plane.Caller = (offer, place) => _listener.Keep(Task.Run(() => Call(offer, place)));
    }

    private DataPlaneOptions Options => _plane.Options;

    /// <summary>Listens at the place that the plane's options name, and tells the plane.</summary>
    /// <param name="plane">With <see cref="DataPlaneOptions.Listen"/>.</param>
    /// <exception cref="SocketException">The place cannot be listened on.</exception>
    public static DataServer Start(DataPlane plane)
    {
        var place = plane.Options.Listen ?? throw new ArgumentException("The plane has no place to listen.",
            nameof(plane));
        var listener = DataListener.Listen(place, Backlog);
        var bound = (IPEndPoint)listener.LocalEndPoint!;
        plane.Endpoint =
            new DataEndpoint(plane.Options.AdvertisedHost ?? bound.Address.ToString(), bound.Port, plane.Process,
            plane.Options.Security is not null);
        return new DataServer(plane, listener);
    }

    /// <summary>Takes no more connections, and ends those that are: their clients are told that the node stops, and
    /// their links fail.</summary>
    public async ValueTask DisposeAsync()
    {
        (_plane.Endpoint, _plane.Caller) = (null, null);
        var serving = await _listener.Stop().ConfigureAwait(false);
        _plane.EndTaken("The storage node stops.");
        var served = Task.WhenAll(serving);
        await Task.WhenAny(served, Task.Delay(LastWordsWithin)).ConfigureAwait(false);
        await _cut.CancelAsync().ConfigureAwait(false); // who does not listen waits no longer
        await served.ConfigureAwait(false);
        _listener.Dispose();
        _cut.Dispose();
    }

    /// <summary>
    /// Connects to a client that waits to be called, until its session is over: from then on the connection is as one
    /// that came from the client. Says why it does not come about, once for each reason.
    /// </summary>
    private async Task Call(DataOffer offer, DnsEndPoint place)
    {
        var (pause, said) = (CallPauseMin, "");
        while (!offer.IsOver && !_listener.Over.IsCancellationRequested)
        {
            if (offer.IsFree)
            {
                var trouble = await CallOnce(offer, place).ConfigureAwait(false);
                if (trouble is null) (pause, said) = (CallPauseMin, "");
                else if (trouble != said && !offer.IsOver && !_listener.Over.IsCancellationRequested)
                    Options.Say($"The call of client {offer.Passport.Client} at {place.Host}:{place.Port} for job "
                        + $"{offer.Passport.Job} came to nothing, it is called again: {said = trouble}");
            }
            await Task.WhenAny(Task.Delay(pause, Options.Time, _listener.Over)).ConfigureAwait(false);
            pause = pause * 2 < CallPauseMax ? pause * 2 : CallPauseMax;
        }
    }

    /// <returns>Null where the client came to its data; else why not.</returns>
    private async Task<string?> CallOnce(DataOffer offer, DnsEndPoint place)
    {
        using var late = new CancellationTokenSource(Options.HandshakeWithin, Options.Time);
        using var within = CancellationTokenSource.CreateLinkedTokenSource(_listener.Over, late.Token);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var welcomed = false;
        try
        {
            await socket.ConnectAsync(place.Host, place.Port, within.Token).ConfigureAwait(false);
            await socket.SendAsync(DataCalls.Packet(offer), within.Token).ConfigureAwait(false);
            var called = StrangerGate.Called(DataListener.AddressOf(socket));
            await Serve(socket, called, within.Token, () => welcomed = true).ConfigureAwait(false);
            return welcomed ? null : "It was refused.";
        }
        catch (Exception gone) when (gone is ConnectionLostException || PacketSocket.IsLoss(gone))
        {
            return welcomed ? null
                : late.IsCancellationRequested ? TooLate : gone.GetBaseException().Message;
        }
        catch (Exception broken)
        {
            return $"A mistake of this program: {broken}";
        }
    }

    /// <summary>Whatever becomes of a connection: it is closed, its place is free again, and nothing is
    /// thrown.</summary>
    private async Task Serve(Socket socket, IPAddress from)
    {
        using var late = new CancellationTokenSource(Options.HandshakeWithin, Options.Time);
        using var within = CancellationTokenSource.CreateLinkedTokenSource(_listener.Over, late.Token);
        var stranger = _gate.Stranger(from);
        try
        {
            socket.NoDelay = true;
            await Serve(socket, stranger, within.Token, stranger.Leave).ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is ConnectionLostException || PacketSocket.IsLoss(gone))
        {
            if (stranger.IsOne && !_listener.Over.IsCancellationRequested)
                _gate.Refused(from, late.IsCancellationRequested ? TooLate : gone.GetBaseException().Message);
        }
        catch (Exception broken)
        {
            // Nobody waits for this task: the log has what happened, and the port goes on.
            Options.Say($"A connection from {from} to the data port ended for a mistake of this program: {broken}");
        }
        finally
        {
            stranger.Leave();
            socket.Dispose();
        }
    }

    private async Task Serve(Socket socket, StrangerGate.Place stranger, CancellationToken within, Action welcomed)
    {
        var security = Options.Security;
        var (stream, shown) = await Secure(new NetworkStream(socket, ownsSocket: false), security,
            within).ConfigureAwait(false);
        using var peer = shown;
        await using var packets = new PacketSocket(socket, stream, Options.Time);
        if (await Meet(packets, security, peer, stranger.From, within).ConfigureAwait(false)
            is not var (offer, hello)) return;
        using var turn = await offer.Turn(within).ConfigureAwait(false);
        if (turn is null)
        {
            await Refuse(packets, stranger.From, _plane.PastOf(offer), within).ConfigureAwait(false);
            return;
        }
        try
        {
            var version = Math.Min(hello.VersionMax, Handshake.Version);
            var welcome = new Welcome(version, Options.Heartbeat, offer.Opening(), Options.Node);
            await packets.Write(PacketKind.Welcome, 0, welcome.ToBytes(), within).ConfigureAwait(false);
            packets.Version = version;
            welcomed();
            var silence = hello.Heartbeat * 3 > Options.Silence ? hello.Heartbeat * 3 : Options.Silence;
            packets.Watch(Options.Heartbeat, silence, IsStillTaken(security, peer));
            await using var cut = _cut.Token.Register(() => packets.Cut("The storage node stops."));
            await turn.Serve(packets, hello.Window).ConfigureAwait(false);
        }
        catch (Exception broken) when (broken is not ConnectionLostException && !PacketSocket.IsLoss(broken))
        {
            turn.Break(new JobFailure.Internal($"{broken.GetType().Name}: {broken.Message}"));
            throw;
        }
    }

    /// <summary>Who comes, and for what. A peer that is refused is told why, before anything is read of it.</summary>
    private async Task<(DataOffer Offer, Hello Hello)?> Meet(
        PacketSocket packets, NodeSecurity? security, X509Certificate2? peer, IPAddress from, CancellationToken within)
    {
        if (security?.Check(peer,
            new PeerExpectation(CertificateRoles.Client | CertificateRoles.Storage, null, null))
            is { IsGood: false } verdict)
        {
            await Refuse(packets, from, DataPlane.Because(RefusalReason.Certificate, verdict.Sentence),
                within).ConfigureAwait(false);
            return null;
        }
        var header = await packets.ReadHeader(within).ConfigureAwait(false);
        if (header.Kind != PacketKind.Hello) throw packets.Cut($"It began with a packet ({header.Kind}) that is "
            + $"no hello.");
        packets.Epoch = header.Epoch;
        var payload = await packets.ReadPayload(header, within).ConfigureAwait(false);
        var hello = Hello.Read(payload);
        var (offer, refusal) = hello is null
            ? (null, Unreadable(payload))
            : _plane.Admit(hello, header.Epoch, security is null ? null : CertificateSubject.NodeOf(peer!));
        if (offer is not null) return (offer, hello!);
        await Refuse(packets, from, refusal!, within).ConfigureAwait(false);
        return null;
    }

    /// <summary>A hello of a version to come may be longer and other; its versions stand where they always
    /// stood.</summary>
    private static Refusal Unreadable(byte[] payload) =>
        Hello.Versions(payload) is (var min, var max) && (min > Handshake.Version || max < Handshake.VersionMin)
            ? DataPlane.OtherVersion(min, max)
            : DataPlane.Because(RefusalReason.Malformed, "What was sent is no hello.");

    private async Task Refuse(PacketSocket packets, IPAddress from, Refusal refusal, CancellationToken within)
    {
        _gate.Refused(from, refusal.Sentence);
        await packets.Write(PacketKind.Refused, 0, refusal.ToBytes(), within).ConfigureAwait(false);
        await packets.Close(within).ConfigureAwait(false);
    }

    private static async Task<(Stream, X509Certificate2?)> Secure(NetworkStream plain, NodeSecurity? security,
        CancellationToken within)
    {
        if (security is null) return (plain, null);
        try
        {
            return await SecureStream.AsServer(plain, security.Identity, DataDialer.Protocol,
                within).ConfigureAwait(false);
        }
        catch (Exception broken) when (broken is IOException or AuthenticationException)
        {
            throw new AuthenticationException($"No TLS came about: {broken.GetBaseException().Message}");
        }
    }

    /// <summary>A certificate may end, or be denied, while a connection runs.</summary>
    private Func<string?> IsStillTaken(NodeSecurity? security, X509Certificate2? peer)
    {
        if (security is null || peer is null) return () => null;
        var (fingerprint, end) = (CertificateSubject.FingerprintOf(peer), peer.NotAfter.ToUniversalTime());
        return () => security.IsDenied(fingerprint) ? "The client's certificate was put on the deny-list."
            : Options.Time.GetUtcNow() > end ? "The client's certificate has ended."
            : null;
    }

    private string TooLate => string.Create(
        CultureInfo.InvariantCulture,
        $"It did not come to its point within {Options.HandshakeWithin.TotalSeconds:0.#} s.");
}
