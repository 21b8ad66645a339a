using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;
using Backup.Actors.Data;
using Backup.Actors.Security;
using Backup.Host.Configuration;

namespace Backup.Host.Node;

/// <summary>A node's data plane with its port and its certificates, from its settings.</summary>
internal sealed class NodeData : IAsyncDisposable
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly DataServer? _server;
    private readonly CallPort? _calls;
    private readonly ITimer? _expiry;

    private NodeData(DataPlane plane, DataServer? server, CallPort? calls, ITimer? expiry) =>
        (Plane, _server, _calls, _expiry) = (plane, server, calls, expiry);

    public DataPlane Plane { get; }

    /// <summary>Starts it.</summary>
    /// <param name="settings">Of the node.</param>
    /// <param name="listens">Whether clients of other processes may come.</param>
    /// <param name="system">For its log.</param>
    /// <exception cref="NodeStartException">No such identity, or the port cannot be listened on.</exception>
    public static NodeData Start(BackupSettings settings, bool listens, ActorSystem system)
    {
        var log = Logging.GetLogger(system, "data");
        var security = SecurityOf(settings, log);
        var plane = new DataPlane(OptionsOf(settings, listens) with
        {
            Security = security,
            Say = line => log.Warning("{0}", line),
        });
        var calls = plane.Options.ListenForCalls is not { } callPlace ? null
            : Listen(() => CallPort.Start(plane), $"The call port {callPlace}", "client.call-address`, `call-port");
        var server = plane.Options.Listen is not { } dataPlace ? null
            : Listen(() => DataServer.Start(plane), $"The data port {dataPlace}", "storage.data-address`, `data-port");
        return new NodeData(plane, server, calls, WatchExpiry(security, settings.Security.WarnBefore, log));
    }

    private static T Listen<T>(Func<T> start, string port, string keys)
    {
        try
        {
            return start();
        }
        catch (SocketException refused)
        {
            throw new NodeStartException(
                $"{port} cannot be listened on: {refused.Message} Choose another (`backup.{keys}`).", 2);
        }
    }

    /// <summary>What the settings say of the data plane, but for the identity.</summary>
    public static DataPlaneOptions OptionsOf(BackupSettings settings, bool listens)
    {
        var storage = settings.Storage;
        return new DataPlaneOptions
        {
            Node = settings.Node.Name.Value,
            Listen = listens && settings.Node.Roles.Contains(NodeRole.Storage)
                ? new IPEndPoint(storage.DataAddress, storage.DataPort) : null,
            AdvertisedHost = storage.DataHost,
            HostOf = storage.DataHosts,
            CallOf = storage.DataCalls,
            ListenForCalls = listens && settings.Client.CallPort > 0 && settings.Node.Roles.Contains(NodeRole.Client)
                ? new IPEndPoint(settings.Client.CallAddress, settings.Client.CallPort) : null,
            Heartbeat = storage.DataHeartbeat,
            Silence = storage.DataSilence,
            ReconnectWithin = storage.DataReconnectWithin,
            HandshakeWithin = storage.DataHandshakeWithin,
            TokenLifetime = storage.DataTokenLifetime,
        };
    }

    public async ValueTask DisposeAsync()
    {
        if (_expiry is not null) await _expiry.DisposeAsync().ConfigureAwait(false);
        if (_calls is not null) await _calls.DisposeAsync().ConfigureAwait(false);
        if (_server is not null) await _server.DisposeAsync().ConfigureAwait(false);
    }

    private static NodeSecurity? SecurityOf(BackupSettings settings, ILoggingAdapter log)
    {
        if (settings.Security.Identity is not { } file) return null;
        try
        {
            var security = new NodeSecurity(
                file, settings.Security.DenyList, settings.Security.CheckHostNames, TimeProvider.System, trouble =>
                    log.Error("{0}", trouble));
            Check(settings.Node, security.Identity, file);
            return security;
        }
        catch (IdentityException unusable)
        {
            throw new NodeStartException(unusable.Message, 2);
        }
    }

    /// <summary>An identity that every other node would refuse is better refused here.</summary>
    private static void Check(NodeSettings node, NodeIdentity identity, string file)
    {
        if (identity.Node != node.Name.Value)
            throw new NodeStartException($"{file} is the identity of node \"{identity.Node}\", this is "
                + $"\"{node.Name}\" (`backup.node.name`).", 2);
        var missing =
            node.Roles.Select(role => Enum.Parse<CertificateRoles>(role.ToString())).Where(role =>
            !identity.Roles.HasFlag(role)).ToList();
        if (missing.Count > 0)
            throw new NodeStartException(
                $"{file} is for {CertificateSubject.WordsOf(identity.Roles)}; this node is "
                    + $"{string.Join(", ", missing.Select(CertificateSubject.WordOf))} as well. Enrol it with "
                    + $"these roles, or take them from `backup.node.roles`.", 2);
    }

    private static ITimer? WatchExpiry(NodeSecurity? security, TimeSpan before, ILoggingAdapter log) => security is null
        ? null
        : TimeProvider.System.CreateTimer(
            _ =>
            {
                if (security.ExpiryWarning(before) is { } warning) log.Warning("{0}", warning);
            },
            null, TimeSpan.Zero, Day);
}
