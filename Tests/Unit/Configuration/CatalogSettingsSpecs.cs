using Backup.Host.Configuration;
using Backup.Host.Node;
using Backup.Persistence.Catalog.Postgres;
using Backup.Tests.Unit.Docs;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Backup.Tests.Unit.Configuration;

public class CatalogSettingsSpecs
{
    [Fact]
    public void Without_a_word_catalog_and_journal_are_files()
    {
        var settings = OneConf.Settings("");

        Assert.Equal(CatalogProvider.Sqlite, settings.Catalog.Provider);
        Assert.Equal("SQLite.MS", NodeConfig.Cluster(settings, joins: true).GetString("akka.persistence.journal.sql.provider-name"));
    }

    [Fact]
    public void The_journal_is_found_in_a_directory_of_any_name()
    {
        var settings = OneConf.Settings("node.data-directory = \"/srv/a;b = \\\"c\\\" it's\"");

        var connection = NodeConfig.Cluster(settings, joins: true).GetString("akka.persistence.journal.sql.connection-string");

        Assert.StartsWith("/srv/a;b = \"c\" it's/", settings.Node.JournalFile, StringComparison.Ordinal);
        Assert.Equal(settings.Node.JournalFile, new SqliteConnectionStringBuilder(connection).DataSource);
    }

    [Fact]
    public void A_database_is_found_by_catalog_and_journal_and_its_password_stays_in_its_file()
    {
        var settings = OneConf.Settings(
            """
            catalog { provider = postgresql, host = db.example.net, port = 5433, database = bk, user = bu, password-file = /etc/pgpass, root-certificate = /etc/ca.pem, connections-max = 7 }
            """);

        var expected = new PostgresPlace("db.example.net", 5433, "bk", "bu")
        {
            PasswordFile = "/etc/pgpass",
            RootCertificate = "/etc/ca.pem",
            ConnectionsMax = 7,
            Tls = PostgresTls.Verified,
        };
        Assert.Equal(expected, settings.Catalog.Place);
        foreach (var plugin in (string[])["journal", "snapshot-store"])
        {
            var sql = NodeConfig.Cluster(settings, joins: true).GetConfig($"akka.persistence.{plugin}.sql");
            Assert.Equal("PostgreSQL.15", sql.GetString("provider-name"));
            var connection = sql.GetString("connection-string");
            foreach (var part in (string[])["Host=db.example.net", "Port=5433", "Database=bk", "Username=bu",
                "Passfile=/etc/pgpass", "SSL Mode=VerifyFull", "Root Certificate=/etc/ca.pem"])
                Assert.Contains(part, connection, StringComparison.Ordinal);
            Assert.DoesNotContain("Password=", connection, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_socket_needs_no_encryption() => Assert.Contains(
        "SSL Mode=Disable",
        OneConf.Settings("catalog.provider = postgresql").Catalog.Place.ConnectionString("test", 1),
        StringComparison.Ordinal);

    [Fact]
    public void The_example_of_a_database_is_read()
    {
        var (settings,
            problems) = SettingsReader.Read(Path.Combine(Repository.Root, "hocon", "one-node-postgresql.conf"));

        Assert.Empty(problems);
        Assert.Equal("postgresql:///var/run/postgresql:5432/backup", settings!.Catalog.Place.ToString());
    }

    /// <summary>Such a node trusts its own authorities only (NodeTrust).</summary>
    [Theory]
    [InlineData("db.example.net", "tls = verified", true)]
    [InlineData("db.example.net", "root-certificate = /etc/ca.pem", false)]
    [InlineData("db.example.net", "tls = off", false)]
    [InlineData("/run/postgresql", "tls = verified", false)]
    public void A_director_with_an_identity_is_told_whose_certificate_a_server_has(string host, string tls, bool refused)
    {
        var text = $$"""
            node.name = here
            cluster.seeds = ["127.0.0.1:9111"]
            security.identity = /etc/backup/node.pem
            catalog { provider = postgresql, host = "{{host}}", {{tls}} }
            defaults { library.node = here, policy.clients = [here] }

            """;

        Assert.Equal(refused ? ["backup.catalog.root-certificate"] : [],
            OneConf.Problems(text).Select(problem => problem.Key));
    }

    [Theory]
    [InlineData("catalog.provider = oracle", "backup.catalog.provider", "found \"oracle\"")]
    [InlineData("catalog { provider = postgresql, host = \"a,b\" }", "backup.catalog.host", "found \"a,b\"")]
    [InlineData("catalog { provider = postgresql, port = 70000 }", "backup.catalog.port", "found \"70000\"")]
    [InlineData("catalog { provider = postgresql, tls = on }", "backup.catalog.tls", "found \"on\"")]
    [InlineData(
        "catalog { provider = postgresql, connections-max = 2 }", "backup.catalog.connections-max", "found \"2\"")]
    [InlineData("catalog { provider = postgresql, password = secret }", "backup.catalog.password", "unknown key")]
    [InlineData("catalog.host = db", "backup.catalog.host", "given without a provider that has it")]
    public void What_makes_no_sense_is_refused_by_its_key(string line, string key, string found)
    {
        var problem = Assert.Single(OneConf.Problems(line));

        Assert.Equal((key, found), (problem.Key, problem.Found));
    }

    [Fact]
    public void A_pool_for_copies_of_the_catalog_that_is_not_there_is_told_where_it_was_written()
    {
        OneConf.Refuses(
            "  catalog.backup.pool = disk-30",
            "2:25:7 backup.catalog.backup.pool: unknown pool \"disk-30\"",
            "known pools: disk-30d, disk-90d. Did you mean disk-30d?");
        OneConf.Refuses(
            "  catalog.backup { pool = disk-30d, keep = 0 }",
            "2:44:1 backup.catalog.backup.keep: found \"0\"", "a whole number from 1 to 1000");
    }

    [Fact]
    public void Nobody_is_told_of_the_file_set_that_copies_of_the_catalog_are()
    {
        var lines = "  catalog.backup.pool = disk-30d\n  policies.q { file-set = sy, pool = disk-30d }";

        OneConf.Refuses(
            lines, "3:27:2 backup.policies.q.file-set: unknown file set \"sy\"",
            "known file sets: sys. Did you mean sys?");
    }
}
