using Backup.Actors.Jobs;
using Backup.Host.Configuration;
using Backup.Messages;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Xunit;

namespace Backup.Tests.Unit.Configuration;

/// <summary>What good configurations mean.</summary>
public class SettingsReaderSpecs
{
    [Fact]
    public void Nothing_written_gives_the_defaults_on_a_node_called_like_its_host()
    {
        var settings = OneConf.SettingsOf("");

        Assert.Equal((new NodeName("here"), "/var/lib/backup"), (settings.Node.Name, settings.Node.DataDirectory));
        Assert.Equal([NodeRole.Director, NodeRole.Storage, NodeRole.Client], settings.Node.Roles);
        Assert.Equal(new ClientSettings(new ClientName("here")), Assert.Single(settings.Clients).Value);
        Assert.Empty(settings.Libraries);
        Assert.Empty(settings.Policies);
        Assert.Equal(TimeSpan.FromSeconds(15), settings.Job.AskAgainAfter);
        Assert.Equal(16, settings.Storage.ChunksInFlight);
        Assert.Equal(0, settings.Client.Compressors);
    }

    [Fact]
    public void All_files_of_a_node_lie_in_its_data_directory()
    {
        var node = OneConf.SettingsOf("backup.node { name = n1, data-directory = /data/ }").Node;

        Assert.Equal(
            ["/data/catalog.db", "/data/journal.db", "/data/backup.sock", "/data/sessions", "/data/work"],
            [node.CatalogFile, node.JournalFile, node.SocketFile, node.SessionsDirectory, node.WorkDirectory]);
    }

    [Fact]
    public void Libraries_pools_and_policies_have_their_own_values_over_the_defaults()
    {
        var settings = OneConf.Settings("""
            node.name = n1
            clients { web1 { }, n1 { } }
            defaults { pool.fragment-size = 1GiB, policy { attempts = 5 } }
            libraries.small { directory = /srv/small, slots = 3, volume-capacity = 4MiB, drives = 2,
              drive-speed-limit = 5MB, autolabel = off }
            pools.tiny { library = small, label-prefix = T, fragment-members-max = 10 }
            policies.q { clients = [n1], file-set = sys, pool = tiny, reread-limit = 0, restart-delay = 0s }
            """);

        Assert.Equal(["n1", "web1"], settings.Clients.Keys.Select(client => client.Value).Order());
        Assert.Equal(
            new LibrarySettings(
                new LibraryName("small"), new NodeName("n1"), LibraryType.Virtual, "/srv/small", Slots: 3, 4 << 20,
                Drives: 2, DriveSpeedLimitBytesPerSecond: 5_000_000, Autolabel: false),
            settings.Libraries[new LibraryName("small")]);
        var tiny = settings.Pools[new PoolName("tiny")];
        Assert.Equal(
            new PoolSettings(new PoolName("tiny"), new LibraryName("small"), tiny.OtherLibraries, "T", 1 << 30, 10),
            tiny);
        Assert.Empty(tiny.OtherLibraries);
        Assert.Equal("disk-30d-", settings.Pools[new PoolName("disk-30d")].LabelPrefix);
        Assert.Equal(1 << 30, settings.Pools[new PoolName("disk-30d")].FragmentSizeBytes);

        var (q, p) = (settings.Policies[new PolicyName("q")], settings.Policies[new PolicyName("p")]);
        Assert.Equal([new ClientName("n1")], q.Clients);
        Assert.Equal([new ClientName("n1")], p.Clients);
        var expected = new PolicySettings(new PolicyName("q"), q.Clients, new FileSetName("sys"), new PoolName("tiny"),
            0, 5, TimeSpan.Zero, 10, LevelWord.Full, TimeSpan.Zero, FileSetChange.Full, SelectBy.Manifest,
            Duplicates: q.Duplicates,
            RetryAfter: TimeSpan.FromMinutes(30));
        Assert.Equal(expected, q);
        Assert.Equal([DuplicateRule.Queue], q.Duplicates);
        Assert.Equal((5, 3, TimeSpan.FromSeconds(30)), (p.Attempts, p.RereadLimit, p.RestartDelay));
    }

    [Fact]
    public void A_file_set_lists_save_operations_each_with_its_own_roots_and_options()
    {
        var settings = OneConf.Settings("""
            defaults.operation { compression.level = 3, exclude-marker = .nobackup }
            file-sets.two.operations = [
              { roots = ["/srv/caf\\xe9"], digest = sha512, one-file-system = off }
            ]
            file-sets.three.operations = [
              {
                roots = [/home], compression.level = 0, exclude-caches = off, exclude-marker = null
                rules = [
                  { include = "/home/**/keep", type = file }
                  { exclude = "*.tmp" }, { exclude = "^/home/x\\.[0-9]+$", kind = regex, type = dir }
                  { exclude = a, type = other }, { exclude = b, type = symlink }, { exclude = " c ", type = any }
                ]
              }
              { roots = [/homes], file-system-types = [ext4, fuse.sshfs], recurse = off, read-fifos = on }
            ]
            """);

        var two = Assert.Single(settings.FileSets[new FileSetName("two")].Operations);
        Assert.Equal([@"/srv/caf\xe9"], two.Roots);
        Assert.Equal((3, DigestAlgorithm.Sha512, false, true, ".nobackup"),
            (two.CompressionLevel, two.Digest, two.OneFileSystem, two.ExcludeCaches, two.ExcludeMarker));
        var three = settings.FileSets[new FileSetName("three")];
        Assert.Equal(["/home", "/homes"], three.Operations.SelectMany(operation => operation.Roots));
        Assert.Equal((0, DigestAlgorithm.Sha256, true, false, null),
            (three.Operations[0].CompressionLevel, three.Operations[0].Digest, three.Operations[0].OneFileSystem,
                three.Operations[0].ExcludeCaches, three.Operations[0].ExcludeMarker));
        Assert.Equal((0, true, false), (two.FileSystemTypes?.Count, two.Recurse, two.ReadFifos));
        Assert.Equal(["ext4", "fuse.sshfs"], three.Operations[1].FileSystemTypes);
        Assert.Equal((false, true), (three.Operations[1].Recurse, three.Operations[1].ReadFifos));
        Assert.Equal(
            [
                new FileRule(true, "/home/**/keep", PatternKind.Wild, RuleTarget.File),
                new FileRule(false, "*.tmp"),
                new FileRule(false, @"^/home/x\.[0-9]+$", PatternKind.Regex, RuleTarget.Directory),
                new FileRule(false, "a", PatternKind.Wild, RuleTarget.Special),
                new FileRule(false, "b", PatternKind.Wild, RuleTarget.Symlink),
                new FileRule(false, " c "),
            ],
            three.Operations[0].Rules);
    }

    [Fact]
    public void The_root_of_the_file_system_is_a_root() =>
        Assert.Equal(["/"], OneConf.Settings("file-sets.all.operations = [{ roots = [/] }]")
            .FileSets[new FileSetName("all")].Operations[0].Roots);

    [Fact]
    public void The_akka_tree_is_handed_on_as_text_with_its_substitutions_replaced()
    {
        var settings = OneConf.SettingsOf("""
            backup.node.name = n1
            akka {
              loglevel = DEBUG
              loglevel = INFO           # the last one wins in this tree
              actor { "a.b" = [1, two words], name = ${backup.node.name}-system }
            }
            """);

        Assert.Contains("loglevel = INFO\n", settings.AkkaHocon, StringComparison.Ordinal);
        Assert.Contains("\"a.b\" = [1, \"two words\"]\n", settings.AkkaHocon, StringComparison.Ordinal);
        Assert.Contains("name = n1-system\n", settings.AkkaHocon, StringComparison.Ordinal);
        Assert.StartsWith("akka {\n", settings.AkkaHocon, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_within_a_key_of_the_backup_tree_keeps_its_blanks()
    {
        var settings = OneConf.Settings("""
            file-sets.b.operations = [{ roots = ["/srv/a "], exclude-marker = " m" }]
            """);

        var operation = settings.FileSets[new FileSetName("b")].Operations[0];
        Assert.Equal(("/srv/a ", " m"), (operation.Roots[0], operation.ExcludeMarker));
    }
}
