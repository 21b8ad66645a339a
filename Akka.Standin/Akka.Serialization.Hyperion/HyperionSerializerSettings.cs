using Akka.Configuration;
using Hyperion;

namespace Akka.Serialization;

/// <summary>
/// What a <see cref="HyperionSerializer"/> may write and read. References are kept and versions tolerated in any case.
/// </summary>
public sealed class HyperionSerializerSettings
{
    public static readonly HyperionSerializerSettings Default = new(true, null);

    public readonly bool DisallowUnsafeType;
    public readonly ITypeFilter TypeFilter;

    private HyperionSerializerSettings(bool disallowUnsafeType, ITypeFilter typeFilter) =>
        (DisallowUnsafeType, TypeFilter) = (disallowUnsafeType, typeFilter);

    public static HyperionSerializerSettings Create(Config config)
    {
        var names = config.GetStringList("allowed-types");
        var filter = TypeFilterBuilder.Create();
        foreach (var name in names)
            filter.Include(Type.GetType(name)
                ?? throw new ConfigurationException($"allowed-types names no type that exists: '{name}'."));
        return new HyperionSerializerSettings(config.GetBoolean("disallow-unsafe-type", true), names.Count == 0
            ? null : filter.Build());
    }

    public HyperionSerializerSettings WithDisallowUnsafeType(bool disallowUnsafeType) =>
        new(disallowUnsafeType, TypeFilter);

    public HyperionSerializerSettings WithTypeFilter(ITypeFilter typeFilter) => new(DisallowUnsafeType, typeFilter);
}
