using System.Reflection;
using Akka.Actor;
using Akka.Configuration.Hocon;
using Backup.Hocon;

namespace Akka.Configuration;

/// <summary>A configuration: a tree of values under dotted paths. Immutable.</summary>
public class Config
{
    public static readonly Config Empty = new(Backup.Hocon.HoconObject.Empty);

    private readonly Backup.Hocon.HoconObject _tree;

    public Config() : this(Backup.Hocon.HoconObject.Empty) { }

    internal Config(Backup.Hocon.HoconObject tree) => _tree = tree;

    public virtual bool IsEmpty => _tree.Members.Count == 0;

    public virtual bool HasPath(string path) => _tree.Find(path) is not null;

    public virtual Config GetConfig(string path) =>
        _tree.Find(path) is Backup.Hocon.HoconObject inner ? new Config(inner) : null;

    public virtual Config WithFallback(Config fallback)
    {
        if (ReferenceEquals(fallback, this)) throw new ArgumentException("Config can not have itself as fallback");
        return fallback is null || fallback.IsEmpty ? this : new Config(_tree.WithFallback(fallback._tree));
    }

    public virtual string GetString(string path, string @default = null) => Read(path, @default, v => v.GetString());

    public virtual bool GetBoolean(string path, bool @default = false) => Read(path, @default, v => v.GetBoolean());

    public virtual int GetInt(string path, int @default = 0) => Read(path, @default, v => v.GetInt());

    public virtual double GetDouble(string path, double @default = 0) => Read(path, @default, v => v.GetDouble());

    public virtual long? GetByteSize(string path) => GetByteSize(path, null);

    public virtual long? GetByteSize(string path, long? def = null) => Read(path, def, v => v.GetByteSize());

    public virtual TimeSpan GetTimeSpan(string path, TimeSpan? @default = null, bool allowInfinite = true) =>
        Read(path, @default.GetValueOrDefault(), v => v.GetTimeSpan(allowInfinite));

    public virtual IList<string> GetStringList(string path) => GetStringList(path, []);

    public virtual IList<string> GetStringList(string path, string[] strings) =>
        Read(path, strings, v => v.GetStringList());

    public virtual IList<int> GetIntList(string path) => Read(path, [], v => v.GetIntList());

    public virtual IEnumerable<KeyValuePair<string, HoconValue>> AsEnumerable() =>
        _tree.Members.Select(m => new KeyValuePair<string, HoconValue>(m.Key, new HoconValue(m.Value)));

    public override string ToString() => _tree.ToString();

    private T Read<T>(string path, T @default, Func<HoconValue, T> read) =>
        _tree.Find(path) is not { } node || node is HoconScalar { Text: null } ? @default : read(new HoconValue(node));
}

public static class ConfigExtensions
{
    public static bool IsNullOrEmpty(this Config config) => config is null || config.IsEmpty;

    public static Config SafeWithFallback(this Config config, Config fallback) =>
        config.IsNullOrEmpty() ? fallback : ReferenceEquals(config, fallback) ? config : config.WithFallback(fallback);
}

public class ConfigurationException : AkkaException
{
    public ConfigurationException(string message) : base(message) { }
}

public class ConfigurationFactory
{
    private static readonly Lazy<Config> Reference = new(() => FromResource("akka.conf", typeof(Config).Assembly));

    public static Config Empty => Config.Empty;

    /// <summary>The reference configuration: the defaults of every key that is read.</summary>
    public static Config Default() => Reference.Value;

    public static Config ParseString(string hocon)
    {
        try
        {
            return new Config(HoconParser.Parse(hocon, "configuration"));
        }
        catch (HoconException e)
        {
            throw new FormatException(e.Message, e); // the type itself is nobody else's
        }
    }

    public static Config FromResource(string resourceName, Assembly assembly)
    {
        using var stream = assembly.GetManifestResourceStream(resourceName)
            ?? throw new ConfigurationException($"There is no resource {resourceName} in {assembly.GetName().Name}.");
        using var reader = new StreamReader(stream);
        return new Config(HoconParser.Parse(reader.ReadToEnd(), resourceName));
    }

    public static Config FromResource<TAssembly>(string resourceName) =>
        FromResource(resourceName, typeof(TAssembly).Assembly);
}
