using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence.Sql;
using Backup.Actors.Jobs;
using Backup.Actors.Node;
using Backup.Host.CommandLine;
using Backup.Host.Configuration;
using Backup.Host.Pbm;
using Backup.Messages.Serialization;
using Microsoft.Data.Sqlite;

namespace Backup.Host.Node;

/// <summary>The `akka` configuration of a node's two actor systems: ours, under what the operator wrote.</summary>
internal static class NodeConfig
{
    /// <summary>The name of the cluster's actor system, the same on all nodes.</summary>
    public const string SystemName = "backup";

    private const int JournalConnectionsMax = 10;

    /// <summary>The cluster's system: sagas with their journal, catalog, gateway.</summary>
    /// <param name="settings">The node's.</param>
    /// <param name="joins">False: it joins when it is told to.</param>
    public static Config Cluster(
        BackupSettings settings, bool joins) => ConfigurationFactory.ParseString(settings.AkkaHocon)
        .WithFallback(settings.Cluster.IsAlone ? Alone : ConfigurationFactory.ParseString(Member(settings, joins)))
        .WithFallback(ConfigurationFactory.ParseString(
            $$"""
            akka {
              loglevel = {{LogText.AkkaLevel(settings.Log.Level)}}
              loggers = ["Backup.Host.CommandLine.StandardErrorLogger, backup"]
              stdout-loglevel = OFF
              log-dead-letters = off
              coordinated-shutdown.exit-clr = off
              persistence {
                journal {
                  plugin = "akka.persistence.journal.sql"
                  sql {
                    connection-string = "{{Connection(settings)}}"
                    provider-name = "{{Provider(settings)}}"
                    auto-initialize = true
                  }
                }
                snapshot-store {
                  plugin = "akka.persistence.snapshot-store.sql"
                  sql {
                    connection-string = "{{Connection(settings)}}"
                    provider-name = "{{Provider(settings)}}"
                    auto-initialize = true
                  }
                }
              }
            }
            # Two writers of one job: its saga must stop and be seen, not silently lose events (docs/decisions.md).
            akka.persistence.journal-plugin-fallback.replay-filter.mode = fail
            {{StandardErrorLogger.FormatKey}} = {{settings.Log.Format}}
            backup.catalog-dispatcher { type = PinnedDispatcher, executor = thread-pool-executor }
            """))
        .WithFallback(ConfigurationFactory.ParseString(PbmConsole.Hocon(settings.Pbm)))
        .WithFallback(ConfigurationFactory.ParseString(JobEventSerializer.Hocon))
        .WithFallback(MessagesConfig.Default)
        .WithFallback(SqlPersistence.DefaultConfiguration);

    private static readonly Config Alone = ConfigurationFactory.ParseString("akka.actor.provider = local");

    /// <summary>What a member of a cluster has beyond a node that is alone.</summary>
    private static string Member(BackupSettings settings, bool joins)
    {
        var cluster = settings.Cluster;
        var roles = settings.Node.Roles.Select(role => role.ToString().ToLowerInvariant());
        var seeds = joins ? SeedsOf(settings).Select(seed => $"\"{seed}\"") : [];
        return $$"""
            akka {
              actor.provider = cluster
              remote.dot-netty.tcp {
                hostname = "{{cluster.Address}}"
                port = {{cluster.Port}}
                public-hostname = "{{cluster.Host}}"
                enable-ssl = {{(settings.Security.Identity is null ? "off" : "on")}}
                ssl {
                  suppress-validation = false
                  require-mutual-authentication = true
                  validate-certificate-hostname = {{(settings.Security.CheckHostNames ? "on" : "off")}}
                }
              }
              cluster {
                roles = [{{string.Join(", ", roles)}}]
                seed-nodes = [{{string.Join(", ", seeds)}}]
                downing-provider-class = "Akka.Cluster.SBR.SplitBrainResolverProvider, Akka.Cluster"
                split-brain-resolver {
                  active-strategy = keep-majority
                  stable-after = {{(long)cluster.StableAfter.TotalMilliseconds}}ms
                  keep-majority.role = {{DirectorsLink.Role}}
                }
                sharding.passivate-idle-entity-after = off
              }
            }
            """;
    }

    /// <summary>
    /// The addresses of the seeds. Who is no director also tries where the directors were last; a director does not,
    /// since who founds a cluster is to be in the configuration alone.
    /// </summary>
    public static IEnumerable<string> SeedsOf(BackupSettings settings)
    {
        var protocol = settings.Security.Identity is null ? "akka.tcp" : "akka.ssl.tcp";
        var remembered = settings.Node.Is(NodeRole.Director) ? [] : DirectorMemory.Known(settings.Node);
        return settings.Cluster.Seeds.Concat(remembered).Distinct().Select(seed => $"{protocol}://{SystemName}@{seed}");
    }

    /// <summary>The local system: client and storage with their streams.</summary>
    public static Config Local(BackupSettings settings) => ConfigurationFactory.ParseString(settings.AkkaHocon)
        .WithFallback(ConfigurationFactory.ParseString(
            $$"""
            akka {
              actor.provider = local
              loglevel = {{LogText.AkkaLevel(settings.Log.Level)}}
              loggers = ["Backup.Host.CommandLine.StandardErrorLogger, backup"]
              stdout-loglevel = OFF
              log-dead-letters = off
              coordinated-shutdown { exit-clr = off, run-by-clr-shutdown-hook = off }
            }
            {{StandardErrorLogger.FormatKey}} = {{settings.Log.Format}}
            backup.storage-dispatcher { type = PinnedDispatcher, executor = thread-pool-executor }
            """));

    /// <summary>What is less than it is left out from now on, and lines have its form.</summary>
    public static void Log(ActorSystem system, LogSettings log)
    {
        system.EventStream.SetLogLevel(log.Level);
        system.EventStream.Publish(log);
    }

    private static string Provider(BackupSettings settings) =>
        settings.Catalog.Provider == CatalogProvider.Sqlite ? "SQLite.MS" : "PostgreSQL.15";

    private static string Connection(BackupSettings settings) => (settings.Catalog.Provider == CatalogProvider.Sqlite
            // A path may hold what separates the words of such a text
            ? new SqliteConnectionStringBuilder { DataSource = settings.Node.JournalFile }.ConnectionString
            : settings.Catalog.Place.ConnectionString("backup journal", JournalConnectionsMax))
        .Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}
