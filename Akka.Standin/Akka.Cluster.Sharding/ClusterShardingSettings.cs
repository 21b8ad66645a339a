using Akka.Actor;
using Akka.Cluster.Tools.Singleton;
using Akka.Configuration;

namespace Akka.Cluster.Sharding;

public sealed class ClusterShardingSettings : INoSerializationVerificationNeeded
{
    public readonly string Role;
    public readonly bool RememberEntities;
    public readonly TimeSpan PassivateIdleEntityAfter;
    public readonly TimeSpan ShardRegionQueryTimeout;
    public readonly ClusterSingletonManagerSettings CoordinatorSingletonSettings;

    internal readonly Config Config;

    private ClusterShardingSettings(Config config, ClusterSingletonManagerSettings singleton, string role,
        bool rememberEntities, TimeSpan idleAfter)
    {
        if (rememberEntities) throw new ConfigurationException(
            "akka.cluster.sharding.remember-entities is on: the stand-in for Akka.Cluster.Sharding remembers none.");
        (Config, CoordinatorSingletonSettings, Role, RememberEntities) = (config, singleton, role, rememberEntities);
        PassivateIdleEntityAfter = idleAfter;
        ShardRegionQueryTimeout = config.GetTimeSpan("shard-region-query-timeout");
    }

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
        return new ClusterShardingSettings(config, singleton, role, config.GetBoolean("remember-entities"), idle);
    }

    public ClusterShardingSettings WithRole(string role) =>
        new(Config, CoordinatorSingletonSettings, role, RememberEntities, PassivateIdleEntityAfter);

    /// <exception cref="ConfigurationException">It is on.</exception>
    public ClusterShardingSettings WithRememberEntities(bool rememberEntities) =>
        new(Config, CoordinatorSingletonSettings, Role, rememberEntities, PassivateIdleEntityAfter);

    public ClusterShardingSettings WithPassivateIdleAfter(TimeSpan duration) =>
        new(Config, CoordinatorSingletonSettings, Role, RememberEntities, duration);
}
