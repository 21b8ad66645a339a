using System.Text.RegularExpressions;
using Hyperion;

namespace Backup.Messages.Serialization;

/// <summary>
/// Exactly the types that it is made of. Hyperion asks with the version of the assembly when it writes and without when
/// it reads, and has a sign of its own for the core library; a name means the same type in each form.
/// </summary>
internal sealed partial class WireTypeFilter : ITypeFilter
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    public WireTypeFilter(IEnumerable<Type> types)
    {
        foreach (var name in types.Select(type => type.AssemblyQualifiedName!))
        {
            _names.Add(name);
            _names.Add(Plain(name));
        }
    }

    /// <inheritdoc/>
    public bool IsAllowed(string typeName) => _names.Contains(typeName) || _names.Contains(Plain(typeName));

    private static string Plain(string name) => Versions().Replace(name, "");

    [GeneratedRegex(@",\s*(Version|Culture|PublicKeyToken)=[^,\]]*|,%core%", RegexOptions.CultureInvariant)]
    private static partial Regex Versions();
}
