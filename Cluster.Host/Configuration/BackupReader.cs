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
        var networks = ReadNamed("network", "networks", ReadNetwork);
        var clients = ReadNamed(
            "client", "clients", (name, section) => ReadClient(name, section, networks.Keys));
        clients.TryAdd(node.Name.Value, new ClientSettings(node.Client));
        var (tapeDriveDefaults, tapeDrive) = _defaults.Template("tape-drive");
        TapeLibraryReader.ReadDrive(tapeDrive);
        var media = new MediaReader(node, cluster.IsAlone, tapeDriveDefaults);
        var libraries = ReadNamed("library", "libraries", media.ReadLibrary);
        var poolSections = new Dictionary<string, SettingsSection>(StringComparer.Ordinal);
        var pools = ReadNamed("pool", "pools", (name, section) =>
            media.ReadPool(name, poolSections[name] = section, libraries.Keys));
        MediaReader.CheckOthers(pools, poolSections);
        var fileSets = ReadFileSets();
        var (scriptDefaults, script) = _defaults.Template("script");
        var (messageDefaults, message) = _defaults.Template("message");
        var scripts = new ScriptReader(scriptDefaults, messageDefaults);
        scripts.ReadScript(script);
        ScriptReader.ReadMessage(message);
        var messages = ReadNamed("messages", "messages", scripts.ReadMessages);
        var schedules = ReadNamed(
            "schedule", "schedules",
            (name, section) => ScheduleReader.Read(name, section, pools.Keys, messages.Keys));
        var planSections = new List<(PlanSettings Plan, SettingsSection Section)>();
        var plans = ReadNamed("plan", "plans", (name, section) =>
        {
            var plan = PlanReader.Read(name, section);
            if (!section.IsTemplate) planSections.Add((plan, section));
            return plan;
        });
        var (cloneDefaults, clone) = _defaults.Template("clone");
        string[] policyNames = [.. backup.Section("policies").Names];
        var clones = new CloneReader(cloneDefaults, policyNames, pools.Keys);
        clones.ReadClone(clone);
        var policyReader = new PolicyReader(
            node, cluster.IsAlone, clients.Keys, fileSets.Keys, pools, schedules, plans, scripts, clones,
            policyNames, messages);
        var policies = ReadNamed("policy", "policies", policyReader.Read);
        policyReader.Check(policies);
        policies = PlanVolumes.Of(policies, planSections, pools, libraries);
        var storageSection = backup.Section("storage");
        var storage = LimitsReader.ReadStorage(storageSection, node, cluster);
        var clientSection = backup.Section("client");
        var client = LimitsReader.ReadClient(clientSection);
        var security = LimitsReader.ReadSecurity(
            backup.Section("security"), storageSection, storage, clusterSection, cluster, clientSection, client);
        var catalogSection = backup.Section("catalog");
        var catalog = CatalogReader.Read(catalogSection, pools.Keys);
        CatalogReader.CheckTrust(catalogSection, catalog, node, cluster, security);
        var copies = new CopyReader(pools.Keys);
        var copyRules = ReadNamed("copy-rule", "copy-rules", copies.ReadRule);
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
            client,
            security,
            PbmReader.Read(backup.Section("pbm")),
            ServiceReader.ReadLog(backup.Section("log")),
            ServiceReader.ReadHealth(backup.Section("health")),
            akkaHocon)
        {
            Copies = CopyReader.Read(backup.Section("copies"), copyRules.Values),
            Retention = LimitsReader.ReadRetention(backup.Section("retention")),
            Networks = networks,
            Messages = messages,
        };
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

    private static NetworkSettings ReadNetwork(string name, SettingsSection section)
    {
        var network = new NetworkSettings(name, section.Bytes("budget", 1024, 1L << 40));
        section.RefuseOtherKeys();
        return network;
    }

    private static ClientSettings ReadClient(
        string name, SettingsSection section, IReadOnlyCollection<string> networks)
    {
        const string allowed = "a list of run, restore and browse, or [all], or [] for nothing";
        var may = ClientRights.None;
        foreach (var (word, place) in section.Texts("may", allowed))
            if (Words.TryGetValue(word, out var right)) may |= right;
            else section.Refuse(place, "may", $"found \"{word}\"", allowed);
        var client = new ClientSettings(
            new ClientName(name), section.OptionalNumber("jobs-max", 1, 1000), may,
            section.OptionalTime("start-not-before"),
            section.OptionalReference("network", "network", "networks", networks));
        section.RefuseOtherKeys();
        return client;
    }
}
