using Backup.Actors.Spool;
using Backup.Actors.Storage;
using Backup.Hocon;
using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Host.Configuration;

/// <summary>Reads <c>backup.libraries.NAME</c> and <c>backup.pools.NAME</c>.</summary>
/// <param name="own">This node.</param>
/// <param name="isAlone">Whether there are no others.</param>
/// <param name="tapeDrives">Defaults of a tape drive.</param>
internal sealed class MediaReader(NodeSettings own, bool isAlone, HoconObject tapeDrives)
{
    private const long KiB = 1024;
    private const long MiB = 1024 * KiB;
    private const long TiB = 1024 * 1024 * MiB;

    // Of what must be used once only: who uses it.
    private readonly Dictionary<string, string> _directories = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    public LibrarySettings ReadLibrary(string name, SettingsSection section)
    {
        var type = section.Choice("type", ("virtual", LibraryType.Virtual), ("tape", LibraryType.Tape));
        var tapes = TapeLibraryReader.Read(section, type, tapeDrives);
        var library = new LibrarySettings(
            new LibraryName(name),
            ReadNode(section),
            type,
            type == LibraryType.Tape ? NoDirectory(section) : section.FilePath("directory"),
            section.Number("slots", 1, 10_000),
            section.Bytes("volume-capacity", 2 * MiB, 1024 * TiB),
            type == LibraryType.Tape ? tapes.Drives.Count : section.Number("drives", 1, 64),
            section.Bytes("drive-speed-limit", 0, TiB),
            section.Switch("autolabel"),
            tapes.Drives.Count == 0 ? null : tapes.Drives,
            tapes.Changer,
            tapes.Mtx,
            type == LibraryType.Tape ? tapes.Timeout : default,
            tapes.Lock,
            tapes.CleaningPrefix,
            tapes.CleaningUses,
            tapes.Autoclean,
            tapes.AlertProgram)
        {
            GivesSpaceBack = section.Switch("give-space-back"),
            Spool = ReadSpool(section.Section("spool")),
        };
        if (library.Spool is { } spool)
            UseOnce(_directories, isAlone ? spool.Directory : $"{library.Node}:{spool.Directory}", "spool", section,
                "a folder of its own for each spool");
        var place = isAlone || library.Directory.Length == 0
            ? library.Directory : $"{library.Node}:{library.Directory}";
        UseOnce(_directories, place, "directory", section, "a folder of its own for each library");
        foreach (var drive in tapes.Drives)
            UseOnce(_directories, isAlone || drive.Device.Length == 0 ? drive.Device : $"{library.Node}:{drive.Device}",
                "tape-drives", section, "a device for each drive");
        section.RefuseOtherKeys();
        return library;
    }

    private static SpoolSettings? ReadSpool(SettingsSection section)
    {
        var directory = section.OptionalFilePath("directory");
        var spool = new SpoolSettings(
            directory ?? "",
            SizeOf("size"),
            section.Number("jobs", 1, 200),
            SizeOf("job-size-max"),
            section.Number("reserve", 0, 100),
            section.Bytes("start-at", 0, 1024 * TiB),
            section.Duration("wait-max", TimeSpan.Zero, TimeSpan.FromDays(365)),
            section.Choice(
                "order", ("first", SpoolOrder.First), ("first-fit", SpoolOrder.FirstFit),
                ("largest", SpoolOrder.Largest), ("largest-fit", SpoolOrder.LargestFit),
                ("smallest", SpoolOrder.Smallest), ("last", SpoolOrder.Last)),
            section.Bytes("streams-at", 0, TiB));
        if (spool.SizeBytes > 0 && spool.StartAtBytes > spool.SizeBytes)
            section.Refuse(
                "start-at", $"found {spool.StartAtBytes} bytes", $"at most {spool.SizeBytes}, the size of the spool");
        section.RefuseOtherKeys();
        return directory is null ? null : spool;

        long SizeOf(string key)
        {
            var bytes = section.Bytes(key, 0, 1024 * TiB);
            if (bytes is > 0 and < (16 * MiB))
                section.Refuse(key, $"found {bytes} bytes", "0, or 16MiB and more");
            return bytes;
        }
    }

    private static string NoDirectory(SettingsSection section)
    {
        section.OptionalFilePath("directory");
        foreach (var key in (ReadOnlySpan<string>)["directory", "drives", "drive-speed-limit", "slots"])
            if (section.IsWritten(key))
                section.Refuse(key, "found it in a library of real tapes", "tape-drives and changer: they say it");
        section.Number("drives", 1, 64);
        return "";
    }

    public PoolSettings ReadPool(string name, SettingsSection section, IReadOnlyCollection<string> libraries)
    {
        var pool = new PoolSettings(
            new PoolName(name),
            new LibraryName(section.Reference("library", "library", "libraries", libraries)),
            [.. (section.References("other-libraries", "library", "libraries", libraries) ?? [])
                .Select(other => new LibraryName(other))],
            section.OptionalName("label-prefix") ?? $"{name}-",
            section.Bytes("fragment-size", MiB, TiB),
            section.Number("fragment-members-max", 1, 16_777_216))
        {
            Rules = RulesOf(section) with { Label = LabelOf(section) },
            Spool = section.Choice(
                "spool", ("auto", SpoolUse.Auto), ("direct", SpoolUse.Direct), ("required", SpoolUse.Required),
                ("never", SpoolUse.None)),
            Retention = RetentionReader.Read(section.Section("retention")),
        };
        if (SpoolPools.Is(pool.Name))
            section.Refuse("spool", $"found a pool named \"{name}\"",
                $"a name that does not end in {SpoolPools.Suffix}: that is what waits on a spool");
        if (pool.OtherLibraries.Contains(pool.Library))
            section.Refuse(
                "other-libraries", $"found \"{pool.Library}\"", "libraries besides the one that `library` names");
        CheckNames(pool, section);
        section.RefuseOtherKeys();
        return pool;
    }

    /// <summary>Volumes of two pools, or of one in two libraries, never get the same name.</summary>
    private void CheckNames(PoolSettings pool, SettingsSection section)
    {
        if (pool.Rules.Label is not { } label)
        {
            foreach (var library in pool.Libraries.Distinct())
                UseOnce(_names, pool.PrefixIn(library) + "%d", "label-prefix", section,
                    "a prefix of its own for each pool", pool.PrefixIn(library));
            return;
        }
        if (section.IsWritten("label-prefix"))
            section.Refuse("label", "found label-prefix too", "one of the two");
        if (pool.OtherLibraries.Count > 0 && !label.Contains("%l", StringComparison.Ordinal))
            section.Refuse(
                "label", $"found \"{label}\" in a pool with several libraries",
                "a template with %l, the library: names of volumes are unique");
        foreach (var library in pool.Libraries.Distinct())
        {
            if (LabelTemplate.LengthOf(label, pool.Name, library) is var length and > LabelTemplate.NameMax)
                section.Refuse(
                    "label", $"found \"{label}\", which gives names of {length} characters",
                    $"names of {LabelTemplate.NameMax} characters at most");
            if (pool.OtherLibraries.Count == 0 || label.Contains("%l", StringComparison.Ordinal))
                UseOnce(_names, LabelTemplate.Shape(label, pool.Name, library), "label", section,
                    "names of its own for each pool", label);
        }
    }

    /// <summary>A template of names that may be absent; null where it is, or is none.</summary>
    private static string? LabelOf(SettingsSection section)
    {
        const string Allowed = "a template with one number, as lto-%04d; also %p, %l, %y and %m (docs/media.md)";
        if (section.OptionalText("label", Allowed) is not { } label) return null;
        if (LabelTemplate.Problem(label) is null) return label;
        section.Refuse("label", $"found \"{label}\"", Allowed);
        return null;
    }

    /// <summary>Pools that it names need not be configured before it: who reads all of them compares.</summary>
    private static PoolRules RulesOf(SettingsSection section)
    {
        var once = section.Switch("use-once");
        var images = section.Number("volume-images-max", 0, 1_000_000);
        var (most, cycle) = (section.Number("volumes-max", 0, 100_000), section.Number("volume-cycle", 0, 100_000));
        if (most > 0 && cycle > most)
            section.Refuse(
                "volume-cycle", $"found {cycle}, and volumes-max = {most}",
                "at most volumes-max: no volume would ever be used again");
        return new PoolRules
        {
            VolumesMax = most,
            VolumeCycle = cycle,
            VolumeBytesMax = section.Bytes("volume-bytes-max", 0, 1024 * TiB),
            VolumeImagesMax = once ? 1 : images,
            VolumeUseMax = section.Duration("volume-use-max", TimeSpan.Zero, TimeSpan.FromDays(36_500)),
            Recycles = section.Switch("recycle"),
            RecyclePool = section.OptionalName("recycle-pool") is { } recycle ? new PoolName(recycle) : null,
            ScratchPool = section.OptionalName("scratch-pool") is { } scratch ? new PoolName(scratch) : null,
            AutoLabels = section.Switch("autolabel"),
        };
    }

    /// <summary>The pools that another names are there, and in its library.</summary>
    /// <param name="pools">All pools.</param>
    /// <param name="sections">By name, what they were read from.</param>
    public static void CheckOthers(
        IReadOnlyDictionary<string, PoolSettings> pools, IReadOnlyDictionary<string, SettingsSection> sections)
    {
        foreach (var (name, pool) in pools)
            foreach (var (key, other) in ((string, PoolName?)[])
                [("recycle-pool", pool.Rules.RecyclePool), ("scratch-pool", pool.Rules.ScratchPool)])
            {
                if (other is not { } asked) continue;
                if (!pools.TryGetValue(asked.Value, out var known))
                    sections[name].Refuse(
                        key, $"found \"{asked}\"", NearestName.Suggest(asked.Value, "pools", [.. pools.Keys]));
                else if (!known.Libraries.Intersect(pool.Libraries).Any())
                    sections[name].Refuse(
                        key, $"pool \"{asked}\" has no library in common with it", "a pool of the same library");
            }
    }

    /// <summary>Where there are several nodes, it must be plain whose it is: a library has one owner.</summary>
    private NodeName ReadNode(SettingsSection section)
    {
        var node = section.OptionalName("node");
        if (isAlone && node is not null && node != own.Name.Value)
            section.Refuse("node", $"found \"{node}\"", $"{own.Name}, or nothing: this node is alone");
        if (!isAlone && node is null && !section.IsTemplate)
            section.RefuseMissing("node", "the name of the node that owns the library");
        return new NodeName(node ?? own.Name.Value);
    }

    private static void UseOnce(
        Dictionary<string, string> users, string value, string key, SettingsSection section, string allowed,
        string? shown = null)
    {
        if (section.IsTemplate || value.Length == 0 || users.TryAdd(value, section.Path)) return;
        section.Refuse(key, $"\"{shown ?? value}\" is that of {users[value]} too", allowed);
    }
}
