using Akka.Actor;
using Backup.Actors.Node;
using Backup.Actors.Retention;
using Backup.Actors.Spool;
using Backup.Messages;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>What a gateway needs.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="Version">The program's version.</param>
/// <param name="Started">Since when the node runs.</param>
/// <param name="OwnClient">The client on this node; null: none.</param>
/// <param name="Clients">The clients to which something may be restored now, whether they are there or not.</param>
/// <param name="Policies">Policies as they are configured now.</param>
/// <param name="Libraries">Libraries as they are configured now.</param>
/// <param name="Pools">Pools as they are configured now, with their libraries.</param>
/// <param name="Store">The catalog, for reading.</param>
/// <param name="Catalog">The catalog's actor, for writing.</param>
/// <param name="Jobs">The job region.</param>
/// <param name="Allocator">The allocator.</param>
/// <param name="Nodes">The directory of nodes.</param>
/// <param name="Members">The members of the cluster; null for a node that is alone.</param>
/// <param name="Clock">The system's clock.</param>
/// <param name="AnswerWithin">How long an actor may take to answer.</param>
/// <param name="Reload">Reads the configuration of this node again; may block.</param>
/// <param name="RestoreDrives">Drives that a restore may use at once, 1 or more.</param>
/// <param name="Rights">What clients may, as it is configured now; null: the usual.</param>
/// <param name="Retention">Enforces retention, for all directors; null: nobody does.</param>
/// <param name="Grace">Between the condemnation of an image and its removal; null: the usual.</param>
public sealed record GatewaySetup(
    string Node,
    string Version,
    DateTimeOffset Started,
    ClientName? OwnClient,
    Func<IReadOnlyList<ClientName>> Clients,
    Func<IReadOnlyList<PolicyDefinition>> Policies,
    Func<IReadOnlyList<LibraryName>> Libraries,
    Func<IReadOnlyDictionary<PoolName, IReadOnlyList<LibraryName>>> Pools,
    CatalogStore Store,
    IActorRef Catalog,
    IActorRef Jobs,
    IActorRef Allocator,
    IActorRef Nodes,
    Func<IReadOnlyList<ClusterMember>>? Members,
    ITimeProvider Clock,
    TimeSpan AnswerWithin,
    Func<ReloadConfiguration, IReply> Reload,
    Func<int> RestoreDrives,
    Func<ClientName, ClientRights>? Rights = null,
    IActorRef? Retention = null,
    Func<TimeSpan>? Grace = null)
{
    /// <summary>The spools of libraries as they are configured now.</summary>
    public Func<IReadOnlyList<SpoolRule>> Spools { get; init; } = () => [];

    /// <summary>The rules of pools that have some, as they are configured now.</summary>
    public Func<IReadOnlyDictionary<PoolName, RetentionRules>> PoolRules { get; init; } =
        () => new Dictionary<PoolName, RetentionRules>();

    /// <summary>What plans warn of.</summary>
    internal PlanAlarms Alarms { get; } = new();
}
