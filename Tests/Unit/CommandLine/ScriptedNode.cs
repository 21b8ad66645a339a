using Backup.Host;
using Backup.Host.CommandLine;
using Backup.Host.Configuration;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Volumes;

namespace Backup.Tests.Unit.CommandLine;

/// <summary>Answers requests as a test says.</summary>
internal sealed class ScriptedNode(Func<IRequest, IReply> answer) : INodeConnection
{
    public List<IRequest> Asked { get; } = [];

    public List<string?> Users { get; } = [];

    public Task<IReply> AskAs(IRequest request, string? user, CancellationToken cancellation)
    {
        Users.Add(user);
        return Ask(request, cancellation);
    }

    public Task<IReply> Ask(IRequest request, CancellationToken cancellation)
    {
        Asked.Add(request);
        return Task.FromResult(answer(request));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>Every way leads to one node.</summary>
internal sealed class OneDoor(INodeConnection node, bool solo) : NodeDoor
{
    public bool Stopped { get; private set; }

    public IReadOnlyList<JobId> OtherJobs { get; init; } = [];

    public override Task<OpenDoor> ForReading(BackupSettings settings, CancellationToken cancellation) =>
        Task.FromResult(Open());

    public override Task<OpenDoor?> Running(BackupSettings settings, CancellationToken cancellation) =>
        Task.FromResult<OpenDoor?>(solo ? null : Open());

    public override Task<OpenDoor> ForWork(BackupSettings settings, CancellationToken cancellation) =>
        Task.FromResult(Open());

    private OpenDoor Open() => new(node, solo, OtherJobs, () =>
    {
        Stopped = true;
        return Task.CompletedTask;
    });
}

/// <summary>Runs command lines against a scripted node, and keeps what they print.</summary>
internal sealed class CommandRun : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("command-").FullName;
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public CommandRun(Func<IRequest, IReply> answer, bool solo = false, bool interactive = false, string input = "",
        params JobId[] otherJobs)
    {
        Node = new ScriptedNode(answer);
        Door = new OneDoor(Node, solo) { OtherJobs = otherJobs };
        var screen = new Screen(_output, _error, new StringReader(input)) { IsInteractive = interactive };
        Program = new BackupCommand(new CommandContext(screen, Door, Interrupts))
        {
            Pace = new FollowPace(TimeSpan.Zero, TimeSpan.FromHours(1), TimeSpan.Zero),
        };
        ConfigFile = Path.Combine(_folder, "node.conf");
        File.WriteAllText(ConfigFile, $$"""
            backup {
              node.data-directory = {{_folder}}/data
              libraries.tapes.directory = {{_folder}}/tapes
              pools.disk.library = tapes
              file-sets.sys.operations = [{ roots = [/etc] }]
              policies.nightly { file-set = sys, pool = disk }
            }
            """);
    }

    public ScriptedNode Node { get; }

    public OneDoor Door { get; }

    public Interrupts Interrupts { get; } = new();

    public BackupCommand Program { get; }

    public string ConfigFile { get; }

    public string Output => _output.ToString();

    public string Error => _error.ToString();

    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public Task<int> Run(params string[] arguments) => Program.Run([.. arguments, "--config", ConfigFile]);

    public void Dispose()
    {
        Interrupts.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>Replies with everything that is hard to print.</summary>
internal static class Replies
{
    public const string Hostile = @"/srv/[red]x[/]\x1b[31m\x0a{0} ünï %s";

    public static readonly ImageId Image = new(new UInt128(0x71a601c289f659aa, 0x9734a6dafc040a96));
    public static readonly DateTimeOffset Moment = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static ListedFile File { get; } = new(
        Hostile, "regular", 0x1ed | 0x800, 1000, 100, 1234, Moment, null, "sha256:00", 0, ["changed-while-read"]);

    public static JobSummary Job(string state = "ended", JobOutcome? outcome = JobOutcome.Complete) => new(
        new JobId(12), JobKind.Backup, new PolicyName("nightly"), new ClientName("web1"), 0, state, outcome,
        Image, Moment,
        outcome is null ? null : Moment.AddSeconds(10), 1300, 1 << 20, 1 << 19, 1, 1, null);

    public static JobSummary Waiting => Job("waiting", null) with { WaitsFor = [$"the drive of {Hostile}", "job 7"] };

    public static JobReport Report(JobOutcome outcome = JobOutcome.CompleteWithExceptions) => new(
        outcome, Image, new string('a', 64), new Dictionary<string, long> { ["Regular"] = 1299, ["Directory"] = 1 },
        1 << 20, 1 << 19, 1,
        [new VolumeName("disk-0001")], 1, new Dictionary<string, long> { ["Unreadable"] = 1 },
        [$"{Hostile} could not be read."],
        new Dictionary<string, long> { ["exclude *.tmp"] = 7 },
        new Dictionary<string, double> { ["transferring"] = 2.5 }, 1, "tail | zstd | tar", null);

    public static JobProgress Progress { get; } = new(
        "transferring", 100, 5 << 20, 1 << 20, 1 << 20, 0, Hostile, new DriveId(new LibraryName("tapes"), 0),
        new VolumeName("disk-0001"), 10 << 20, Moment);

    public static JobDetails Details(
        JobOutcome? outcome = JobOutcome.CompleteWithExceptions, params LogLine[] log) => outcome is { } end
        ? new JobDetails(Job("ended", end), null, [], log, Report(end), Spool: new SpooledFragments(
            2, new PoolName("disk"), [new VolumeName("disk.spool-0001")]))
        : new JobDetails(Job("running", null), Progress, [], log, null);

    private static readonly SpoolState Spool = new(
        new LibraryName("tapes"), 3L << 30, 4L << 30, 9L << 30, 50, IsDegraded: true, 2, 5, 1L << 30,
        [new SpoolLeaving(new JobId(14), Image, new PoolName("disk"))]);

    public static LogLine Log(long number) =>
        new(number, Moment, LogSeverity.Warning, "file-unreadable", $"line {number} of {Hostile}");

    /// <summary>A good answer to every request.</summary>
    public static IReply Answer(IRequest request) => request switch
    {
        RunPolicy or RerunJob or VerifyImage or VerifyPolicy or ScanLibrary or EstimatePolicy
            or MergeImage or CopyImages or MigrateImages or ScrubMedia or HealCopies
            or FlushSpool =>
            new JobsStarted([new JobId(12)]),
        PreviewRun { Walk: null } => new RunPreview([
            new PreviewedJob(
                new ClientName("web1"), new FileSetName("sys"), 1, $"It builds on an image{Hostile}.", Image, Moment,
                new PoolName("disk"), new LibraryName("tapes"), [new VolumeName("disk-0001")],
                [$"Job 3 would be cancelled{Hostile}"]),
            new PreviewedJob(
                new ClientName("web2"), new FileSetName("sys"), null, "The plan leaves it out.", null, null,
                new PoolName("disk"), new LibraryName("tapes"), [], []),
        ]),
        PreviewRun { Page: 0 } => new RunPreview([], new PreviewPage(
            0, [new PreviewedItem(Hostile, "regular", 7, PreviewReason.New)], 1, 7, 1536, 0, 0, false, null)),
        PreviewRun page => new RunPreview([], new PreviewPage(
            page.Page,
            [
                new PreviewedItem(Hostile, "", 0, PreviewReason.Deleted),
                new PreviewedItem(Hostile, "", 0, PreviewReason.Exception, $"{Hostile} could not be read."),
            ],
            1, 7, 1536, 1, 1, true, null)),
        RestoreFiles { DryRun: true } => new RestorePlan(
            Image, new Dictionary<string, long> { ["Regular"] = 3 }, 4096, 8192, 1, 0, [new VolumeName("disk-0001")],
            "/tmp/[x]", new PlannedDeletion(3, 1, [Hostile], true)),
        RestoreFiles => new JobsStarted([new JobId(12)]),
        VaultVolumes vault => new VolumesVaulted([.. vault.Volumes.Select(name => new VolumeName(name))], vault.Place),
        ShowVault => new VaultShown(
            [new VolumeMove(new VolumeName("disk-0001"), Moment, "bank, box 4", "anna", Hostile)],
            [new VolumeName("disk-0002")],
            [new VolumeMove(new VolumeName("disk-0001"), Moment, "bank, box 4", "anna", null)]),
        CancelJob cancel => new JobCancelling(cancel.Job),
        ListJobs => new JobList([Job(), Waiting]),
        ShowJob show => Details(JobOutcome.CompleteWithExceptions, show.LogAfter == 0 ? [Log(1)] : []),
        ListExceptions { After: null } => new ExceptionList(
            [new JobException("/-1/1", "not-written", $"{Hostile} could not be written.")], "/-1/1"),
        ListExceptions => new ExceptionList(
            [new JobException("/-1/2", "kept", $"{Hostile} exists at the target and was kept.")], null),
        ListImages => new ImageList([new ImageSummary(
            Image, new JobId(12), new ClientName("web1"), new PolicyName("nightly"), new FileSetName("sys"), 0,
            Moment, "sealed",
            JobOutcome.Complete, 1300, 1 << 20, 1 << 19, 1, 0,
            [new VolumeName("disk-0001"), new VolumeName("disk-0002")])]),
        ListFiles { After: null } => new FileList(Image, [File], "/srv"),
        ListFiles => new FileList(Image, [File with { Kind = "symlink", LinkTarget = Hostile }], null),
        FindFiles => new FoundFiles([new FoundFile(Image, File)], More: false),
        ListVersions => new VersionList(
            [
                new FileVersion(
                    new ClientName("web1"), new FileSetName("sys"), File, Image, Moment, Image, Moment),
                new FileVersion(
                    new ClientName("web1"), new FileSetName("sys"), null, Image, Moment, Image, Moment),
            ], More: true),
        DiffImages { After: null } => new ImageDifferences(Image, Image, [new FileDifference("added", File)], "/srv"),
        DiffImages => new ImageDifferences(Image, Image, [new FileDifference("metadata", File)], null),
        ListVolumes list => new VolumeList([new VolumeSummary(
            new VolumeName("disk-0001"), new LibraryName("tapes"), null, "error", 5, null, 2, Moment,
            $"fdatasync failed on {Hostile}", list.Why ? 2 : null, list.Why ? Moment : null,
            list.Why ? [$"image 71a601c289f6: held: {Hostile}"] : null)]),
        LabelVolume label => new VolumeLabelled(
            label.Volume ?? new VolumeName("disk-0002"), label.Pool, new LibraryName("tapes"), [new JobId(12)]),
        LabelVolumes many => new VolumesLabelled(
            many.Pool, new LibraryName("tapes"), [new VolumeName("disk-0002")], [$"Volume odd: foreign{Hostile}"], 1,
            [new JobId(12)]),
        MountVolume mount => new VolumeMounted(
            mount.Volume, mount.Drive ?? new DriveId(new LibraryName("tapes"), 0), [new JobId(12)]),
        ListRequests => new RequestList([new HumanRequest(
            new JobId(12), new DriveId(new LibraryName("tapes"), 0), new VolumeName("disk-0001"), null, Moment,
            $"job 12 waits for volume disk-0001{Hostile}", new Assignment("anna", Moment, Hostile))]),
        AssignRequest assign => new RequestAssigned(assign.Job, assign.Person),
        ShowObject show => new ObjectShown(
            show.Kind, show.Name, new NodeName("c1"), "working", Moment, [$"a volume{Hostile}"],
            [new ObjectSpan($"job 12{Hostile}", Moment, null)],
            [new ObjectEvent(1, Moment, "session-begun", $"It has begun{Hostile}")],
            show.Kind == ObjectKind.Library ? Spool : null),
        TakeInventory => new InventoryTaken(
            [
                new LibraryInventory(
                    new LibraryName("tapes"), "/srv/tapes",
                    [
                        new InventorySlot(
                            0, SlotKind.Storage, new VolumeName("disk-0001"), "A1", 1, new PoolName("disk"),
                            VolumeState.Append),
                        new InventorySlot(1, SlotKind.Storage),
                        new InventorySlot(2, SlotKind.Storage, new VolumeName("odd"), Note: $"foreign{Hostile}"),
                        new InventorySlot(9, SlotKind.Exchange),
                    ],
                    [new InventoryDrive(
                        new DriveId(new LibraryName("tapes"), 1), new VolumeName("disk-0001"), "idle")]),
                new LibraryInventory(new LibraryName("away"), "", [], [], $"It does not answer{Hostile}"),
            ]),
        ImportVolumes import => new VolumesImported(
            import.Library, [new MovedVolume(new VolumeName("disk-0001"), 9, 1, VolumeState.Full)]),
        ExportVolumes => new VolumesExported(
            new LibraryName("tapes"), [new MovedVolume(new VolumeName("disk-0001"), 1, 9)], $"/dev/sg3{Hostile}"),
        MoveVolume move => new VolumeMoved(
            move.Library, new MovedVolume(new VolumeName("disk-0001"), move.FromSlot, move.ToSlot)),
        UnmountDrive unmount => new DriveUnmounted(unmount.Drive, new VolumeName("disk-0001")),
        SetDrive set => new DriveSet(
            set.Drive, set.Use,
            set.Use == DriveUse.Enabled ? null : new DisabledDrive(set.Drive, Moment, "anna", $"worn{Hostile}"),
            "job 12, volume disk-0001"),
        CleanDrive clean => new DriveCleaned(clean.Drive, "CLN001L1", 3, 50, IsDone: true),
        ListClients =>
            new ClientList(
                [new ClientSummary(new ClientName("web1"), true, [new PolicyName("nightly")], Image, Moment)]),
        ShowEstimate => new EstimateShown(
            [
                new EstimatedSize(
                    new ClientName("web1"), new FileSetName("sys"), 0, 1 << 30, 1 << 29, "walk", null, Moment,
                    1 << 28, "history"),
                new EstimatedSize(
                    new ClientName("web1"), new FileSetName("sys"), 1, null, null, "nothing", Moment, null),
            ]),
        OrderPlan order => new PlanOrdered(
            [new StandingOrder(order.Policy, new ClientName("web1"), order.Order, DateTimeOffset.UnixEpoch)]),
        ShowRetention => new RetentionShown(
            Moment,
            [
                new RetentionLine(
                    Image, new JobId(12), new ClientName("web1"), new FileSetName("sys"), new PolicyName("nightly"), 0,
                    Moment, 1 << 20, true, ["daily 1 of 3 (2026-01-02)", Hostile]),
                new RetentionLine(
                    Image, new JobId(11), new ClientName("web1"), new FileSetName("sys"), new PolicyName("nightly"), 1,
                    Moment, 1 << 20, false, ["no rule keeps it"]),
            ],
            null),
        RunRetention => new RetentionDone(
            Moment, 2, 1, 3, 1 << 20, [new VolumeName("disk-0001")], [$"Volume disk-0002 is kept: {Hostile}"]),
        MarkImage mark => new ImageMarked([Image], mark.Change),
        UpdateVolume update => new VolumeUpdated(update.Volume, update.State, VolumeState.Append),
        ShowPlan => new PlanShown(
            [
                new PlannedRun("office", Moment, 1 << 30, 1 << 20, 1 << 20, 1 << 21,
                    [
                        new PlannedSet(
                            new PolicyName("nightly"), new ClientName("web1"), 0, 1 << 20, "history", 0, Hostile),
                        new PlannedSet(
                            new PolicyName("nightly"), new ClientName("web2"), null, 0, "nothing", 3, "left out"),
                    ]),
                new PlannedRun("past", Moment, 0, 1 << 20, 1 << 20, 1 << 21,
                    [
                        new PlannedSet(
                            new PolicyName("nightly"), new ClientName("web1"), 0, 1 << 20, "history", 0, Hostile,
                            [new PastRun(new JobId(3), null, true), new PastRun(new JobId(4), 2, false)]),
                        new PlannedSet(
                            new PolicyName("nightly"), new ClientName("web2"), null, 0, "nothing", 3, "left out", []),
                    ]),
            ]),
        ShowSchedule => new ScheduleShown(
            [
                new ScheduledRun(new PolicyName("nightly"), Moment, "started", "full", Hostile, null, [new JobId(12)],
                    Hostile),
                new ScheduledRun(new PolicyName("nightly"), Moment, "due", null, "x", Moment, [], null),
            ],
            [new ScheduledRun(new PolicyName("nightly"), Moment, "coming", "3", "x", Moment, [], null)],
            [new PolicyName("other")]),
        ShowStatus => new NodeStatus(
            "web1", "1.0", Moment, 1, ["tapes/0: job 12, volume disk-0001"], Jobs: [Waiting],
            Spools: [Spool, new SpoolState(
                new LibraryName("away"), null, null, null, 0, IsDegraded: false, 0, 0, 0, [])]),
        CheckCatalog => new CatalogChecked([new CatalogFinding("volume-unknown", Hostile, false, false)]),
        ReloadConfiguration => new ConfigurationReloaded(["backup.policies.nightly.pool"], ["backup.node.roles"]),
        _ => new Refused(RefusalCode.BadRequest, $"No answer is written for {request.GetType().Name}."),
    };
}
