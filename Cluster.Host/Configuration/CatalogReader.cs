using Backup.Persistence.Catalog.Postgres;

namespace Backup.Host.Configuration;

/// <summary>Reads <c>backup.catalog</c>.</summary>
internal static class CatalogReader
{
    /// <summary>How many copies of the catalog are kept at most.</summary>
    public const int CopiesMax = 1000;

    private static readonly string[] ServerKeys =
        ["host", "port", "database", "user", "password-file", "tls", "root-certificate", "connections-max"];

    public static CatalogSettings Read(SettingsSection section, IReadOnlyCollection<string> pools)
    {
        var provider = section.Choice(
            "provider", ("sqlite", CatalogProvider.Sqlite), ("postgresql", CatalogProvider.Postgresql));
        var catalog = new CatalogSettings(
            provider,
            Host(section),
            section.Number("port", 1, 65535),
            section.Text("database", "the name of a database"),
            section.Text("user", "the name of a role"),
            OptionalFile(section, "password-file"),
            section.Choice(
                "tls",
                ("verified", PostgresTls.Verified),
                ("unverified", PostgresTls.Unverified),
                ("off", PostgresTls.Off)),
            OptionalFile(section, "root-certificate"),
            section.Number("connections-max", 4, 1000),
            ReadBackup(section.Section("backup"), pools),
            OptionalFile(section, "bootstrap"));
        if (!section.IsWritten("provider"))
        {
            foreach (var key in ServerKeys.Where(section.IsWritten))
                section.Refuse(key, "given without a provider that has it", "provider = postgresql beside it");
        }
        section.RefuseOtherKeys();
        return catalog;
    }

    private static CatalogCopySettings ReadBackup(SettingsSection section, IReadOnlyCollection<string> pools)
    {
        var read = new CatalogCopySettings(
            section.OptionalReference("pool", "pool", "pools", pools) is not null,
            section.OptionalText("directory", "a path, or nothing") is null ? null : section.FilePath("directory"),
            section.Choice("after", ("run", false), ("daily", true)),
            section.Number("keep", 1, CopiesMax));
        section.RefuseOtherKeys();
        return read;
    }

    /// <summary>
    /// A member of a cluster with an identity trusts its authorities and nobody else, unless it is told so: the
    /// system's would not be asked, and no server's certificate be good.
    /// </summary>
    public static void CheckTrust(SettingsSection section, CatalogSettings catalog, NodeSettings node,
        ClusterSettings cluster, SecuritySettings security)
    {
        var trustsItsOwnAlone = !cluster.IsAlone && security.Identity is not null;
        var examines = node.Is(NodeRole.Director) && !catalog.Host.StartsWith('/')
            && catalog is { Provider: CatalogProvider.Postgresql, Tls: PostgresTls.Verified };
        if (catalog.Backup.HasPool && node.Is(NodeRole.Director) && !node.Is(NodeRole.Client))
            section.Refuse("backup.pool", "given on a director that is no client",
                "the role client beside it, or catalog.backup.directory");
        if (trustsItsOwnAlone && examines && catalog.RootCertificate is null)
            section.Refuse("root-certificate", "absent, with tls = verified and backup.security.identity",
                "a file with the authority of the server's certificate: this node trusts nobody by itself");
    }

    private static string Host(SettingsSection section)
    {
        const string Forms = "one host name, address, or folder of a Unix socket";
        var host = section.Text("host", Forms);
        if (host.AsSpan().IndexOfAny(",; \0") >= 0) section.Refuse("host", $"found \"{host}\"", Forms);
        return host;
    }

    private static string? OptionalFile(SettingsSection section, string key) =>
        section.OptionalText(key, "a path, or nothing") is null ? null : section.FilePath(key);
}
