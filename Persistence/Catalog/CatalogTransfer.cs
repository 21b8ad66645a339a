using System.Data;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog.Sqlite;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Backup.Persistence.Catalog;

/// <summary>
/// A whole catalog from one kind of database to another, row by row: both have the same tables with the same columns of
/// numbers, texts and bytes.
/// </summary>
internal static class CatalogTransfer
{
    /// <summary>More than any number of jobs that begin between a copy and the loss of the original.</summary>
    private const int NumbersSkipped = 1000;

    private const string Cause = "The catalog was restored from a copy that was made while the job was at work.";

    /// <summary>Fills a SQLite file that has the tables of a new catalog.</summary>
    /// <param name="file">The file.</param>
    /// <param name="from">What is copied.</param>
    public static void Fill(SqliteConnection file, CatalogTransaction from)
    {
        using var transaction = file.BeginTransaction();
        foreach (var table in TablesOf(file))
        {
            var columns = ColumnsOf(file, table);
            file.Execute($"DELETE FROM \"{table}\"", transaction: transaction);
            using var insert = file.CreateCommand();
            insert.CommandText = InsertOf(table, columns);
            foreach (var at in Enumerable.Range(0, columns.Count))
                insert.Parameters.Add(new SqliteParameter($"@P{at}", DBNull.Value));
            using var rows = from.Reader(SelectOf(table, columns));
            while (rows.Read())
            {
                for (var at = 0; at < columns.Count; at++) insert.Parameters[at].Value = rows.GetValue(at);
                insert.ExecuteNonQuery();
            }
        }
        transaction.Commit();
    }

    /// <summary>Takes over all of a SQLite catalog into an empty one.</summary>
    public static CatalogAnswer<Recorded> Take(string file, CatalogDatabase into) =>
        SqliteFailures.Guard(file, () =>
        {
            using var from = new SqliteConnection(
                new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadOnly, Pooling = false }
                    .ToString());
            from.Open();
            if (SqliteSchema.Identify(from, file, mayChange: false) is { } refused) return refused;
            return into.WriteLong<Recorded>(transaction =>
            {
                var held = transaction.Number("SELECT (SELECT COUNT(*) FROM job) + (SELECT COUNT(*) FROM image)");
                if (held > 0)
                    return new CatalogFailure.Contradiction(
                        $"catalog {into.Place}", $"{held} jobs and images", "a copy that would take their place");
                foreach (var table in TablesOf(from).Reverse()) transaction.Execute($"DELETE FROM \"{table}\"");
                foreach (var table in TablesOf(from)) Take(from, table, transaction);
                return Recorded.Now;
            });
        });

    /// <summary>See <see cref="CatalogStore.Settle"/>.</summary>
    public static CatalogAnswer<int> Settle(CatalogDatabase database, DateTimeOffset now) =>
        database.Write<int>(transaction =>
        {
            var ended = transaction.Execute(
                "UPDATE job SET phase = @Ended, outcome = @Cancelled, ended_at = @Now, "
                + $"error_code = 'catalog-restored', error_text = @Cause WHERE {JobTable.Unended}",
                new
                {
                    Ended = (int)JobPhase.Ended,
                    Cancelled = (int)JobOutcome.Cancelled,
                    Now = Columns.Of(now),
                    Cause,
                });
            transaction.Execute(
                "UPDATE image SET state = @Lacking, lacks = @Lacks WHERE state = @Open",
                new
                {
                    Lacking = (int)ImageState.Lacking,
                    Open = (int)ImageState.Open,
                    Lacks = "what was written after the catalog was copied",
                });
            // What was said since, as by a hold, is not known here: the time of grace begins anew
            transaction.Execute("UPDATE image SET condemned_at = NULL WHERE purged_at IS NULL");
            transaction.Execute("DELETE FROM staged_block");
            transaction.Execute("DELETE FROM staged_run");
            transaction.Execute(
                "UPDATE counter SET value = value + @Skipped WHERE name = 'job'", new { Skipped = NumbersSkipped });
            return ended;
        });

    private static void Take(SqliteConnection from, string table, CatalogTransaction into)
    {
        var columns = ColumnsOf(from, table);
        var insert = InsertOf(table, columns);
        using var rows = from.ExecuteReader(SelectOf(table, columns));
        while (rows.Read())
        {
            var values = new DynamicParameters();
            for (var at = 0; at < columns.Count; at++) values.Add($"P{at}", Value(rows, at));
            into.Execute(insert, values);
        }
    }

    private static object? Value(IDataRecord row, int at) => row.IsDBNull(at) ? null : row.GetValue(at);

    /// <summary>In the order in which they were made: each behind those that it refers to.</summary>
    private static IReadOnlyList<string> TablesOf(SqliteConnection file) =>
        file.Query<string>(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'schema_version' "
            + "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid").AsList();

    private static IReadOnlyList<string> ColumnsOf(SqliteConnection file, string table) =>
        file.Query<string>("SELECT name FROM pragma_table_info(@Table)", new { Table = table }).AsList();

    private static string SelectOf(string table, IReadOnlyList<string> columns) =>
        $"SELECT {string.Join(", ", columns.Select(name => $"\"{name}\""))} FROM \"{table}\"";

    private static string InsertOf(string table, IReadOnlyList<string> columns) =>
        $"INSERT INTO \"{table}\" ({string.Join(", ", columns.Select(name => $"\"{name}\""))}) "
        + $"VALUES ({string.Join(", ", Enumerable.Range(0, columns.Count).Select(at => $"@P{at}"))})";
}
