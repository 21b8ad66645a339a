using Akka.Actor;
using Akka.Event;
using Backup.Actors.Clients;
using Backup.Actors.Node;
using Backup.Actors.Storage;
using Backup.Host.Configuration;
using Backup.Host.Service;

namespace Backup.Host.Node;

/// <summary>
/// Client and storage of a node with their streams, in an actor system of their own, so that the cluster's may end and
/// be made anew without touching running work.
/// </summary>
internal sealed class LocalSide
{
    private readonly NodeData _data;

    private LocalSide(ActorSystem system, NodeData data, LocalActors actors) =>
        (System, _data, Actors) = (system, data, actors);

    public ActorSystem System { get; }

    public LocalActors Actors { get; }

    /// <summary>The node's log, as long as the process.</summary>
    public ILoggingAdapter Log => Logging.GetLogger(System, "node");

    /// <summary>Whether the system works.</summary>
    public HealthCheck Answers => NodeChecks.Answers("local-system", Actors.Uplink);

    /// <summary>What else must be so where the node can do its work.</summary>
    public IReadOnlyList<HealthCheck> Checks =>
        Actors.Storage.IsNobody() ? [] : [NodeChecks.Libraries(Actors.Storage)];

    /// <summary>Takes over what may change, for sessions that begin from now on.</summary>
    public void Adopt(BackupSettings changed)
    {
        var options = NodeOptions.Of(changed);
        Actors.Client.Tell(options.Client);
        Actors.Storage.Tell(options.Storage);
        NodeConfig.Log(System, changed.Log);
    }

    /// <exception cref="NodeStartException">The data port or the identity cannot be used; nothing runs.</exception>
    public static async Task<LocalSide> Start(BackupSettings settings, NodeMode mode, NodeOptions options)
    {
        var system = ActorSystem.Create("backup-local", NodeConfig.Local(settings));
        try
        {
            var data = NodeData.Start(settings, listens: mode == NodeMode.All, system);
            return new LocalSide(system, data, StartActors(settings, options, data, system));
        }
        catch (NodeStartException)
        {
            await system.Terminate().ConfigureAwait(false);
            throw;
        }
    }

    public async Task Stop()
    {
        await System.Terminate().ConfigureAwait(false);
        await _data.DisposeAsync().ConfigureAwait(false);
    }

    private static LocalActors StartActors(
        BackupSettings settings, NodeOptions options, NodeData data, ActorSystem system)
    {
        var uplink = system.ActorOf(Uplink.Props(options.CatalogWithin), "uplink");
        var client = settings.Node.Is(NodeRole.Client)
            ? system.ActorOf(ClientActor.Props(options.Client, data.Plane, uplink), "client")
            : ActorRefs.Nobody;
        var drives = settings.Node.Is(NodeRole.Storage) ? new DriveBooks(options.Storage.SessionDirectory) : null;
        var storage = drives is not null
            ? system.ActorOf(
                StorageActor.Props(options.Storage, data.Plane, uplink, drives)
                    .WithDispatcher("backup.storage-dispatcher"),
                "storage")
            : ActorRefs.Nobody;
        return new LocalActors(uplink, client, storage, drives);
    }
}
