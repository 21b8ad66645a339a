using System.CommandLine;
using Backup.Host.CommandLine;

namespace Backup.Host.LocalCluster;

/// <summary>What `backup local-cluster` was asked for.</summary>
/// <param name="Directory">Where to put everything; null: a temporary folder.</param>
/// <param name="Nodes">How many processes; null: as many as show everything.</param>
/// <param name="Store">What is to keep catalog and journal.</param>
/// <param name="Database">A server that is there already, as `host=db port=5432`.</param>
/// <param name="Keep">Whether the temporary folder stays.</param>
internal sealed record LocalClusterRequest(
    string? Directory, int? Nodes, LocalStore Store, string? Database, bool Keep);

/// <summary>What is to keep catalog and journal of a local cluster.</summary>
internal enum LocalStore
{
    /// <summary>PostgreSQL where it is installed, else SQLite.</summary>
    Any,
    Postgresql,
    Sqlite,
}

/// <summary>A cluster of processes on one machine, to try it.</summary>
internal static class LocalClusterCommand
{
    private const int NodesMax = 32;

    public static Command Create(BackupCommand program)
    {
        var directory = new Option<string?>("--directory")
        {
            Description = "Where configurations, logs and data go; it stays. Default: a temporary folder.",
            HelpName = "dir",
        };
        var nodes = new Option<int?>("--nodes")
        {
            Description = $"How many processes, {LocalClusterPlan.NodesMin} to {NodesMax}. Default: three directors, "
                + "one storage node and two clients; with SQLite one director.",
            HelpName = "n",
        };
        nodes.Within(LocalClusterPlan.NodesMin, NodesMax);
        var postgresql = new Option<bool>("--postgresql")
        {
            Description = "Run a PostgreSQL server of its own, which must be installed. Default where it is.",
        };
        var sqlite = new Option<bool>("--sqlite") { Description = "Files instead: one director, no fail-over." };
        var database = new Option<string?>("--database")
        {
            Description = "Use a PostgreSQL server that is there: host=HOST port=N database=NAME user=NAME "
                + "password-file=FILE tls=WORD root-certificate=FILE, as in backup.catalog.",
            HelpName = "words",
        };
        var keep = new Option<bool>("--keep") { Description = "Keep the temporary folder." };
        var command = new ExampledCommand("local-cluster",
            "Starts a cluster of several processes on this machine, to try it: writes their configurations, starts "
                + "them, says how to use them, and stops all of them by Ctrl-C or SIGTERM.",
            "backup local-cluster", "backup local-cluster --directory /tmp/cluster --sqlite",
            "backup local-cluster --database 'host=/var/run/postgresql database=backup user=backup'")
        { directory, nodes, postgresql, sqlite, database, keep };
        command.Validators.Add(result =>
        {
            if (result.GetValue(sqlite) && (result.GetValue(postgresql) || result.GetValue(database) is not null))
                result.AddError("Give --sqlite, or --postgresql, or --database; not both.");
        });
        program.Does(command, (parsed, cancellation) => new LocalClusterRun(program.Context, new LocalClusterRequest(
            parsed.GetValue(directory), parsed.GetValue(nodes),
            parsed.GetValue(sqlite) ? LocalStore.Sqlite
                : parsed.GetValue(postgresql) ? LocalStore.Postgresql : LocalStore.Any,
            parsed.GetValue(database), parsed.GetValue(keep))).Run(cancellation));
        return command;
    }
}
