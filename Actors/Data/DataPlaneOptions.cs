using System.Net;
using Backup.Actors.Security;

namespace Backup.Actors.Data;

/// <summary>What the data plane of a node is told.</summary>
public sealed record DataPlaneOptions
{
    /// <summary>The node's name, as in its certificate.</summary>
    public string Node { get; init; } = "";

    /// <summary>Where the data port listens; null: nowhere, only this process can connect.</summary>
    public IPEndPoint? Listen { get; init; }

    /// <summary>What others are told to connect to; null: the address that is listened on.</summary>
    public string? AdvertisedHost { get; init; }

    /// <summary>Clients that are told to connect to another host, as from outside of the site.</summary>
    public IReadOnlyDictionary<Messages.ClientName, string> HostOf { get; init; } =
        new Dictionary<Messages.ClientName, string>();

    /// <summary>Clients that this node connects to, in place of waiting for them, and where.</summary>
    public IReadOnlyDictionary<Messages.ClientName, DnsEndPoint> CallOf { get; init; } =
        new Dictionary<Messages.ClientName, DnsEndPoint>();

    /// <summary>Where storage nodes connect that call this client; null: nowhere, no storage node can.</summary>
    public IPEndPoint? ListenForCalls { get; init; }

    /// <summary>Identity and deny-list; null: connections are plain and nobody is asked for a certificate.</summary>
    public NodeSecurity? Security { get; init; }

    /// <summary>The longest that this side is silent on a connection.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A connection on which nothing was heard for so long is lost; at least three heartbeats of the other
    /// side.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>From the first byte of a connection to its welcome.</summary>
    public TimeSpan HandshakeWithin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A connection that was lost may come again for so long; then the attempt is lost.</summary>
    public TimeSpan ReconnectWithin { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>A token that was not used for so long is void, and its link fails.</summary>
    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Restore batches on their way to this client.</summary>
    public int BatchesInFlight { get; init; } = 6;

    /// <summary>Connections that have not shown a token, at the same time.</summary>
    public int StrangersMax { get; init; } = 64;

    /// <summary>Of these, from one address.</summary>
    public int StrangersPerAddressMax { get; init; } = 16;

    /// <summary>Lines about refused connections in a minute; the rest is counted.</summary>
    public int RefusalLinesPerMinute { get; init; } = 20;

    /// <summary>Takes a line for the node's log: a connection that was refused or lost, or came again. From any
    /// thread.</summary>
    public Action<string> Say { get; init; } = _ => { };

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>For which attempt of which job a data connection is, and between whom.</summary>
/// <param name="Job">The job.</param>
/// <param name="Epoch">The attempt.</param>
/// <param name="Client">The client; its certificate must name it.</param>
/// <param name="Library">The library, for sentences.</param>
/// <param name="AnyNode">True: any node of the cluster that has the token may connect; the certificate need not name
/// the client.</param>
public sealed record DataPassport(Messages.JobId Job, Messages.Epoch Epoch, Messages.ClientName Client,
    Messages.LibraryName Library, bool AnyNode = false);
