using System.Globalization;
using Backup.Hocon;
using Backup.Messages;
using Backup.Persistence.Catalog;

namespace Backup.Host.Configuration;

/// <summary>
/// The policy by which the catalog is backed up to a pool, like any other data: where `backup.catalog.backup.pool` is
/// set it stands as if an operator had written it, and what an operator writes of it counts more.
/// </summary>
internal static class CatalogPolicy
{
    /// <summary>The folder of the data directory in which the copy lies.</summary>
    public const string Folder = "catalog-backup";

    /// <summary>The policy; its file set has the same name.</summary>
    public static PolicyName Policy => ImageTable.Own;

    /// <summary>The folder that the policy saves.</summary>
    public static string FolderIn(string dataDirectory) => Path.Combine(dataDirectory, Folder);

    /// <summary>
    /// The written tree with the policy, where a pool is set. A mistake in what it is made of is told at the key that
    /// has it, by <see cref="CatalogReader"/>; here something right stands in, so that nobody hears of a policy that
    /// he did not write.
    /// </summary>
    public static HoconObject AddTo(HoconObject written, string hostName)
    {
        if (written.Find("catalog.backup.pool") is not HoconScalar { Text: { Length: > 0 } asked }
            || (written.Find("pools") as HoconObject)?.Members is not [var first, ..] pools) return written;
        var pool = pools.Any(each => each.Key == asked) ? asked : first.Key;
        var keep = Text(written, "catalog.backup.keep") is var count
            && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var copies)
            && copies is >= 1 and <= CatalogReader.CopiesMax ? count : Text(HoconObject.Empty, "catalog.backup.keep");
        var folder = HoconWriter.Text(FolderIn(DataDirectory(written)));
        var policy = HoconParser.Parse(
            $$"""
            file-sets.{{Policy}} {
              operations = [ { roots = [{{folder}}], exclude-caches = off } ]
            }
            policies.{{Policy}} {
              file-set = {{Policy}}, pool = {{HoconWriter.Text(pool)}}, level = full
              clients = [{{HoconWriter.Text((written.Find("node.name") as HoconScalar)?.Text ?? hostName)}}]
              retention { last = {{keep}} }
            }
            """, written.Place.File);
        return written.WithFallback(policy);
    }

    private static string DataDirectory(HoconObject written)
    {
        var path = (written.Find("node.data-directory") as HoconScalar)?.Text;
        var folder = Path.GetDirectoryName(written.Find("node.data-directory")?.Place.File) ?? "";
        return Path.GetFullPath(Path.Combine(folder, path ?? Text(HoconObject.Empty, "node.data-directory")));
    }

    private static string Text(HoconObject written, string path) =>
        ((written.Find(path) ?? ReferenceSettings.Backup.Find(path)) as HoconScalar)?.Text ?? "";
}
