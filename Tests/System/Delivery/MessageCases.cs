using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Clients;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;
using Backup.Messages.Storage;

namespace Backup.Tests.System.Delivery;

/// <summary>For every message of the protocol a play in which it occurs.</summary>
internal static class MessageCases
{
    /// <summary>Messages that no two nodes say to each other, and what tests them instead.</summary>
    public static readonly IReadOnlyDictionary<Type, string> Elsewhere = new Dictionary<Type, string>
    {
        // Only a node that is alone refuses for good, and its allocator is in the process of its sagas.
        [typeof(AllocatorProtocol.Refused)] =
            "JobSagaEndSpecs.A_refusal_that_comes_twice_late_or_never_ends_the_job_once",
    };

    private static readonly Dictionary<Type, Func<Stage, Task>> Catalog = new()
    {
        [typeof(CatalogProtocol.IndexPiece)] = Plays.Backup,
        [typeof(CatalogProtocol.PieceTaken)] = Plays.LongIndex,
        [typeof(CatalogProtocol.Closed)] = Plays.Backup,
        [typeof(CatalogProtocol.RecordVolume)] = Plays.StorageStarts,
        [typeof(CatalogProtocol.VolumeRecorded)] = Plays.StorageStarts,
        [typeof(CatalogProtocol.ReadJobEnds)] = Plays.StorageStarts,
        [typeof(CatalogProtocol.JobEnds)] = Plays.StorageStarts,
        [typeof(CatalogProtocol.ReadManifest)] = Plays.Incremental,
        [typeof(CatalogProtocol.ManifestPage)] = Plays.Restore,
        [typeof(CatalogProtocol.RecordState)] = Plays.States,
        [typeof(CatalogProtocol.StateRecorded)] = Plays.States,
        [typeof(CatalogProtocol.ReadState)] = Plays.States,
        [typeof(CatalogProtocol.ReadFragments)] = Plays.Restore,
        [typeof(CatalogProtocol.FragmentPage)] = Plays.VerifyMedia,
        [typeof(CatalogProtocol.RecordAbandoned)] = Plays.Scan,
        [typeof(CatalogProtocol.Abandoned)] = Plays.Scan,
        [typeof(CatalogProtocol.RetireCopies)] = Plays.Migrate,
        [typeof(CatalogProtocol.CopiesRetired)] = Plays.Migrate,
        [typeof(CatalogProtocol.MarkCopy)] = Plays.Scrub,
        [typeof(CatalogProtocol.CopyMarked)] = Plays.Scrub,
        [typeof(CatalogProtocol.Failed)] = Plays.CatalogRefuses,
    };

    private static readonly Dictionary<Type, Func<Stage, Task>> Storage = new()
    {
        [typeof(StorageProtocol.OpenWrite)] = Plays.Backup,
        [typeof(StorageProtocol.OpenRead)] = Plays.Restore,
        [typeof(StorageProtocol.CheckMedia)] = Plays.VerifyMedia,
        [typeof(StorageProtocol.Scan)] = Plays.Scan,
        [typeof(StorageProtocol.Merge)] = Plays.Merge,
        [typeof(StorageProtocol.Copy)] = Plays.Copy,
        [typeof(StorageProtocol.Scrub)] = Plays.Scrub,
        [typeof(StorageProtocol.Stop)] = Plays.Backup,
        [typeof(StorageProtocol.Query)] = Plays.SlowBackup,
        [typeof(StorageProtocol.Forget)] = Plays.Backup,
        [typeof(StorageProtocol.Noted)] = Plays.Backup,
        [typeof(StorageProtocol.Ready)] = Plays.Backup,
        [typeof(StorageProtocol.Unknown)] = Plays.StorageKnowsNothing,
        [typeof(StorageProtocol.Advanced)] = Plays.SlowBackup,
        [typeof(StorageProtocol.FragmentClosed)] = Plays.Backup,
        [typeof(StorageProtocol.Said)] = Plays.Restore,
        [typeof(StorageProtocol.Excepted)] = Plays.VerifyMediaThatAreHurt,
        [typeof(StorageProtocol.Finished)] = Plays.Backup,
        [typeof(StorageProtocol.Failed)] = Plays.StorageFails,
        [typeof(StorageProtocol.Stopped)] = Plays.Backup,
        [typeof(NodeProtocol.ForStorage)] = Plays.Backup,
        [typeof(NodeProtocol.Absent)] = Plays.NodeIsAway,
    };

    private static readonly Dictionary<Type, Func<Stage, Task>> Clients = new()
    {
        [typeof(ClientProtocol.Save)] = Plays.Backup,
        [typeof(ClientProtocol.Restore)] = Plays.Restore,
        [typeof(ClientProtocol.Compare)] = Plays.VerifyDisk,
        [typeof(ClientProtocol.Estimate)] = Plays.Estimate,
        [typeof(ClientProtocol.Give)] = Plays.CopyToAnotherLibrary,
        [typeof(NodeProtocol.ForGiver)] = Plays.CopyToAnotherLibrary,
        [typeof(ClientProtocol.RunScripts)] = Plays.Scripts,
        [typeof(ClientProtocol.ScriptsEnded)] = Plays.Scripts,
        [typeof(ClientProtocol.Said)] = Plays.Scripts,
        [typeof(ClientProtocol.Stop)] = Plays.Backup,
        [typeof(ClientProtocol.Query)] = Plays.ClientKnowsNothing,
        [typeof(ClientProtocol.Begun)] = Plays.Backup,
        [typeof(ClientProtocol.Unknown)] = Plays.ClientKnowsNothing,
        [typeof(ClientProtocol.Advanced)] = Plays.LongIndex,
        [typeof(ClientProtocol.Excepted)] = Plays.VerifyDiskThatDiffers,
        [typeof(ClientProtocol.Finished)] = Plays.Backup,
        [typeof(ClientProtocol.Failed)] = Plays.ClientFails,
        [typeof(ClientProtocol.Stopped)] = Plays.Backup,
        [typeof(NodeProtocol.ForClient)] = Plays.Backup,
        [typeof(NodeProtocol.Announce)] = Plays.NodesRejoin,
        [typeof(NodeProtocol.Leaves)] = Plays.NodesRejoin,
        [typeof(AllocatorProtocol.Reserve)] = Plays.Backup,
        [typeof(AllocatorProtocol.Granted)] = Plays.Backup,
        [typeof(AllocatorProtocol.Release)] = Plays.Backup,
        [typeof(AllocatorProtocol.Hold)] = Plays.Backup,
        [typeof(AllocatorProtocol.Offer)] = Plays.NodesRejoin,
        [typeof(AllocatorProtocol.Withdraw)] = Plays.NodesRejoin,
        [typeof(JobProtocol.Start)] = Plays.Backup,
        [typeof(JobProtocol.Cancel)] = Plays.Cancelled,
        [typeof(JobProtocol.Accepted)] = Plays.Cancelled,
        [typeof(JobProtocol.Assign)] = Plays.Assigned,
    };

    private static readonly Dictionary<Type, Func<Stage, Task>> Operations = new()
    {
        [typeof(RunPolicy)] = Plays.Backup,
        [typeof(JobsStarted)] = Plays.Backup,
        [typeof(PreviewRun)] = Plays.Preview,
        [typeof(RunPreview)] = Plays.Preview,
        [typeof(NodeProtocol.Preview)] = Plays.Preview,
        [typeof(RestoreFiles)] = Plays.Restore,
        [typeof(VerifyImage)] = Plays.VerifyMedia,
        [typeof(VerifyPolicy)] = Plays.VerifyCatalog,
        [typeof(ScanLibrary)] = Plays.Scan,
        [typeof(MergeImage)] = Plays.Merge,
        [typeof(CopyImages)] = Plays.Copy,
        [typeof(MigrateImages)] = Plays.Migrate,
        [typeof(ScrubMedia)] = Plays.Scrub,
        [typeof(FlushSpool)] = Plays.Question<JobsStarted>(_ => new FlushSpool(RequestId.New())),
        [typeof(HealCopies)] = Plays.Question<JobsStarted>(_ => new HealCopies(RequestId.New())),
        [typeof(VaultVolumes)] = Plays.Vault,
        [typeof(VolumesVaulted)] = Plays.Vault,
        [typeof(ShowVault)] = Plays.Question<VaultShown>(_ => new ShowVault()),
        [typeof(VaultShown)] = Plays.Question<VaultShown>(_ => new ShowVault()),
        [typeof(RerunJob)] = Plays.Again,
        [typeof(CancelJob)] = Plays.Cancelled,
        [typeof(JobCancelling)] = Plays.Cancelled,
        [typeof(FollowJob)] = Plays.Followed,
        [typeof(JobNews)] = Plays.Followed,
        [typeof(ShowJob)] = Plays.JobWaits,
        [typeof(JobDetails)] = Plays.JobWaits,
        [typeof(JobProtocol.Ask)] = Plays.JobWaits,
        [typeof(JobProtocol.Status)] = Plays.JobWaits,
        [typeof(AllocatorProtocol.Why)] = Plays.JobWaits,
        [typeof(AllocatorProtocol.Reasons)] = Plays.JobWaits,
        [typeof(JobProtocol.Refused)] = Plays.CancelOfWhatDoesNotRun,
        [typeof(Refused)] = Plays.CancelOfWhatDoesNotRun,
        [typeof(NodeProtocol.Asked)] = Plays.AskedFor,
        [typeof(ListJobs)] = Plays.Question<JobList>(_ => new ListJobs()),
        [typeof(JobList)] = Plays.Question<JobList>(_ => new ListJobs()),
        [typeof(ListImages)] = Plays.Question<ImageList>(_ => new ListImages()),
        [typeof(ImageList)] = Plays.Question<ImageList>(_ => new ListImages()),
        [typeof(ListFiles)] = Plays.Question<FileList>(image => new ListFiles(image)),
        [typeof(FileList)] = Plays.Question<FileList>(image => new ListFiles(image)),
        [typeof(FindFiles)] = Plays.Question<FoundFiles>(_ => new FindFiles("file-0000")),
        [typeof(FoundFiles)] = Plays.Question<FoundFiles>(_ => new FindFiles("file-0000")),
        [typeof(ListVersions)] = Plays.Versions,
        [typeof(VersionList)] = Plays.Versions,
        [typeof(DiffImages)] = Plays.Question<ImageDifferences>(image => new DiffImages(image, "latest")),
        [typeof(ImageDifferences)] = Plays.Question<ImageDifferences>(image => new DiffImages(image, "latest")),
        [typeof(ListVolumes)] = Plays.Question<VolumeList>(_ => new ListVolumes()),
        [typeof(VolumeList)] = Plays.Question<VolumeList>(_ => new ListVolumes()),
        [typeof(ListClients)] = Plays.Question<ClientList>(_ => new ListClients()),
        [typeof(ClientList)] = Plays.Question<ClientList>(_ => new ListClients()),
        [typeof(NodeProtocol.List)] = Plays.Question<ClientList>(_ => new ListClients()),
        [typeof(NodeProtocol.Nodes)] = Plays.Question<ClientList>(_ => new ListClients()),
        [typeof(ShowStatus)] = Plays.Question<NodeStatus>(_ => new ShowStatus()),
        [typeof(NodeStatus)] = Plays.Question<NodeStatus>(_ => new ShowStatus()),
        [typeof(AllocatorProtocol.List)] = Plays.Question<NodeStatus>(_ => new ShowStatus()),
        [typeof(AllocatorProtocol.Holders)] = Plays.Question<NodeStatus>(_ => new ShowStatus()),
        [typeof(EstimatePolicy)] = Plays.Estimate,
        [typeof(ShowEstimate)] = Plays.Question<EstimateShown>(_ => new ShowEstimate(new PolicyName("nightly"))),
        [typeof(EstimateShown)] = Plays.Question<EstimateShown>(_ => new ShowEstimate(new PolicyName("nightly"))),
        [typeof(ShowRetention)] = Plays.Question<RetentionShown>(_ => new ShowRetention()),
        [typeof(RetentionShown)] = Plays.Question<RetentionShown>(_ => new ShowRetention()),
        [typeof(ShowPlan)] = Plays.Question<PlanShown>(_ => new ShowPlan(3, null, [Plays.Planned])),
        [typeof(PlanShown)] = Plays.Question<PlanShown>(_ => new ShowPlan(3, null, [Plays.Planned])),
        [typeof(OrderPlan)] = Plays.OrdersOfThePlanner,
        [typeof(PlanOrdered)] = Plays.OrdersOfThePlanner,
        [typeof(ShowSchedule)] = Plays.Question<ScheduleShown>(_ => new ShowSchedule()),
        [typeof(ScheduleShown)] = Plays.Question<ScheduleShown>(_ => new ShowSchedule()),
        [typeof(LabelVolume)] = Plays.VolumesByHand,
        [typeof(VolumeLabelled)] = Plays.VolumesByHand,
        [typeof(MountVolume)] = Plays.VolumesByHand,
        [typeof(VolumeMounted)] = Plays.VolumesByHand,
        [typeof(UnmountDrive)] = Plays.VolumesByHand,
        [typeof(DriveUnmounted)] = Plays.VolumesByHand,
        [typeof(NodeProtocol.ForLibrary)] = Plays.VolumesByHand,
        [typeof(TakeInventory)] = Plays.VolumesByHand,
        [typeof(InventoryTaken)] = Plays.VolumesByHand,
        [typeof(ImportVolumes)] = Plays.VolumesByHand,
        [typeof(VolumesImported)] = Plays.VolumesByHand,
        [typeof(ExportVolumes)] = Plays.VolumesByHand,
        [typeof(VolumesExported)] = Plays.VolumesByHand,
        [typeof(MoveVolume)] = Plays.VolumesByHand,
        [typeof(VolumeMoved)] = Plays.VolumesByHand,
        [typeof(UpdateVolume)] = Plays.VolumesByHand,
        [typeof(VolumeUpdated)] = Plays.VolumesByHand,
        [typeof(RunRetention)] = Plays.Retention,
        [typeof(RetentionDone)] = Plays.Retention,
        [typeof(MarkImage)] = Plays.Retention,
        [typeof(ImageMarked)] = Plays.Retention,
        [typeof(NodeProtocol.ForVolume)] = Plays.Retention,
        [typeof(VolumeProtocol.Inspect)] = Plays.Retention,
        [typeof(VolumeProtocol.Inspected)] = Plays.Retention,
        [typeof(VolumeProtocol.LetGo)] = Plays.Retention,
        [typeof(VolumeProtocol.GiveBack)] = Plays.Retention,
        [typeof(VolumeProtocol.Done)] = Plays.Retention,
        [typeof(VolumeProtocol.NotDone)] = Plays.VolumesGoElsewhere,
        [typeof(ShowObject)] = Plays.Objects,
        [typeof(ObjectShown)] = Plays.Objects,
        [typeof(NodeProtocol.Look)] = Plays.Objects,
        [typeof(NodeProtocol.Looked)] = Plays.Objects,
        [typeof(ListRequests)] = Plays.Assigned,
        [typeof(RequestList)] = Plays.Assigned,
        [typeof(AssignRequest)] = Plays.Assigned,
        [typeof(RequestAssigned)] = Plays.Assigned,
        [typeof(ListExceptions)] = Plays.Question<ExceptionList>(_ => new ListExceptions(new JobId(1))),
        [typeof(ExceptionList)] = Plays.Question<ExceptionList>(_ => new ListExceptions(new JobId(1))),
        [typeof(RestorePlan)] = Plays.Question<RestorePlan>(
            image => new RestoreFiles(RequestId.New(), image, [], "/tmp/nowhere", DryRun: true)),
        [typeof(CheckCatalog)] = Plays.Question<CatalogChecked>(_ => new CheckCatalog(RequestId.New())),
        [typeof(CatalogChecked)] = Plays.Question<CatalogChecked>(_ => new CheckCatalog(RequestId.New())),
        [typeof(ReloadConfiguration)] = Plays.Question<ConfigurationReloaded>(
            _ => new ReloadConfiguration(RequestId.New())),
        [typeof(ConfigurationReloaded)] = Plays.Question<ConfigurationReloaded>(
            _ => new ReloadConfiguration(RequestId.New())),
    };

    /// <summary>By what they are about, so that each part is a test class of its own.</summary>
    public static readonly IReadOnlyDictionary<string, IReadOnlyDictionary<Type, Func<Stage, Task>>> Parts =
        new Dictionary<string, IReadOnlyDictionary<Type, Func<Stage, Task>>>
        {
            [nameof(Catalog)] = Catalog,
            [nameof(Storage)] = Storage,
            [nameof(Clients)] = Clients,
            [nameof(Operations)] = Operations,
        };
}
