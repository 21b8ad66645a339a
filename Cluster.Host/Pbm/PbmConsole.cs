using Akka.Actor;
using Backup.Host.Configuration;
using Petabridge.Cmd.Host;

namespace Backup.Host.Pbm;

/// <summary>The console of a node: our palettes beside Petabridge's own, for `pbm` (docs/pbm.md).</summary>
internal static class PbmConsole
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(60);

    /// <summary>Begins to listen. A port that is taken is logged, and the node runs without.</summary>
    public static void Start(ActorSystem system, INodeConnection node, PbmSettings settings)
    {
        var host = PetabridgeCmd.Get(system);
        var setup = new PbmSetup(node, settings, AnswerWithin);
        foreach (var palette in PbmCommands.Palettes) host.RegisterCommandPalette(new PbmPalette(palette, setup));
        host.Start();
    }

    /// <summary>What Petabridge.Cmd reads.</summary>
    public static string Hocon(PbmSettings settings) =>
        $$"""petabridge.cmd { host = "{{settings.Host}}", port = {{settings.Port}}, log-palettes-on-startup = off }""";
}
