using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using Npgsql;
using DiagnosticProcess = System.Diagnostics.Process;
using ProcessStartInfo = System.Diagnostics.ProcessStartInfo;
using Stopwatch = System.Diagnostics.Stopwatch;

namespace Backup.Tests.Postgres;

/// <summary>
/// A real PostgreSQL server on a Unix socket, with a data directory of its own. It goes with the test's process,
/// however that ends.
/// </summary>
public sealed class PostgresServer : IDisposable
{
    private const string Admin = "postgres";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly Lazy<PostgresServer> One = new(Shared);
    private static readonly string? Binaries = FindBinaries();

    private readonly string _root;
    private readonly string _data;
    private readonly ConcurrentQueue<string> _log = new();
    private DiagnosticProcess? _process;

    /// <summary>Makes and starts a server.</summary>
    /// <param name="data">A directory for its files, which exists and is empty; null: one of its own.</param>
    /// <param name="settings">Further settings, as `wal_segment_size=1MB`.</param>
    public PostgresServer(string? data = null, params string[] settings)
    {
        _root = Directory.CreateTempSubdirectory("backup-pg-").FullName;
        _data = data ?? Directory.CreateDirectory(Path.Combine(_root, "data")).FullName;
        Settings = settings;
        if (Environment.IsPrivilegedProcess) Run("chown", "-R", Account, _root, _data);
        // A collation by language, so that a text that must sort as bytes shows it when it does not.
        Run(AsAccount("initdb", "-D", _data, "-U", Admin, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
            "--locale-provider=icu",
            "--icu-locale=en-US", "--no-sync", "--no-instructions"));
        Start();
    }

    /// <summary>The server of the test run; started by its first use.</summary>
    public static PostgresServer OfThisRun => One.Value;

    /// <summary>
    /// Why there can be no server on this machine; null where there can, and in CI, where there must.
    /// </summary>
    public static string? Missing => Environment.GetEnvironmentVariable("CI") == "true" ? null
        : Binaries is null ? "No PostgreSQL server is installed (Debian: postgresql)."
        : File.Exists("/usr/bin/setpriv") ? null : "Not installed: setpriv (Debian: util-linux).";

    /// <summary>The folder of its socket.</summary>
    public string Host => _root;

    /// <summary>The number in the socket's name.</summary>
    public static int Port => 5432;

    /// <summary>The role that may do everything, without a password.</summary>
    public static string User => Admin;

    /// <summary>False when it has ended, by itself too.</summary>
    public bool Runs => _process is { HasExited: false };

    private IReadOnlyList<string> Settings { get; }

    private string Id => _process!.Id.ToString(CultureInfo.InvariantCulture);

    private static string Account => !Environment.IsPrivilegedProcess ? Environment.UserName
        : File.ReadLines("/etc/passwd").Any(line => line.StartsWith("postgres:", StringComparison.Ordinal))
        ? "postgres" : "nobody";

    /// <summary>What it wrote, for a failing test.</summary>
    public string Log => string.Join('\n', _log);

    /// <summary>A connection string for Npgsql.</summary>
    public string ConnectionString(string database) =>
        $"Host={Host};Port={Port};Username={User};Database={database};Timeout=5";

    /// <summary>Makes a database; it goes with <see cref="Drop"/> or with the server.</summary>
    public string Create(string options = "")
    {
        var name = "t" + Guid.NewGuid().ToString("N");
        Execute(Admin, $"CREATE DATABASE {name} {options}");
        return name;
    }

    public void Drop(string database) => Execute(Admin, $"DROP DATABASE {database} WITH (FORCE)");

    /// <summary>Runs SQL as administrator; the first value that it gives.</summary>
    public object? Execute(string database, string sql)
    {
        using var connection = new NpgsqlConnection(ConnectionString(database) + ";Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    /// <summary>Starts it, after <see cref="Stop"/> too; returns when it serves.</summary>
    public void Start()
    {
        List<string> arguments = ["postgres", "-D", _data, "-k", _root, "-p",
            Port.ToString(CultureInfo.InvariantCulture)];
        foreach (var setting in (string[])["listen_addresses=", "fsync=off", "max_connections=300",
            "shared_buffers=32MB", "deadlock_timeout=100ms", .. Settings])
            arguments.AddRange(["-c", setting]);
        var command = AsAccount([.. arguments]);
        using var started = new ManualResetEventSlim();
        // Its own thread, which lives as long as the server: the kernel's signal at the death of the parent is for the
        // thread's death.
        new Thread(() =>
        {
            var start = new ProcessStartInfo(command[0], command[1..])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            };
            var process = DiagnosticProcess.Start(start)!;
            process.ErrorDataReceived += (_, line) => { if (line.Data is { } text) _log.Enqueue(text); };
            process.BeginErrorReadLine();
            _process = process;
            started.Set();
            process.WaitForExit();
        })
        { IsBackground = true, Name = "postgres" }.Start();
        started.Wait();
        var process = _process!;
        for (var since = Stopwatch.StartNew(); !Serves(); process.WaitForExit(30))
        {
            if (process.HasExited || since.Elapsed > Patience)
                throw new InvalidOperationException($"The PostgreSQL server does not start:\n{Log}");
        }
    }

    /// <summary>Ends it at once, as a crash does: what is committed is recovered by the next start.</summary>
    public void Stop() => Signal("QUIT");

    /// <summary>Ends all its processes with SIGKILL.</summary>
    public void Kill()
    {
        Run("kill", "-STOP", Id); // or it would start others for those that are gone
        Run(["kill", "-KILL", .. Children()]);
        Signal("KILL");
    }

    /// <summary>
    /// From now on nobody is answered, and no connection is refused or ends: as when its machine has gone silent.
    /// </summary>
    public void Pause()
    {
        Run("kill", "-STOP", Id);
        Run(["kill", "-STOP", .. Children()]);
    }

    /// <summary>It goes on.</summary>
    public void Continue() => Run(["kill", "-CONT", Id, .. Children()]);

    /// <summary>Ends its connections, then itself.</summary>
    public void Shut() => Signal("INT");

    public void Dispose()
    {
        if (_process is { HasExited: false }) Stop();
        if (Directory.Exists(_root)) Run("rm", "-rf", _root);
    }

    private string[] Children() => File.ReadAllText($"/proc/{Id}/task/{Id}/children")
        .Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static PostgresServer Shared()
    {
        var server = new PostgresServer();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.Dispose();
        return server;
    }

    private void Signal(string signal)
    {
        Run("kill", "-" + signal, Id);
        if (!_process!.WaitForExit(Patience))
            throw new InvalidOperationException($"The PostgreSQL server does not stop:\n{Log}");
    }

    private bool Serves()
    {
        try
        {
            return Execute(Admin, "SELECT 1") is 1;
        }
        catch (Exception refused) when (refused is NpgsqlException or SocketException)
        {
            return false;
        }
    }

    /// <summary>Servers refuse root; and the kernel ends this one when its parent dies.</summary>
    private static string[] AsAccount(params string[] command)
    {
        if (Binaries is null)
            throw new InvalidOperationException("No PostgreSQL server is installed (Debian: postgresql).");
        command[0] = Path.Combine(Binaries, command[0]);
        string[] account = Environment.IsPrivilegedProcess
            ? ["--reuid", Account, "--regid", Run("id", "-g", Account).Trim(), "--clear-groups"] : [];
        return ["setpriv", .. account, "--pdeathsig", "QUIT", .. command];
    }

    private static string? FindBinaries() => !Directory.Exists("/usr/lib/postgresql") ? null
        : Directory.EnumerateDirectories("/usr/lib/postgresql")
            .OrderByDescending(VersionOf)
            .Select(folder => Path.Combine(folder, "bin"))
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")));

    private static int VersionOf(string folder) =>
        int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : 0;

    private static string Run(params string[] command)
    {
        using var process = DiagnosticProcess.Start(new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output : throw new InvalidOperationException($"{string.Join(' ', command)}: {errors.Result}");
    }
}
