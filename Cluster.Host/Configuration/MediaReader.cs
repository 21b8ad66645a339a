using Backup.Messages;

namespace Backup.Host.Configuration;

/// <summary>Reads <c>backup.libraries.NAME</c> and <c>backup.pools.NAME</c>.</summary>
/// <param name="own">This node.</param>
/// <param name="isAlone">Whether there are no others.</param>
internal sealed class MediaReader(NodeSettings own, bool isAlone)
{
    private const long KiB = 1024;
    private const long MiB = 1024 * KiB;
    private const long TiB = 1024 * 1024 * MiB;

    // Of what must be used once only: who uses it.
    private readonly Dictionary<string, string> _directories = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _prefixes = new(StringComparer.Ordinal);

    public LibrarySettings ReadLibrary(string name, SettingsSection section)
    {
        var library = new LibrarySettings(
            new LibraryName(name),
            ReadNode(section),
            section.Choice("type", ("virtual", LibraryType.Virtual)),
            section.FilePath("directory"),
            section.Number("slots", 1, 10_000),
            section.Bytes("volume-capacity", 2 * MiB, 1024 * TiB),
            section.Number("drives", 1, 64),
            section.Bytes("drive-speed-limit", 0, TiB),
            section.Switch("autolabel"));
        var place = isAlone ? library.Directory : $"{library.Node}:{library.Directory}";
        UseOnce(_directories, place, "directory", section, "a folder of its own for each library");
        section.RefuseOtherKeys();
        return library;
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
            section.Number("fragment-members-max", 1, 16_777_216));
        if (pool.OtherLibraries.Contains(pool.Library))
            section.Refuse(
                "other-libraries", $"found \"{pool.Library}\"", "libraries besides the one that `library` names");
        foreach (var library in pool.Libraries.Distinct())
            UseOnce(_prefixes, pool.PrefixIn(library), "label-prefix", section, "a prefix of its own for each pool");
        section.RefuseOtherKeys();
        return pool;
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
        Dictionary<string, string> users, string value, string key, SettingsSection section, string allowed)
    {
        if (section.IsTemplate || value.Length == 0 || users.TryAdd(value, section.Path)) return;
        section.Refuse(key, $"\"{value}\" is that of {users[value]} too", allowed);
    }
}
