using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Volumes;

namespace Backup.Host.Operations;

/// <summary>
/// All operations on a system. A test holds it, the requests, the replies, the commands and docs/operations.md
/// together.
/// </summary>
internal static class OperationTable
{
    private const string Image = "5f1c09b2e8aa";
    private static readonly RequestId Key = new("d3b07384");

    public static IReadOnlyList<Operation> All { get; } =
    [
        Of<RunPolicy, JobsStarted>("run-policy", "Starts a backup job for each client of a policy.", Permission.Operate,
            [RefusalCode.BadRequest, RefusalCode.Conflict], "run", new RunPolicy(Key, new PolicyName("nightly"))),
        Of<PreviewRun, RunPreview>(
            "preview-run", "Says what a run of a policy would do, and with a walk which items it would save.",
            Permission.Read, [RefusalCode.BadRequest, RefusalCode.Conflict], "run",
            new PreviewRun(new PolicyName("nightly"), new ClientName("web1"), Walk: "a1", Limit: 100)),
        // Restore: a restore may be among what is done again.
        Of<RerunJob, JobsStarted>(
            "rerun-job", "Does what a job that has ended did once more, as a new job.", Permission.Restore,
            [RefusalCode.BadRequest, RefusalCode.NotFound, RefusalCode.Conflict], "rerun",
            new RerunJob(Key, new JobId(12))),
        Of<CancelJob, JobCancelling>(
            "cancel-job", "Cancels a job that waits or runs; what it has sealed stays.", Permission.Operate,
            [RefusalCode.NotFound, RefusalCode.Conflict], "cancel", new CancelJob(Key, new JobId(12))),
        Of<ListJobs, JobList>("list-jobs", "Lists jobs, newest first.", Permission.Read,
            [RefusalCode.BadRequest], "jobs", new ListJobs(RunningOnly: true)),
        Of<ShowJob, JobDetails>(
            "show-job", "Shows a job: state, progress, what it waits for, log and report.", Permission.Read,
            [RefusalCode.NotFound], "job", new ShowJob(new JobId(12))),
        Of<ListExceptions, ExceptionList>(
            "list-exceptions", "Lists all exceptions of a job, in pages.", Permission.Read,
            [RefusalCode.BadRequest, RefusalCode.NotFound], "job", new ListExceptions(new JobId(12))),
        Of<ListImages, ImageList>("list-images", "Lists images, newest first.", Permission.Read,
            [RefusalCode.BadRequest], "images", new ListImages(10)),
        Of<ListFiles, FileList>("list-files", "Lists a directory of an image, in pages.", Permission.Read,
            [RefusalCode.BadRequest, RefusalCode.NotFound], "ls", new ListFiles(Image, "/etc")),
        Of<FindFiles, FoundFiles>("find-files", "Finds items by name in images.", Permission.Read,
            [RefusalCode.BadRequest, RefusalCode.NotFound], "find", new FindFiles("*.conf")),
        Of<ListVersions, VersionList>(
            "list-versions", "Lists the states of one item over all sealed images, newest first.", Permission.Read,
            [RefusalCode.BadRequest, RefusalCode.NotFound], "versions", new ListVersions("/etc/hosts")),
        Of<DiffImages, ImageDifferences>(
            "diff-images", "Says what differs between two images, in pages.", Permission.Read,
            [RefusalCode.BadRequest, RefusalCode.NotFound], "diff", new DiffImages(Image, "latest")),
        Of<RestoreFiles, JobsStarted>(
            "restore-files", "Starts a job that restores items of an image, or only says what it would do.",
            Permission.Restore, [RefusalCode.BadRequest, RefusalCode.NotFound, RefusalCode.Conflict], "restore",
            new RestoreFiles(Key, Image, ["/etc/hosts"], "/tmp/restored"), typeof(RestorePlan)),
        Of<VerifyImage, JobsStarted>("verify-image",
            "Starts a job that reads an image's medium again, or compares the catalog with the client's disk.",
            Permission.Operate, [RefusalCode.BadRequest, RefusalCode.NotFound, RefusalCode.Conflict], "verify",
            new VerifyImage(Key, Image, VerifyTarget.Media)),
        Of<VerifyPolicy, JobsStarted>("verify-policy",
            "Starts a job for each client of a policy that compares its disk with its newest image in the catalog.",
            Permission.Operate, [RefusalCode.BadRequest, RefusalCode.NotFound, RefusalCode.Conflict], "verify",
            new VerifyPolicy(Key, new PolicyName("nightly"))),
        Of<MergeImage, JobsStarted>("merge-image",
            "Starts a job that makes a full image of an incremental and all that it builds on, without the client.",
            Permission.Operate, [RefusalCode.BadRequest, RefusalCode.NotFound, RefusalCode.Conflict], "merge",
            new MergeImage(Key, Image)),
        Of<CopyImages, JobsStarted>(
            "copy-images", "Starts a job for each image that is chosen, which writes it once more to another pool.",
            Permission.Operate, [RefusalCode.BadRequest, RefusalCode.NotFound, RefusalCode.Conflict], "copy",
            new CopyImages(Key, new PoolName("offsite"), Image)),
        Of<MigrateImages, JobsStarted>(
            "migrate-images",
            "Starts a job for each image that is chosen, which copies it to another pool and then frees where it was.",
            Permission.Operate, [RefusalCode.BadRequest, RefusalCode.NotFound, RefusalCode.Conflict], "migrate",
            new MigrateImages(Key, new PoolName("offsite"), FromPool: new PoolName("disk"), OlderDays: 30)),
        Of<ScrubMedia, JobsStarted>(
            "scrub-media", "Starts jobs that read volumes again and compare each block with its digest.",
            Permission.Operate, [RefusalCode.BadRequest, RefusalCode.NotFound], "scrub",
            new ScrubMedia(Key, Pool: new PoolName("disk"))),
        Of<HealCopies, JobsStarted>(
            "heal-copies", "Starts jobs that write damaged fragments once more, from their other copies.",
            Permission.Operate, [RefusalCode.BadRequest, RefusalCode.NotFound], "heal",
            new HealCopies(Key, Image)),
        Of<FlushSpool, JobsStarted>(
            "flush-spool", "Starts jobs that take what waits on spools to the volumes of its pools.",
            Permission.Operate, [RefusalCode.BadRequest], "flush",
            new FlushSpool(Key, new LibraryName("tapes"))),
        Of<VaultVolumes, VolumesVaulted>(
            "vault-volumes", "Notes that volumes were taken to another place, or are back in their libraries.",
            Permission.Operate, [RefusalCode.BadRequest, RefusalCode.NotFound, RefusalCode.Conflict], "vault",
            new VaultVolumes(Key, ["disk-0001"], "bank, box 4", "anna")),
        Of<ShowVault, VaultShown>(
            "show-vault", "Says which volumes are at another place, what should go there next, and what was moved.",
            Permission.Read, [], "vault", new ShowVault(Pool: new PoolName("disk"))),
        Of<ListVolumes, VolumeList>(
            "list-volumes", "Lists volumes, by library and name.", Permission.Read, [], "volumes", new ListVolumes()),
        Of<ListClients, ClientList>("list-clients", "Lists clients with their newest image.", Permission.Read, [],
            "clients", new ListClients()),
        Of<ShowSchedule, ScheduleShown>(
            "show-schedule", "Says what starts by itself and when, and what was missed and will be caught up.",
            Permission.Read, [RefusalCode.BadRequest], "schedule", new ShowSchedule(30, new PolicyName("nightly"))),
        Of<EstimatePolicy, JobsStarted>(
            "estimate-policy", "Starts a job for each client of a policy that measures what backups would hold.",
            Permission.Operate, [RefusalCode.BadRequest, RefusalCode.Conflict], "estimate",
            new EstimatePolicy(Key, new PolicyName("nightly"), Levels: [0, 1])),
        Of<ShowEstimate, EstimateShown>(
            "show-estimate", "Says what backups of a policy would hold, as far as it is known without a walk.",
            Permission.Read, [RefusalCode.BadRequest], "estimate", new ShowEstimate(new PolicyName("nightly"))),
        Of<ShowPlan, PlanShown>(
            "show-plan", "Says what the planner does in the next run, and in those of further days.",
            Permission.Read, [RefusalCode.BadRequest], "plan", new ShowPlan(7, "office")),
        Of<OrderPlan, PlanOrdered>(
            "order-plan", "Orders once what the next backups of a planned policy do: a full, or another level or not.",
            Permission.Operate, [RefusalCode.BadRequest], "plan",
            new OrderPlan(Key, new PolicyName("nightly"), PlanOrder.ForceFull)),
        Of<ShowRetention, RetentionShown>(
            "show-retention", "Says which images the rules of their policies keep, which not, and by which rule.",
            Permission.Read, [RefusalCode.BadRequest], "retention",
            new ShowRetention(Policy: new PolicyName("nightly"))),
        Of<RunRetention, RetentionDone>(
            "run-retention",
            "Condemns images that no rule keeps, removes those whose grace time is over, lets empty volumes go.",
            Permission.Operate, [RefusalCode.BadRequest, RefusalCode.Conflict], "retention", new RunRetention(Key)),
        Of<MarkImage, ImageMarked>(
            "mark-image", "Holds, releases, tags or reprieves an image.", Permission.Operate,
            [RefusalCode.BadRequest, RefusalCode.NotFound, RefusalCode.Conflict], "hold",
            new MarkImage(Key, Image, ImageChange.Hold, "audit")),
        Of<ScanLibrary, JobsStarted>(
            "scan-library", "Starts a job that rebuilds the catalog from a library's volumes, or adds what it lacks.",
            Permission.Operate, [RefusalCode.BadRequest,
                RefusalCode.Conflict], "scan", new ScanLibrary(Key, new LibraryName("tapes"))),
        Of<CheckCatalog, CatalogChecked>(
            "check-catalog", "Compares the catalog's rows, and mends what loses nothing where asked to.",
            Permission.Operate, [RefusalCode.Conflict], "catalog", new CheckCatalog(Key)),
        Of<LabelVolume, VolumeLabelled>(
            "label-volume", "Labels a blank or new volume for a pool; never one that holds an image.",
            Permission.Operate,
            [RefusalCode.BadRequest, RefusalCode.Conflict], "label", new LabelVolume(Key, new PoolName("disk"))),
        Of<LabelVolumes, VolumesLabelled>(
            "label-volumes", "Labels many blank or new volumes for a pool, by bar codes or a template.",
            Permission.Operate, [RefusalCode.BadRequest, RefusalCode.Conflict], "label",
            new LabelVolumes(Key, new PoolName("disk"), "disk-%04d", 20)),
        Of<MountVolume, VolumeMounted>(
            "mount-volume", "Puts a volume into the drive of a job that waits for it, or into an idle one.",
            Permission.Operate,
            [RefusalCode.BadRequest, RefusalCode.NotFound, RefusalCode.Conflict], "mount",
            new MountVolume(Key, new VolumeName("disk-0001"))),
        Of<UnmountDrive, DriveUnmounted>(
            "unmount-drive", "Takes the volume out of a drive that no job uses.", Permission.Operate,
            [RefusalCode.BadRequest, RefusalCode.Conflict], "unmount",
            new UnmountDrive(Key, new DriveId(new LibraryName("tapes"), 0))),
        Of<SetDrive, DriveSet>(
            "set-drive", "Takes a drive out of use, or into it again; what works with it goes on to its end.",
            Permission.Operate, [RefusalCode.BadRequest], "drive",
            new SetDrive(Key, new DriveId(new LibraryName("tapes"), 0), DriveUse.Disabled, "write errors", "anna")),
        Of<CleanDrive, DriveCleaned>(
            "clean-drive", "Cleans a drive that no job uses, with a cleaning cartridge of its library.",
            Permission.Operate, [RefusalCode.BadRequest, RefusalCode.Conflict], "drive",
            new CleanDrive(Key, new DriveId(new LibraryName("tapes"), 0))),
        Of<UpdateVolume, VolumeUpdated>(
            "update-volume", "Says what a volume may be used for.", Permission.Operate,
            [RefusalCode.BadRequest, RefusalCode.NotFound, RefusalCode.Conflict], "volume",
            new UpdateVolume(Key, new VolumeName("disk-0001"), VolumeState.ReadOnly)),
        Of<TakeInventory, InventoryTaken>(
            "take-inventory", "Looks and says what is where in libraries: slots, drives, import/export slots.",
            Permission.Operate, [RefusalCode.BadRequest], "inventory",
            new TakeInventory(Key, new LibraryName("tapes"))),
        Of<ImportVolumes, VolumesImported>(
            "import-volumes", "Takes volumes from the import/export slots of a library into empty ones.",
            Permission.Operate, [RefusalCode.BadRequest, RefusalCode.NotFound, RefusalCode.Conflict], "import",
            new ImportVolumes(Key, new LibraryName("tapes"))),
        Of<ExportVolumes, VolumesExported>(
            "export-volumes", "Puts volumes into the import/export slots of their library, to be taken out.",
            Permission.Operate, [RefusalCode.BadRequest, RefusalCode.NotFound, RefusalCode.Conflict], "export",
            new ExportVolumes(Key, ["disk-0001"])),
        Of<MoveVolume, VolumeMoved>(
            "move-volume", "Moves what is in a slot of a library into an empty one.",
            Permission.Operate, [RefusalCode.BadRequest, RefusalCode.NotFound, RefusalCode.Conflict], "move",
            new MoveVolume(Key, new LibraryName("tapes"), 3, 17)),
        Of<ListRequests, RequestList>(
            "list-requests", "Lists what jobs ask of people: volumes to bring, and who was asked to.", Permission.Read,
            [], "requests", new ListRequests()),
        Of<AssignRequest, RequestAssigned>(
            "assign-request", "Says who is to do what a job asks of a person.", Permission.Operate,
            [RefusalCode.BadRequest, RefusalCode.NotFound, RefusalCode.Conflict], "assign",
            new AssignRequest(Key, new JobId(12), "anna")),
        Of<ShowObject, ObjectShown>(
            "show-object",
            "Asks a job, drive, library, client, file set or policy how it is and what happened to it last.",
            Permission.Read, [RefusalCode.BadRequest, RefusalCode.NotFound], "show",
            new ShowObject(ObjectKind.Client, "web1", 10)),
        Of<ShowStatus, NodeStatus>("show-status", "Says how the node is and what its drives do.", Permission.Read, [],
            "status", new ShowStatus()),
        Of<ReloadConfiguration, ConfigurationReloaded>("reload-configuration",
            "Makes the node read its configuration again; one with a mistake is refused as a whole.",
            Permission.Operate, [RefusalCode.BadRequest, RefusalCode.Conflict], "reload",
            new ReloadConfiguration(Key)),
    ];

    /// <summary>Every type that may come as an answer.</summary>
    public static IReadOnlyList<Type> ReplyTypes { get; } =
        [.. All.SelectMany(operation => operation.Replies).Append(typeof(Refused)).Distinct()];

    /// <summary>The operation of a name; null when there is none.</summary>
    public static Operation? Find(string name) => All.FirstOrDefault(operation => operation.Name == name);

    /// <summary>The operation of a request.</summary>
    public static Operation For(IRequest request) => All.First(operation => operation.Request == request.GetType());

    private static Operation Of<TRequest, TReply>(
        string name, string summary, Permission permission, IReadOnlyList<RefusalCode> refusals, string command,
        TRequest example,
        Type? otherReply = null)
        where TRequest : IRequest
        where TReply : IReply =>
        new(name, summary, typeof(TRequest), otherReply is null
            ? [typeof(TReply)] : [typeof(TReply), otherReply], permission, refusals,
            command, example);
}
