using Backup.Host.CommandLine;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;
using Xunit.Abstractions;

namespace Backup.Tests.System.Cluster;

/// <summary>Director, storage and client in three processes, without any fault.</summary>
public sealed class ClusterJobSpecs(ITestOutputHelper output)
{
    [NeedsFact(root: false, "setpriv", "zstd", "tar")]
    public async Task Every_operation_works_at_every_node_and_the_command_line_where_no_director_is()
    {
        await using var cluster = new ClusterFixture(output) { DriveSpeedLimit = "0" };
        await cluster.Start();

        foreach (var node in cluster.Nodes) await EveryOperationWorks(cluster, node);
        await CommandLineWorks(cluster);
    }

    private static async Task CommandLineWorks(ClusterFixture cluster)
    {
        var file = cluster.Client.ConfigFile;
        var before = (await cluster.Ask<JobList>(new ListJobs())).Jobs.Max(job => job.Job.Value);

        (await BackupProgram.Run("run", "nightly", "--config", file)).Expect(ExitCode.Complete);
        await File.WriteAllTextAsync(Path.Combine(cluster.Source, "since then"), "new");
        Directory.Delete(Path.Combine(cluster.Source, "tree-1", "folder-1"), recursive: true);
        (await BackupProgram.Run("run", "nightly", "--level", "incremental", "--config", file))
            .Expect(ExitCode.Complete);
        // JT-27: each once more, as a job of its own.
        (await BackupProgram.Run("rerun", $"{before + 1}-{before + 2}", "--config", file)).Expect(ExitCode.Complete);
        var jobs = (await cluster.Ask<JobList>(new ListJobs())).Jobs.Where(job => job.Job.Value > before).ToList();
        Assert.Equal([before + 4, before + 3, before + 2, before + 1], jobs.Select(job => job.Job.Value));
        Assert.All(jobs, job => Assert.Equal(JobOutcome.Complete, job.Outcome));
        Assert.Equal(4, jobs.Select(job => job.Image).Distinct().Count());
        var target = Path.Combine(cluster.Root, "restored");
        (await BackupProgram.Run("restore", "latest", "--to", target, "--config", file)).Expect(ExitCode.Complete);
        (await BackupProgram.Run("verify", "--data", "latest", "--config", file)).Expect(ExitCode.Complete);
        (await BackupProgram.Run("verify", "--catalog", "nightly", "--config", file)).Expect(ExitCode.Complete);
        var merged = Path.Combine(cluster.Root, "restored-merged");
        (await BackupProgram.Run("merge", "latest", "--config", file)).Expect(ExitCode.Complete);
        (await BackupProgram.Run("restore", "latest", "--to", merged, "--config", file)).Expect(ExitCode.Complete);
        (await BackupProgram.Run("verify", "--catalog", "nightly", "--config", file)).Expect(ExitCode.Complete);
        var status = (await BackupProgram.Run("status", "--config", cluster.Storage.ConfigFile))
            .Expect(ExitCode.Complete);

        Assert.Empty(NodeFixture.Differences(cluster.Source, target + cluster.Source));
        Assert.Empty(NodeFixture.Differences(cluster.Source, merged + cluster.Source));
        foreach (var node in cluster.Nodes)
            Assert.Matches($"(?m)^.*{node.Name}.*{node.Role}.*up|up.*{node.Role}", status.Output);
    }

    /// <summary>S1-02, JT-22: what is asked at a client is done for that client and by its own right.</summary>
    [NeedsFact(root: false, "setpriv", "zstd", "tar")]
    public async Task A_client_starts_its_own_policy_by_its_own_right_and_no_more()
    {
        await using var cluster = new ClusterFixture(output)
        {
            DriveSpeedLimit = "0",
            ClientsMay = "run, restore, browse",
        };
        await cluster.Start();
        var (client, file) = (cluster.Client, cluster.Client.ConfigFile);

        (await BackupProgram.Run("run", "nightly", "--config", file)).Expect(ExitCode.Complete);
        var job = await cluster.Completed(new JobId(1));
        Assert.Contains(job.Log, line =>
            line.Text == $"Asked for by client c1, user {Environment.UserName}." && line.Code == "asked-by");
        var target = Path.Combine(cluster.Root, "restored");
        (await BackupProgram.Run("restore", "latest", "--to", target, "--config", file)).Expect(ExitCode.Complete);
        Assert.Empty(NodeFixture.Differences(cluster.Source, target + cluster.Source));
        Assert.Equal(2, (await cluster.Ask<JobList>(new ListJobs(), client)).Jobs.Count);

        var refused = await BackupProgram.Run("label", "--pool", "disk", "--config", file);
        refused.Expect(ExitCode.Forbidden);
        Assert.Contains("`backup.clients.c1.may`", refused.Error, StringComparison.Ordinal);
        foreach (var request in (IRequest[])
            [
                new ScanLibrary(RequestId.New(), new LibraryName("tapes")), new ListVolumes(),
                new RestoreFiles(RequestId.New(), "1", [], target, Client: new ClientName("c2")),
            ])
            Assert.Equal(RefusalCode.Forbidden, Assert.IsType<Refused>(await client.Ask(request)).Code);
        await cluster.Ask<VolumeList>(new ListVolumes(), cluster.Storage);
    }

    private static async Task EveryOperationWorks(ClusterFixture cluster, ClusterNode node)
    {
        var job = await cluster.Run(node);
        var backup = await cluster.Completed(job);
        var image = backup.Job.Image!.Value.ToString();

        Assert.Equal(1, backup.Job.Attempts);
        using (var rows = new CatalogRows(cluster.Directors[0].DataDirectory))
            Assert.Equal(["manager s1"], rows.Origins(backup.Job.Image.Value)); // S1-09, S0-20
        Assert.Equal(job, (await cluster.Ask<JobList>(new ListJobs(), node)).Jobs[0].Job);
        Assert.Equal(image, (await cluster.Ask<ImageList>(new ListImages(), node)).Images[0].Image.ToString());
        Assert.Equal(21, (await cluster.Ask<FileList>(
            new ListFiles(image, cluster.Source + "/tree-1/folder-1"), node)).Files.Count);
        Assert.Equal(12, (await cluster.Ask<FoundFiles>(new FindFiles("file-07", image), node)).Files.Count);
        foreach (var against in (VerifyTarget[])[VerifyTarget.Media, VerifyTarget.Disk])
        {
            var verify = await cluster.Ask<JobsStarted>(new VerifyImage(RequestId.New(), image, against), node);
            await cluster.Completed(verify.Jobs.Single());
        }
        await VolumesByHand(cluster, node);
        await ObjectsTell(cluster, node, job);
        var status = await cluster.Ask<NodeStatus>(new ShowStatus(), node);
        Assert.Equal(["c1", "d1", "s1"], status.Nodes!.Where(seen => seen.State == "up").Select(seen => seen.Node));
        await cluster.IsWhole(backup);
    }

    /// <summary>NW-06: each is asked where it lives, from any node.</summary>
    private static async Task ObjectsTell(ClusterFixture cluster, ClusterNode node, JobId job)
    {
        async Task<ObjectShown> Shown(ObjectKind kind, string name) =>
            await cluster.Ask<ObjectShown>(new ShowObject(kind, name), node);

        var drive = await Shown(ObjectKind.Drive, "tapes/0");
        Assert.Equal(("s1", "idle"), (drive.Node?.Value, drive.State));
        Assert.Contains(drive.Events, each => each.Code == "mounted" && each.Text.Contains($"job {job}."));
        Assert.Contains(drive.Events, each => each.Code == "mounted-by-hand");
        var library = await Shown(ObjectKind.Library, "tapes");
        Assert.Equal(("s1", "open"), (library.Node?.Value, library.State));
        Assert.Contains(library.Events, each => each.Code == "labelled");
        var client = await Shown(ObjectKind.Client, "c1");
        Assert.Equal("c1", client.Node?.Value);
        Assert.Contains(client.Events, each => each.Code == "session-begun" && each.Text.Contains($"job {job} "));
        Assert.Contains(client.Events, each => each.Text == $"The session of job {job} has finished.");
        Assert.Equal("ended", (await Shown(ObjectKind.Job, $"{job}")).State);
        var policy = await Shown(ObjectKind.Policy, "nightly");
        Assert.Contains(policy.Events, each => each.Code == "image-sealed");
    }

    private static async Task VolumesByHand(ClusterFixture cluster, ClusterNode node)
    {
        var ask = new LabelVolume(RequestId.New(), new PoolName("disk"));
        var labelled = await cluster.Ask<VolumeLabelled>(ask, node);
        Assert.Equal(labelled.Volume, (await cluster.Ask<VolumeLabelled>(ask)).Volume); // at any other node
        await ClusterFixture.Until(
            async () => (await cluster.Ask<VolumeList>(new ListVolumes(), node)).Volumes
                .Any(volume => volume.Volume == labelled.Volume),
            () => Task.FromResult("The catalog does not know the volume."));
        var mounted = await cluster.Ask<VolumeMounted>(new MountVolume(RequestId.New(), labelled.Volume), node);
        var unmounted = await cluster.Ask<DriveUnmounted>(new UnmountDrive(RequestId.New(), mounted.Drive), node);
        Assert.Equal(labelled.Volume, unmounted.Volume);
    }
}
