using System.Data;
using Microsoft.Data.Sqlite;

namespace Backup.Persistence.Catalog.Sqlite;

/// <summary>
/// The one place that decides which exceptions of SQLite are failures. Codes: sqlite.org/rescode.html.
/// </summary>
internal static class SqliteFailures
{
    private const int GenericError = 1;
    private const int NotPermitted = 3;
    private const int Busy = 5;
    private const int Locked = 6;
    private const int ReadOnly = 8;
    private const int IoError = 10;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int Protocol = 15;
    private const int NotADatabase = 26;

    /// <summary>Runs work on the database; failures come as values, mistakes of the program are thrown.</summary>
    public static CatalogAnswer<T> Guard<T>(string place, Func<CatalogAnswer<T>> work)
    {
        try
        {
            return work();
        }
        catch (SqliteException error) when (Of(error, place) is not null)
        {
            return Of(error, place)!;
        }
        catch (DamagedRowException error)
        {
            return new CatalogFailure.Corrupt(place, error.Message);
        }
        catch (DataException error)
        {
            // Dapper: a column holds no value of its type, which the schema's STRICT tables never let in.
            return new CatalogFailure.Corrupt(place, error.Message);
        }
    }

    private static CatalogFailure? Of(SqliteException error, string place) => error.SqliteErrorCode switch
    {
        Busy or Locked or Protocol => new CatalogFailure.Busy(Detail(error)),
        ReadOnly or NotPermitted => new CatalogFailure.ReadOnly(place),
        Full => new CatalogFailure.Full(place),
        IoError or CannotOpen => new CatalogFailure.Unavailable(place, Detail(error)),
        Corrupt => new CatalogFailure.Corrupt(place, Detail(error)),
        NotADatabase => new CatalogFailure.Corrupt(place, "it is not a SQLite database"),
        // Tables and columns are compared when the file is opened: a statement misses one in a damaged file only.
        GenericError when error.Message.Contains("no such", StringComparison.Ordinal)
            || error.Message.Contains("malformed", StringComparison.Ordinal) =>
                new CatalogFailure.Corrupt(place, Detail(error)),
        _ => null,
    };

    /// <summary>What the library said, without the stop that the operator's sentence ends with.</summary>
    private static string Detail(SqliteException error) => error.Message.TrimEnd('.');
}
