using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using Backup.Actors.Catalog;
using Backup.Actors.Jobs;
using Backup.Actors.Node;
using Backup.Actors.Storage;
using Backup.Persistence.Catalog;

namespace Backup.Host.Service;

/// <summary>The kinds of check that a node is made of.</summary>
internal static class NodeChecks
{
    // Longer than any check may take: the list's own bound is the one that counts.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>An actor takes messages from its mailbox, and so does its system.</summary>
    public static HealthCheck Answers(string name, IActorRef actor) => new(name, async cancellation =>
        (await actor.Ask<ActorIdentity>(new Identify(null), Patience, cancellation).ConfigureAwait(false)).Subject
            is null or Nobody
            ? "The actor is gone; the node's log says why."
            : null);

    /// <summary>The jobs that had not ended when the node started are taken up.</summary>
    public static HealthCheck Recovered(IActorRef keeper) => new("recovered", async cancellation =>
        (await keeper.Ask<JobKeeper.TakenUp>(JobKeeper.AreTakenUp.Instance, Patience, cancellation)
            .ConfigureAwait(false)).Yes
            ? null
            : "The jobs that have not ended could not be read yet.");

    /// <summary>The node is a member of its cluster: it has joined, and does not leave.</summary>
    public static HealthCheck Member(ActorSystem system) => new("member", _ =>
    {
        var status = Akka.Cluster.Cluster.Get(system).SelfMember.Status;
        return Task.FromResult(status == MemberStatus.Up
            ? null
            : $"The node is {status.ToString().ToLowerInvariant()} in its cluster, not up.");
    });

    /// <summary>A director is in the node's cluster and can be reached.</summary>
    public static HealthCheck Director(ActorSystem system) => new("director", _ =>
    {
        var state = Akka.Cluster.Cluster.Get(system).State;
        return Task.FromResult(
            state.Members.Any(member => member.Status == MemberStatus.Up && member.HasRole(DirectorsLink.Role)
                && !state.Unreachable.Contains(member))
                ? null
                : "No director can be reached: nothing begins and nothing is recorded. What runs goes on.");
    });

    /// <summary>The region of jobs and its coordinator, wherever that is, answer.</summary>
    public static HealthCheck Jobs(IActorRef jobs) => new("jobs", async cancellation =>
    {
        await jobs.Ask<CurrentRegions>(GetCurrentRegions.Instance, Patience, cancellation).ConfigureAwait(false);
        return null;
    });

    /// <summary>The catalog takes a write, behind those that wait already.</summary>
    public static HealthCheck Catalog(IActorRef catalog) => new("catalog", async _ =>
        (await catalog.Write(store => store.TryWrite()).ConfigureAwait(false)).Is(out var _, out var failure)
            ? null
            : CatalogFailureText.Sentence(failure));

    /// <summary>Every library that is configured is open.</summary>
    public static HealthCheck Libraries(IActorRef storage) => new("libraries", async cancellation =>
    {
        var closed = await storage.Ask<StorageActor.ClosedLibraries>(
            StorageActor.AskForClosed.Instance, Patience, cancellation).ConfigureAwait(false);
        return closed.Reasons.Count == 0 ? null : string.Join(" ", closed.Reasons);
    });
}
