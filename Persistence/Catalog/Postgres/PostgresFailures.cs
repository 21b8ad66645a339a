using System.Data;
using System.Net.Sockets;
using Npgsql;

namespace Backup.Persistence.Catalog.Postgres;

/// <summary>Whether the same work is worth another run now.</summary>
internal enum Trouble
{
    /// <summary>It is done, or another run would meet the same.</summary>
    None,

    /// <summary>Another transaction was in the way; nothing was written.</summary>
    Conflict,

    /// <summary>The connection was lost; if that was while committing, nobody knows whether it was written.</summary>
    Lost,
}

/// <summary>
/// The one place that decides which exceptions of Npgsql are failures. Codes:
/// postgresql.org/docs/current/errcodes-appendix.html.
/// </summary>
internal static class PostgresFailures
{
    private const string IdleInTransaction = "25P03";

    // Whose fault it is and whether it passes is the server's administrator's to know. Connection, authorization, no
    // such database, resources, shut down or starting up, input and output, the server's own mistakes.
    private static readonly HashSet<string> UnavailableClasses = ["08", "28", "3D", "53", "57", "58", "XX"];

    /// <summary>Runs work on the database; failures come as values, mistakes of the program are thrown.</summary>
    /// <param name="place">The database, for sentences.</param>
    /// <param name="last">True when the work is not run again.</param>
    /// <param name="work">The work.</param>
    /// <param name="trouble">Whether another run may give another answer.</param>
    public static CatalogAnswer<T> Guard<T>(
        string place, bool last, Func<CatalogAnswer<T>> work, out Trouble trouble)
    {
        trouble = Trouble.None;
        try
        {
            return work();
        }
        catch (PostgresException error) when (Of(error, place, last) is not null)
        {
            trouble = TroubleOf(error);
            return Of(error, place, last)!;
        }
        catch (NpgsqlException error) when (error is not PostgresException)
        {
            // A server that was silent for the whole time limit would be so again.
            trouble = error.InnerException is TimeoutException ? Trouble.None : Trouble.Lost;
            return new CatalogFailure.Unavailable(place, Detail(error));
        }
        catch (SocketException error)
        {
            return new CatalogFailure.Unavailable(place, error.Message); // the host's name is not found
        }
        catch (DamagedRowException error)
        {
            return new CatalogFailure.Corrupt(place, error.Message);
        }
        catch (DataException error)
        {
            // Dapper: a column holds no value of its type, so the schema is not ours.
            return new CatalogFailure.Corrupt(place, error.Message);
        }
    }

    private static CatalogFailure? Of(PostgresException error, string place, bool last) => error.SqlState switch
    {
        // Two were the first to insert the same: another run finds the other's row. If it does not, the work is wrong.
        PostgresErrorCodes.UniqueViolation => last ? null : new CatalogFailure.Busy(error.MessageText),
        PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected
            or PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled
            or PostgresErrorCodes.TooManyConnections => new CatalogFailure.Busy(error.MessageText),
        PostgresErrorCodes.DiskFull => new CatalogFailure.Full(place),
        PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted
            or PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn
            or PostgresErrorCodes.InvalidSchemaName => new CatalogFailure.Corrupt(place, error.MessageText),
        // Read only: a standby, which another server's failure may turn into the first one.
        PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.ReadOnlySqlTransaction or IdleInTransaction =>
            new CatalogFailure.Unavailable(place, error.MessageText),
        _ => UnavailableClasses.Contains(error.SqlState[..2])
            ? new CatalogFailure.Unavailable(place, error.MessageText)
            : null,
    };

    private static Trouble TroubleOf(PostgresException error) => error.SqlState switch
    {
        PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected
            or PostgresErrorCodes.UniqueViolation => Trouble.Conflict,
        PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or IdleInTransaction => Trouble.Lost,
        _ => error.SqlState.StartsWith("08", StringComparison.Ordinal) ? Trouble.Lost : Trouble.None,
    };

    private static string Detail(NpgsqlException error) => error.InnerException is { Message.Length: > 0 } inner
        ? $"{error.Message.TrimEnd('.')}: {inner.Message}"
        : error.Message;
}
