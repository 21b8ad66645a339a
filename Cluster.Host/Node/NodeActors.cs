using Akka.Actor;
using Backup.Host.Service;

namespace Backup.Host.Node;

/// <summary>The actors of a node that others of this process speak to.</summary>
/// <param name="Gateway">Answers requests.</param>
/// <param name="Uplink">Of the local system.</param>
/// <param name="Storage">Owns the libraries.</param>
/// <param name="Catalog">Answers and records.</param>
/// <param name="Jobs">The job region.</param>
/// <param name="Reload">Reads the configuration again.</param>
internal sealed record NodeActors(
    IActorRef Gateway, IActorRef Uplink, IActorRef Storage, IActorRef Catalog, IActorRef Jobs, NodeReload Reload)
{
    /// <summary>What must be so of a process that lives.</summary>
    public IReadOnlyList<HealthCheck> Alive =>
        [NodeChecks.Answers("cluster-system", Gateway), NodeChecks.Answers("local-system", Uplink)];

    /// <summary>What else must be so where the node can do its work.</summary>
    public IReadOnlyList<HealthCheck> Ready =>
        [NodeChecks.Recovered(Jobs), NodeChecks.Catalog(Catalog), NodeChecks.Libraries(Storage)];
}
