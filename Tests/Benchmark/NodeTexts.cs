namespace Backup.Benchmark;

/// <summary>What a cluster of the benchmark has in common.</summary>
/// <param name="SeedPort">Where its director listens, on loopback.</param>
/// <param name="Clients">Its clients.</param>
/// <param name="FileSets">What can be saved, by policy.</param>
/// <param name="Identities">The folder of identities, a file a node; null: connections are plain.</param>
internal sealed record ClusterPlan(
    int SeedPort, IReadOnlyList<string> Clients, IReadOnlyDictionary<string, string[]> FileSets,
    string? Identities = null)
{
    /// <summary>0 stores.</summary>
    public int Level { get; init; } = 1;

    public int Drives { get; init; } = 1;

    public string FragmentSize { get; init; } = "4GiB";
}

/// <summary>Configurations of nodes.</summary>
internal static class NodeTexts
{
    /// <summary>Of a node that is alone.</summary>
    public static string Alone(
        string root, IReadOnlyDictionary<string, string[]> fileSets, long driveBytesPerSecond, int drives = 2) =>
        $$"""
        backup {
          node { name = benchmark, data-directory = "{{root}}/data" }
          log.level = warning
          libraries.tapes {
            directory = "{{root}}/tapes", slots = 20, volume-capacity = 10GiB, drives = {{drives}}
            drive-speed-limit = {{driveBytesPerSecond}}
          }
          pools.disk { library = tapes }
          pools.second { library = tapes }
          {{FileSets(fileSets, 1)}}
          {{Lines(fileSets.Keys.Select(name => $"policies.{name} {{ file-set = {name}, pool = disk }}"))}}
        }
        """;

    /// <summary>Of a member of a cluster.</summary>
    public static string Member(string root, string name, string roles, int port, ClusterPlan plan) =>
        $$"""
        backup {
          node { name = {{name}}, data-directory = "{{root}}/data", roles = [{{roles}}] }
          cluster { seeds = ["127.0.0.1:{{plan.SeedPort}}"], port = {{port}} }
          pbm.enabled = off
          log.level = warning
          {{(plan.Identities is null ? "" : $"security {{ identity = \"{plan.Identities}/{name}.pem\", warn-before = 0s }}")}}
          {{Lines(plan.Clients.Select(client => $"clients.{client} {{ }}"))}}
          libraries.tapes {
            node = store, directory = "{{root}}/tapes", slots = 40, volume-capacity = 10GiB, drives = {{plan.Drives}}
          }
          pools.disk { library = tapes, fragment-size = {{plan.FragmentSize}} }
          {{FileSets(plan.FileSets, plan.Level)}}
          {{Lines(plan.FileSets.Keys.Select(policy => $"policies.{policy} {{ file-set = {policy}, pool = disk, "
              + $"restart-delay = 1s, clients = [{string.Join(", ", plan.Clients)}] }}"))}}
        }
        """;

    private static string FileSets(IReadOnlyDictionary<string, string[]> sets, int level) => Lines(sets.Select(set =>
        $"file-sets.{set.Key}.operations = [ {{ roots = [{string.Join(", ", set.Value.Select(path => $"\"{path}\""))}]"
        + $", compression.level = {level} }} ]"));

    private static string Lines(IEnumerable<string> lines) => string.Join("\n  ", lines);
}
