using Backup.Persistence.Catalog.Sqlite;
using Microsoft.Data.Sqlite;

namespace Backup.Tests.System;

/// <summary>The catalog's file by itself, to damage it.</summary>
internal static class Sqlite
{
    /// <summary>Runs a statement; the node must not run.</summary>
    public static void Change(string dataDirectory, string statement)
    {
        using (var connection = new SqliteConnection(
            $"Data Source={Path.Combine(dataDirectory, SqliteCatalog.FileName)};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = statement;
            command.ExecuteNonQuery();
        }
        SqliteConnection.ClearAllPools();
    }
}
