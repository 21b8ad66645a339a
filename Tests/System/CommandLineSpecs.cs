using System.Text.Json;
using Backup.Host.CommandLine;
using Backup.Host.Demo;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.System;

/// <summary>The program as a person runs it: processes, standard output, exit codes.</summary>
public sealed class CommandLineSpecs
{
    /// <summary>
    /// A node of its own, a command that follows its job, kill -9 of the node, a new one: the same job, the same files.
    /// </summary>
    [Fact]
    public async Task A_job_that_is_followed_survives_a_killed_node_under_its_number()
    {
        await using var fixture = new NodeFixture
        {
            FragmentSize = "1MiB",
            DriveSpeedLimit = "150kB", // asking takes a process each time; the job must not be over meanwhile
        };
        Sources.Fill(fixture.Source, seed: 1);
        fixture.Settings();
        await using var first = await Node(fixture);
        await using var follower = BackupProgram.Start([], ["run", "nightly", "--config", fixture.ConfigFile]);
        await Eventually(async () =>
            (await Run(fixture, "job", "1")).Output.Contains("Fragment 0 is on", StringComparison.Ordinal));

        await first.Signal("KILL");
        await first.Ended();
        fixture.DriveSpeedLimit = "0";
        fixture.Settings();
        await using var second = await Node(fixture);

        await follower.Ended();
        follower.Expect(ExitCode.Complete);
        var ended =
            (JobDetails)Assert.Single((await Run(fixture, "job", "1", "--json")).Expect(ExitCode.Complete).Replies());
        Assert.Equal((1L, JobOutcome.Complete, 2), (ended.Job.Job.Value, ended.Job.Outcome, ended.Job.Attempts));
        Assert.Contains(ended.Log, line => line.Code == "resumed");
        Assert.Single(((JobList)(await Run(fixture, "jobs", "--json")).Replies()[0]).Jobs);
        var target = Path.Combine(fixture.Root, "restored");
        (await Run(fixture, "restore", "1", "--to", target)).Expect(ExitCode.Complete);
        Assert.Empty(NodeFixture.Differences(fixture.Source, target + fixture.Source));

        await second.Signal("TERM");
        await second.Ended();
        second.Expect(ExitCode.Complete);
        Assert.Equal(
            ["listening", "stopped"],
            second.Replies(typeof(NodeEvent)).Cast<NodeEvent>().Select(line => line.Event));
    }

    /// <summary>S2-38: one command gives everything back, and it names no volume.</summary>
    [Fact]
    public async Task A_newcomer_restores_with_one_command()
    {
        await using var fixture = new NodeFixture { FragmentSize = "1MiB", VolumeCapacity = "2MiB" };
        Sources.Fill(fixture.Source, seed: 1);
        fixture.Settings();
        (await Run(fixture, "run", "nightly")).Expect(ExitCode.Complete);
        var script = Path.Combine(fixture.Root, "restore.sh");
        await File.WriteAllTextAsync(script, $"exec \"$BACKUP\" restore latest --to '{fixture.Root}/restored'\n");

        await Shell.Run("env", $"BACKUP={Path.Combine(AppContext.BaseDirectory, "backup")}",
            $"BACKUP_CONFIG={fixture.ConfigFile}", "sh", script);

        Assert.Empty(NodeFixture.Differences(fixture.Source, Path.Combine(fixture.Root, "restored") + fixture.Source));
        Assert.True(Directory.GetDirectories(fixture.Library).Length > 1);
    }

    [Fact]
    public async Task What_only_looks_needs_no_node()
    {
        await using var fixture = new NodeFixture();
        Directory.CreateDirectory(Path.Combine(fixture.Source, "folder"));
        await File.WriteAllTextAsync(Path.Combine(fixture.Source, "folder", "file"), "content");
        fixture.Settings();
        (await Run(fixture, "jobs")).Expect(ExitCode.Unreachable); // there is no catalog yet
        (await Run(fixture, "run", "nightly", "--json")).Expect(ExitCode.Complete).Replies();

        var file = fixture.Source + "/folder/file";
        var images = Assert.IsType<ImageList>(await Reply("images")).Images;
        Assert.Equal("sealed", Assert.Single(images).State);
        Assert.Equal(file,
            Assert.Single(Assert.IsType<FileList>(await Reply("ls", "latest", fixture.Source + "/folder")).Files).Path);
        Assert.Equal(file, Assert.Single(Assert.IsType<FoundFiles>(await Reply("find", "fil")).Files).File.Path);
        Assert.Equal(images[0].Job, Assert.Single(Assert.IsType<JobList>(await Reply("jobs")).Jobs).Job);
        Assert.Equal(JobOutcome.Complete, Assert.IsType<JobDetails>(await Reply("job", "1")).Report!.Outcome);
        Assert.Equal(
            "disk-0001", Assert.Single(Assert.IsType<VolumeList>(await Reply("volumes")).Volumes).Volume.Value);
        Assert.Equal("tester", Assert.Single(Assert.IsType<ClientList>(await Reply("clients")).Clients).Client.Value);
        (await Run(fixture, "find", "nothing-of-this-name")).Expect(ExitCode.NothingFound);
        (await Run(fixture, "ls", "latest", "/nowhere")).Expect(ExitCode.NothingFound);
        (await Run(fixture, "job", "7")).Expect(ExitCode.NothingFound);
        (await Run(fixture, "status")).Expect(ExitCode.Unreachable);
        Assert.False(File.Exists(Path.Combine(fixture.Data, "backup.sock")));

        async Task<object> Reply(params string[] words) =>
            Assert.Single((await Run(fixture, [.. words, "--json"])).Expect(ExitCode.Complete).Replies());
    }

    [Fact]
    public async Task What_is_not_configured_is_refused_with_what_is()
    {
        await using var fixture = new NodeFixture();
        fixture.Settings();

        var policy = (await Run(fixture, "run", "nigtly")).Expect(ExitCode.Usage);
        Assert.Contains(
            "There is no policy \"nigtly\". Configured are: nightly.", policy.Error, StringComparison.Ordinal);
        var library = (await Run(fixture, "scan", "tape")).Expect(ExitCode.Usage);
        Assert.Contains(
            "There is no library \"tape\". Configured are: tapes.", library.Error, StringComparison.Ordinal);
        Assert.Empty(((JobList)(await Run(fixture, "jobs", "--json")).Replies()[0]).Jobs);
    }

    [Fact]
    public async Task Every_mistake_of_a_configuration_is_named_with_its_place_and_no_node_starts()
    {
        await using var fixture = new NodeFixture("""
            backup {
              clients.hera { }
              policies.weekly { file-set = al, pool = disk, clients = [hera] }
              pools.disc { librari = tapes }
              storage.chunks-in-flight = lots
            }
            """);
        try
        {
            fixture.Settings();
        }
        catch (InvalidOperationException)
        {
            // The fixture reads what it wrote; here it is meant to be wrong.
        }

        await using var check =
            (await BackupProgram.Run("config", "check", fixture.ConfigFile, "--json")).Expect(ExitCode.Usage);
        await using var node = (await BackupProgram.Run("node", fixture.ConfigFile)).Expect(ExitCode.Usage);

        var problems = Assert.IsType<ConfigChecked>(Assert.Single(check.Replies(typeof(ConfigChecked)))).Problems;
        Assert.Equal(
            [
                "backup.policies.weekly.file-set", "backup.policies.weekly.clients", "backup.pools.disc.library",
                "backup.pools.disc.librari",
                "backup.storage.chunks-in-flight",
            ],
            problems.Select(problem => problem.Key));
        Assert.All(
            problems, problem => Assert.StartsWith(fixture.ConfigFile + ":1", problem.Place, StringComparison.Ordinal));
        Assert.Equal("known file sets: all. Did you mean all?", problems[0].Allowed);
        Assert.Equal(("client \"hera\" is not on this node", "known clients on this node: tester"),
            (problems[1].Found, problems[1].Allowed));
        Assert.EndsWith("Did you mean library?", problems[3].Allowed, StringComparison.Ordinal);
        foreach (var problem in problems)
            Assert.Contains(
                $"{problem.Place}  error  {problem.Key}: {problem.Found}", node.Error, StringComparison.Ordinal);
        Assert.Contains("5 problems", node.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(fixture.Data));
    }

    [NeedsFact(root: false, "sh", "tail", "zstd", "tar")]
    public async Task The_demonstration_ends_well_and_its_shell_line_restores_the_same()
    {
        var place = Directory.CreateTempSubdirectory("backup-spec-").FullName;
        try
        {
            var folder = Directory.CreateDirectory(Path.Combine(place, "a folder")).FullName;
            Sources.Fill(folder, seed: 1);
            File.CreateSymbolicLink(Path.Combine(folder, "link"), "folder-0/large");
            Directory.CreateDirectory(Path.Combine(place, "tmp"));
            await using var demo = BackupProgram.Start(
                [], ["demo", folder, "--keep", "--json"], ("TMPDIR", Path.Combine(place, "tmp")));
            await demo.Ended();

            var report = Assert.IsType<DemoReport>(demo.Expect(ExitCode.Complete).Replies(typeof(DemoReport))[^1]);

            Assert.Equal(
                (JobOutcome.Complete, JobOutcome.Complete, 0), (report.Backup, report.Restore, report.Differences));
            Assert.True(report.Compared >= 90, $"{report.Compared} items were compared.");
            await Shell.Run("sh", "-c", report.RestoreCommand);
            Assert.Empty(NodeFixture.Differences(folder, report.Directory + "/by-hand" + folder));
        }
        finally
        {
            await Shell.Run("rm", "-rf", place);
        }
    }

    [Fact]
    public async Task A_lost_catalog_is_scanned_in_again()
    {
        await using var fixture = new NodeFixture();
        Sources.Fill(fixture.Source, seed: 1);
        fixture.Settings();
        (await Run(fixture, "run", "nightly")).Expect(ExitCode.Complete);
        var before = ((ImageList)(await Run(fixture, "images", "--json")).Replies()[0]).Images;
        fixture.LoseCatalog();

        var scan = (JobDetails)(await Run(fixture, "scan", "tapes", "--json")).Expect(ExitCode.Complete).Replies()[^1];

        Assert.Equal((JobKind.Scan, JobOutcome.Complete), (scan.Job.Kind, scan.Job.Outcome));
        var after = ((ImageList)(await Run(fixture, "images", "--json")).Replies()[0]).Images;
        Assert.Equal(JsonSerializer.Serialize(before), JsonSerializer.Serialize(after));
        var target = Path.Combine(fixture.Root, "restored");
        (await Run(fixture, "restore", "latest", "--to", target)).Expect(ExitCode.Complete);
        Assert.Empty(NodeFixture.Differences(fixture.Source, target + fixture.Source));
    }

    internal static Task<BackupProgram> Run(NodeFixture fixture, params string[] words) =>
        BackupProgram.Run([.. words, "--config", fixture.ConfigFile]);

    private static async Task<BackupProgram> Node(NodeFixture fixture)
    {
        var node = BackupProgram.Start([], ["node", fixture.ConfigFile, "--json"]);
        await node.Speaks();
        return node;
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
