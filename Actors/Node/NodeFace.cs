using Akka.Actor;
using Backup.Messages.Catalog;
using Backup.Messages.Clients;
using Backup.Messages.Storage;

namespace Backup.Actors.Node;

/// <summary>
/// What the cluster sees of a process's client and storage: takes commands for the local actors, and gives their
/// reports to the jobs and their questions to the catalog. Holds nothing, so that it may be made anew with its actor
/// system at any moment.
/// </summary>
public sealed class NodeFace : ReceiveActor, IWithUnboundedStash
{
    private readonly LocalActors _local;

    /// <summary>For <see cref="Props"/>.</summary>
    private NodeFace(LocalActors local, IActorRef catalog)
    {
        _local = local;
        Receive<Meet>(meet =>
        {
            Become(() => Serving(catalog, meet.Jobs));
            _local.Uplink.Tell(new Uplink.Attach(Self));
            Stash.UnstashAll();
        });
        ReceiveAny(_ => Stash.Stash());
    }

    /// <inheritdoc/>
    public IStash Stash { get; set; } = null!;

    private void Serving(IActorRef catalog, IActorRef jobs)
    {
        Receive<ClientProtocol.ICommand>(command => _local.Client.Tell(command));
        Receive<StorageProtocol.ICommand>(command => _local.Storage.Tell(command));
        Receive<CatalogProtocol.IRequest>(catalog.Forward);
        Receive<IAttemptMessage>(report => jobs.Tell(report));
    }

    /// <summary>The face of a process.</summary>
    /// <param name="local">Its local actors.</param>
    /// <param name="catalog">The catalog.</param>
    public static Props Props(
        LocalActors local, IActorRef catalog) => Akka.Actor.Props.Create(() => new NodeFace(local, catalog));

    /// <inheritdoc/>
    protected override void PostStop() => _local.Uplink.Tell(new Uplink.Detach(Self));

    /// <summary>Who takes the reports; the first message of a face.</summary>
    /// <param name="Jobs">The job region.</param>
    public sealed record Meet(IActorRef Jobs) : INoSerializationVerificationNeeded;
}

/// <summary>The actors of a process's local system.</summary>
/// <param name="Uplink">The way to the cluster.</param>
/// <param name="Client">The client; nobody where the role is missing.</param>
/// <param name="Storage">The storage; nobody where the role is missing.</param>
public sealed record LocalActors(IActorRef Uplink, IActorRef Client, IActorRef Storage);
