using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Backup.Actors.Security;
using Backup.Media.Packets;
using Backup.Messages;
using Backup.Messages.Clients;

namespace Backup.Actors.Data;

/// <summary>
/// The data port of a storage node: takes connections, examines who comes, and joins those with the links of the plane
/// that have a token. Whatever else comes costs a line in the log and nothing more. Protocol:
/// docs/formats/data-plane.md.
/// </summary>
public sealed class DataServer : IAsyncDisposable
{
    private const int Backlog = 128;
    private static readonly TimeSpan AfterTrouble = TimeSpan.FromMilliseconds(200);

    private readonly DataPlane _plane;
    private readonly Socket _listener;
    private readonly StrangerGate _gate;
    private readonly CancellationTokenSource _over = new();
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _serving = [];
    private readonly Task _accepting;

    private DataServer(DataPlane plane, Action<string> warn, Socket listener)
    {
        (_plane, _listener) = (plane, listener);
        _gate = new StrangerGate(plane.Options, warn);
        _accepting = Task.Run(Accept);
    }

    private DataPlaneOptions Options => _plane.Options;

    private string TooLate => string.Create(
        CultureInfo.InvariantCulture,
            $"It did not come to its point within {Options.HandshakeWithin.TotalSeconds:0.#} s.");

    /// <summary>Listens at the place that the plane's options name, and tells the plane.</summary>
    /// <param name="plane">With <see cref="DataPlaneOptions.Listen"/>.</param>
    /// <param name="warn">Takes a line about a refused connection; from any thread.</param>
    /// <exception cref="SocketException">The place cannot be listened on.</exception>
    public static DataServer Start(DataPlane plane, Action<string> warn)
    {
        var place = plane.Options.Listen ?? throw new ArgumentException("The plane has no place to listen.",
            nameof(plane));
        var listener = new Socket(place.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(place);
            listener.Listen(Backlog);
        }
        catch
        {
            listener.Dispose();
            throw;
        }
        var bound = (IPEndPoint)listener.LocalEndPoint!;
        plane.Endpoint =
            new DataEndpoint(plane.Options.AdvertisedHost ?? bound.Address.ToString(), bound.Port, plane.Process,
            plane.Options.Security is not null);
        return new DataServer(plane, warn, listener);
    }

    /// <summary>Takes no more connections and ends those that are.</summary>
    public async ValueTask DisposeAsync()
    {
        _plane.Endpoint = null;
        await _over.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        Task[] serving;
        lock (_lock) serving = [.. _serving];
        await Task.WhenAll(serving).ConfigureAwait(false);
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
            catch (SocketException trouble)
            {
                // A connection that was gone at once, or no descriptor is free: the port stays open.
                _gate.Say($"A connection to the data port could not be taken: {trouble.Message}");
                await Task.WhenAny(Task.Delay(AfterTrouble, _over.Token)).ConfigureAwait(false);
            }
        }
    }

    private void Take(Socket socket)
    {
        var from = (socket.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
        if (!_gate.Enter(from))
        {
            socket.Dispose();
            _gate.Say($"A connection from {from} to the data port was refused: there are too many that have shown "
                + $"no token.");
            return;
        }
        var serving = Task.Run(() => Serve(socket, from));
        lock (_lock) _serving.Add(serving);
        _ = serving.ContinueWith(
            ended =>
            {
                lock (_lock) _serving.Remove(ended);
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task Serve(Socket socket, IPAddress from)
    {
        using var within = CancellationTokenSource.CreateLinkedTokenSource(_over.Token);
        within.CancelAfter(Options.HandshakeWithin);
        PacketSocket? packets = null;
        IDisposable? turn = null;
        var isStranger = true;
        try
        {
            socket.NoDelay = true;
            var security = Options.Security;
            var (stream, peer) =
                await Secure(new NetworkStream(socket, ownsSocket: false), security,
                within.Token).ConfigureAwait(false);
            packets = new PacketSocket(socket, stream, Options.Time);
            if (await Meet(packets, security, peer, from, within.Token).ConfigureAwait(false) is not var (offer,
                hello)) return;
            turn = await offer.Turn(within.Token).ConfigureAwait(false);
            if (_plane.Hand(offer, hello.Again) is not { } secret)
            {
                await Refuse(packets, from,
                    new Refusal(RefusalReason.UsedToken, Handshake.VersionMin, Handshake.Version, default,
                    "The token was used before."), within.Token).ConfigureAwait(false);
                return;
            }
            var welcome = new Welcome(Handshake.Version, Options.Heartbeat, offer.Window, secret, Options.Node);
            await packets.Write(PacketKind.Welcome, 0, welcome.ToBytes(), within.Token).ConfigureAwait(false);
            isStranger = false;
            _gate.Leave(from);
            var silence = hello.Heartbeat * 3 > Options.Silence ? hello.Heartbeat * 3 : Options.Silence;
            packets.Watch(Options.Heartbeat, silence, IsStillTaken(security, peer));
            using var ends = _over.Token.Register(() => packets.Cut("The storage node stops."));
            await offer.Serve(packets, hello.Window).ConfigureAwait(false);
        }
        catch (ConnectionLostException lost)
        {
            if (isStranger) _gate.Say($"A connection from {from} to the data port was refused: "
                + $"{(within.IsCancellationRequested ? TooLate : lost.Message)}");
        }
        catch (Exception gone) when (PacketSocket.IsLoss(gone))
        {
            if (isStranger) _gate.Say($"A connection from {from} to the data port was refused: {Words(gone)}");
        }
        finally
        {
            if (isStranger) _gate.Leave(from);
            if (packets is not null) await packets.DisposeAsync().ConfigureAwait(false);
            socket.Dispose();
            turn?.Dispose();
        }
    }

    /// <summary>Who comes, and for what. A peer that is refused is told why, before anything is read of it.</summary>
    private async Task<(DataOffer Offer, Hello Hello)?> Meet(
        PacketSocket packets, NodeSecurity? security, X509Certificate2? peer, IPAddress from, CancellationToken within)
    {
        if (security?.Check(peer,
            new PeerExpectation(CertificateRoles.Client, null, null)) is { IsGood: false } verdict)
        {
            await Refuse(packets, from, NotTaken(verdict.Sentence), within).ConfigureAwait(false);
            return null;
        }
        var header = await packets.ReadHeader(within).ConfigureAwait(false);
        if (header.Kind != PacketKind.Hello) throw packets.Cut($"It began with a packet ({header.Kind}) that is "
            + $"no hello.");
        packets.Epoch = header.Epoch;
        var payload = await packets.ReadPayload(header, within).ConfigureAwait(false);
        var (offer, refusal) = Admit(payload, header.Epoch);
        if (offer is { Passport.Client: var client } && security is not null
            && CertificateSubject.NodeOf(peer!) != client.Value)
            (offer, refusal) =
                (null, NotTaken($"The session is for client \"{client}\", the certificate for "
                    + $"\"{CertificateSubject.NodeOf(peer!)}\"."));
        if (offer is not null) return (offer, Hello.Read(payload)!);
        await Refuse(packets, from, refusal!, within).ConfigureAwait(false);
        return null;
    }

    private (DataOffer?, Refusal?) Admit(byte[] payload, Epoch epoch)
    {
        if (Hello.Read(payload) is { } hello) return _plane.Admit(hello, epoch);
        var versions = Hello.Versions(payload);
        // A hello of a version to come may be longer and other; its versions stand where they always stood.
        return versions is (var min, var max) && (min > Handshake.Version || max < Handshake.VersionMin)
            ? (null, new Refusal(RefusalReason.Version, Handshake.VersionMin, Handshake.Version, default,
                $"This node speaks versions {Handshake.VersionMin} to {Handshake.Version} of the data plane, the "
                    + $"client {min} to {max}. Upgrade the older one."))
            : (null, new Refusal(RefusalReason.Malformed, Handshake.VersionMin, Handshake.Version, default,
                "What was sent is no hello."));
    }

    private async Task Refuse(PacketSocket packets, IPAddress from, Refusal refusal, CancellationToken within)
    {
        _gate.Say($"A connection from {from} to the data port was refused: {refusal.Sentence}");
        await packets.Write(PacketKind.Refused, 0, refusal.ToBytes(), within).ConfigureAwait(false);
        await packets.Close(within).ConfigureAwait(false);
    }

    private static Refusal NotTaken(string sentence) =>
        new(RefusalReason.Certificate, Handshake.VersionMin, Handshake.Version, default, sentence);

    private static async Task<(Stream, X509Certificate2?)> Secure(NetworkStream plain, NodeSecurity? security,
        CancellationToken within) => security is null
        ? (plain, null)
        : await SecureStream.AsServer(plain, security.Identity, DataDialer.Protocol, within).ConfigureAwait(false);

    /// <summary>A certificate may end, or be denied, while a connection runs.</summary>
    private Func<string?> IsStillTaken(NodeSecurity? security, X509Certificate2? peer)
    {
        if (security is null || peer is null) return () => null;
        var (fingerprint, end) = (CertificateSubject.FingerprintOf(peer), peer.NotAfter.ToUniversalTime());
        return () => security.IsDenied(fingerprint) ? "The client's certificate was put on the deny-list."
            : Options.Time.GetUtcNow() > end ? "The client's certificate has ended."
            : null;
    }

    private string Words(Exception gone) => gone switch
    {
        OperationCanceledException => TooLate,
        AuthenticationException => $"No TLS came about: {gone.GetBaseException().Message}",
        _ => gone.GetBaseException().Message,
    };
}
