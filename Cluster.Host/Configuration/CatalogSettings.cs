using Backup.Persistence.Catalog.Postgres;

namespace Backup.Host.Configuration;

/// <summary>What keeps catalog and journal.</summary>
public enum CatalogProvider
{
    /// <summary>Files in the data directory: one director.</summary>
    Sqlite,

    /// <summary>A database on a server: any number of directors.</summary>
    Postgresql,
}

/// <summary>
/// Where catalog and journal are kept: <c>backup.catalog</c>. Without meaning for SQLite, but for the first.
/// </summary>
/// <param name="Host">A name, an address, or the folder of a Unix socket.</param>
/// <param name="PasswordFile">In the form of .pgpass; an absolute path.</param>
/// <param name="RootCertificate">PEM; an absolute path.</param>
public sealed record CatalogSettings(
    CatalogProvider Provider,
    string Host,
    int Port,
    string Database,
    string User,
    string? PasswordFile,
    PostgresTls Tls,
    string? RootCertificate,
    int ConnectionsMax,
    CatalogCopySettings Backup,
    string? Bootstrap)
{
    /// <summary>The database on the server.</summary>
    public PostgresPlace Place => new(Host, Port, Database, User)
    {
        PasswordFile = PasswordFile,
        Tls = Tls,
        RootCertificate = RootCertificate,
        ConnectionsMax = ConnectionsMax,
    };
}

/// <summary>How the catalog is backed up: <c>backup.catalog.backup</c>.</summary>
/// <param name="HasPool">True: by the policy that the reader makes for it.</param>
/// <param name="Directory">Where copies go; null: nowhere.</param>
/// <param name="IsDaily">Once a day at most; else after each job that changed something.</param>
/// <param name="Keep">Copies and images that stay.</param>
public sealed record CatalogCopySettings(bool HasPool, string? Directory, bool IsDaily, int Keep);
