using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Backup.Actors.Security;
using Backup.Media.Packets;
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
    private byte[] _secret;
    private bool _again;

    private DataDialer(DataAddress address, DataEndpoint endpoint, DataPassport passport, DataPlaneOptions options)
    {
        (_address, _endpoint, _passport, _options) = (address, endpoint, passport, options);
        _secret = address.Token.Length == 2 * Handshake.SecretSize && address.Token.All(char.IsAsciiHexDigit)
            ? Convert.FromHexString(address.Token)
            : new byte[Handshake.SecretSize]; // which no session has
    }

    /// <summary>The protocol's name in TLS.</summary>
    public static SslApplicationProtocol Protocol { get; } = new("backup-data");

    /// <summary>A link to another process; connected behind it.</summary>
    public static DataLink<T>? Connect<T>(DataAddress address, DataEndpoint endpoint, DataPassport passport,
        DataPlaneOptions options)
        where T : class, IDisposable
    {
        if (ElementCodecs.Of<T>() is not { } codec) return null;
        var link = new DataLink<T>(codec.Purpose == ConnectionPurpose.Save ? SaveBuffer : options.BatchesInFlight);
        var dialer = new DataDialer(address, endpoint, passport, options);
        DataChannel<T> channel = codec.Purpose == ConnectionPurpose.Save
            ? new Outgoing<T>(link, codec, dialer.FailureOf)
            : new Incoming<T>(link, codec, dialer.FailureOf);
        _ = Task.Run(() => dialer.Run(channel, codec.Purpose));
        return link;
    }

    private async Task Run<T>(DataChannel<T> channel, ConnectionPurpose purpose)
        where T : class, IDisposable
    {
        using var failed = new CancellationTokenSource();
        _ = channel.Failed.ContinueWith(_ => failed.Cancel(), failed.Token,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        var since = _options.Time.GetTimestamp();
        for (var (pause, progress) = (PauseMin, channel.Progress); ; pause = Later(pause))
        {
            var (end, reason) = await Once(channel, purpose, failed.Token).ConfigureAwait(false);
            if (end != ChannelEnd.Lost || channel.Failed.IsCompleted) break;
            // What was of use counts anew: a line that drops every hour is no reason to give up.
            if (channel.Progress != progress) (since, progress, pause) =
                (_options.Time.GetTimestamp(), channel.Progress, PauseMin);
            if (_options.Time.GetElapsedTime(since) + pause > _options.ReconnectWithin)
            {
                channel.Lose(Lost(string.Create(
                    CultureInfo.InvariantCulture,
                        $"No data connection to {_endpoint.Host}:{_endpoint.Port} within "
                            + $"{_options.ReconnectWithin.TotalSeconds:0.#} s: {reason}")));
                break;
            }
            await Task.WhenAny(Task.Delay(pause, _options.Time), channel.Failed).ConfigureAwait(false);
        }
        channel.Release();
    }

    private static TimeSpan Later(TimeSpan pause) => pause * 2 < PauseMax ? pause * 2 : PauseMax;

    /// <summary>One connection, from its first packet to its last.</summary>
    private async Task<(ChannelEnd End, string Reason)> Once<T>(DataChannel<T> channel, ConnectionPurpose purpose,
        CancellationToken failed)
        where T : class, IDisposable
    {
        using var within = CancellationTokenSource.CreateLinkedTokenSource(failed);
        within.CancelAfter(_options.HandshakeWithin);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        PacketSocket? packets = null;
        try
        {
            await socket.ConnectAsync(_endpoint.Host, _endpoint.Port, within.Token).ConfigureAwait(false);
            var stream = await Stream(socket, within.Token).ConfigureAwait(false);
            packets = new PacketSocket(socket, stream, _options.Time) { Epoch = _passport.Epoch };
            var hello = new Hello(
                Handshake.VersionMin, Handshake.Version, purpose, _again, _passport.Job, _options.Heartbeat,
                    channel.Window, _secret, _passport.Client.Value);
            await packets.Write(PacketKind.Hello, 0, hello.ToBytes(), within.Token).ConfigureAwait(false);
            var header = await packets.ReadHeader(within.Token).ConfigureAwait(false);
            var payload = await packets.ReadPayload(header, within.Token).ConfigureAwait(false);
            if (header.Kind == PacketKind.Refused && Refusal.Read(payload) is { } refusal)
            {
                channel.Lose(FailureOf(refusal));
                return (ChannelEnd.Aborted, refusal.Sentence);
            }
            if (header.Kind != PacketKind.Welcome || Welcome.Read(payload) is not { } welcome)
                return (ChannelEnd.Lost, "What answers there is no data port of a storage node.");
            (_secret, _again) = (welcome.Secret, true);
            var silence = welcome.Heartbeat * 3 > _options.Silence ? welcome.Heartbeat * 3 : _options.Silence;
            packets.Watch(_options.Heartbeat, silence, () => null);
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
        catch (ConnectionLostException lost)
        {
            return (ChannelEnd.Lost, lost.Message);
        }
        catch (Exception gone) when (PacketSocket.IsLoss(gone))
        {
            return (ChannelEnd.Lost,
                gone is OperationCanceledException
                ? $"No answer within {_options.HandshakeWithin.TotalSeconds:0.#} s." : gone.GetBaseException().Message);
        }
        finally
        {
            if (packets is not null) await packets.DisposeAsync().ConfigureAwait(false);
            socket.Dispose();
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
        var expected =
            new PeerExpectation(CertificateRoles.Storage, _address.Node,
            security.ChecksHostNames ? _endpoint.Host : null);
        return await SecureStream.AsClient(plain, security, expected, _endpoint.Host, Protocol,
            cancellation).ConfigureAwait(false);
    }

    private JobFailure FailureOf(Refusal refusal) => refusal.Reason == RefusalReason.OldEpoch
        ? new JobFailure.Fenced(_passport.Epoch, refusal.Current)
        : Lost($"{_endpoint.Host}:{_endpoint.Port.ToString(CultureInfo.InvariantCulture)} refused the data "
            + $"connection: {refusal.Sentence}");

    private JobFailure FailureOf(Exception cause) =>
        JobFailureException.Of(cause, posix =>
            new JobFailure.ClientError(_passport.Client, posix.Operation, posix.Message));

    private JobFailure.StorageLost Lost(string detail) => new(_passport.Library, detail);
}
