using Backup.Actors.Gateway;
using Backup.Hocon;
using Backup.Messages;
using Backup.Messages.Files;

namespace Backup.Host.Configuration;

/// <summary>Reads the tree under <c>backup</c>, in the order in which its parts name each other.</summary>
internal sealed class BackupReader(SettingsSection backup, string hostName)
{
    private static readonly Dictionary<string, ClientRights> Words = new(StringComparer.Ordinal)
    {
        ["run"] = ClientRights.Run,
        ["restore"] = ClientRights.Restore,
        ["browse"] = ClientRights.Browse,
        ["all"] = ClientRights.All,
    };

    private readonly SettingsSection _defaults = backup.Section("defaults");

    public BackupSettings Read(string akkaHocon)
    {
        var clusterSection = backup.Section("cluster");
        var cluster = ClusterReader.Read(clusterSection);
        var node = NodeReader.Read(backup.Section("node"), hostName, cluster.IsAlone);
        var clients = ReadNamed("client", "clients", ReadClient);
        clients.TryAdd(node.Name.Value, new ClientSettings(node.Client));
        var media = new MediaReader(node, cluster.IsAlone);
        var libraries = ReadNamed("library", "libraries", media.ReadLibrary);
        var pools = ReadNamed("pool", "pools", (name, section) => media.ReadPool(name, section, libraries.Keys));
        var fileSets = ReadFileSets();
        var schedules = ReadNamed("schedule", "schedules", ScheduleReader.Read);
        var plans = ReadNamed("plan", "plans", PlanReader.Read);
        var (scriptDefaults, script) = _defaults.Template("script");
        var scripts = new ScriptReader(scriptDefaults);
        scripts.ReadScript(script);
        var policyReader = new PolicyReader(
            node, cluster.IsAlone, clients.Keys, fileSets.Keys, pools.Keys, schedules, plans, scripts);
        var policies = ReadNamed("policy", "policies", policyReader.Read);
        var storageSection = backup.Section("storage");
        var storage = LimitsReader.ReadStorage(storageSection, node, cluster);
        var security = LimitsReader.ReadSecurity(
            backup.Section("security"), storageSection, storage, clusterSection, cluster);
        var catalogSection = backup.Section("catalog");
        var catalog = CatalogReader.Read(catalogSection);
        CatalogReader.CheckTrust(catalogSection, catalog, node, cluster, security);
        var settings = new BackupSettings(
            node,
            cluster,
            catalog,
            clients.Values.ToDictionary(each => each.Name),
            libraries.Values.ToDictionary(each => each.Name),
            pools.Values.ToDictionary(each => each.Name),
            fileSets.Values.ToDictionary(each => each.Name),
            schedules,
            plans,
            policies.Values.ToDictionary(each => each.Name),
            LimitsReader.ReadJob(backup.Section("job")),
            storage,
            LimitsReader.ReadClient(backup.Section("client")),
            security,
            PbmReader.Read(backup.Section("pbm")),
            ServiceReader.ReadLog(backup.Section("log")),
            ServiceReader.ReadHealth(backup.Section("health")),
            akkaHocon);
        _defaults.RefuseOtherKeys();
        backup.RefuseOtherKeys();
        return settings;
    }

    /// <summary>
    /// The objects of one kind by name. What all of them inherit is read as one of them too, so that a mistake there
    /// shows where none of them is yet.
    /// </summary>
    private Dictionary<string, T> ReadNamed<T>(string kind, string key, Func<string, SettingsSection, T> read)
    {
        var (defaults, template) = _defaults.Template(kind);
        read(kind, template);
        return backup.Named(key, defaults).ToDictionary(each => each.Name, each => read(each.Name, each.Section));
    }

    private Dictionary<string, FileSet> ReadFileSets()
    {
        var (ruleDefaults, rule) = _defaults.Template("rule");
        var (operationDefaults, operation) = _defaults.Template("operation");
        var reader = new FileSetReader(operationDefaults, ruleDefaults);
        reader.ReadRule(rule);
        reader.ReadOperation(operation);
        return ReadNamed("file-set", "file-sets", reader.Read);
    }

    private static ClientSettings ReadClient(string name, SettingsSection section)
    {
        const string allowed = "a list of run, restore and browse, or [all], or [] for nothing";
        var may = ClientRights.None;
        foreach (var (word, place) in section.Texts("may", allowed))
            if (Words.TryGetValue(word, out var right)) may |= right;
            else section.Refuse(place, "may", $"found \"{word}\"", allowed);
        var client = new ClientSettings(
            new ClientName(name), section.OptionalNumber("jobs-max", 1, 1000), may);
        section.RefuseOtherKeys();
        return client;
    }
}
