using Akka.Actor;
using Akka.Cluster.Tools.Singleton;
using Akka.Configuration;

namespace Akka.Cluster.Sharding;

public enum StateStoreMode
{
    Persistence = 0,
    DData = 1,
    Custom = 2,
}

public enum RememberEntitiesStore
{
    DData = 0,
    Eventsourced = 1,
    Custom = 2,
}

public sealed class ClusterShardingSettings : INoSerializationVerificationNeeded
{
    public readonly string Role;
    public readonly bool RememberEntities;
    public readonly string JournalPluginId;
    public readonly string SnapshotPluginId;
    public readonly TimeSpan PassivateIdleEntityAfter;
    public readonly StateStoreMode StateStoreMode;
    public readonly RememberEntitiesStore RememberEntitiesStore;
    public readonly TimeSpan ShardRegionQueryTimeout;
    public readonly ClusterSingletonManagerSettings CoordinatorSingletonSettings;

    internal readonly Config Config;

    private ClusterShardingSettings(Config config, ClusterSingletonManagerSettings singleton, string role,
        bool rememberEntities, string journal,
        string snapshot, TimeSpan idleAfter, StateStoreMode mode)
    {
        (Config, CoordinatorSingletonSettings, Role, RememberEntities) = (config, singleton, role, rememberEntities);
        (JournalPluginId, SnapshotPluginId, PassivateIdleEntityAfter, StateStoreMode) =
            (journal, snapshot, idleAfter, mode);
        RememberEntitiesStore = Enum.Parse<RememberEntitiesStore>(config.GetString("remember-entities-store"),
            ignoreCase: true);
        ShardRegionQueryTimeout = config.GetTimeSpan("shard-region-query-timeout");
    }

    /// <summary>Remembered entities are not passivated for idleness: nobody would start them again.</summary>
    internal bool ShouldPassivateIdleEntities => PassivateIdleEntityAfter > TimeSpan.Zero && !RememberEntities;

    internal bool IsFor(Cluster cluster) => Role is null || cluster.SelfRoles.Contains(Role);

    internal bool IsFor(Member member) => Role is null || member.HasRole(Role);

    public static ClusterShardingSettings Create(ActorSystem system)
    {
        var config = system.Settings.Config.GetConfig("akka.cluster.sharding");
        // Without the defaults, which the extension brings, there is nothing here to create from.
        var singleton = config.GetString("coordinator-singleton") is { } path
            ? system.Settings.Config.GetConfig(path) : null;
        return Create(config, singleton);
    }

    public static ClusterShardingSettings Create(Config config, Config singletonConfig)
    {
        var singleton = ClusterSingletonManagerSettings.Create(singletonConfig);
        var idle = config.GetString("passivate-idle-entity-after") is "off" or "false"
            ? TimeSpan.Zero : config.GetTimeSpan("passivate-idle-entity-after");
        var role = config.GetString("role") is { Length: > 0 } given ? given : null;
        var mode = Enum.Parse<StateStoreMode>(config.GetString("state-store-mode"), ignoreCase: true);
        return new ClusterShardingSettings(config, singleton, role, config.GetBoolean("remember-entities"),
            config.GetString("journal-plugin-id"),
            config.GetString("snapshot-plugin-id"), idle, mode);
    }

    public ClusterShardingSettings WithRole(string role) =>
        new(Config, CoordinatorSingletonSettings, role, RememberEntities, JournalPluginId, SnapshotPluginId,
            PassivateIdleEntityAfter, StateStoreMode);

    public ClusterShardingSettings WithRememberEntities(bool rememberEntities) =>
        new(Config, CoordinatorSingletonSettings, Role, rememberEntities, JournalPluginId, SnapshotPluginId,
            PassivateIdleEntityAfter, StateStoreMode);

    public ClusterShardingSettings WithJournalPluginId(string journalPluginId) =>
        new(Config, CoordinatorSingletonSettings, Role, RememberEntities, journalPluginId, SnapshotPluginId,
            PassivateIdleEntityAfter, StateStoreMode);

    public ClusterShardingSettings WithSnapshotPluginId(string snapshotPluginId) =>
        new(Config, CoordinatorSingletonSettings, Role, RememberEntities, JournalPluginId, snapshotPluginId,
            PassivateIdleEntityAfter, StateStoreMode);

    public ClusterShardingSettings WithStateStoreMode(StateStoreMode mode) =>
        new(Config, CoordinatorSingletonSettings, Role, RememberEntities, JournalPluginId, SnapshotPluginId,
            PassivateIdleEntityAfter, mode);

    public ClusterShardingSettings WithPassivateIdleAfter(TimeSpan duration) =>
        new(Config, CoordinatorSingletonSettings, Role, RememberEntities, JournalPluginId, SnapshotPluginId, duration,
            StateStoreMode);
}
