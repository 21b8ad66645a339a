using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Storage;
using Backup.Persistence.Journal;

namespace Backup.Tests.Unit.Persistence;

/// <summary>
/// One event of every kind, and of every kind of job and failure that an event may hold. All fields differ from their
/// defaults.
/// </summary>
internal static class JournalSamples
{
    private static readonly DateTimeOffset At = new DateTimeOffset(2026, 3, 1, 10, 30, 0,
        TimeSpan.FromHours(1)).AddTicks(1234567);
    private static readonly ImageId Image = new(new UInt128(0x0123456789ABCDEF, 0xFEDCBA9876543210));
    private static readonly Sha256Digest Root = Sha256Digest.Of("root"u8);
    private static readonly ClientName Client = new("web1");
    private static readonly LibraryName Library = new("vault");
    private static readonly PoolName Pool = new("main");
    private static readonly VolumeName Volume = new("D0001");
    private static readonly RetryRule Retry = new(3, TimeSpan.FromSeconds(30));

    private static readonly FileSet Files = new(
        new FileSetName("etc"),
        [
            new SaveOperation(
                ["/etc", "/caf\\xE9"], [new FileRule(false, "*.tmp", PatternKind.Regex, RuleTarget.File)], 3,
                    DigestAlgorithm.Sha512,
                false, false, ".nobackup"),
        ]);

    public static IReadOnlyList<IJobEvent> All =>
    [
        .. Specs.Select(spec => new JobEvents.Created(spec, At)),
        new JobEvents.Granted(new DriveId(Library, 2), At),
        new JobEvents.Granted(null, At),
        new JobEvents.Granted(new DriveId(Library, 2), At, [new DriveId(Library, 0), new DriveId(Library, 3)]),
        new JobEvents.AttemptStarted(new Epoch(4), At),
        new JobEvents.AttemptStarted(
            new Epoch(4), At, new ChosenLevel(2, "The newest is of level 1.", new JobBase(Image, Root, At))),
        new JobEvents.SessionOpened(new DataAddress("node-1", "token"),
            new ResumePoint(2, new CutMember([1, 2], 3, [4, 5])), At),
        new JobEvents.SessionOpened(new DataAddress("node-1", "token"), ResumePoint.Beginning, At, 3),
        new JobEvents.FragmentClosed(new FragmentSummary(1, Root, 2, 3, 4, 5, [Volume], true), At),
        new JobEvents.ClientFinished(
            new ClientResult(Counts("Regular"), 2, 3, Counts("Vanished"), Counts("rule"), 1.5), At),
        new JobEvents.ClientFinished(
            new ClientResult(Counts("Measured"), 2, 0, Counts("Vanished"), Counts("rule"), 1.5,
                [new LevelSize(1, Image, 2, 3)]), At),
        new JobEvents.StorageFinished(new StorageResult(1, 2, 3, 4, 5, [Volume], "tar x", 2.5), At),
        .. Failures.Select(failure => new JobEvents.AttemptLost(failure, At)),
        new JobEvents.ClientReleased(At),
        new JobEvents.StorageReleased(At),
        new JobEvents.Resumed(At),
        new JobEvents.CancelRequested(At),
        new JobEvents.CancelRequested(At, "a rule"),
        new JobEvents.ScriptsEnded(
            ScriptPlace.Director, ScriptMoment.After, new JobFailure.ScriptFailed("here", "/bin/x", 3, "Bad."), At),
        new JobEvents.Ended(JobOutcome.CompleteWithExceptions, null, At),
        new JobEvents.Ended(JobOutcome.Failed, new JobFailure.NodeStopped(), At),
        new JobEvents.CancelRequested(At, "job 13"),
        new JobEvents.Created(Specs.OfType<BackupSpec>().Last() with { Queue = Queue }, At),
        new JobEvents.RequestAssigned("anna", "an operator", "second shelf", At, At),
        new JobEvents.RequestAssigned(null, "an operator", null, At, At),
    ];

    private static QueueRule Queue =>
        new(9, Mixes: false, TimeSpan.FromMinutes(7), TimeSpan.FromMinutes(8));

    private static IReadOnlyList<JobSpec> Specs =>
    [
        new BackupSpec(new PolicyName("daily"), Client, Files, Pool, Library, 1, "the full is old", Image, 1 << 30,
            1000, 2, Retry),
        new BackupSpec(new PolicyName("daily"), Client, Files, Pool, Library, 1, "as asked for", Image, 1 << 30,
            1000, 2, Retry, new LevelRule(LevelWord.Incremental, TimeSpan.FromDays(7), true),
            new JobBase(Image, Root, At), true, true, SelectBy.TimeStamps),
        new BackupSpec(new PolicyName("daily"), Client, Files, Pool, Library, 1, "as asked for", Image, 1 << 30,
            1000, 2, Retry, Frame: new JobFrame(
                [
                    new JobScript(
                        ScriptPlace.Client, ScriptMoment.Before, ["/bin/x", "y"], ScriptCondition.Success, true,
                        TimeSpan.FromMinutes(1)),
                ],
                TimeSpan.FromHours(2))),
        new RestoreSpec(Image, [[0xFF, (byte)'/', 0x41]], "/restore", ReplaceRule.Changed, Client, Library, true, true),
        new RestoreSpec(Image, [], "/restore", ReplaceRule.Never, Client, Library, false, false, [Image], 2, [0x41]),
        new RestoreSpec(Image, [], "/restore", ReplaceRule.Never, Client, Library, false, false, Drives: 4),
        new VerifySpec(Image, VerifyTarget.Disk, Client, Library, Files, true),
        new ScanSpec(Library),
        new AdminSpec(new PolicyName("tidy"), Client, new JobFrame([])),
        new EstimateSpec(
            new PolicyName("daily"), Client, Files,
            [new EstimatedLevel(0, null, null), new EstimatedLevel(1, Image, At)], SelectBy.TimeStamps),
        new BackupSpec(
            new PolicyName("daily"), Client,
            Files with
            {
                Operations =
                [
                    Files.Operations[0] with
                    {
                        FileSystemTypes = ["ext4", "xfs"],
                        Recurse = false,
                        ReadFifos = true,
                    },
                ],
            },
            Pool, Library, 1, "the full is old", Image, 1 << 30, 1000, 2, Retry),
        new MergeSpec(
            Image, [new JobBase(Image, Root, At), new JobBase(Image, Root, At)], new PolicyName("daily"), Client,
            new FileSetName("etc"), true, Pool, Library, 3, 1 << 30, 1000, Retry, Root),
        new CopySpec(
            Image, Root, 2, new PolicyName("daily"), Client, new FileSetName("etc"), Pool, Library, Library, Retry),
        new CopySpec(
            Image, Root, 3, new PolicyName("daily"), Client, new FileSetName("etc"), Pool, Library,
            new LibraryName("far"), Retry, new PoolName("old"), [1, 4]),
        new ScrubSpec(Library, Pool, [Volume]),
        new RestoreSpec(
            Image, [], "/restore", ReplaceRule.Changed, Client, Library, false, false,
            Delete: new DeleteExtras(Files, [[0xFF]], true)),
    ];

    private static IReadOnlyList<JobFailure> Failures =>
    [
        new JobFailure.NoVolume(Pool, Library),
        new JobFailure.NoDrive(Library),
        new JobFailure.VolumeError(Volume, "write", "EIO."),
        new JobFailure.LibraryError(Library, "Gone."),
        new JobFailure.StorageLost(Library, "No answer."),
        new JobFailure.ClientLost(Client, "No answer."),
        new JobFailure.ClientError(Client, "walk", "EIO."),
        new JobFailure.SourceMissing(Client, ["/srv"]),
        new JobFailure.NothingToSave(Client, new FileSetName("etc")),
        new JobFailure.ImageMissing(Image),
        new JobFailure.ImageNotUsable(Image, "It was never sealed."),
        new JobFailure.MediumDamaged(Image, 1, Volume, "Digest."),
        new JobFailure.TargetError(Client, "/restore", "Full."),
        new JobFailure.NothingSelected(Image),
        new JobFailure.CatalogError("Busy."),
        new JobFailure.Fenced(new Epoch(1), new Epoch(2)),
        new JobFailure.NodeStopped(),
        new JobFailure.Cancelled("root"),
        new JobFailure.TooManyAttempts(3, new JobFailure.NoDrive(Library)),
        new JobFailure.Internal("What cannot be."),
        new JobFailure.NodeStoppedTooOften(3),
        new JobFailure.SourceEmpty(Client, ["/srv"]),
        new JobFailure.BaseNotUsable(Image, Image, "It is another."),
        new JobFailure.VolumeInUse(Volume, new DriveId(Library, 1)),
        new JobFailure.NotStartedInTime(TimeSpan.FromMinutes(5), "a drive is held"),
        new JobFailure.WaitedTooLong(TimeSpan.FromMinutes(6), ""),
        new JobFailure.ScriptFailed("client web1", "/bin/x", 3, "It ended."),
        new JobFailure.SourceUnmounted(Client, ["/srv"]),
        new JobFailure.NothingChanged(Client, Image),
        new JobFailure.NotAllowed(Client, "restore"),
        new JobFailure.NodeShort("No descriptors."),
    ];

    private static Dictionary<string, long> Counts(string key) => new() { [key] = 1 };
}
