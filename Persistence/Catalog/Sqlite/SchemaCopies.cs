using System.Globalization;

namespace Backup.Persistence.Catalog.Sqlite;

/// <summary>
/// Copies of the catalog from before its schema was changed, beside it as <c>catalog.db.schema-0011</c>, by the version
/// that they have: the way back to the program that was there before.
/// </summary>
internal static class SchemaCopies
{
    /// <summary>How many there are at most.</summary>
    public const int Kept = 2;

    private const string Middle = ".schema-";
    private const string Unfinished = ".part";

    /// <summary>The file of a copy.</summary>
    /// <param name="place">The catalog's file.</param>
    /// <param name="version">Its schema, 1 to 9999.</param>
    public static string FileOf(string place, int version) =>
        $"{place}{Middle}{version.ToString("D4", CultureInfo.InvariantCulture)}";

    /// <summary>
    /// Makes one, which is whole as soon as it has its name, in place of an earlier one of the same version; then
    /// removes the oldest.
    /// </summary>
    /// <param name="place">The catalog's file.</param>
    /// <param name="version">The version that it has now.</param>
    /// <param name="copy">Copies the catalog to a file that is not there.</param>
    /// <returns>Null when it is there; or why not, and then nothing may be changed.</returns>
    /// <exception cref="Microsoft.Data.Sqlite.SqliteException">It could not be copied.</exception>
    public static CatalogFailure? Keep(string place, int version, Action<string> copy)
    {
        var (file, part) = (FileOf(place, version), place + Unfinished);
        try
        {
            File.Delete(part); // what a crash left
            copy(part); // SQLite has synced it
            File.Move(part, file, overwrite: true);
            foreach (var old in All(place).SkipLast(Kept)) File.Delete(old);
            return null;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return new CatalogFailure.Unavailable(
                place, $"the copy {file} from before the change of its schema could not be made: "
                    + refused.Message.TrimEnd('.'));
        }
    }

    private static IEnumerable<string> All(string place) => Directory
        .EnumerateFiles(Path.GetDirectoryName(place)!, Path.GetFileName(place) + Middle + "????")
        .Order(StringComparer.Ordinal);
}
