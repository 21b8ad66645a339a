using Akka.Actor;
using Akka.Cluster.Tools.Client;
using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Storage;
using Backup.Messages.Volumes;
using Backup.Persistence.Catalog;
using RunAndRestore;
using Xunit;

namespace Backup.Tests.System.Delivery;

/// <summary>What a system does from a question or command to its end; each in a cluster in which others were.</summary>
internal static partial class Plays
{
    public static async Task Backup(Stage stage)
    {
        var job = await stage.Run("nightly");
        await stage.Ended(job);
        stage.IsWhole(job, "tapes");
    }

    /// <summary>A script runs once before and once after each attempt, whatever is said twice.</summary>
    public static async Task Scripts(Stage stage)
    {
        var (script, notes) = (Path.Combine(stage.Cluster.Root, "note"), Path.Combine(stage.Cluster.Root, "notes"));
        if (!File.Exists(script))
        {
            await File.WriteAllTextAsync(
                script, $"#!/bin/sh\necho \"$BACKUP_JOB $BACKUP_ATTEMPT $BACKUP_WHEN\" | tee -a {notes}\n");
            File.SetUnixFileMode(
                script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        var job = await stage.Run("scripted");
        var row = await stage.Ended(job);
        stage.IsWhole(job, "tapes");
        var ran = (await File.ReadAllLinesAsync(notes)).Where(
            line => line.StartsWith($"{job} ", StringComparison.Ordinal)).ToList();
        Assert.Equal(ran.Distinct(), ran);
        Assert.Equal([$"{job} {row.Attempts} before", $"{job} {row.Attempts} after"], ran.TakeLast(2));
    }

    /// <summary>Long enough for progress, and for asking again.</summary>
    public static async Task SlowBackup(Stage stage)
    {
        var job = await stage.Run("slowly");
        await stage.Ended(job);
        stage.IsWhole(job, "slow");
    }

    /// <summary>An index of several pieces, and enough files that the client tells how far it is.</summary>
    public static async Task LongIndex(Stage stage)
    {
        var job = await stage.Run("many");
        await stage.Ended(job);
        stage.IsWhole(job, "tapes", "many");
    }

    public static async Task Restore(Stage stage)
    {
        var target = Path.Combine(stage.Cluster.Root, "restored", Guid.NewGuid().ToString("N"));
        var job = await stage.Begin(new RestoreFiles(RequestId.New(), await Image(stage), [], target));
        await stage.Ended(job);
        stage.AreEqual("source", target);
    }

    /// <summary>The client fetches the base's manifest; a restore reads both images.</summary>
    public static async Task Incremental(Stage stage)
    {
        var full = await Image(stage);
        var job = await stage.Begin(new RunPolicy(RequestId.New(), Stage.Policy("nightly"), Level: "incremental"));
        await stage.Ended(job);
        var image = Assert.Single(stage.ImagesOf(job));
        Assert.Equal(ImageState.Sealed, image.State);
        Assert.NotNull(image.Opened.Base);
        Assert.NotEqual(full, image.Opened.Image.ToString());
        await Restore(stage);
    }

    /// <summary>A full is made of two images; the client takes no part.</summary>
    public static async Task Merge(Stage stage)
    {
        await Image(stage);
        var newest = await stage.Begin(new RunPolicy(RequestId.New(), Stage.Policy("nightly"), Level: "incremental"));
        await stage.Ended(newest);
        var merge = await stage.Begin(
            new MergeImage(RequestId.New(), Assert.Single(stage.ImagesOf(newest)).Opened.Image.ToString()));
        await stage.Ended(merge);
        Assert.Equal(0, Assert.Single(stage.ImagesOf(merge)).Opened.Level);
        stage.IsWhole(merge, "tapes");
    }

    /// <summary>The client walks, once for the full and once beside the image that there is.</summary>
    public static async Task Estimate(Stage stage)
    {
        await Image(stage);
        var job = await stage.Begin(new EstimatePolicy(RequestId.New(), Stage.Policy("nightly"), Levels: [0, 1]));
        await stage.Ended(job);
    }

    /// <summary>The client walks for somebody who reads page by page, and no job is made.</summary>
    public static async Task Preview(Stage stage)
    {
        var walk = RequestId.New().ToString();
        var items = new List<PreviewedItem>();
        for (var page = 0; ; page++)
        {
            Assert.InRange(page, 0, 1000);
            var read = (await stage.Ask<RunPreview>(new PreviewRun(
                Stage.Policy("nightly"), new ClientName("c1"), Walk: walk, Page: page, Limit: 5))).Page!;
            Assert.Equal(page, read.Number);
            items.AddRange(read.Items);
            if (read.Done) break;
        }
        Assert.NotEmpty(items);
        Assert.Equal(items.Count, items.Select(item => item.Path).Distinct().Count());
    }

    /// <summary>The state of a disk is recorded, and found to be the disk's.</summary>
    public static async Task States(Stage stage)
    {
        foreach (var use in (StateUse[])[StateUse.Record, StateUse.Compare])
            await stage.Ended(await stage.Begin(
                new VerifyPolicy(RequestId.New(), Stage.Policy("nightly"), State: use)));
    }

    /// <summary>What a plan may be asked about although no policy has one.</summary>
    public static PlanMember Planned { get; } = new(
        new PolicyName("nightly"), new FileSetName("all"), [new ClientName("c1")], 1,
        new PlanTerms("office", 7, 7, 0, 10 << 20, 0, 1.5, 2, 9, 100, PlanStrategy.Standard));

    /// <summary>The newest order stands once, for the client of a policy with a plan.</summary>
    public static async Task OrdersOfThePlanner(Stage stage)
    {
        var policy = Stage.Policy("planned");
        foreach (var what in (PlanOrder[])[PlanOrder.ForceBump, PlanOrder.ForceFull])
        {
            var standing = (await stage.Ask<PlanOrdered>(new OrderPlan(RequestId.New(), policy, what))).Orders;
            Assert.Equal(what, Assert.Single(standing).Order);
        }
    }

    public static async Task VerifyMedia(Stage stage) => await stage.Ended(await stage.Begin(
        new VerifyImage(RequestId.New(), await Image(stage), VerifyTarget.Media)));

    public static async Task VerifyDisk(Stage stage) => await stage.Ended(await stage.Begin(
        new VerifyImage(RequestId.New(), await Image(stage), VerifyTarget.Disk)));

    public static async Task VerifyCatalog(Stage stage)
    {
        await Image(stage);
        await stage.Ended(await stage.Begin(new VerifyPolicy(RequestId.New(), Stage.Policy("nightly"))));
    }

    /// <summary>The disk is not as it was: the client names an item.</summary>
    public static async Task VerifyDiskThatDiffers(Stage stage)
    {
        var image = await Image(stage);
        var file = Directory.EnumerateFiles(stage.Cluster.Source, "*", SearchOption.AllDirectories).First();
        var mode = File.GetUnixFileMode(file);
        File.SetUnixFileMode(file, mode ^ UnixFileMode.OtherExecute);
        JobRecord row;
        try
        {
            var job = await stage.Begin(new VerifyImage(RequestId.New(), image, VerifyTarget.Disk));
            row = await stage.Ended(job, JobOutcome.CompleteWithExceptions);
        }
        finally
        {
            File.SetUnixFileMode(file, mode); // else no play behind this one finds the source as it was
        }
        Assert.True(row.Counts.Exceptions > 0);
        AllAreNamed(stage, row);
    }

    /// <summary>Whatever was lost on the way, the list and the report name each item that was counted.</summary>
    private static void AllAreNamed(Stage stage, JobRecord row)
    {
        var named = stage.Cluster.Store.Jobs.Exceptions(row.Job, null, 1000).Value;
        Assert.Equal(row.Counts.Exceptions, named.Count);
        Assert.Equal(row.Counts.Exceptions, JobSpecs.ReadReport(row.Report)!.ExceptionsByKind.Values.Sum());
    }

    /// <summary>A job that has ended is done once more, under another number.</summary>
    public static async Task Again(Stage stage)
    {
        var first = await stage.Run("nightly");
        await stage.Ended(first);
        var second = await stage.Begin(new RerunJob(RequestId.New(), first));
        await stage.Ended(second);
        Assert.NotEqual(first, second);
        stage.IsWhole(second, "tapes");
    }

    public static async Task Cancelled(Stage stage)
    {
        var job = await stage.Run("slowly");
        await stage.FragmentClosed(job);
        await stage.Ask<JobCancelling>(new CancelJob(RequestId.New(), job));
        await stage.Ended(job, JobOutcome.Cancelled);
    }

    /// <summary>A scan finds an image that was never sealed, and all others as they are.</summary>
    public static async Task Scan(Stage stage)
    {
        await Cancelled(stage);
        var before = Sealed(stage);
        await stage.Ended(await stage.Begin(new ScanLibrary(RequestId.New(), new LibraryName("slow"))));
        Assert.Equal(before, Sealed(stage));
        Assert.Contains(
            stage.Cluster.Store.Images.List(new ImageFilter(), 1000).Value,
            image => image.State == ImageState.Abandoned);
    }

    /// <summary>Nothing of the file set is there: the client says so.</summary>
    public static async Task ClientFails(Stage stage) =>
        await stage.Ended(await stage.Run("none"), JobOutcome.Failed);

    /// <summary>No volume can be written: the storage node says so.</summary>
    public static async Task StorageFails(Stage stage) =>
        await stage.Ended(await stage.Run("full"), JobOutcome.Failed);

    /// <summary>Marching orders that never came, two of them: the client knows nothing of the attempt.</summary>
    public static Task ClientKnowsNothing(Stage stage) => BackupWithout<ClientProtocol.Save>(stage);

    public static Task StorageKnowsNothing(Stage stage) => BackupWithout<StorageProtocol.OpenWrite>(stage);

    private static Task BackupWithout<T>(Stage stage)
    {
        for (var copy = 0; copy < 2; copy++) stage.Cluster.Postman.Break(typeof(T), Fault.Lost);
        return Backup(stage);
    }

    /// <summary>In the middle of a job its client, and then its storage node, leave and join again.</summary>
    public static async Task NodesRejoin(Stage stage)
    {
        var job = await stage.Run("slowly");
        await stage.FragmentClosed(job);
        await stage.Cluster.Rejoin("c1");
        await stage.Cluster.Rejoin("s1");
        await stage.Ended(job);
        stage.IsWhole(job, "slow");
    }

    /// <summary>As <see cref="NodesRejoin"/>, but the storage node is away for longer than a job asks again.</summary>
    public static async Task NodeIsAway(Stage stage)
    {
        var job = await stage.Run("slowly");
        await stage.FragmentClosed(job);
        await stage.Cluster.Rejoin("s1", away: TimeSpan.FromMilliseconds(500));
        await stage.Ended(job);
        stage.IsWhole(job, "slow");
    }

    /// <summary>Says what volumes it has and asks for the ends of jobs of which it kept something.</summary>
    public static async Task StorageStarts(Stage stage)
    {
        var job = await stage.Run("nightly");
        await stage.Ended(job);
        var kept = "";
        await stage.Cluster.Restart("s1", settings =>
        {
            kept = Path.Combine(settings.Node.SessionsDirectory, $"job-{job}");
            Directory.CreateDirectory(kept);
        });
        await stage.Until(() => Task.FromResult(!Directory.Exists(kept)), () => "What is kept of an ended job stays");
        Assert.NotEmpty((await stage.Ask<VolumeList>(new ListVolumes())).Volumes);
    }

    /// <summary>The catalog says no.</summary>
    public static async Task CatalogRefuses(Stage stage)
    {
        var nobodys = new CatalogProtocol.ReadFragments(ImageId.New(), 0);
        await stage.Until(
            async () => await stage.Cluster.Local("c1").Uplink.Ask<CatalogProtocol.IAnswer>(
                nobodys, TimeSpan.FromSeconds(5)) is CatalogProtocol.Failed { TryAgain: false },
            () => "The catalog does not refuse");
    }

    /// <summary>A job of which the catalog knows, and no saga.</summary>
    public static async Task CancelOfWhatDoesNotRun(Stage stage)
    {
        var row = stage.Cluster.Store.Jobs.Create(new NewJob(
            RequestId.New(), JobKind.Scan, new ClientName(""), DateTimeOffset.UtcNow, Parameters: "{}")).Value;
        var refused = await stage.Ask<Refused>(new CancelJob(RequestId.New(), row.Job));
        Assert.NotEqual("", refused.Sentence);
        stage.Cluster.Store.Jobs.Update(row.Job, row.Epoch, new JobUpdate(JobPhase.Ended)
        {
            Outcome = JobOutcome.Failed,
        });
    }

    /// <summary>A job that waits says what for.</summary>
    public static async Task JobWaits(Stage stage)
    {
        var job = await stage.Run("away");
        await stage.Until(
            async () => (await stage.Ask<JobDetails>(new ShowJob(job))).WaitsFor.Any(why => why.Contains("c9")),
            () => "The job does not say what it waits for");
        await stage.Ask<JobCancelling>(new CancelJob(RequestId.New(), job));
        await stage.Ended(job, JobOutcome.Cancelled);
    }

    /// <summary>Somebody outside follows a job to its end.</summary>
    public static async Task Followed(Stage stage)
    {
        var job = await stage.Run("slowly");
        var lines = new List<long>();
        var outside = stage.Cluster.System.ActorOf(Outside.Props(stage.Cluster.Gateway));
        var ended = await new RemoteGateway(stage.Cluster.System, outside, TimeSpan.FromMilliseconds(200))
            .Follow(job, news => lines.AddRange(news.Log.Select(line => line.Number)))
            .WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(JobOutcome.Complete, ended.Report!.Outcome);
        Assert.Equal(Enumerable.Range(1, lines.Count).Select(number => (long)number), lines);
        await stage.Ended(job);
    }

    /// <summary>A drive tells what a backup did with it, wherever it is.</summary>
    public static async Task Objects(Stage stage)
    {
        var job = await stage.Run("nightly");
        await stage.Ended(job);
        ObjectShown? drive = null;
        await stage.Until(
            async () =>
            {
                drive = await stage.Ask<ObjectShown>(new ShowObject(ObjectKind.Drive, "tapes/0"));
                return drive.Events.Any(each => each.Code == "mounted" && each.Text.Contains($"job {job}."));
            },
            () => $"The drive does not tell what it did: {drive}");
    }

    /// <summary>The states of one item.</summary>
    public static Task Versions(Stage stage) =>
        Question<VersionList>(_ => new ListVersions(stage.Cluster.Source + "/folder-0/file-0000"))(stage);

    /// <summary>A user of a node asks for a backup: it is one job, and its log says once who asked.</summary>
    public static async Task AskedFor(Stage stage)
    {
        var job = await stage.Begin(
            new RunPolicy(RequestId.New(), Stage.Policy("nightly")),
            new Asker(new NodeName("c1"), new ClientName("c1"), "anna"));
        await stage.Ended(job);
        stage.IsWhole(job, "tapes");
        await stage.Until(
            () => Task.FromResult(stage.Cluster.Store.Jobs.Log(job, 0, 1000).Value
                .Count(line => line.Line.Text == "Asked for by client c1, user anna.") == 1),
            () => "The log does not say who asked");
    }

    /// <summary>A question, and what the answer must be.</summary>
    public static Func<Stage, Task> Question<T>(Func<string, IRequest> request)
        where T : class, IReply => async stage =>
        {
            var asked = request(await Image(stage));
            var (first, second) = (await stage.Ask<T>(asked), await stage.Ask<T>(asked));
            Assert.Equal(first.GetType(), second.GetType());
        };

    /// <summary>The newest image of the source; made where there is none yet.</summary>
    private static async Task<string> Image(Stage stage)
    {
        var filter = new ImageFilter(Policy: Stage.Policy("nightly"), State: ImageState.Sealed);
        if (stage.Cluster.Store.Images.List(filter, 1).Value is not [var image])
        {
            await Backup(stage);
            image = stage.Cluster.Store.Images.List(filter, 1).Value.Single();
        }
        return image.Opened.Image.ToString();
    }

    private static IEnumerable<string> Sealed(Stage stage) =>
        stage.Cluster.Store.Images.List(new ImageFilter(State: ImageState.Sealed), 1000).Value
            .Select(image => image.Opened.Image.ToString()).Order(StringComparer.Ordinal);

    /// <summary>Stands for the client of the cluster in another actor system.</summary>
    private sealed class Outside : ReceiveActor
    {
        private Outside(IActorRef gateway) =>
            Receive<ClusterClient.Send>(sent => gateway.Tell(sent.Message, Sender));

        public static Props Props(IActorRef gateway) => Akka.Actor.Props.Create(() => new Outside(gateway));
    }
}
