using System.Globalization;
using Backup.Host.CommandLine;
using Backup.Host.Http;
using Backup.Media.Posix;

namespace Backup.Host.LocalCluster;

/// <summary>
/// A PostgreSQL server for one local cluster, in its folder and on a Unix socket there. As root it runs as another
/// user, since it refuses root.
/// </summary>
internal sealed class PrivatePostgres : IDisposable
{
    private const string Role = "backup";

    // initdb makes it, and a server for one cluster needs no other.
    private const string Database = "postgres";
    private const string Debian = "/usr/lib/postgresql";
    private static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopsWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private PrivatePostgres(ChildProcess server) => Server = server;

    public ChildProcess Server { get; }

    /// <summary>The folder of its programs; null where it is not installed.</summary>
    public static string? Programs => Folders().FirstOrDefault(folder =>
        File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "postgres")));

    /// <summary>The object `backup.catalog` for a server in a folder.</summary>
    public static string Catalog(string place) =>
        $"provider = postgresql, host = \"{Folder(place)}\", database = {Database}, user = {Role}";

    /// <summary>Makes the server where it is not there yet, and starts it.</summary>
    /// <exception cref="CommandFailure">It cannot be made or started.</exception>
    public static async Task<PrivatePostgres> Start(string programs, string place, CancellationToken cancellation)
    {
        if (Environment.IsPrivilegedProcess) CheckWay(place);
        var (folder, log) = (Folder(place), Path.Combine(place, "postgres.log"));
        var data = Path.Combine(folder, "data");
        var isNew = !Directory.Exists(data);
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (Environment.IsPrivilegedProcess)
        {
            await ChildProcess.Run(log, ["chown", "-R", Account, folder], cancellation);
            // Its way there leads through this folder.
            File.SetUnixFileMode(place, File.GetUnixFileMode(place) | UnixFileMode.OtherExecute);
        }
        if (isNew) await Make(programs, log, data, cancellation);
        // No fsync: what is kept here is for trying, and the machine may have slow disks.
        var postgres = new PrivatePostgres(ChildProcess.Start(log, AsAccount(programs, "postgres", "-D", data, "-k",
            folder, "-c", "listen_addresses=", "-c", "unix_socket_permissions=0700", "-c", "fsync=off",
            "-c", "max_connections=300")));
        try
        {
            await postgres.Listens(Path.Combine(folder, ".s.PGSQL.5432"), cancellation);
            return postgres;
        }
        catch
        {
            await postgres.Stop();
            postgres.Dispose();
            throw;
        }
    }

    /// <summary>Ends its connections, then itself; false when it had to be killed.</summary>
    public Task<bool> Stop() => Server.Stop(ProcessSignal.Interrupt, StopsWithin);

    public void Dispose() => Server.Dispose();

    /// <summary>The account of the server is not root's, and must come to its folder all the same.</summary>
    private static void CheckWay(string place)
    {
        for (var above = new DirectoryInfo(place).Parent; above is not null; above = above.Parent)
            if (!File.GetUnixFileMode(above.FullName).HasFlag(UnixFileMode.OtherExecute))
                throw CommandFailure.Usage(
                    $"PostgreSQL refuses to run as root, and user {Account} may not pass {above.FullName}. Give "
                        + "--directory a folder to which everybody may go, or --sqlite.");
    }

    /// <summary>Half a server is none: it gets its name when it is whole.</summary>
    private static async Task Make(string programs, string log, string data, CancellationToken cancellation)
    {
        var half = data + ".half";
        if (Directory.Exists(half)) Directory.Delete(half, recursive: true);
        await ChildProcess.Run(log, AsAccount(programs, "initdb", "-D", half, "-U", Role, "-A", "trust", "-E", "UTF8",
            "--locale=C.UTF-8", "--no-sync", "--no-instructions"), cancellation);
        Directory.Move(half, data);
    }

    /// <summary>It may still recover: nodes wait for that by themselves.</summary>
    private async Task Listens(string socket, CancellationToken cancellation)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (!await HttpNodeConnection.Answers(socket, cancellation))
        {
            if (Server.HasEnded) throw Server.Failure("The PostgreSQL server does not start");
            if (TimeProvider.System.GetElapsedTime(since) > StartsWithin)
                throw Server.Failure($"The PostgreSQL server does not serve within {StartsWithin.TotalSeconds:0} s");
            await Task.Delay(Pause, cancellation);
        }
    }

    private static string Folder(string place) => Path.Combine(place, "postgres");

    private static string Account => File.ReadLines("/etc/passwd")
        .Any(line => line.StartsWith("postgres:", StringComparison.Ordinal)) ? "postgres" : "nobody";

    private static IEnumerable<string> AsAccount(string programs, string program, params string[] arguments)
    {
        string[] account = Environment.IsPrivilegedProcess
            ? ["setpriv", $"--reuid={Account}", $"--regid={GroupOf(Account)}", "--clear-groups"] : [];
        return [.. account, Path.Combine(programs, program), .. arguments];
    }

    private static string GroupOf(string account) => File.ReadLines("/etc/passwd")
        .Select(line => line.Split(':')).First(fields => fields[0] == account)[3];

    private static IEnumerable<string> Folders()
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return !Directory.Exists(Debian) ? path : path.Concat(Directory.EnumerateDirectories(Debian)
            .OrderByDescending(folder => int.TryParse(
                Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
                    ? version : 0)
            .Select(folder => Path.Combine(folder, "bin")));
    }
}
