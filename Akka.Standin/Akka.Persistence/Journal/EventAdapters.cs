using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace Akka.Persistence.Journal;

/// <summary>Changes events on their way into the journal.</summary>
public interface IWriteEventAdapter
{
    string Manifest(object evt);
    object ToJournal(object evt);
}

/// <summary>Changes events on their way out of the journal; one may become several or none.</summary>
public interface IReadEventAdapter
{
    IEventSequence FromJournal(object evt, string manifest);
}

public interface IEventAdapter : IWriteEventAdapter, IReadEventAdapter;

public interface IEventSequence
{
    IEnumerable<object> Events { get; }
}

public static class EventSequence
{
    public static IEventSequence Empty = new Sequence([]);

    public static IEventSequence Single(object e) => new Sequence([e]);
    public static IEventSequence Create(params object[] events) => new Sequence(events);
    public static IEventSequence Create(IEnumerable<object> events) => new Sequence(events);

    private sealed record Sequence(IEnumerable<object> Events) : IEventSequence;
}

/// <summary>An event with marks under which queries of the journal find it; the journal keeps the bare event and the
/// tags apart.</summary>
public struct Tagged
{
    public Tagged(object payload, IImmutableSet<string> tags)
    {
        Payload = payload;
        Tags = tags;
    }

    public object Payload { get; }
    public IImmutableSet<string> Tags { get; }
}

/// <summary>The adapters of one journal, by type of event: the one bound to the nearest type counts.</summary>
internal sealed class EventAdapters
{
    private readonly List<(Type Type, Adapter Adapter)> _bindings = [];
    private readonly ConcurrentDictionary<Type, Adapter?> _found = new();

    private sealed record Adapter(IWriteEventAdapter? Write, IReadOnlyList<IReadEventAdapter> Read);

    public static EventAdapters Create(ExtendedActorSystem system, Config journal)
    {
        var adapters = new EventAdapters();
        if (!journal.HasPath("event-adapter-bindings")) return adapters;
        var named = Section(journal, "event-adapters")
            .ToDictionary(pair => pair.Key, pair => Make(system, pair.Value.GetString()));
        foreach (var (type, names) in Section(journal, "event-adapter-bindings"))
        {
            var bound = (names.IsArray() ? names.GetStringList() : [names.GetString()]).Select(name => named[name])
                .ToList();
            if (bound is [_, _, ..] && !bound.TrueForAll(a => a is IReadEventAdapter))
                throw new ConfigurationException($"Several event adapters of '{type}': all must be read adapters.");
            adapters._bindings.Add((Type.GetType(type, throwOnError: true)!, new Adapter(
                bound is [IWriteEventAdapter write] ? write : null, bound.OfType<IReadEventAdapter>().ToList())));
        }
        return adapters;
    }

    public IPersistentRepresentation ToJournal(IPersistentRepresentation persistent)
    {
        if (For(persistent.Payload)?.Write is not { } adapter) return persistent;
        var manifest = adapter.Manifest(persistent.Payload) ?? "";
        return persistent.WithPayload(adapter.ToJournal(persistent.Payload)).WithManifest(manifest);
    }

    public IEnumerable<IPersistentRepresentation> FromJournal(IPersistentRepresentation persistent)
    {
        if (For(persistent.Payload) is not { Read: [_, ..] adapters }) return [persistent];
        return adapters
            .SelectMany(adapter => adapter.FromJournal(persistent.Payload, persistent.Manifest).Events)
            .Select(persistent.WithPayload);
    }

    private Adapter? For(object payload) => _found.GetOrAdd(payload.GetType(), Nearest);

    private Adapter? Nearest(Type type)
    {
        var fitting = _bindings.Where(b => b.Type.IsAssignableFrom(type)).ToList();
        return fitting.Find(b => !fitting.Exists(other => other.Type != b.Type && b.Type.IsAssignableFrom(other.Type)))
            .Adapter;
    }

    private static IEnumerable<KeyValuePair<string, HoconValue>> Section(Config config, string path) =>
        config.GetConfig(path)?.AsEnumerable() ?? [];

    private static object Make(ExtendedActorSystem system, string typeName)
    {
        var type = Type.GetType(typeName, throwOnError: true)!;
        var takesSystem = type.GetConstructor([typeof(ExtendedActorSystem)]) is not null;
        return Activator.CreateInstance(type, takesSystem ? [system] : [])!;
    }
}
