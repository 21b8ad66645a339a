using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence.Journal;

namespace Akka.Persistence;

public class Persistence : ExtensionIdProvider<PersistenceExtension>
{
    public static Persistence Instance { get; } = new();

    public static Config DefaultConfig() =>
        ConfigurationFactory.FromResource<Persistence>("Akka.Persistence.persistence.conf");

    public override PersistenceExtension CreateExtension(ExtendedActorSystem system) => new(system);
}

/// <summary>The journals and snapshot stores of an actor system: one actor for each path in the configuration, started
/// at first use.</summary>
public class PersistenceExtension : IExtension
{
    private const string NoSnapshotStore = "akka.persistence.no-snapshot-store";

    private readonly ExtendedActorSystem _system;
    private readonly ConcurrentDictionary<string, Lazy<Plugin>> _plugins = new();

    private sealed record Plugin(IActorRef Actor, Config Config, Lazy<EventAdapters> Adapters);

    public PersistenceExtension(ExtendedActorSystem system)
    {
        _system = system;
        system.Settings.InjectTopLevelFallback(Persistence.DefaultConfig());
        RecoveryPermits = new RecoveryPermits(Settings.GetInt("akka.persistence.max-concurrent-recoveries"));
    }

    internal RecoveryPermits RecoveryPermits { get; }

    private Config Settings => _system.Settings.Config;

    /// <param name="journalPluginId">A path in the configuration; empty for the default journal.</param>
    public IActorRef JournalFor(string? journalPluginId) => JournalPlugin(journalPluginId).Actor;

    /// <param name="snapshotPluginId">A path in the configuration; empty for the default store.</param>
    public IActorRef SnapshotStoreFor(string? snapshotPluginId)
    {
        var id = Named(snapshotPluginId, "akka.persistence.snapshot-store.plugin");
        return PluginFor(id.Length == 0 ? NoSnapshotStore : id, SnapshotFallback).Actor;
    }

    internal Config JournalConfig(string? journalPluginId) => JournalPlugin(journalPluginId).Config;

    // A plugin's actor bears the name of its path, so it finds its settings while it is being made.
    internal Config ConfigOf(IActorRef plugin, bool isJournal) =>
        ConfigAt(plugin.Path.Name, isJournal ? JournalFallback : SnapshotFallback);

    internal EventAdapters AdaptersOf(IActorRef journal) => JournalPlugin(journal.Path.Name).Adapters.Value;

    private const string JournalFallback = "akka.persistence.journal-plugin-fallback";
    private const string SnapshotFallback = "akka.persistence.snapshot-store-plugin-fallback";

    private Plugin JournalPlugin(string? id) =>
        PluginFor(Named(id, "akka.persistence.journal.plugin"), JournalFallback);

    private string Named(string? id, string defaultPath) =>
        string.IsNullOrEmpty(id) ? Settings.GetString(defaultPath) ?? "" : id;

    private Plugin PluginFor(string id, string fallback) =>
        _plugins.GetOrAdd(id, _ => new Lazy<Plugin>(() => Start(id, fallback))).Value;

    private Config ConfigAt(string id, string fallback) =>
        Settings.GetConfig(id).WithFallback(Settings.GetConfig(fallback));

    private Plugin Start(string id, string fallback)
    {
        if (id.Length == 0 || !Settings.HasPath(id + ".class"))
            throw new ConfigurationException($"'{id}.class' is missing: no such persistence plugin is configured.");
        var config = ConfigAt(id, fallback);
        var type = Type.GetType(config.GetString("class"), throwOnError: true)!;
        var takesConfig = type.GetConstructor([typeof(Config)]) is not null;
        var props = takesConfig ? Props.Create(type, config) : Props.Create(type);
        props = props.WithDispatcher(config.GetString("plugin-dispatcher"));
        return new Plugin(_system.SystemActorOf(props, id), config,
            new Lazy<EventAdapters>(() => EventAdapters.Create(_system, config)));
    }
}
