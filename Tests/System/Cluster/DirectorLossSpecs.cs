using System.Text;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Tests.Postgres;
using Xunit;
using Xunit.Abstractions;

namespace Backup.Tests.System.Cluster;

/// <summary>All directors die after a job has started; client and storage finish it among themselves.</summary>
public sealed class DirectorLossSpecs(ITestOutputHelper output)
{
    /// <summary>So that the directors are dead before the image is sealed, on a slow machine too.</summary>
    private const string Slow = "2MB";

    [NeedsFact(root: false, "setpriv", "zstd", "tar")]
    public async Task A_backup_reaches_its_seal_without_any_director_and_names_later_what_it_could_not_read()
    {
        await using var cluster = new ClusterFixture(output) { DriveSpeedLimit = Slow, SourceTrees = 4 };
        cluster.Client.ObeysModes = true;
        await SealsAlone(cluster);
        await NamesLater(cluster);
    }

    [LongPostgresFact]
    public async Task A_backup_reaches_its_seal_when_three_directors_die_and_the_last_of_three_waits()
    {
        using var server = new PostgresServer();
        await using var cluster = new ClusterFixture(output, directors: 3, server) { DriveSpeedLimit = Slow };
        await SealsAlone(cluster);
        await LastOneWaits(cluster);
    }

    private static async Task SealsAlone(ClusterFixture cluster)
    {
        await cluster.Start();
        var job = await cluster.Run();
        var begun = await cluster.FragmentClosed(job);
        var id = begun.Job.Image!.Value;

        await Task.WhenAll(cluster.Directors.Select(director => director.Kill()));
        var killed = DateTimeOffset.UtcNow;
        await ClusterFixture.Until(
            () => Task.FromResult(IndexFiles(cluster).Length >= 3
                && Tapes.Assemble(cluster.Library).Images.Any(each => each.Header.Image == id)),
            () => Task.FromResult("The image is not sealed."));
        var found = Tapes.Assemble(cluster.Library).Images.Single(each => each.Header.Image == id);
        foreach (var node in (ClusterNode[])[cluster.Storage, cluster.Client]) await LivesAndIsNotReady(node);
        // The founder remembers that it was not alone, and waits for one more.
        Assert.Equal(cluster.Directors.Count > 1, File.Exists(
            Path.Combine(cluster.Directors[0].DataDirectory, "cluster-joined")));
        await Task.WhenAll(cluster.Directors.Select(director => director.Start()));
        var ended = await cluster.Completed(job);

        Assert.True(found.Seal.Finished > killed, "The image was sealed before the directors died.");
        Assert.True(found.Fragments.Count >= 3, $"It has {found.Fragments.Count} fragments.");
        var volumes = found.Fragments.SelectMany(fragment => fragment.Parts)
            .Select(part => part.Location.Volume.Name).Distinct().Count();
        Assert.True(volumes >= 2, $"It lies on {volumes} volumes.");
        Assert.Equal(1, ended.Job.Attempts);
        // S0-14: one end in the log, though the director that began it is another process than the one that heard it.
        Assert.Single(ended.Log, line => line.Code == "image-sealed");
        Assert.Equal(found.Fragments[^1].Root.ToString(), ended.Report!.Root);
        await cluster.AllAreThere();
        await AreReady(cluster);
        await cluster.IsWhole(ended);
    }

    /// <summary>
    /// S0-17: files become unreadable when no director is there any more. What was not saved is named later, in the
    /// order of the walk, and everything else is saved.
    /// </summary>
    private static async Task NamesLater(ClusterFixture cluster)
    {
        string[] secrets = [.. ((string[])["folder-1/file-03", "folder-1/file-11", "folder-3/file-00"])
            .Select(name => Path.Combine(cluster.Source, "tree-3", name))];
        var job = await cluster.Run();
        var image = (await cluster.FragmentClosed(job)).Job.Image;

        await cluster.Directors[0].Kill();
        foreach (var secret in secrets) await Shell.Run("chmod", "000", secret);
        await ClusterFixture.Until(
            () => Task.FromResult(Tapes.Assemble(cluster.Library).Images.Any(each => each.Header.Image == image)),
            () => Task.FromResult("The image is not sealed."));
        await cluster.Directors[0].Start();
        JobDetails? ended = null;
        await ClusterFixture.Until(
            async () => (ended = await cluster.Try<JobDetails>(cluster.Directors[0], new ShowJob(job)))
                is { Job.State: "ended" },
            () => Task.FromResult("The job does not end."));

        Assert.True(ended!.Job.Outcome == JobOutcome.CompleteWithExceptions, NodeFixture.Describe(ended));
        Assert.Equal((1, secrets.Length), (ended.Job.Attempts, (int)ended.Job.Exceptions));
        var named = (await cluster.Ask<ExceptionList>(new ListExceptions(job))).Exceptions;
        Assert.All(named, exception => Assert.Equal("unreadable", exception.Code));
        Assert.Equal(secrets.Length, named.Count);
        foreach (var (secret, exception) in secrets.Zip(named))
            Assert.Contains(secret, exception.Text, StringComparison.Ordinal);

        foreach (var secret in secrets) await Shell.Run("chmod", "644", secret);
        var target = Path.Combine(cluster.Root, "restored");
        var restore = await cluster.Ask<JobsStarted>(new RestoreFiles(RequestId.New(), "latest", [], target));
        await cluster.Completed(restore.Jobs.Single());
        Assert.Equal(secrets, NodeFixture.Differences(cluster.Source, target + cluster.Source)
            .Select(missing => Path.Combine(cluster.Source, Encoding.UTF8.GetString(missing.Path))));
    }

    /// <summary>
    /// A program outside goes on with another director when the one it speaks with is killed. The last one of three
    /// has no majority: it waits, and says so, until another is back.
    /// </summary>
    private static async Task LastOneWaits(ClusterFixture cluster)
    {
        var target = Path.Combine(cluster.Root, "restored-outside");

        await using (var sample = SampleProgram.Start(
            string.Join(',', cluster.Directors.Select(each => $"akka.tcp://backup@{each.Address}:9111")),
            "nightly", target))
        {
            var contact = await sample.SpeaksWithOneOf(cluster.Directors);
            await contact.Kill();
            await sample.Restored();
            await contact.Start();
        }
        await cluster.AllAreThere();

        await Task.WhenAll(cluster["d1"].Kill(), cluster["d2"].Kill());
        await LivesAndIsNotReady(cluster["d3"]);
        await Task.WhenAll(cluster["d1"].Start(), cluster["d2"].Start());
        await cluster.AllAreThere();
        await AreReady(cluster);
        await cluster.IsWhole(await cluster.Completed(await cluster.Run()));
    }

    /// <summary>Nobody restarts it, and nobody gives it work.</summary>
    private static async Task LivesAndIsNotReady(ClusterNode node)
    {
        await ClusterFixture.Until(
            async () => (await node.Troubles()).Contains("member"),
            async () => $"{node.Name} says it can work: {await node.Page("readyz")}");
        Assert.True((bool)(await node.Page("healthz"))["ok"]!);
    }

    private static async Task AreReady(ClusterFixture cluster)
    {
        foreach (var node in cluster.Nodes)
            await ClusterFixture.Until(
                async () => (await node.Troubles()).Count == 0,
                async () => $"{node.Name} is not ready: {await node.Page("readyz")}");
    }

    private static string[] IndexFiles(ClusterFixture cluster) =>
        Directory.GetFiles(cluster.Library, "*.index", SearchOption.AllDirectories);
}
