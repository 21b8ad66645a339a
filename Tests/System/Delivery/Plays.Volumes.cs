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

/// <content>Volumes: by hand, asked for, and let go by retention.</content>
internal static partial class Plays
{
    /// <summary>A volume is labelled, put into a drive and taken out; then it is moved, put out and taken in.</summary>
    public static async Task VolumesByHand(Stage stage)
    {
        var labelled = await stage.Ask<VolumeLabelled>(new LabelVolume(RequestId.New(), new PoolName("disk")));
        var mounted = await stage.Ask<VolumeMounted>(new MountVolume(RequestId.New(), labelled.Volume));
        await stage.Ask<DriveUnmounted>(new UnmountDrive(RequestId.New(), mounted.Drive));
        await stage.Ask<VolumeUpdated>(
            new UpdateVolume(RequestId.New(), labelled.Volume, VolumeState.ReadOnly, "vault"));
        var many = await stage.Ask<VolumesLabelled>(
            new LabelVolumes(RequestId.New(), new PoolName("disk"), "many-%04d", 2));
        // Their numbers go on where those of the play before ended
        Assert.Equal(2, many.Volumes.Distinct().Count());
        Assert.All(many.Volumes, volume => Assert.StartsWith("many-", volume.Value, StringComparison.Ordinal));
        var seen = await stage.Ask<InventoryTaken>(new TakeInventory(RequestId.New(), labelled.Library));
        var slots = Assert.Single(seen.Libraries).Slots;
        var slot = Assert.Single(slots, each => each.Volume == labelled.Volume).Number;
        var moved = await stage.Ask<VolumeMoved>(new MoveVolume(
            RequestId.New(), labelled.Library, slot, slots.First(each => each.Volume is null).Number));
        Assert.Equal(slot, moved.Moved.From);
        await stage.Ask<VolumesExported>(new ExportVolumes(RequestId.New(), [labelled.Volume.Value]));
        var back = await stage.Ask<VolumesImported>(new ImportVolumes(RequestId.New(), labelled.Library));
        Assert.Equal(labelled.Volume, Assert.Single(back.Moved).Volume);
        await stage.Ask<DriveSet>(new SetDrive(RequestId.New(), mounted.Drive, DriveUse.Disabled, "worn", "anna"));
        await stage.Ask<Refused>(new CleanDrive(RequestId.New(), mounted.Drive));
        await stage.Ask<DriveSet>(new SetDrive(RequestId.New(), mounted.Drive, DriveUse.Enabled));
    }

    /// <summary>An image that no rule keeps goes, its space and its volume too; one that is held stays.</summary>
    public static async Task Retention(Stage stage)
    {
        var images = new List<ImageId>();
        for (var run = 0; run < 3; run++)
        {
            var job = await stage.Run("kept");
            await stage.Ended(job);
            images.Add(Assert.Single(stage.ImagesOf(job)).Opened.Image);
        }
        await stage.Ask<ImageMarked>(new MarkImage(RequestId.New(), images[1].ToString(), ImageChange.Hold, "audit"));
        RetentionDone? done = null;
        var volume = stage.Cluster.Store.Images.Volumes(images[0], 1).Value.Single();
        await stage.Until(
            async () =>
            {
                done = await stage.Ask<RetentionDone>(new RunRetention(RequestId.New()));
                return StateOf(stage, images[0]) == ImageState.Purged
                    && stage.Cluster.Store.Retention.Released().Value
                        .All(file => file.IsGone || file.Position.Volume != volume)
                    && stage.Cluster.Store.Volumes.Get(volume).Value.State == VolumeState.Recycle;
            },
            () => $"The first image's volume is not let go: {done} {string.Join(" ", done?.Notes ?? [])}");
        Assert.Equal(ImageState.Sealed, StateOf(stage, images[1]));
        Assert.Equal(ImageState.Sealed, StateOf(stage, images[2]));
    }

    /// <summary>The volume of an image that goes is not there.</summary>
    public static async Task VolumesGoElsewhere(Stage stage)
    {
        var jobs = new List<JobId>();
        for (var run = 0; run < 2; run++)
        {
            jobs.Add(await stage.Run("kept"));
            await stage.Ended(jobs[run]);
        }
        var image = Assert.Single(stage.ImagesOf(jobs[0])).Opened.Image;
        var volume = stage.Cluster.Store.Images.Volumes(image, 1).Value.Single();
        var root = stage.Cluster.Root;
        var (slot, elsewhere) = (Path.Combine(root, "tapes", volume.Value), Path.Combine(root, "away"));
        Directory.Move(slot, elsewhere);
        try
        {
            await stage.Until(
                async () => (await stage.Ask<RetentionDone>(new RunRetention(RequestId.New()))).Notes
                    .Any(note => note.Contains($"{volume} is not in library", StringComparison.Ordinal)),
                () => "Nobody says that the volume is not there");
            Assert.Equal(ImageState.Purged, StateOf(stage, image));
        }
        finally
        {
            Directory.Move(elsewhere, slot); // the plays behind this one look at all volumes
        }
    }

    /// <summary>The medium is not as it was: the storage node names items.</summary>
    public static async Task VerifyMediaThatAreHurt(Stage stage)
    {
        var saved = await stage.Run("hurt");
        await stage.Ended(saved);
        var image = stage.IsWhole(saved, "hurt");
        var data = Directory.EnumerateFiles(Path.Combine(stage.Cluster.Root, "hurt"), "*.data",
            SearchOption.AllDirectories).Order(StringComparer.Ordinal).Last();
        await using (var file = new FileStream(data, FileMode.Open))
        {
            file.Position = 40_000;
            file.WriteByte((byte)(file.ReadByte() + 1));
        }
        var job = await stage.Begin(new VerifyImage(RequestId.New(), image, VerifyTarget.Media));
        var row = await stage.Ended(job, JobOutcome.CompleteWithExceptions);
        Assert.True(row.Counts.Exceptions > 0);
        AllAreNamed(stage, row);
    }

    private static ImageState StateOf(Stage stage, ImageId image) => stage.Cluster.Store.Images.Get(image).Value.State;

    /// <summary>A job waits for a volume, and somebody is asked to bring it.</summary>
    public static async Task Assigned(Stage stage)
    {
        stage.Cluster.WaitForVolumes(TimeSpan.FromHours(1));
        try
        {
            await AskedOfAnna(stage);
        }
        finally
        {
            stage.Cluster.WaitForVolumes(TimeSpan.Zero); // as the plays behind this one expect
        }
    }

    private static async Task AskedOfAnna(Stage stage)
    {
        var job = await stage.Run("full");
        await stage.Until(() => IsAsked(stage, job, null), () => $"Job {job} asks for nothing");
        await stage.Ask<RequestAssigned>(new AssignRequest(RequestId.New(), job, "anna"));
        await stage.Until(() => IsAsked(stage, job, "anna"), () => $"What job {job} asks for is not anna's");
        await stage.Ask<JobCancelling>(new CancelJob(RequestId.New(), job));
        await stage.Ended(job, JobOutcome.Cancelled);
        Assert.Single(stage.Cluster.Store.Jobs.Log(job, 0, 1000).Value, line => line.Line.Code == "request-assigned");
    }

    private static async Task<bool> IsAsked(Stage stage, JobId job, string? person) =>
        (await stage.Ask<RequestList>(new ListRequests(person))).Requests.Any(request => request.Job == job);
}
