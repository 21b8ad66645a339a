using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Tools.Client;
using Akka.Cluster.Tools.Singleton;
using Backup.Actors.Catalog;
using Backup.Actors.Copies;
using Backup.Actors.Gateway;
using Backup.Actors.Jobs;
using Backup.Actors.Node;
using Backup.Actors.Retention;
using Backup.Actors.Scheduling;
using Backup.Host.Configuration;
using Backup.Host.Service;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Persistence.Catalog;

namespace Backup.Host.Node;

/// <summary>
/// What a node is to its cluster, in one actor system: the director's actors where it has the role, and the face of its
/// client and storage. It holds nothing that is not durable or said again, and may be made anew at any moment. A node
/// that is alone has the same actors without a cluster.
/// </summary>
internal sealed class ClusterSide
{
    /// <summary>Longer than the storage node takes until it says that it cannot answer.</summary>
    private static readonly TimeSpan RetentionWorkWithin = TimeSpan.FromMinutes(3);

    private static readonly TimeSpan FaceEndsWithin = TimeSpan.FromSeconds(2);
    private static readonly string Director = DirectorsLink.Role;

    private readonly NodeParts _parts;

    private ClusterSide(NodeParts parts, ActorSystem system) => (_parts, System) = (parts, system);

    public ActorSystem System { get; }

    /// <summary>Answers requests; in a node that is no director it passes them to one.</summary>
    public IActorRef Gateway { get; private set; } = ActorRefs.Nobody;

    /// <summary>What must be so of it where the node can do its work; each answers for this system alone.</summary>
    public IReadOnlyList<HealthCheck> Checks { get; private set; } = [];

    /// <summary>Makes the system and its actors; the cluster is joined behind its back.</summary>
    /// <param name="parts">What outlives it.</param>
    /// <param name="joins">False: not before <see cref="Join"/>.</param>
    public static ClusterSide Start(NodeParts parts, bool joins = true)
    {
        var config = NodeConfig.Cluster(parts.Settings, joins);
        var side = new ClusterSide(
            parts, ActorSystem.Create(NodeConfig.SystemName, NodeTrust.SetupOf(parts.Settings, config)));
        if (parts.Settings.Cluster.IsAlone) side.StartAlone();
        else side.StartMember();
        return side;
    }

    /// <summary>Joins the cluster of the seeds, or founds it.</summary>
    public void Join() => Akka.Cluster.Cluster.Get(System).JoinSeedNodes(
        NodeConfig.SeedsOf(_parts.Settings).Select(Address.Parse));

    /// <summary>It is in no cluster, and seeks one.</summary>
    public bool IsSeeking => Akka.Cluster.Cluster.Get(System).SelfMember.Status == MemberStatus.Removed
        && !System.WhenTerminated.IsCompleted;

    private void StartAlone()
    {
        var catalog = System.ActorOf(CatalogActor.Props(_parts.Store!), "catalog");
        var allocator = System.ActorOf(Allocator.Props(_parts.Options.Allocator), "allocator");
        var directory = System.ActorOf(NodeDirectory.Props(allocator), "directory");
        var neighbours = new JobNeighbours(allocator, catalog, directory);
        var jobs = System.ActorOf(JobRegion.Props(neighbours, _parts.Options.Job), "jobs");
        // A node for one job leaves the others to the node that runs for good.
        if (_parts.Mode == NodeMode.All)
            Checks = [NodeChecks.Recovered(System.ActorOf(
                JobKeeper.Props(catalog, jobs, _parts.Options.Job.AskAgainAfter), "keeper"))];
        StartFace(new Directors(directory, catalog, jobs));
        var retention = _parts.Mode == NodeMode.All
            ? System.ActorOf(RetentionProps(catalog, directory), "retention") : null;
        Gateway = StartGateway(neighbours, jobs, retention);
        if (_parts.Mode == NodeMode.All)
        {
            System.ActorOf(SchedulerProps(catalog, Gateway), "scheduler");
            System.ActorOf(ConsolidatorProps(catalog, Gateway), "consolidator");
            System.ActorOf(RetrierProps(catalog, Gateway), "retrier");
            System.ActorOf(MinderProps(catalog, Gateway), "copy-minder");
            System.ActorOf(SelfBackupProps(Gateway), "self-backup");
        }
        Checks = [.. Checks, NodeChecks.Catalog(catalog)];
    }

    private void StartMember()
    {
        var link = System.ActorOf(DirectorsLink.Props(_parts.Options.Job.AskAgainAfter), "directors");
        Checks = [NodeChecks.Member(System)];
        if (_parts.Settings.Node.Is(NodeRole.Director)) Gateway = StartDirector();
        else StartOther(link);
        StartFace(new Directors(link, link, link, ComeAndGo: true));
    }

    private void StartOther(IActorRef link)
    {
        System.ActorOf(LastDirector.Props(2 * _parts.Settings.Cluster.StableAfter), "last-director");
        System.ActorOf(DirectorMemory.Props(_parts.Settings.Node), "director-memory");
        Checks = [.. Checks, NodeChecks.Director(System)];
        Gateway = link;
    }

    private IActorRef StartDirector()
    {
        if (_parts.Settings.Catalog.Provider == CatalogProvider.Sqlite)
            System.ActorOf(LoneDirector.Props(_parts.End), "lone-director");
        System.ActorOf(ClusterMemory.Props(_parts.Settings.Node), "cluster-memory");
        var catalog = System.ActorOf(CatalogActor.Props(_parts.Store!), "catalog");
        var allocator = StartSingleton("allocator", Allocator.Props(_parts.Options.Allocator, catalog));
        var directory = System.ActorOf(NodeDirectory.Props(allocator), "directory");
        var neighbours = new JobNeighbours(allocator, catalog, directory);
        var jobs = JobShards.Start(System, Director, neighbours, _parts.Options.Job);
        System.ActorOf(JobDoor.Props(jobs), "jobs");
        StartSingleton("keeper", JobKeeper.Props(catalog, jobs, _parts.Options.Job.AskAgainAfter));
        var gateway = StartGateway(
            neighbours, jobs, StartSingleton("retention", RetentionProps(catalog, directory)));
        StartSingleton("scheduler", SchedulerProps(catalog, gateway));
        StartSingleton("consolidator", ConsolidatorProps(catalog, gateway));
        StartSingleton("retrier", RetrierProps(catalog, gateway));
        StartSingleton("copy-minder", MinderProps(catalog, gateway));
        StartSingleton("self-backup", SelfBackupProps(gateway));
        ClusterClientReceptionist.Get(System).RegisterService(gateway);
        Checks = [.. Checks, NodeChecks.Jobs(jobs), NodeChecks.Catalog(catalog)];
        return gateway;
    }

    private Props SchedulerProps(IActorRef catalog, IActorRef gateway) => Scheduler.Props(
        catalog, gateway, () => NodeOptions.Scheduled(_parts.Settings), SchedulerOptions.Usual);

    private Props ConsolidatorProps(IActorRef catalog, IActorRef gateway) => Consolidator.Props(
        catalog, gateway, () => NodeOptions.Merged(_parts.Settings), () => _parts.Settings.Job.MergesMax,
        Consolidator.LookEvery, SchedulerOptions.Usual.AnswerWithin);

    private Props RetentionProps(IActorRef catalog, IActorRef directory) => RetentionKeeper.Props(new RetentionSetup(
        catalog, directory, () => NodeOptions.Policies(_parts.Settings), () => _parts.Settings.Retention,
        System.Scheduler, TimeZoneInfo.Local, RetentionWorkWithin)
    {
        PoolRules = () => _parts.Settings.PoolRules,
    });

    private Props SelfBackupProps(IActorRef gateway) => SelfBackupActor.Props(
        _parts.Store!, gateway, () => NodeOptions.SelfBackedUp(_parts.Settings), SelfBackupActor.LookEvery,
        SchedulerOptions.Usual.AnswerWithin);

    private Props RetrierProps(IActorRef catalog, IActorRef gateway) => Retrier.Props(
        catalog, gateway, () => NodeOptions.Retried(_parts.Settings), _parts.Options.Job.AskAgainAfter,
        SchedulerOptions.Usual.AnswerWithin);

    private Props MinderProps(IActorRef catalog, IActorRef gateway) => CopyMinder.Props(
        catalog, gateway,
        () => _parts.Settings.Copies with
        {
            HasSpools = NodeOptions.Spools(_parts.Settings).Count > 0,
            Shelves = NodeOptions.ShelvesOf(_parts.Settings),
        },
        CopyMinder.LookEvery, SchedulerOptions.Usual.AnswerWithin);

    /// <summary>One in the cluster, on the oldest director. The answer passes messages to it, wherever it is.</summary>
    private IActorRef StartSingleton(string name, Props props)
    {
        System.ActorOf(
            ClusterSingletonManager.Props(
                props, PoisonPill.Instance,
                ClusterSingletonManagerSettings.Create(System).WithRole(Director).WithSingletonName(name)),
            $"{name}-manager");
        return System.ActorOf(
            ClusterSingletonProxy.Props(
                $"/user/{name}-manager",
                ClusterSingletonProxySettings.Create(System).WithRole(Director).WithSingletonName(name)),
            name);
    }

    /// <summary>Its last word goes out before the node leaves, so that nobody waits for it.</summary>
    private void StartFace(Directors directors)
    {
        var face = System.ActorOf(NodeFace.Props(Announced, _parts.Local, directors), "node");
        CoordinatedShutdown.Get(System).AddTask(CoordinatedShutdown.PhaseBeforeServiceUnbind, "face", async () =>
        {
            await face.GracefulStop(FaceEndsWithin).ConfigureAwait(false);
            return Akka.Done.Instance;
        });
    }

    private NodeProtocol.Announce Announced()
    {
        var (said, libraries) = (_parts.Options.Announced, _parts.Options.Storage.Libraries);
        return said with
        {
            Libraries = _parts.Local.Drives?.Claims(libraries),
            Notices = _parts.Local.Drives?.Notices(libraries, TimeProvider.System.GetUtcNow()) is { Count: > 0 } notices
                ? notices : null,
            Disabled = _parts.Local.Drives?.Disabled(said.Drives) is { Count: > 0 } disabled ? disabled : null,
            Shared = _parts.Settings is { Cluster.IsAlone: false } settings && settings.Node.Is(NodeRole.Director)
                ? SettingsChange.DigestOf(_parts.Reload.Read) : null,
        };
    }

    private IActorRef StartGateway(JobNeighbours neighbours, IActorRef jobs, IActorRef? retention)
    {
        var settings = _parts.Settings;
        var isAlone = settings.Cluster.IsAlone;
        var setup = new GatewaySetup(
            settings.Node.Name.Value,
            BackupNode.Version,
            _parts.Started,
            settings.Node.Is(NodeRole.Client) ? settings.Node.Client : null,
            () => [.. _parts.Settings.Clients.Keys],
            () => NodeOptions.Policies(_parts.Settings),
            () => [.. _parts.Settings.Libraries.Keys],
            () => _parts.Settings.Pools.ToDictionary(pool => pool.Key, pool => pool.Value.Libraries),
            _parts.Store!,
            neighbours.Catalog,
            jobs,
            neighbours.Allocator,
            neighbours.Nodes,
            isAlone ? null : () => NodeRoster.MembersOf(System),
            System.Scheduler,
            _parts.Options.CatalogWithin,
            _parts.Reload.Reload,
            () => _parts.Settings.Job.RestoreDrives,
            client => _parts.Settings.Clients.TryGetValue(client, out var known) ? known.May : ClientRights.Usual,
            retention,
            () => _parts.Settings.Retention.Grace)
        {
            Spools = () => NodeOptions.Spools(_parts.Settings),
            PoolRules = () => _parts.Settings.PoolRules,
        };
        return System.ActorOf(GatewayActor.Props(new GuardedDesk(setup)), "gateway");
    }
}

/// <summary>What a node keeps while its cluster's system is made anew.</summary>
/// <param name="Reload">Its settings, and how they change.</param>
/// <param name="Store">The catalog; null where the node is no director.</param>
/// <param name="End">The cluster's system ends for good, for a reason that stands in the log: so does the node.</param>
internal sealed record NodeParts(
    NodeReload Reload,
    NodeMode Mode,
    CatalogStore? Store,
    LocalActors Local,
    DateTimeOffset Started,
    Action End)
{
    /// <summary>As they are now.</summary>
    public BackupSettings Settings => Reload.InForce;

    /// <summary>By these; what is handed on reads later changes by itself.</summary>
    public NodeOptions Options => NodeOptions.Of(Settings) with
    {
        Allocator = NodeOptions.Of(Settings).Allocator with { LimitsNow = Limits() },
    };

    /// <summary>Made anew when the settings have changed, and asked for by one actor.</summary>
    private Func<JobLimits> Limits()
    {
        var (of, limits) = (Settings, NodeOptions.LimitsOf(Settings));
        return () =>
        {
            if (Settings is var now && !ReferenceEquals(now, of)) (of, limits) = (now, NodeOptions.LimitsOf(now));
            return limits;
        };
    }
}
