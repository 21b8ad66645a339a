using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Backup.Host.CommandLine;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Tests.Unit.Service;
using Xunit;

namespace Backup.Tests.System;

/// <summary>The node as a service manager and monitoring see it.</summary>
public sealed class ServiceSpecs
{
    private static readonly TimeSpan StopsWithin = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_service_manager_hears_of_start_reload_life_and_stop()
    {
        using var manager = new NotifySocket();
        await using var fixture = new NodeFixture("backup.log.format = json");
        fixture.Settings();
        await using var node = Start(
            fixture, [], ("NOTIFY_SOCKET", manager.Name), ("WATCHDOG_USEC", "3000000"));

        Assert.Equal(["STATUS=Starting."], manager.Next());
        Assert.Equal(["READY=1", "STATUS=Running."], manager.Next());
        Assert.Equal(["WATCHDOG=1"], manager.Next());
        Until(manager, "STATUS=Ready.");
        Until(manager, "WATCHDOG=1");

        await node.Signal("HUP");
        Assert.StartsWith("MONOTONIC_USEC=", Until(manager, "RELOADING=1")[1], StringComparison.Ordinal);
        Assert.Equal("STATUS=Running; the configuration was read again.", Until(manager, "READY=1")[1]);
        await File.AppendAllTextAsync(fixture.ConfigFile, "\nbackup.client.jobs-max = lots\n");
        await node.Signal("HUP");
        Until(manager, "RELOADING=1");
        Assert.StartsWith("STATUS=The configuration was refused", Until(manager, "READY=1")[1],
            StringComparison.Ordinal);

        await node.Signal("TERM");
        Until(manager, "STOPPING=1");
        await node.Ended();
        node.Expect(ExitCode.Complete);
        var log = node.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonNode.Parse(line)!.AsObject()).ToList();
        Assert.Contains(log, line => (string)line["level"]! == "error" && ((string)line["message"]!).Contains(
            "backup.client.jobs-max: found \"lots\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_a_manager_a_node_starts_and_its_lines_have_priorities_for_the_journal()
    {
        await using var fixture = new NodeFixture();
        fixture.Settings();
        await using var node = Start(fixture, [], ("JOURNAL_STREAM", "8:4711"));
        await node.Speaks();

        await node.Signal("HUP");
        await Eventually(() => Task.FromResult(node.Error.Contains("read again", StringComparison.Ordinal)));

        Assert.All(node.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line => Assert.Matches("^<[3467]>(error|warning|info|debug) ", line));
    }

    [Fact]
    public async Task A_command_reloads_what_can_change_and_says_the_rest()
    {
        await using var fixture = new NodeFixture();
        Sources.Fill(fixture.Source, seed: 1);
        fixture.Settings();
        await using var node = Start(fixture, []);
        await node.Speaks();
        (await CommandLineSpecs.Run(fixture, "run", "weekly")).Expect(ExitCode.Usage);
        await File.AppendAllTextAsync(fixture.ConfigFile,
            "\nbackup { policies.weekly { file-set = all, pool = disk }, libraries.tapes.drives = 2 }\n");

        var reply = Assert.IsType<ConfigurationReloaded>(Assert.Single(
            (await CommandLineSpecs.Run(fixture, "reload", "--json")).Expect(ExitCode.Complete).Replies()));

        Assert.Equal(["backup.policies.weekly.file-set", "backup.policies.weekly.pool"], reply.Applied);
        Assert.Equal(["backup.libraries.tapes.drives"], reply.NeedRestart);
        (await CommandLineSpecs.Run(fixture, "run", "weekly")).Expect(ExitCode.Complete);

        await File.AppendAllTextAsync(fixture.ConfigFile, "\nbackup.policies.monthly { file-set = al, pool = disk }\n");
        var refused = (await CommandLineSpecs.Run(fixture, "reload")).Expect(ExitCode.Usage);
        Assert.Contains("backup.policies.monthly.file-set: unknown file set \"al\"", refused.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_keeps_the_orders_with_which_it_was_started()
    {
        await using var node = new NodeFixture { FragmentSize = "1MiB", DriveSpeedLimit = "2MB" };
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        var first = await node.Run();
        await node.Until(first, details => details.Progress is { StoredBytes: > 0 });

        node.Rules = "{ exclude = \"large\" }";
        node.FragmentSize = "64MiB";
        node.Settings();
        var reply = await node.Ask<ConfigurationReloaded>(new ReloadConfiguration(RequestId.New()));

        Assert.Equal(["backup.file-sets.all.operations", "backup.pools.disk.fragment-size"], reply.Applied);
        var kept = await node.Ended(first);
        Assert.True(kept.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(kept));
        Assert.True(kept.Report!.Fragments > 3, NodeFixture.Describe(kept));
        await node.RestoresIdentical($"{kept.Job.Image}");
        var next = await node.Backup();
        Assert.Equal((1, kept.Report.Files["Regular"] - 4), (next.Report!.Fragments, next.Report.Files["Regular"]));
    }

    [Fact]
    public async Task A_pool_that_comes_with_a_reload_labels_volumes_by_its_own_rule()
    {
        await using var node = new NodeFixture("backup.client.jobs-max = 1");
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        node.Extra = """
            backup {
              pools.more { library = tapes, label-prefix = OTHER- }
              policies.weekly { file-set = all, pool = more }
              client.jobs-max = 3
            }
            """;
        node.Settings();

        await node.Ask<ConfigurationReloaded>(new ReloadConfiguration(RequestId.New()));

        var job = (await node.Ask<JobsStarted>(new RunPolicy(RequestId.New(), new PolicyName("weekly")))).Jobs[0];
        Assert.Equal(JobOutcome.Complete, (await node.Ended(job)).Job.Outcome);
        Assert.Equal("OTHER-0001", Assert.Single((await node.Ask<VolumeList>(new ListVolumes())).Volumes).Volume.Value);
    }

    [Fact]
    public async Task A_node_whose_library_cannot_be_opened_lives_and_is_not_ready_until_it_can()
    {
        await using var fixture = new NodeFixture();
        Directory.CreateDirectory(fixture.Library);
        var foreign = Path.Combine(fixture.Library, "foreign");
        await File.WriteAllTextAsync(foreign, "no tape");
        fixture.Settings();
        await using var node = Start(fixture, []);
        await node.Speaks();
        using var client = OfSocket(Path.Combine(fixture.Data, "backup.sock"));

        Assert.True((bool)(await Page(client, "healthz"))["ok"]!);
        var checks = (JsonArray)(await Page(client, "readyz"))["checks"]!;
        Assert.Equal(
            ["local-system", "cluster-system", "recovered", "catalog", "libraries"],
            checks.Select(check => (string)check!["name"]!));
        var trouble = Assert.Single(checks, check => !(bool)check!["ok"]!)!;
        Assert.Equal("libraries", (string)trouble["name"]!);
        Assert.Contains(fixture.Library, (string)trouble["trouble"]!, StringComparison.Ordinal);

        File.Delete(foreign);

        await Eventually(async () => (bool)(await Page(client, "readyz"))["ok"]!);
    }

    [NeedsFact(root: true, "mount")]
    public async Task A_node_whose_catalog_takes_no_write_is_not_ready()
    {
        await using var fixture = new NodeFixture();
        Directory.CreateDirectory(fixture.Data);
        await Shell.Run("mount", "-t", "tmpfs", "-o", "size=4m", "none", fixture.Data);
        try
        {
            fixture.Settings();
            await using var node = Start(fixture, []);
            await node.Speaks();
            using var client = OfSocket(Path.Combine(fixture.Data, "backup.sock"));
            await Eventually(async () => (bool)(await Page(client, "readyz"))["ok"]!);

            var filler = Path.Combine(fixture.Data, "filler");
            await Fill(filler);

            await Eventually(async () => ((JsonArray)(await Page(client, "readyz"))["checks"]!).Any(check =>
                (string)check!["name"]! == "catalog" && !(bool)check["ok"]!));
            File.Delete(filler);
            await Eventually(async () => (bool)(await Page(client, "readyz"))["ok"]!);
        }
        finally
        {
            await Shell.Run("umount", "-l", fixture.Data);
        }
    }

    [Fact]
    public async Task A_node_in_the_middle_of_large_jobs_stops_in_time_and_the_next_goes_on()
    {
        await using var fixture = new NodeFixture { FragmentSize = "1MiB", DriveSpeedLimit = "300kB" };
        Sources.Fill(fixture.Source, seed: 1);
        fixture.Settings();
        await using (var node = Start(fixture, []))
        {
            await node.Speaks();
            (await CommandLineSpecs.Run(fixture, "run", "nightly", "--detach")).Expect(ExitCode.Complete);
            (await CommandLineSpecs.Run(fixture, "run", "nightly", "--detach")).Expect(ExitCode.Complete); // it waits
            await Eventually(async () => (await CommandLineSpecs.Run(fixture, "job", "1")).Output.Contains(
                "Fragment 0 is on", StringComparison.Ordinal));
            await StopsInTime(node);
        }

        fixture.DriveSpeedLimit = "0";
        await fixture.Start();
        foreach (var job in (long[])[1, 2])
            Assert.Equal(JobOutcome.Complete, (await fixture.Ended(new JobId(job))).Job.Outcome);
        await fixture.RestoresIdentical("1");
    }

    /// <summary>
    /// The disk does not answer for longer than a stop may take, in the middle of sealing a fragment. The node says in time
    /// that it has stopped; its process is then held by the tracer that makes the disk slow.
    /// </summary>
    [NeedsFact(root: false, "strace")]
    public async Task A_node_whose_disk_hangs_stops_in_time_and_the_next_goes_on()
    {
        await using var fixture = new NodeFixture { FragmentSize = "1MiB" };
        Sources.Fill(fixture.Source, seed: 1);
        fixture.Settings();
        string[] hanging =
        [
            "strace", "-D", "-f", "-qq", "--seccomp-bpf", "-o", Path.Combine(fixture.Root, "strace"), "-P",
            Path.Combine(fixture.Library, "disk-0001", "00003.data"),
            "-e", "trace=fdatasync,fsync", "-e", "inject=fdatasync,fsync:delay_enter=35000000",
        ];
        await using (var node = Start(fixture, hanging))
        {
            await node.Speaks();
            (await CommandLineSpecs.Run(fixture, "run", "nightly", "--detach")).Expect(ExitCode.Complete);
            await Eventually(async () => (await CommandLineSpecs.Run(fixture, "job", "1")).Output.Contains(
                "Fragment 0 is on", StringComparison.Ordinal));
            var began = Stopwatch.GetTimestamp();
            await node.Signal("TERM");
            await Eventually(() =>
                Task.FromResult(node.Output.Contains("\"event\":\"stopped\"", StringComparison.Ordinal)));
            Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, StopsWithin);
            await node.Ended();
        }

        await fixture.Start();
        Assert.Equal(JobOutcome.Complete, (await fixture.Ended(new JobId(1))).Job.Outcome);
        await fixture.RestoresIdentical("1");
    }

    private static async Task StopsInTime(BackupProgram node)
    {
        var began = Stopwatch.GetTimestamp();
        await node.Signal("TERM");
        await node.Ended();
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, StopsWithin);
        node.Expect(ExitCode.Complete);
    }

    private static BackupProgram Start(
        NodeFixture fixture, string[] tracer, params (string Name, string Value)[] variables) =>
        BackupProgram.Start(tracer, ["node", fixture.ConfigFile, "--json"], variables);

    /// <summary>Passes over what else the manager hears.</summary>
    private static string[] Until(NotifySocket manager, string first)
    {
        var begun = Stopwatch.StartNew();
        while (begun.Elapsed < TimeSpan.FromSeconds(60))
            if (manager.Next() is var lines && lines[0] == first) return lines;
        Assert.Fail($"{first} does not come. (A SIGHUP that is ignored here, as under nohup, is ignored by the node.)");
        return [];
    }

    private static HttpClient OfSocket(string path) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellation) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = new Uri("http://node"),
    };

    private static async Task<JsonObject> Page(HttpClient client, string name)
    {
        using var answer = await client.GetAsync(new Uri("/" + name, UriKind.Relative));
        var page = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsObject();
        Assert.Equal((bool)page["ok"]! ? 200 : 503, (int)answer.StatusCode);
        return page;
    }

    private static async Task Fill(string file)
    {
        var zeros = new byte[4096];
        await using var stream = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, 0);
        try
        {
            while (true) await stream.WriteAsync(zeros);
        }
        catch (IOException)
        {
            // Nothing fits any more, and that is what was wanted.
        }
    }

    private static async Task Eventually(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!await holds())
        {
            Assert.False(limit.IsCancellationRequested, "It does not get there.");
            await Task.Delay(50, CancellationToken.None);
        }
    }
}
