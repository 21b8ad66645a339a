using System.Text.RegularExpressions;

namespace Hyperion;

/// <summary>Decides which types may be written and read, by name and assembly.</summary>
public interface ITypeFilter
{
    bool IsAllowed(string typeName);
}

/// <summary>The types it was made of, by their names without versions, and no others.</summary>
public sealed partial class TypeFilter : ITypeFilter
{
    private readonly HashSet<string> _names;

    internal TypeFilter(IEnumerable<Type> types) => _names = [.. types.Select(type => Versions().Replace(type.AssemblyQualifiedName!, ""))];

    public bool IsAllowed(string typeName) => _names.Contains(typeName);

    [GeneratedRegex(", Version=[^,\\]]+, Culture=[^,\\]]+, PublicKeyToken=[^,\\]]+")]
    private static partial Regex Versions();
}

public class TypeFilterBuilder
{
    private readonly List<Type> _types = [];

    private TypeFilterBuilder() { }

    public static TypeFilterBuilder Create() => new();

    public TypeFilterBuilder Include(Type type)
    {
        _types.Add(type);
        return this;
    }

    public TypeFilter Build() => new(_types);
}
