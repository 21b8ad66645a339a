using Akka.Actor;
using Backup.Host.Configuration;
using Backup.Host.Operations;
using Petabridge.Cmd.Cluster.Sharding;
using Petabridge.Cmd.Cluster;
using Petabridge.Cmd.Host;

namespace Backup.Host.Pbm;

/// <summary>The console of a node: our palettes beside Petabridge's own, for `pbm` (docs/pbm.md).</summary>
internal static class PbmConsole
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(60);

    /// <summary>Begins to listen. A port that is taken is logged, and the node runs without.</summary>
    /// <param name="system">Whose actors it shows.</param>
    /// <param name="node">What its commands ask.</param>
    /// <param name="settings">Where it listens, and what its commands may do.</param>
    /// <param name="isMember">Whether the system is one of a cluster. Its commands can take members out of it, which is
    /// operating.</param>
    /// <param name="isDirector">Whether jobs live in it.</param>
    public static void Start(
        ActorSystem system, INodeConnection node, PbmSettings settings, bool isMember, bool isDirector)
    {
        var host = PetabridgeCmd.Get(system);
        var setup = new PbmSetup(node, settings, AnswerWithin);
        foreach (var palette in PbmCommands.Palettes) host.RegisterCommandPalette(new PbmPalette(palette, setup));
        if (isMember && settings.Allow.Contains(Permission.Operate))
            host.RegisterCommandPalette(ClusterCommands.Instance);
        if (isMember && isDirector) host.RegisterCommandPalette(ClusterShardingCommands.Instance);
        host.Start();
    }

    /// <summary>What Petabridge.Cmd reads.</summary>
    public static string Hocon(PbmSettings settings) =>
        $$"""petabridge.cmd { host = "{{settings.Host}}", port = {{settings.Port}}, log-palettes-on-startup = off }""";
}
