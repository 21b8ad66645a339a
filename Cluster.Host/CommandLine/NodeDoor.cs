using Backup.Host.Configuration;
using Backup.Host.Http;
using Backup.Host.Node;
using Backup.Messages;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>A way to a gateway for one command.</summary>
/// <param name="Node">Asks it.</param>
/// <param name="Solo">True for a node in this process that ends with the command.</param>
/// <param name="OtherJobs">Solo: unfinished jobs that wait for a node.</param>
/// <param name="Stop">Solo: stops the node gracefully; otherwise closes the connection.</param>
internal sealed record OpenDoor(INodeConnection Node, bool Solo, IReadOnlyList<JobId> OtherJobs, Func<Task> Stop)
    : IAsyncDisposable
{
    public static OpenDoor Through(INodeConnection connection) =>
        new(connection, false, [], async () => await connection.DisposeAsync());

    public async ValueTask DisposeAsync() => await Stop();
}

/// <summary>
/// Finds the way to a gateway: the running node, else the catalog alone or a node of the command's own.
/// </summary>
internal class NodeDoor
{
    /// <summary>For commands that look.</summary>
    public virtual async Task<OpenDoor> ForReading(BackupSettings settings, CancellationToken cancellation)
    {
        if (await Running(settings, cancellation) is { } running) return running;
        if (!settings.Node.Is(NodeRole.Director)) throw NotRunning(settings);
        return OfflineConnection.Open(settings, out var refusal) is { } offline
            ? OpenDoor.Through(offline)
            : throw new CommandFailure(
                new Refused(RefusalCode.Unavailable, $"No node answers at {settings.Node.SocketFile}. {refusal}"));
    }

    /// <summary>For commands that need a node that runs already; null when there is none.</summary>
    public virtual async Task<OpenDoor?> Running(BackupSettings settings, CancellationToken cancellation) =>
        await HttpNodeConnection.Answers(settings.Node.SocketFile, cancellation)
            ? OpenDoor.Through(new HttpNodeConnection(settings.Node.SocketFile))
            : null;

    /// <summary>For commands that start a job.</summary>
    public virtual async Task<OpenDoor> ForWork(BackupSettings settings, CancellationToken cancellation)
    {
        if (await Running(settings, cancellation) is { } running) return running;
        return settings.Cluster.IsAlone ? await Solo(settings, cancellation) : throw NotRunning(settings);
    }

    /// <summary>One process alone is no cluster: it could neither read the catalog nor run a job.</summary>
    private static CommandFailure NotRunning(BackupSettings settings) => new(new Refused(
        RefusalCode.Unavailable,
        $"No node answers at {settings.Node.SocketFile}, and node {settings.Node.Name} is one of a cluster "
            + "(`backup.cluster.seeds`). Start it (`backup node`), or ask on another node."));

    /// <summary>A node in this process.</summary>
    public virtual async Task<OpenDoor> Solo(BackupSettings settings, CancellationToken cancellation)
    {
        var node = await BackupNode.Start(settings, NodeMode.Solo, cancellation);
        var server = await NodeServer.Start(new SoloDoor(node.Connection), settings.Node.SocketFile);
        return new OpenDoor(node.Connection, true, node.OtherJobs, async () =>
        {
            await server.DisposeAsync();
            await node.Stop();
        });
    }
}
