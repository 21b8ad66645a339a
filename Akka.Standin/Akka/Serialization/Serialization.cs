using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Akka.Actor;
using Akka.Configuration;

namespace Akka.Serialization;

/// <summary>The serializers of a system and the types they are for.</summary>
public partial class Serialization
{
    private readonly ConcurrentDictionary<Type, Serializer> _byType = new();
    private readonly ConcurrentDictionary<int, Serializer> _byId = new();
    private readonly ConcurrentDictionary<string, Serializer> _byName = new();

    internal Serialization(ExtendedActorSystem system) => System = system;

    public ExtendedActorSystem System { get; }

    /// <summary>Reads the configuration, once the system is far enough for serializers to look at it.</summary>
    internal void CheckBindings() => AddConfigured(System.Settings.Config);

    /// <summary>
    /// Adds the serializers and bindings that a configuration names; those that are there already stay.
    /// </summary>
    internal void AddConfigured(Config config)
    {
        foreach (var (name, value) in Members(config, "akka.actor.serializers"))
        {
            if (_byName.ContainsKey(name)) continue;
            var type = Type.GetType(value.GetString())
                ?? throw new ConfigurationException(
                    $"The serializer '{name}' names no type that exists: '{value.GetString()}'");
            var settings = config.GetConfig($"akka.actor.serialization-settings.\"{name}\"");
            AddSerializer(name, Make(type, settings));
        }
        foreach (var (typeName, name) in Members(config, "akka.actor.serialization-bindings"))
        {
            var type = Type.GetType(typeName)
                ?? throw new ConfigurationException(
                    $"The binding to '{name.GetString()}' names no type that exists: '{typeName}'");
            AddSerializationMap(type, _byName.TryGetValue(name.GetString(), out var serializer)
                ? serializer : throw new ConfigurationException(
                    $"Serialization binding to non existing serializer: '{name.GetString()}'"));
        }
    }

    private static IEnumerable<KeyValuePair<string, Akka.Configuration.Hocon.HoconValue>> Members(Config config,
        string path) =>
        config.GetConfig(path)?.AsEnumerable() ?? [];

    private Serializer Make(Type type, Config settings) =>
        settings is not null && type.GetConstructor([typeof(ExtendedActorSystem), typeof(Config)]) is not null
            ? (Serializer)Activator.CreateInstance(type, System, settings)
            : (Serializer)Activator.CreateInstance(type, System);

    public void AddSerializer(string name, Serializer serializer)
    {
        _byName[name] = serializer;
        _byId[serializer.Identifier] = serializer;
    }

    public void AddSerializationMap(Type type, Serializer serializer)
    {
        _bindings = _bindings.SetItem(type, serializer);
        _byType.Clear();
    }

    private ImmutableDictionary<Type, Serializer> _bindings = ImmutableDictionary<Type, Serializer>.Empty;

    public byte[] Serialize(object o) => FindSerializerFor(o).ToBinary(o);

    public object Deserialize(byte[] bytes, int serializerId, string manifest)
    {
        var serializer = ById(serializerId);
        if (serializer is SerializerWithStringManifest named) return named.FromBinary(bytes, manifest);
        if (string.IsNullOrEmpty(manifest)) return serializer.FromBinary(bytes, null);
        var type = Type.GetType(manifest) ?? throw new global::System.Runtime.Serialization.SerializationException(
            $"Cannot find manifest class [{manifest}] for serializer with id [{serializerId}].");
        return serializer.FromBinary(bytes, type);
    }

    private Serializer ById(int id) => _byId.TryGetValue(id, out var serializer)
        ? serializer
        : throw new global::System.Runtime.Serialization.SerializationException(
            $"Cannot find serializer with id [{id}]. The most probable reason is that the configuration entry " +
            "'akka.actor.serializers' is not in sync between the two systems.");

    public Serializer FindSerializerFor(object obj, string defaultSerializerName = null) =>
        FindSerializerForType(obj?.GetType() ?? typeof(object), defaultSerializerName);

    /// <summary>The serializer bound to the type itself, else to the nearest base or interface.</summary>
    public Serializer FindSerializerForType(Type objectType, string defaultSerializerName = null)
    {
        if (_byType.TryGetValue(objectType, out var known)) return known;
        var fitting = _bindings.Where(binding => binding.Key.IsAssignableFrom(objectType)).ToArray();
        var nearest = fitting.FirstOrDefault(one =>
            fitting.All(other => one.Key == other.Key || !one.Key.IsAssignableFrom(other.Key)));
        var serializer = nearest.Value;
        if (serializer is null || (nearest.Key == typeof(object) && defaultSerializerName is not null))
        {
            if (defaultSerializerName is null || !_byName.TryGetValue(defaultSerializerName, out serializer))
                throw new global::System.Runtime.Serialization.SerializationException(
                    $"Serializer not found for type {objectType.Name}");
            return serializer;
        }
        return _byType[objectType] = serializer;
    }

    public static string ManifestFor(Serializer s, object msg) => s switch
    {
        SerializerWithStringManifest named => named.Manifest(msg),
        { IncludeManifest: true } => TypeManifest(msg.GetType()),
        _ => "",
    };

    /// <summary>The path of a reference as other systems, or this one later, can resolve it.</summary>
    public static string SerializedActorPath(IActorRef actorRef)
    {
        if (actorRef.IsNobody()) return "";
        var address = actorRef.Inner().Provider?.DefaultAddress;
        return address is null
            ? actorRef.Path.ToSerializationFormat() : actorRef.Path.ToSerializationFormatWithAddress(address);
    }

    /// <summary>The object as it comes out of its serializer.</summary>
    internal object Copy(object message)
    {
        var serializer = FindSerializerFor(message);
        var bytes = serializer.ToBinary(message);
        return Deserialize(bytes, serializer.Identifier, ManifestFor(serializer, message));
    }

    /// <summary>Name and assembly of a type without versions.</summary>
    internal static string TypeManifest(Type type) => Versions().Replace(type.AssemblyQualifiedName!, "");

    [GeneratedRegex(", Version=[^,\\]]+, Culture=[^,\\]]+, PublicKeyToken=[^,\\]]+")]
    private static partial Regex Versions();
}
