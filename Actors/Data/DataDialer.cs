using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using Backup.Actors.Security;
using Backup.Media.Packets;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;

namespace Backup.Actors.Data;

/// <summary>The client's side of a data connection: connects, and connects again when the connection is lost, until
/// the time for that is over.</summary>
internal sealed class DataDialer
{
    private const int SaveBuffer = 2;
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(2);

    private readonly DataAddress _address;
    private readonly DataEndpoint _endpoint;
    private readonly DataPassport _passport;
    private readonly DataPlaneOptions _options;
    private readonly DataCalls? _calls;
    private readonly byte[] _token;
    private readonly byte[] _nonce = RandomNumberGenerator.GetBytes(Handshake.SecretSize);
    private int _welcomes;
    private TimeSpan _silence;

    private DataDialer(DataAddress address, DataEndpoint endpoint, DataPassport passport, DataPlane plane)
    {
        (_address, _endpoint, _passport) = (address, endpoint, passport);
        (_options, _calls) = (plane.Options, plane.Calls);
        _silence = _options.Silence;
        _token = address.Token.Length == 2 * Handshake.SecretSize && address.Token.All(char.IsAsciiHexDigit)
            ? Convert.FromHexString(address.Token)
            : new byte[Handshake.SecretSize]; // which no session has
    }

    /// <summary>The protocol's name in TLS.</summary>
    public static SslApplicationProtocol Protocol { get; } = new("backup-data");

    private string Place => string.Create(CultureInfo.InvariantCulture, $"{_endpoint.Host}:{_endpoint.Port}");

    /// <summary>A link to another process; connected behind it.</summary>
    public static DataLink<T>? Connect<T>(DataAddress address, DataEndpoint endpoint, DataPassport passport,
        DataPlane plane)
        where T : class, IDisposable
    {
        if (ElementCodecs.Of<T>() is not { } codec) return null;
        var link = new DataLink<T>(
            codec.Purpose == ConnectionPurpose.Save ? SaveBuffer : plane.Options.BatchesInFlight);
        var dialer = new DataDialer(address, endpoint, passport, plane);
        DataChannel<T> channel = codec.Purpose == ConnectionPurpose.Save
            ? new Outgoing<T>(link, codec, dialer.FailureOf, dialer.Say)
            : new Incoming<T>(link, codec, dialer.FailureOf, dialer.Say);
        _ = Task.Run(() => dialer.Run(channel, codec.Purpose));
        return link;
    }

    private async Task Run<T>(DataChannel<T> channel, ConnectionPurpose purpose)
        where T : class, IDisposable
    {
        try
        {
            await Persist(channel, purpose).ConfigureAwait(false);
            channel.Release();
        }
        catch (Exception broken)
        {
            // Nobody waits for this task: whoever uses the link would wait for ever.
            Say($"ends for a mistake of this program: {broken}");
            channel.Lose(new JobFailure.Internal($"{broken.GetType().Name}: {broken.Message}"));
        }
    }

    private async Task Persist<T>(DataChannel<T> channel, ConnectionPurpose purpose)
        where T : class, IDisposable
    {
        var time = _options.Time;
        var (since, progress, pause) = (time.GetTimestamp(), channel.Progress, PauseMin);
        while (true)
        {
            var (began, welcomes) = (time.GetTimestamp(), _welcomes);
            var (end, reason) = await Once(channel, purpose).ConfigureAwait(false);
            if (end != ChannelEnd.Lost || channel.Stopped.IsCancellationRequested) return;
            var hadIt = _welcomes != welcomes;
            if (hadIt) Say($"was lost: {reason}");
            // What was of use counts anew: a line that drops every hour is no reason to give up, nor is one that was
            // quiet because a drive waits for its volume.
            if (channel.Progress != progress || (hadIt && time.GetElapsedTime(began) > 2 * _silence))
                (since, progress, pause) = (time.GetTimestamp(), channel.Progress, PauseMin);
            if (time.GetElapsedTime(since) + pause > _options.ReconnectWithin)
            {
                var detail = string.Create(
                    CultureInfo.InvariantCulture,
                    $"No data connection to {Place} within {_options.ReconnectWithin.TotalSeconds:0.#} s: {reason}");
                Say($"is given up: {detail}");
                channel.Lose(Lost(detail));
                return;
            }
            if (!await Pause(pause, channel.Stopped).ConfigureAwait(false)) return;
            pause = pause * 2 < PauseMax ? pause * 2 : PauseMax;
        }
    }

    private async Task<bool> Pause(TimeSpan pause, CancellationToken stopped)
    {
        try
        {
            await Task.Delay(pause, _options.Time, stopped).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false; // the link has failed: there is nothing left to connect for
        }
    }

    /// <summary>One connection, from its first packet to its last.</summary>
    private async Task<(ChannelEnd End, string Reason)> Once<T>(DataChannel<T> channel, ConnectionPurpose purpose)
        where T : class, IDisposable
    {
        using var late = new CancellationTokenSource(_options.HandshakeWithin, _options.Time);
        using var within = CancellationTokenSource.CreateLinkedTokenSource(channel.Stopped, late.Token);
        try
        {
            using var socket = await Reach(within.Token).ConfigureAwait(false);
            var stream = await Stream(socket, within.Token).ConfigureAwait(false);
            await using var packets =
                new PacketSocket(socket, stream, _options.Time) { Epoch = _passport.Epoch };
            var hello = new Hello(
                Handshake.VersionMin, Handshake.Version, purpose, _passport.Job, _options.Heartbeat,
                channel.Opening(), _token, _nonce, _passport.Client.Value);
            await packets.Write(PacketKind.Hello, 0, hello.ToBytes(), within.Token).ConfigureAwait(false);
            var header = await packets.ReadHeader(within.Token).ConfigureAwait(false);
            var payload = await packets.ReadPayload(header, within.Token).ConfigureAwait(false);
            if (RefusedBy(header.Kind, payload) is var (failure, sentence))
            {
                Say($"was refused: {sentence}");
                channel.Lose(failure);
                return (ChannelEnd.Aborted, sentence);
            }
            if (header.Kind != PacketKind.Welcome || Welcome.Read(payload) is not { } welcome)
                return (ChannelEnd.Lost, "What answers there is no data port of a storage node.");
            if (++_welcomes > 1) Say("came again.");
            _silence = welcome.Heartbeat * 3 > _options.Silence ? welcome.Heartbeat * 3 : _options.Silence;
            packets.Version = welcome.Version;
            packets.Watch(_options.Heartbeat, _silence, () => null);
            var end = await channel.Run(packets, welcome.Window).ConfigureAwait(false);
            return (end, channel.LostBy);
        }
        catch (PeerRefusedException other)
        {
            return (ChannelEnd.Lost, other.Message);
        }
        catch (AuthenticationException noTls)
        {
            return (ChannelEnd.Lost, $"TLS failed, see the storage node's log: {noTls.GetBaseException().Message}");
        }
        catch (Exception gone) when (gone is ConnectionLostException || PacketSocket.IsLoss(gone))
        {
            return (ChannelEnd.Lost, late.IsCancellationRequested
                ? $"No {(_endpoint.Calls ? "call" : "answer")} within {_options.HandshakeWithin.TotalSeconds:0.#} s."
                : gone.GetBaseException().Message);
        }
    }

    /// <summary>A connection with the storage node, made or waited for; nothing was said on it.</summary>
    private async Task<Socket> Reach(CancellationToken cancellation)
    {
        if (_endpoint.Calls)
            return _calls is null
                ? throw new ConnectionLostException("The storage node calls this client (backup.storage.data-calls), "
                    + "which listens for no calls (backup.client.call-port).")
                : await _calls.Next(Sha256Digest.Of(_token), cancellation).ConfigureAwait(false);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(_endpoint.Host, _endpoint.Port, cancellation).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<Stream> Stream(Socket socket, CancellationToken cancellation)
    {
        var plain = new NetworkStream(socket, ownsSocket: false);
        if (_options.Security is not { } security)
            return _endpoint.Secure
                ? throw new AuthenticationException("The storage node wants certificates; this node has none "
                    + "(backup.security.identity).") : plain;
        // Never less than this node's own settings ask for, whatever the orders say.
        // Where it calls, the host in them is this client's own.
        var host = _endpoint.Calls ? _address.Node : _endpoint.Host;
        var expected = new PeerExpectation(CertificateRoles.Storage, _address.Node,
            security.ChecksHostNames && !_endpoint.Calls ? host : null);
        try
        {
            return await SecureStream.AsClient(plain, security, expected, host, Protocol,
                cancellation).ConfigureAwait(false);
        }
        catch (IOException broken)
        {
            throw new AuthenticationException($"{broken.Message} Is its port plain "
                + "(backup.security.identity is not set there)?");
        }
    }

    /// <summary>The failure of a client that is not taken, or cannot talk with who takes it; else null.</summary>
    private (JobFailure Failure, string Sentence)? RefusedBy(PacketKind kind, byte[] payload)
    {
        if (kind == PacketKind.Refused && Refusal.Read(payload) is { } refusal)
            return (refusal.Reason == RefusalReason.OldEpoch
                ? new JobFailure.Fenced(_passport.Epoch, refusal.Current)
                : Lost($"{Place} refused the data connection: {refusal.Sentence}"), refusal.Sentence);
        if (kind != PacketKind.Welcome
            || Welcome.VersionOf(payload) is null or >= Handshake.VersionMin and <= Handshake.Version) return null;
        var sentence = $"{Place} speaks version {Welcome.VersionOf(payload)} of the data plane, this node "
            + $"{Handshake.VersionMin} to {Handshake.Version}. Upgrade the older one.";
        return (Lost(sentence), sentence);
    }

    private JobFailure FailureOf(Exception cause) =>
        JobFailureException.Of(cause, posix =>
            new JobFailure.ClientError(_passport.Client, posix.Operation, posix.Message));

    private JobFailure.StorageLost Lost(string detail) => new(_passport.Library, detail);

    private void Say(string what) =>
        _options.Say($"The data connection of job {_passport.Job} to {_address.Node} ({Place}) {what}");
}
