using Akka.Event;
using Backup.Hocon;
using Backup.Host.Configuration;
using Backup.Host.Service;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.Unit.Service;

/// <summary>A running node reads its configuration again: wholly, or not at all.</summary>
public sealed class NodeReloadSpecs : ActorKit
{
    private const string Rest = """
        backup {
          node { name = here, data-directory = /tmp/never-made }
          libraries.tapes.directory = /tmp/never-made-either
          file-sets.sys.operations = [{ roots = [/etc] }]
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("reload-").FullName;
    private readonly List<BackupSettings> _applied = [];
    private readonly NodeReload _reload;

    public NodeReloadSpecs() : base("akka.loglevel = INFO")
    {
        Write("pools.disk.library = tapes\npolicies.nightly { file-set = sys, pool = disk }");
        var (settings, problems) = SettingsReader.Read(File);
        Assert.Empty(problems);
        _reload = new NodeReload(settings!, Logging.GetLogger(Sys, "node"));
        _reload.Changed += _applied.Add;
    }

    private string File => Path.Combine(_folder, "node.conf");

    protected override void AfterAll()
    {
        Directory.Delete(_folder, recursive: true);
        base.AfterAll();
    }

    [Fact]
    public void What_can_change_is_in_force_and_the_rest_is_named()
    {
        Write("""
            pools { disk { library = tapes, fragment-size = 2GiB }, more { library = tapes, label-prefix = M- } }
            policies { nightly { file-set = sys, pool = more }, weekly { file-set = sys, pool = disk } }
            clients.web1 { }
            client.jobs-max = 5
            storage { chunks-in-flight = 32, data-port = 4711 }
            log.level = debug
            pbm.enabled = off
            libraries.tapes.slots = 7
            """);

        var reply = Assert.IsType<ConfigurationReloaded>(Reload());

        Assert.Equal(
            [
                "backup.client.jobs-max", "backup.clients.web1", "backup.log.level",
                "backup.policies.nightly.pool", "backup.policies.weekly.file-set", "backup.policies.weekly.pool",
                "backup.pools.disk.fragment-size", "backup.pools.more.label-prefix", "backup.pools.more.library",
                "backup.storage.chunks-in-flight",
            ],
            reply.Applied);
        Assert.Equal(
            ["backup.libraries.tapes.slots", "backup.pbm.enabled", "backup.storage.data-port"], reply.NeedRestart);
        var now = Assert.Single(_applied);
        Assert.Equal("more", now.Policies[new PolicyName("nightly")].Pool.Value);
        Assert.Equal((5, 32, 0), (now.Client.JobsMax, now.Storage.ChunksInFlight, now.Storage.DataPort));
        Assert.Equal((true, 20, LogLevel.DebugLevel),
            (now.Pbm.Enabled, now.Libraries[new LibraryName("tapes")].Slots, now.Log.Level));
    }

    /// <summary>A pool may name what another storage node has, without a restart of the director.</summary>
    [Fact]
    public void A_new_library_of_another_node_is_in_force_at_once_and_one_of_its_own_is_not()
    {
        const string others = "cluster { seeds = [\"127.0.0.1:9111\"], port = 9111 }\n"
            + "libraries.tapes.node = here\ndefaults.policy.clients = [here]\n";
        Write($"{others}pools.disk.library = tapes\npolicies.nightly {{ file-set = sys, pool = disk }}");
        var (settings, problems) = SettingsReader.Read(File);
        Assert.Empty(problems);
        var reload = new NodeReload(settings!, Logging.GetLogger(Sys, "node"));
        Write($"{others}libraries.far {{ node = there, directory = /tmp/far, slots = 3 }}\npools.disk.library = tapes\n"
            + "pools.vault.library = far\npolicies.nightly { file-set = sys, pool = vault }\nlibraries.tapes.slots = 9");

        var reply = Assert.IsType<ConfigurationReloaded>(reload.Reload(new ReloadConfiguration(RequestId.New())));

        Assert.Contains("backup.libraries.far.directory", reply.Applied);
        Assert.Equal(["backup.libraries.tapes.slots"], reply.NeedRestart);
        Assert.Equal(3, reload.InForce.Libraries[new LibraryName("far")].Slots);
        Assert.Equal(20, reload.InForce.Libraries[new LibraryName("tapes")].Slots);
        Assert.Equal("far", reload.InForce.Pools[new PoolName("vault")].Library.Value);
    }

    [Fact]
    public void What_waits_for_a_restart_is_named_until_it_is_taken_back()
    {
        Write("pools.disk.library = tapes\npolicies.nightly { file-set = sys, pool = disk }\npbm.port = 9222");
        Assert.Equal(["backup.pbm.port"], Assert.IsType<ConfigurationReloaded>(Reload()).NeedRestart);
        var again = Assert.IsType<ConfigurationReloaded>(Reload());
        Assert.Equal((0, "backup.pbm.port"), (again.Applied.Count, Assert.Single(again.NeedRestart)));

        Write("pools.disk.library = tapes\npolicies.nightly { file-set = sys, pool = disk }");

        var back = Assert.IsType<ConfigurationReloaded>(Reload());
        Assert.Equal((0, 0), (back.Applied.Count, back.NeedRestart.Count));
    }

    [Fact]
    public void A_mistake_refuses_all_of_it_with_file_line_and_key()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(Error));
        Write("pools.disk.library = tapes\nclient.jobs-max = lots\npolicies.weekly { file-set = sys, pool = dsk }");

        var refused = Assert.IsType<Refused>(Reload());

        Assert.Equal(RefusalCode.BadRequest, refused.Code);
        Assert.Contains($"{File}:6:19  error  backup.client.jobs-max: found \"lots\"", refused.Sentence,
            StringComparison.Ordinal);
        Assert.Contains($"{File}:7:42  error  backup.policies.weekly.pool: unknown pool \"dsk\"", refused.Sentence,
            StringComparison.Ordinal);
        Assert.EndsWith("2 problems. Nothing was changed.", refused.Sentence, StringComparison.Ordinal);
        Assert.Empty(_applied);
        Assert.Contains("backup.client.jobs-max", ExpectMsg<Error>().Message.ToString(), StringComparison.Ordinal);
        Assert.Contains("backup.policies.weekly.pool", ExpectMsg<Error>().Message.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("pools.disk { library = ")]
    public void A_file_that_is_gone_or_half_written_is_refused(string content)
    {
        if (content.Length == 0) global::System.IO.File.Delete(File);
        else Write(content);

        Assert.Equal(RefusalCode.BadRequest, Assert.IsType<Refused>(Reload()).Code);
        Assert.Empty(_applied);
    }

    [Theory]
    [InlineData("libraries.other.directory = /tmp/o\npools.disk.library = other\n", ":6:22: backup.pools.disk.library: ")]
    [InlineData("pools.disk.library = tapes\nnode.name = there\n", ":6:13: backup.node.name: ")]
    public void What_would_not_fit_the_running_node_is_refused_as_a_whole(string lines, string place)
    {
        Write(lines, Rest.Replace("name = here, ", lines.Contains("there") ? "" : "name = here, "));

        var refused = Assert.IsType<Refused>(Reload());

        Assert.Equal(RefusalCode.Conflict, refused.Code);
        Assert.StartsWith(File + place, refused.Sentence, StringComparison.Ordinal);
        Assert.Empty(_applied);
    }

    [Fact]
    public void The_same_request_is_done_once()
    {
        var request = new ReloadConfiguration(RequestId.New());
        Write("pools.disk.library = tapes\nclient.jobs-max = 7");

        var first = _reload.Reload(request);

        Assert.Same(first, _reload.Reload(request));
        Assert.Single(_applied);
    }

    [Theory]
    [InlineData("[\"a:1\", \"b:2\"]", "[\"c:3\", \"b:2\"]", true)]
    [InlineData("[\"a:1\"]", "[]", false)]
    [InlineData("[]", "[\"a:1\"]", false)]
    public void A_member_takes_over_its_seeds_and_stays_a_member(string before, string after, bool isLive)
    {
        var reload = new NodeReload(Read(before), Logging.GetLogger(Sys, "node"));
        Write(With(after));

        var reply = Assert.IsType<ConfigurationReloaded>(reload.Reload(new ReloadConfiguration(RequestId.New())));

        Assert.Equal(["backup.cluster.seeds"], isLive ? reply.Applied : reply.NeedRestart);
        Assert.Equal(
            isLive ? ["c:3", "b:2"] : Read(before).Cluster.Seeds.Select(seed => $"{seed}"),
            reload.InForce.Cluster.Seeds.Select(seed => $"{seed}"));

        BackupSettings Read(string seeds)
        {
            Write(With(seeds));
            var (settings, problems) = SettingsReader.Read(File);
            Assert.Empty(problems);
            return settings!;
        }

        static string With(string seeds) => $$"""
            pools.disk.library = tapes
            node.roles = [director, storage, client]
            libraries.tapes.node = here
            cluster { seeds = {{seeds}}, address = 127.0.0.1, port = 9111 }
            """;
    }

    [Fact]
    public void Directors_are_alike_by_what_jobs_are_started_with_and_not_by_their_own_matters()
    {
        var before = Digest("pools.disk.library = tapes\nclient.jobs-max = 1");

        Assert.Equal(before, Digest("client.jobs-max = 2, pools { disk { library = tapes } }"));
        Assert.NotEqual(before, Digest("pools.disk { library = tapes, fragment-size = 2GiB }"));

        string Digest(string lines)
        {
            Write(lines);
            return SettingsChange.DigestOf(SettingsReader.Read(File).Settings!);
        }
    }

    /// <summary>What is promised by the list of keys and what is taken over are one.</summary>
    [Fact]
    public void Every_key_that_is_called_live_is_one_of_the_file_that_ships() => Assert.All(
        SettingsChange.Live, live => Assert.NotNull(ReferenceSettings.Root.Find(live)));

    [Theory]
    [InlineData("client.jobs-max = 9")]
    [InlineData("client.compressors = 9")]
    [InlineData("storage.chunks-in-flight = 9")]
    [InlineData("storage.outbox-retry-delay = 9s")]
    [InlineData("storage.wait-for-volume = 9s")]
    [InlineData("storage.look-for-volume-every = 9s")]
    [InlineData("log.format = json")]
    [InlineData("log.level = error")]
    [InlineData("defaults.policy.attempts = 9")]
    [InlineData("defaults.pool.fragment-size = 9MiB")]
    public void A_key_that_is_live_changes_what_is_applied(string line)
    {
        Write("pools.disk.library = tapes\npolicies.nightly { file-set = sys, pool = disk }");
        Reload();
        Write($"pools.disk.library = tapes\npolicies.nightly {{ file-set = sys, pool = disk }}\n{line}");

        var key = Assert.Single(Assert.IsType<ConfigurationReloaded>(Reload()).Applied);

        Assert.Equal("backup." + line.Split(' ')[0], key);
        Assert.NotEqual(Written(_applied[0]), Written(_applied[1]));
    }

    private static string Written(BackupSettings settings) => string.Join('\n', settings.Client, settings.Storage,
        settings.Log, settings.Pools.Values.Single(), settings.Policies.Values.Single() with { Clients = [] });

    private IReply Reload() => _reload.Reload(new ReloadConfiguration(RequestId.New()));

    private void Write(string lines, string rest = Rest) =>
        global::System.IO.File.WriteAllText(File, $"{rest}\n{lines}\n}}\n");
}
