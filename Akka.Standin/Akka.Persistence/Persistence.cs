using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;

namespace Akka.Persistence;

public class Persistence : ExtensionIdProvider<PersistenceExtension>
{
    public static Persistence Instance { get; } = new();

    public static Config DefaultConfig() =>
        ConfigurationFactory.FromResource<Persistence>("Akka.Persistence.persistence.conf");

    public override PersistenceExtension CreateExtension(ExtendedActorSystem system) => new(system);
}

/// <summary>The journals of an actor system: one actor for each path in the configuration, started at first
/// use.</summary>
public class PersistenceExtension : IExtension
{
    private const string Fallback = "akka.persistence.journal-plugin-fallback";

    private readonly ExtendedActorSystem _system;
    private readonly ConcurrentDictionary<string, Lazy<Plugin>> _plugins = new();

    private sealed record Plugin(IActorRef Actor, Config Config);

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

    internal Config JournalConfig(string? journalPluginId) => JournalPlugin(journalPluginId).Config;

    // A plugin's actor bears the name of its path, so it finds its settings while it is being made.
    internal Config ConfigOf(IActorRef plugin) => ConfigAt(plugin.Path.Name);

    private Plugin JournalPlugin(string? id)
    {
        if (string.IsNullOrEmpty(id)) id = Settings.GetString("akka.persistence.journal.plugin") ?? "";
        return _plugins.GetOrAdd(id, _ => new Lazy<Plugin>(() => Start(id))).Value;
    }

    private Config ConfigAt(string id) => Settings.GetConfig(id).WithFallback(Settings.GetConfig(Fallback));

    private Plugin Start(string id)
    {
        if (id.Length == 0 || !Settings.HasPath(id + ".class"))
            throw new ConfigurationException($"'{id}.class' is missing: no such persistence plugin is configured.");
        var config = ConfigAt(id);
        var type = Type.GetType(config.GetString("class"), throwOnError: true)!;
        var takesConfig = type.GetConstructor([typeof(Config)]) is not null;
        var props = takesConfig ? Props.Create(type, config) : Props.Create(type);
        props = props.WithDispatcher(config.GetString("plugin-dispatcher"));
        return new Plugin(_system.SystemActorOf(props, id), config);
    }
}
