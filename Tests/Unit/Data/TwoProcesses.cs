using System.Collections.Concurrent;
using System.Net;
using Backup.Actors.Data;
using Backup.Actors.Security;
using Backup.Messages;
using Backup.Messages.Clients;

namespace Backup.Tests.Unit.Data;

/// <summary>A storage node's plane with its port, and a client's plane, as if they were two processes.</summary>
internal sealed class TwoProcesses : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly DataServer _server;

    public TwoProcesses(Func<DataPlaneOptions, DataPlaneOptions>? change = null, NodeSecurity? storage = null,
        NodeSecurity? client = null)
    {
        change ??= options => options;
        var options = new DataPlaneOptions
        {
            Heartbeat = TimeSpan.FromMilliseconds(100),
            Silence = TimeSpan.FromMilliseconds(800),
            HandshakeWithin = TimeSpan.FromSeconds(5),
            ReconnectWithin = TimeSpan.FromSeconds(10),
        };
        Storage = new DataPlane(change(options) with
        {
            Node = "store1",
            Listen = new IPEndPoint(IPAddress.Loopback, 0),
            Security = storage,
            Say = Lines.Enqueue,
        });
        Client = new DataPlane(change(options) with { Node = "web1", Security = client, Say = ClientLines.Enqueue });
        _server = DataServer.Start(Storage);
    }

    public DataPlane Storage { get; }

    public DataPlane Client { get; }

    /// <summary>The storage node's log.</summary>
    public ConcurrentQueue<string> Lines { get; } = [];

    /// <summary>The client's.</summary>
    public ConcurrentQueue<string> ClientLines { get; } = [];

    public int Port => Storage.Endpoint!.Port;

    public static DataPassport Passport(long epoch = 1, string client = "web1") =>
        new(new JobId(12), new Epoch(epoch), new ClientName(client), new LibraryName("tapes"));

    /// <summary>The address, as a client behind a proxy sees it.</summary>
    public static DataAddress Through(DataAddress address, int port) =>
        address with { Endpoint = address.Endpoint! with { Port = port } };

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
