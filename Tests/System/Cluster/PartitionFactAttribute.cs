using Backup.Tests.Postgres;
using Xunit;

namespace Backup.Tests.System.Cluster;

/// <summary>
/// A test that needs root, `ip` and a PostgreSQL server: skipped with the reason where there is none, but not in CI.
/// </summary>
internal sealed class PartitionFactAttribute : FactAttribute
{
    /// <param name="all">Also skipped, in CI too, unless BACKUP_CLUSTER_PARTITIONS=all.</param>
    public PartitionFactAttribute(bool all = false) =>
        Skip = all && Environment.GetEnvironmentVariable("BACKUP_CLUSTER_PARTITIONS") != "all"
            ? "Takes ten minutes; BACKUP_CLUSTER_PARTITIONS=all runs it."
            : new NeedsFactAttribute(root: true, "ip", "setpriv", "zstd", "tar").Skip ?? PostgresServer.Missing;
}
