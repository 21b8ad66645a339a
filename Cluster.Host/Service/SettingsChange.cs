using System.Security.Cryptography;
using System.Text;
using Backup.Hocon;
using Backup.Host.Configuration;
using Backup.Messages;

namespace Backup.Host.Service;

/// <summary>In which keys two configurations differ, and which of them a running node can take over.</summary>
internal static class SettingsChange
{
    /// <summary>What jobs are started with, on whichever director: the same text on all of them.</summary>
    private static readonly string[] Shared =
    [
        "backup.clients", "backup.pools", "backup.file-sets", "backup.policies", "backup.schedules", "backup.plans",
        "backup.defaults", "backup.retention",
    ];

    private const string Seeds = "backup.cluster.seeds";

    /// <summary>
    /// What jobs are started with, and limits that the next session reads. All else is opened, listened on or
    /// agreed with others at the start.
    /// </summary>
    internal static readonly string[] Live =
    [
        Seeds, "backup.clients", "backup.pools", "backup.file-sets", "backup.policies",
        "backup.schedules", "backup.defaults.schedule", "backup.plans", "backup.defaults.plan",
        "backup.defaults.client", "backup.defaults.pool", "backup.defaults.file-set", "backup.defaults.operation",
        "backup.defaults.rule", "backup.defaults.policy", "backup.defaults.script",
        "backup.client.jobs-max", "backup.client.compressors", "backup.client.fifo-wait", "backup.client.scripts",
        "backup.job.jobs-max", "backup.storage.chunks-in-flight", "backup.storage.outbox-retry-delay",
        "backup.storage.wait-for-volume", "backup.storage.look-for-volume-every", "backup.log", "backup.retention",
    ];

    /// <summary>A short digest of what all directors must have alike, as their files say it.</summary>
    public static string DigestOf(BackupSettings settings) => Convert.ToHexStringLower(SHA256.HashData(
        Encoding.UTF8.GetBytes(string.Join('\n', ValuesOf(settings)
            .Where(pair => Shared.Any(key => IsAtOrBelow(pair.Key, key)))
            .Select(pair => $"{pair.Key}={pair.Value}").Order(StringComparer.Ordinal)))))[..8];

    /// <summary>The keys whose values differ, sorted; <c>akka</c> is one key.</summary>
    public static IReadOnlyList<string> Between(BackupSettings one, BackupSettings other)
    {
        var (before, after) = (ValuesOf(one), ValuesOf(other));
        return [.. before.Keys.Union(after.Keys)
            .Where(key => before.GetValueOrDefault(key) != after.GetValueOrDefault(key))
            .Order(StringComparer.Ordinal)];
    }

    /// <summary>
    /// Whether a running node takes the key over. A library that another node owns is a name to this one, and its keys
    /// are live here. A node that is alone does not become one of a cluster, nor the other way round.
    /// </summary>
    public static bool IsLive(string key, BackupSettings started, BackupSettings read) =>
        Live.Any(live => IsAtOrBelow(key, live)) && (key != Seeds || StaysMember(started, read))
        || started.Libraries.Keys.Union(read.Libraries.Keys).Where(library => !IsOwn(library, started, read))
            .Any(library => IsAtOrBelow(key, $"backup.libraries.{HoconWriter.Key(library.Value)}"));

    private static bool StaysMember(BackupSettings started, BackupSettings read) =>
        !started.Cluster.IsAlone && !read.Cluster.IsAlone;

    private static bool IsAtOrBelow(string key, string place) =>
        key == place || key.StartsWith(place + ".", StringComparison.Ordinal);

    private static bool IsOwn(LibraryName library, params BackupSettings[] settings) =>
        settings.Any(each => each.Libraries.TryGetValue(library, out var known) && known.Node == each.Node.Name);

    /// <summary>The settings of the start with what of others a running node takes over.</summary>
    public static BackupSettings OnlyLive(BackupSettings started, BackupSettings read) => started with
    {
        Cluster = StaysMember(started, read)
            ? started.Cluster with { Seeds = read.Cluster.Seeds } : started.Cluster,
        Clients = read.Clients,
        Libraries = started.Libraries.Where(known => IsOwn(known.Key, started, read))
            .Concat(read.Libraries.Where(known => !IsOwn(known.Key, started, read)))
            .ToDictionary(known => known.Key, known => known.Value),
        Pools = read.Pools,
        FileSets = read.FileSets,
        Schedules = read.Schedules,
        Plans = read.Plans,
        Policies = read.Policies,
        Client = read.Client with
        {
            CallAddress = started.Client.CallAddress,
            CallPort = started.Client.CallPort,
        },
        Job = started.Job with { JobsMax = read.Job.JobsMax },
        Storage = started.Storage with
        {
            ChunksInFlight = read.Storage.ChunksInFlight,
            OutboxRetryDelay = read.Storage.OutboxRetryDelay,
            WaitForVolume = read.Storage.WaitForVolume,
            LookForVolumeEvery = read.Storage.LookForVolumeEvery,
        },
        Log = read.Log,
        Retention = read.Retention,
    };

    private static Dictionary<string, string> ValuesOf(BackupSettings settings)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal) { ["akka"] = settings.AkkaHocon };
        if (settings.Source is { } source) Add(values, "backup", source.Tree);
        return values;
    }

    /// <summary>An empty object is a value where it is a name that the operator gave, as of a client.</summary>
    private static void Add(Dictionary<string, string> values, string path, HoconNode node)
    {
        if (node is HoconObject { Members: [_, ..] members })
            foreach (var member in members) Add(values, $"{path}.{HoconWriter.Key(member.Key)}", member.Value);
        else if (node is not HoconObject || ReferenceSettings.Root.Find(path) is null)
            values[path] = HoconWriter.Write(new HoconObject([new HoconMember("value", node)], HoconPlace.None));
    }
}
