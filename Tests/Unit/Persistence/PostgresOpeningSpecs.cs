using Backup.Persistence.Catalog;
using Backup.Persistence.Catalog.Postgres;
using Backup.Persistence.Catalog.Sqlite;
using Backup.Tests.Postgres;
using Microsoft.Data.Sqlite;
using Xunit;
using static Backup.Tests.Unit.Persistence.CatalogSamples;

namespace Backup.Tests.Unit.Persistence;

public sealed class PostgresOpeningSpecs : IDisposable
{
    private readonly PostgresServer _server = PostgresServer.OfThisRun;
    private readonly string _name = PostgresServer.OfThisRun.Create();

    private PostgresPlace Place => PostgresFixture.PlaceOf(_server, _name);

    public void Dispose() => _server.Drop(_name);

    [PostgresFact]
    public void What_was_recorded_is_there_after_the_next_opening_and_for_readers()
    {
        JobRecord made;
        using (var store = Open()) made = store.Jobs.Create(Job()).Value;

        using var again = Open();
        using var reader = OpenReadOnly().Value;

        Assert.Equal(made, again.Jobs.Get(made.Job).Value);
        Assert.Equal(made, reader.Jobs.Get(made.Job).Value);
        Assert.Equal(Recorded.Before, again.Check().Value);
        Assert.InRange(again.SizeBytes().Value, 100_000, 10_000_000);
        Assert.IsType<CatalogFailure.ReadOnly>(reader.Jobs.Create(Job("request-2")).Failure);
    }

    [PostgresFact]
    public void Nodes_that_start_at_the_same_moment_make_the_catalog_once()
    {
        var answers = new CatalogAnswer<CatalogStore>[8];

        Parallel.For(0, answers.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 },
            i => answers[i] = PostgresCatalog.Open(Place, TimeProvider.System));

        foreach (var answer in answers)
        {
            Assert.Null(answer.Failure);
            answer.Value.Dispose();
        }
        Assert.Equal((long)PostgresSchema.Newest,
            _server.Execute(_name, "SELECT COUNT(*) FROM backup.schema_version"));
    }

    [PostgresFact]
    public void A_reader_does_not_make_a_catalog()
    {
        Assert.Equal(new CatalogFailure.Absent(Place.ToString()), OpenReadOnly().Failure);
        Assert.Equal(true, _server.Execute(_name, "SELECT to_regnamespace('backup') IS NULL"));
    }

    [PostgresFact]
    public void A_role_that_may_make_nothing_finds_the_schema_that_was_made_for_it()
    {
        _server.Execute(_name, $"CREATE ROLE r{_name} LOGIN; CREATE SCHEMA backup AUTHORIZATION r{_name}");
        var place = Place with { User = "r" + _name };

        using (var store = PostgresCatalog.Open(place, TimeProvider.System).Value) store.Jobs.Create(Job());

        Assert.Single(OpenReadOnly().Value.Jobs.Unfinished().Value);
        _server.Execute(_name, $"DROP OWNED BY r{_name}; DROP ROLE r{_name}");
    }

    [PostgresFact]
    public void A_schema_of_another_program_is_refused_and_left_as_it_is()
    {
        _server.Execute(_name, "CREATE SCHEMA backup; CREATE TABLE backup.photos (id INTEGER)");

        Assert.Equal(
            new CatalogFailure.Foreign(Place.ToString()), PostgresCatalog.Open(Place, TimeProvider.System).Failure);
        Assert.Equal(new CatalogFailure.Foreign(Place.ToString()), OpenReadOnly().Failure);

        Assert.Equal(
            1L, _server.Execute(_name, "SELECT COUNT(*) FROM pg_class WHERE relnamespace = 'backup'::regnamespace"));
    }

    [PostgresFact]
    public void A_newer_schema_is_refused_with_both_versions()
    {
        Open().Dispose();
        _server.Execute(_name, "INSERT INTO backup.schema_version VALUES (99, '')");

        var refused =
            Assert.IsType<CatalogFailure.NewerSchema>(PostgresCatalog.Open(Place, TimeProvider.System).Failure);

        Assert.Equal((99, PostgresSchema.Newest), (refused.Found, refused.Known));
        Assert.IsType<CatalogFailure.NewerSchema>(OpenReadOnly().Failure);
    }

    [PostgresTheory]
    [InlineData("DROP TABLE backup.manifest")]
    [InlineData("DROP INDEX backup.job_log_once")]
    [InlineData("ALTER TABLE backup.volume RENAME COLUMN state TO colour")]
    [InlineData("ALTER TABLE backup.image ALTER COLUMN root TYPE TEXT USING root::text")]
    public void A_catalog_whose_tables_are_not_its_own_is_refused_with_the_way_out(string damage)
    {
        Open().Dispose();
        _server.Execute(_name, damage);

        var refused = Assert.IsType<CatalogFailure.Corrupt>(PostgresCatalog.Open(Place, TimeProvider.System).Failure);

        Assert.Contains("backup scan", CatalogFailureText.Sentence(refused));
        Assert.IsType<CatalogFailure.Corrupt>(OpenReadOnly().Failure);
    }

    [PostgresFact]
    public void A_block_that_is_not_what_was_written_is_found_and_never_handed_out()
    {
        using var store = Open();
        var (_, image) = store.OpenImage();
        store.StageAndClose(image, 0);
        _server.Execute(_name, "UPDATE backup.manifest_block SET data = 'abc'");

        Assert.IsType<CatalogFailure.Corrupt>(store.Check().Failure);
        Assert.IsType<CatalogFailure.Corrupt>(store.Manifests.Read(image, -1, 9).Failure);
    }

    [PostgresFact]
    public void A_database_with_another_encoding_is_refused_with_the_way_out()
    {
        var name = _server.Create("ENCODING 'SQL_ASCII' LOCALE 'C' LOCALE_PROVIDER libc TEMPLATE template0");

        var refused = PostgresCatalog.Open(Place with { Database = name }, TimeProvider.System).Failure;

        Assert.Contains("ENCODING 'UTF8'", CatalogFailureText.Sentence(refused!), StringComparison.Ordinal);
        _server.Drop(name);
    }

    [PostgresFact]
    public void What_cannot_be_reached_is_named_and_may_pass()
    {
        CatalogFailure[] failures =
        [
            PostgresCatalog.Open(Place with { Database = "none" }, TimeProvider.System).Failure!,
            PostgresCatalog.Open(Place with { User = "nobody" }, TimeProvider.System).Failure!,
            PostgresCatalog.Open(Place with { Host = "/nowhere" }, TimeProvider.System).Failure!,
            PostgresCatalog.Open(
                Place with { Host = "127.0.0.1", Port = 1, Tls = PostgresTls.Off }, TimeProvider.System).Failure!,
            PostgresCatalog.Open(Place with { Host = "no-such-host.invalid" }, TimeProvider.System).Failure!,
        ];

        Assert.All(failures, failure => Assert.True(Assert.IsType<CatalogFailure.Unavailable>(failure).MayPass));
        Assert.All(failures, failure =>
            Assert.Contains("`backup.catalog`", CatalogFailureText.Sentence(failure), StringComparison.Ordinal));
    }

    [PostgresFact]
    public void A_password_comes_from_a_file_that_others_cannot_read_and_is_in_no_sentence()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("pass");
        File.WriteAllText(file, $"*:*:{_name}:*:open-sesame\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        var place = Place with { PasswordFile = file };

        var readable = PostgresCatalog.Open(place, TimeProvider.System).Failure!;
        File.SetUnixFileMode(file, UnixFileMode.UserRead);
        using (var store = PostgresCatalog.Open(place, TimeProvider.System).Value) Assert.Empty(
            store.Jobs.Unfinished().Value);
        var missing =
            PostgresCatalog.Open(place with { PasswordFile = folder.File("none") }, TimeProvider.System).Failure!;

        Assert.Contains("chmod 600", CatalogFailureText.Sentence(readable), StringComparison.Ordinal);
        Assert.Contains("is missing", CatalogFailureText.Sentence(missing), StringComparison.Ordinal);
        foreach (var text in (string[])[place.ToString(), place.ConnectionString("journal", 2),
            CatalogFailureText.Sentence(readable)])
            Assert.DoesNotContain("open-sesame", text, StringComparison.Ordinal);
    }

    [PostgresFact]
    public void Both_databases_have_the_same_tables_columns_and_keys()
    {
        using var folder = new TemporaryFolder();
        SqliteCatalog.Open(folder.Path, TimeProvider.System).Value.Dispose();
        Open().Dispose();
        using var sqlite = new SqliteConnection($"Data Source={folder.File(SqliteCatalog.FileName)};Pooling=False");
        using var postgres = new Npgsql.NpgsqlConnection(_server.ConnectionString(_name) + ";Pooling=false");

        var expected = Lines(sqlite,
            """
            SELECT t.name || '.' || c.name || ' ' || CASE c.type WHEN 'BLOB' THEN 'bytea' WHEN 'INTEGER' THEN 'bigint' ELSE lower(c.type) END
                || CASE WHEN c."notnull" THEN ' not null' ELSE '' END || CASE WHEN c.pk > 0 THEN ' key' || c.pk ELSE '' END
            FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT IN ('schema_version')
            """);
        var found = Lines(postgres,
            """
            SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
                || COALESCE(' key' || array_position(k.conkey, a.attnum), '')
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
            WHERE c.relnamespace = 'backup'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND c.relname <> 'schema_version'
            """);

        Assert.True(expected.Count > 90, $"Only {expected.Count} columns were found.");
        Assert.Equal(expected, found);
        Assert.Equal(SqliteSchema.Newest, PostgresSchema.Newest);
    }

    private static List<string> Lines(System.Data.Common.DbConnection connection, string sql)
    {
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var lines = new List<string>();
        while (reader.Read()) lines.Add(reader.GetString(0));
        lines.Sort(StringComparer.Ordinal);
        return lines;
    }

    private CatalogStore Open() => PostgresCatalog.Open(Place, TimeProvider.System).Value;

    private CatalogAnswer<CatalogStore> OpenReadOnly() => PostgresCatalog.OpenReadOnly(Place, TimeProvider.System);
}
