using System.Globalization;
using System.Reflection;

namespace Backup.Persistence.Catalog;

/// <summary>
/// The numbered changes of the catalog's tables, 0001-….sql and on, which each database has in its own words.
/// </summary>
internal static class Migrations
{
    /// <summary>Those embedded beside a type, in order.</summary>
    public static List<string> Of(Type schema)
    {
        var assembly = Assembly.GetExecutingAssembly();
        var prefix = $"{schema.Namespace}.Migrations.";
        var names = assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .ToList();
        for (var i = 0; i < names.Count; i++)
        {
            if (int.Parse(names[i].AsSpan(prefix.Length, 4), NumberStyles.None, CultureInfo.InvariantCulture) != i + 1)
                throw new InvalidOperationException($"Migration {i + 1} is missing before {names[i]}.");
        }
        return names.ConvertAll(name => new StreamReader(assembly.GetManifestResourceStream(name)!).ReadToEnd());
    }
}
