using Backup.Persistence.Catalog;
using Backup.Persistence.Catalog.Sqlite;
using Microsoft.Data.Sqlite;
using Xunit;
using static Backup.Tests.Unit.Persistence.CatalogSamples;

namespace Backup.Tests.Unit.Persistence;

public sealed class SqliteOpeningSpecs : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Place => _folder.File(SqliteCatalog.FileName);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_recorded_is_there_after_the_next_opening()
    {
        JobRecord made;
        using (var store = Open()) made = store.Jobs.Create(Job()).Value;

        using var again = Open();

        Assert.Equal(made, again.Jobs.Get(made.Job).Value);
        Assert.Equal(Recorded.Before, again.Check().Value);
    }

    [Fact]
    public void A_second_writer_is_refused_by_the_name_of_the_directory_until_the_first_is_gone()
    {
        using (Open())
        {
            var refused = SqliteCatalog.Open(_folder.Path, TimeProvider.System).Failure;
            Assert.Equal(new CatalogFailure.InUse(_folder.Path), refused);
            Assert.Contains(_folder.Path, CatalogFailureText.Sentence(refused!));
        }

        using var next = Open();
        Assert.Empty(next.Jobs.Unfinished().Value);
    }

    [Fact]
    public void A_reader_beside_the_writer_sees_each_commit_and_can_change_nothing()
    {
        using var writer = Open();
        using var reader = OpenReadOnly().Value;
        var made = writer.Jobs.Create(Job()).Value;

        Assert.Equal(made, reader.Jobs.Get(made.Job).Value);
        Assert.IsType<CatalogFailure.ReadOnly>(reader.Jobs.Create(Job("request-2")).Failure);
        Assert.Equal(Recorded.Now, writer.Jobs.AppendLog(made.Job, [Line]).Value);
        Assert.Single(reader.Jobs.Log(made.Job, 0, 9).Value);
    }

    [Fact]
    public void A_reader_without_a_writer_reads()
    {
        using (var store = Open()) store.Jobs.Create(Job());

        using var reader = OpenReadOnly().Value;

        Assert.Single(reader.Jobs.Unfinished().Value);
    }

    [Fact]
    public void A_reader_does_not_make_a_catalog()
    {
        Assert.Equal(new CatalogFailure.Absent(Place), OpenReadOnly().Failure);
        File.WriteAllBytes(Place, []);
        Assert.Equal(new CatalogFailure.Absent(Place), OpenReadOnly().Failure);

        Assert.Equal(0, new FileInfo(Place).Length);
    }

    [Fact]
    public void What_was_committed_survives_a_process_that_never_closed_the_catalog()
    {
        using var copied = new TemporaryFolder();
        using (var store = Open())
        {
            store.Jobs.Create(Job());
            // The files as they are now: what a killed process leaves.
            foreach (var suffix in new[] { "", "-wal" })
                File.Copy(Place + suffix, copied.File(SqliteCatalog.FileName + suffix));
        }

        using var again = SqliteCatalog.Open(copied.Path, TimeProvider.System).Value;

        Assert.Single(again.Jobs.Unfinished().Value);
    }

    [Fact]
    public void A_database_of_another_program_is_refused_and_left_as_it_is()
    {
        Run(Place, "CREATE TABLE photos (id INTEGER); INSERT INTO photos VALUES (1)");
        var before = File.ReadAllBytes(Place);

        Assert.Equal(new CatalogFailure.Foreign(Place), SqliteCatalog.Open(_folder.Path, TimeProvider.System).Failure);
        Assert.Equal(new CatalogFailure.Foreign(Place), OpenReadOnly().Failure);

        Assert.Equal(before, File.ReadAllBytes(Place));
    }

    [Fact]
    public void A_newer_schema_is_refused_with_both_versions()
    {
        Open().Dispose();
        Run(Place, "INSERT INTO schema_version (version) VALUES (99)");

        var refused = Assert.IsType<CatalogFailure.NewerSchema>(
            SqliteCatalog.Open(_folder.Path, TimeProvider.System).Failure);

        Assert.Equal((99, SqliteSchema.Newest), (refused.Found, refused.Known));
        Assert.IsType<CatalogFailure.NewerSchema>(OpenReadOnly().Failure);
    }

    [Fact]
    public void An_older_schema_is_brought_up_to_date_by_a_writer_only()
    {
        Run(Place,
            "PRAGMA application_id = 1650680180; CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY) "
                + "STRICT");

        Assert.IsType<CatalogFailure.OlderSchema>(OpenReadOnly().Failure);
        using var store = Open();

        Assert.Empty(store.Jobs.Unfinished().Value);
    }

    [Fact]
    public void Before_the_schema_changes_the_catalog_is_copied_and_the_copy_is_what_the_older_program_had()
    {
        Older(version: 3);
        File.WriteAllText(Place + ".part", "of a copy that was cut short");

        Open().Dispose();

        var copy = SchemaCopies.FileOf(Place, 3);
        Assert.EndsWith("catalog.db.schema-0003", copy, StringComparison.Ordinal);
        Assert.Equal(3, VersionOf(copy));
        Assert.Equal(SqliteSchema.Newest, VersionOf(Place));
        Assert.False(File.Exists(Place + ".part"));
    }

    [Fact]
    public void Of_the_copies_from_before_schemas_changed_the_newest_two_stay_and_a_current_catalog_makes_none()
    {
        foreach (var version in (int[])[2, 3, 4])
        {
            foreach (var file in Directory.GetFiles(_folder.Path, "catalog.db")) File.Delete(file);
            Older(version);
            Open().Dispose();
            Open().Dispose();
        }

        Assert.Equal([SchemaCopies.FileOf(Place, 3), SchemaCopies.FileOf(Place, 4)],
            Directory.GetFiles(_folder.Path, "*.schema-*").Order());
    }

    [Fact]
    public void A_catalog_that_cannot_be_copied_is_not_changed()
    {
        Older(version: 3);
        Directory.CreateDirectory(Path.Combine(SchemaCopies.FileOf(Place, 3), "in the way"));

        var refused = SqliteCatalog.Open(_folder.Path, TimeProvider.System).Failure;

        Assert.Contains(SchemaCopies.FileOf(Place, 3), CatalogFailureText.Sentence(refused!), StringComparison.Ordinal);
        Assert.Equal(3, VersionOf(Place));
    }

    private void Older(int version) => Run(Place,
        "PRAGMA application_id = 1650680180; "
            + "CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY) STRICT; "
            + string.Concat(Enumerable.Range(1, version).Select(each =>
                $"INSERT INTO schema_version (version) VALUES ({each}); "))
            + string.Join(";\n", Migrations.Of(typeof(SqliteSchema)).Take(version)));

    private static long VersionOf(string file)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False;Mode=ReadOnly");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT MAX(version) FROM schema_version";
        return (long)command.ExecuteScalar()!;
    }

    [Theory]
    [InlineData("DROP TABLE manifest")]
    [InlineData("DROP INDEX job_log_once")]
    [InlineData("ALTER TABLE volume ADD COLUMN colour TEXT")]
    [InlineData("DROP TABLE schema_version")]
    public void A_catalog_whose_tables_are_not_its_own_is_refused_with_the_way_out(string damage)
    {
        Open().Dispose();
        Run(Place, damage);

        var refused = Assert.IsType<CatalogFailure.Corrupt>(
            SqliteCatalog.Open(_folder.Path, TimeProvider.System).Failure);

        Assert.Contains("backup scan", CatalogFailureText.Sentence(refused));
        Assert.IsType<CatalogFailure.Corrupt>(OpenReadOnly().Failure);
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused_with_the_way_out()
    {
        File.WriteAllText(Place, new string('x', 5000));

        var refused = Assert.IsType<CatalogFailure.Corrupt>(
            SqliteCatalog.Open(_folder.Path, TimeProvider.System).Failure);

        Assert.Contains("backup scan", CatalogFailureText.Sentence(refused));
        Assert.IsType<CatalogFailure.Corrupt>(OpenReadOnly().Failure);
    }

    [Fact]
    public void A_directory_that_is_not_there_is_named()
    {
        var refused = SqliteCatalog.Open(_folder.File("gone"), TimeProvider.System).Failure;

        Assert.Contains("gone", Assert.IsType<CatalogFailure.Unavailable>(refused).Place);
    }

    private static Messages.Jobs.LogSeverity Info => Messages.Jobs.LogSeverity.Info;

    private static JobLogLine Line => new(At, Info, "started", "The job started.");

    private static void Run(string place, string sql) => SqliteFixture.Run(place, sql);

    private CatalogStore Open() => SqliteCatalog.Open(_folder.Path, TimeProvider.System).Value;

    private CatalogAnswer<CatalogStore> OpenReadOnly() => SqliteCatalog.OpenReadOnly(_folder.Path, TimeProvider.System);
}
