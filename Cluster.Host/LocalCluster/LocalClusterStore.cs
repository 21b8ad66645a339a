using System.Text.Json;
using Backup.Host.CommandLine;
using Backup.Messages.Operations;

namespace Backup.Host.LocalCluster;

/// <summary>What keeps catalog and journal of a local cluster.</summary>
/// <param name="IsShared">Whether several directors can use it.</param>
/// <param name="Programs">The folder of PostgreSQL's programs, where a server of its own is to run.</param>
/// <param name="Given">The object `backup.catalog` for a server that is there already.</param>
/// <param name="Why">Why it is another than might be expected; null when it is not.</param>
internal sealed record LocalClusterStore(bool IsShared, string? Programs, string? Given, string? Why)
{
    private const string Missing =
        "No PostgreSQL server is installed (Debian: postgresql), neither in $PATH nor in /usr/lib/postgresql";

    private static readonly string[] Words =
        ["host", "port", "database", "user", "password-file", "tls", "root-certificate"];

    /// <exception cref="CommandFailure">What was asked for is not here, or cannot be understood.</exception>
    public static LocalClusterStore Of(LocalClusterRequest request)
    {
        if (request.Store == LocalStore.Sqlite) return new LocalClusterStore(false, null, null, null);
        if (request.Database is { } words) return new LocalClusterStore(true, null, CatalogOf(words), null);
        if (PrivatePostgres.Programs is { } programs) return new LocalClusterStore(true, programs, null, null);
        if (request.Store == LocalStore.Postgresql)
            throw new CommandFailure(ExitCode.Failed, new Refused(RefusalCode.Unavailable, Missing + "."));
        return new LocalClusterStore(false, null, null, $"{Missing}: catalog and journal are SQLite files.");
    }

    /// <summary>The object `backup.catalog`.</summary>
    public string CatalogIn(string place) => Given
        ?? (Programs is null ? "provider = sqlite" : PrivatePostgres.Catalog(place));

    private static string CatalogOf(string words)
    {
        var keys = words.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word =>
        {
            var (key, value) = (word.Split('=')[0], word[(word.IndexOf('=', StringComparison.Ordinal) + 1)..]);
            return word.Contains('=', StringComparison.Ordinal) && Words.Contains(key)
                ? $"{key} = {JsonSerializer.Serialize(value)}"
                : throw CommandFailure.Usage(
                    $"--database: found \"{word}\"; expected {string.Join("=… ", Words)}=…, as in backup.catalog.");
        });
        return string.Join(", ", keys.Prepend("provider = postgresql"));
    }
}
