using System.Globalization;
using Npgsql;

namespace Backup.Persistence.Catalog.Postgres;

/// <summary>Where a PostgreSQL database is and how it is entered. Holds no password: that stays in its file.</summary>
/// <param name="Host">A host name or address; or, with a leading `/`, the folder of the server's Unix socket.</param>
/// <param name="Port">TCP port, and the number in the socket's name.</param>
/// <param name="Database">Its name.</param>
/// <param name="User">The role.</param>
public sealed record PostgresPlace(string Host, int Port, string Database, string User)
{
    /// <summary>What a statement may take on the server.</summary>
    private const int StatementMilliseconds = 20_000;

    /// <summary>What a statement may wait for another transaction.</summary>
    private const int LockMilliseconds = 5_000;

    /// <summary>
    /// What a transaction may lie idle: a node that was paused in the middle of one loses it, so that the others go on.
    /// </summary>
    private const int IdleMilliseconds = 30_000;

    /// <summary>
    /// A file in the form of .pgpass (host:port:database:user:password), mode 0600; null where none is needed.
    /// </summary>
    public string? PasswordFile { get; init; }

    /// <summary>How the way to the server is protected; on a Unix socket it needs nothing.</summary>
    public PostgresTls Tls { get; init; } = PostgresTls.Verified;

    /// <summary>The certificates (PEM) that may have signed the server's; null: those of the system.</summary>
    public string? RootCertificate { get; init; }

    /// <summary>Most connections at the same time; who comes later waits.</summary>
    public int ConnectionsMax { get; init; } = 20;

    /// <summary>True when the host is a folder.</summary>
    public bool IsSocket => Host.StartsWith('/');

    /// <summary>For sentences, without user and password.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"postgresql://{(Host.Contains(':') ? $"[{Host}]" : Host)}:{Port}/{Database}");

    /// <summary>
    /// The connection string for Npgsql. Nothing in it is secret: the password is read from its file for each new
    /// connection.
    /// </summary>
    /// <param name="application">What the server's lists name the connection.</param>
    /// <param name="connectionsMax">Most connections of this string.</param>
    public string ConnectionString(string application, int connectionsMax) =>
        Builder(application, connectionsMax).ConnectionString;

    internal NpgsqlConnectionStringBuilder Builder(string application, int connectionsMax)
    {
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = Host,
            Port = Port,
            Database = Database,
            Username = User,
            ApplicationName = application,
            MaxPoolSize = connectionsMax,
            Timeout = 5,
            CommandTimeout = (StatementMilliseconds / 1000) + 5, // the server's limit comes first, unless it is silent
            Enlist = false,
            GssEncryptionMode = GssEncryptionMode.Disable,
            SslMode = IsSocket ? SslMode.Disable : SslModeOf(Tls),
            // Durable on the server's disk is what a commit here means, whatever the database's default is.
            Options = $"-c synchronous_commit=on -c statement_timeout={StatementMilliseconds} "
                + $"-c lock_timeout={LockMilliseconds} -c idle_in_transaction_session_timeout={IdleMilliseconds}",
        };
        if (PasswordFile is not null) builder.Passfile = PasswordFile;
        if (IsSocket) return builder;
        // A server that is gone without a word is noticed within a minute, also where nothing is being sent.
        (builder.TcpKeepAlive, builder.TcpKeepAliveTime, builder.TcpKeepAliveInterval) = (true, 20, 5);
        if (RootCertificate is not null) builder.RootCertificate = RootCertificate;
        return builder;
    }

    private static SslMode SslModeOf(PostgresTls tls) => tls switch
    {
        PostgresTls.Off => SslMode.Disable,
        PostgresTls.Unverified => SslMode.Require,
        _ => SslMode.VerifyFull,
    };
}

/// <summary>How the way to a PostgreSQL server is protected.</summary>
public enum PostgresTls
{
    /// <summary>Encrypted, and the server's certificate and host name are checked.</summary>
    Verified,

    /// <summary>Encrypted, against listeners only: whoever stands between may be the server.</summary>
    Unverified,

    /// <summary>Not at all.</summary>
    Off,
}
