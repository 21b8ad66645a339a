using Akka.Actor;
using Akka.Configuration;

namespace Akka.Cluster.Tools.Singleton;

public sealed class ClusterSingletonManagerSettings : INoSerializationVerificationNeeded
{
    public ClusterSingletonManagerSettings(string singletonName, string role, TimeSpan removalMargin,
        TimeSpan handOverRetryInterval, bool considerAppVersion)
    {
        (SingletonName, Role, RemovalMargin, HandOverRetryInterval) =
            (singletonName, role, removalMargin, handOverRetryInterval);
        _ = considerAppVersion; // all nodes are as good
    }

    public string SingletonName { get; }
    public string Role { get; }

    /// <summary>
    /// How long after a lost node was removed until its singleton is started elsewhere; zero: what the downing provider
    /// says.
    /// </summary>
    public TimeSpan RemovalMargin { get; }

    public TimeSpan HandOverRetryInterval { get; }

    public static ClusterSingletonManagerSettings Create(ActorSystem system) =>
        Create(ToolsConfig.Section(system, "akka.cluster.singleton"));

    public static ClusterSingletonManagerSettings Create(Config config) => new(config.GetString("singleton-name"),
        ToolsConfig.RoleIn(config), TimeSpan.Zero, config.GetTimeSpan("hand-over-retry-interval"), false);

    public ClusterSingletonManagerSettings WithSingletonName(string singletonName) =>
        new(singletonName, Role, RemovalMargin, HandOverRetryInterval, false);

    public ClusterSingletonManagerSettings WithRole(string role) =>
        new(SingletonName, role, RemovalMargin, HandOverRetryInterval, false);
}

public sealed class ClusterSingletonProxySettings : INoSerializationVerificationNeeded
{
    public ClusterSingletonProxySettings(string singletonName, string role, TimeSpan singletonIdentificationInterval,
        int bufferSize, bool considerAppVersion)
    {
        (SingletonName, Role, SingletonIdentificationInterval, BufferSize) =
            (singletonName, role, singletonIdentificationInterval, bufferSize);
        _ = considerAppVersion;
    }

    public string SingletonName { get; }
    public string Role { get; }
    public TimeSpan SingletonIdentificationInterval { get; }
    public int BufferSize { get; }

    public static ClusterSingletonProxySettings Create(ActorSystem system) =>
        Create(ToolsConfig.Section(system, "akka.cluster.singleton-proxy"), false);

    public static ClusterSingletonProxySettings Create(Config config, bool considerAppVersion) =>
        new(config.GetString("singleton-name"),
        ToolsConfig.RoleIn(config), config.GetTimeSpan("singleton-identification-interval"),
            config.GetInt("buffer-size"), considerAppVersion);

    public ClusterSingletonProxySettings WithSingletonName(string singletonName) =>
        new(singletonName, Role, SingletonIdentificationInterval, BufferSize, false);

    public ClusterSingletonProxySettings WithRole(string role) =>
        new(SingletonName, role, SingletonIdentificationInterval, BufferSize, false);
}
