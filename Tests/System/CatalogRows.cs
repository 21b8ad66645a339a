using Backup.Messages;
using Microsoft.Data.Sqlite;

namespace Backup.Tests.System;

/// <summary>The tables of a SQLite catalog, looked at beside the node that writes them.</summary>
internal sealed class CatalogRows : IDisposable
{
    private readonly SqliteConnection _connection;
    private SqliteTransaction? _hold;

    public CatalogRows(string dataDirectory)
    {
        _connection = new SqliteConnection($"Data Source={Path.Combine(dataDirectory, "catalog.db")};Pooling=False");
        _connection.Open();
    }

    /// <summary>Fragments of all images.</summary>
    public int Fragments => (int)Ask<long>("SELECT COUNT(*) FROM fragment").Single();

    /// <summary>Nobody else writes until this is disposed; reading goes on.</summary>
    public void Hold() => _hold = _connection.BeginTransaction(deferred: false);

    /// <summary>Through whom the fragments of an image came, each once.</summary>
    public IReadOnlyList<string> Origins(ImageId image) => Ask<string>(
        "SELECT DISTINCT COALESCE(origin, 'nobody') FROM fragment WHERE lower(hex(image)) = $image ORDER BY 1",
        ("$image", image.ToString()));

    public void Dispose()
    {
        _hold?.Dispose();
        _connection.Dispose();
    }

    private List<T> Ask<T>(string query, params (string Name, string Value)[] parameters)
    {
        using var command = _connection.CreateCommand();
        (command.CommandText, command.Transaction) = (query, _hold);
        foreach (var (name, value) in parameters) command.Parameters.AddWithValue(name, value);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(reader.GetFieldValue<T>(0));
        return rows;
    }
}
