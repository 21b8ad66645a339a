using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Storage;

namespace Backup.Tests.Unit.Actors;

/// <summary>Jobs of every kind, and what client and storage say to them.</summary>
internal static class JobSamples
{
    public static readonly JobId Job = new(7);
    public static readonly DateTimeOffset At = new(2026, 3, 1, 10, 30, 0, TimeSpan.Zero);
    public static readonly ClientName Client = new("web1");
    public static readonly LibraryName Library = new("vault");
    public static readonly DriveId Drive = new(Library, 0);
    public static readonly VolumeName Volume = new("D0001");
    public static readonly JobFailure VolumeBroke = new JobFailure.VolumeError(Volume, "write", "EIO.");
    public static readonly JobFailure NoVolume = new JobFailure.NoVolume(new PoolName("main"), Library);
    public static readonly ImageId Image = new(new UInt128(0x0123456789ABCDEF, 0xFEDCBA9876543210));

    private static readonly FileSet Files = new(
        new FileSetName("etc"),
        [new SaveOperation(["/etc", "/caf\\xE9"], [new FileRule(false, "*.tmp", PatternKind.Regex, RuleTarget.File)], 3,
            DigestAlgorithm.Sha512)]);

    public static BackupSpec Save(int attemptsMax = 3, int? nodeStopsMax = null) => new(
        new PolicyName("daily"), Client, Files, new PoolName("main"), Library, 0, "there is no full", Image,
        1 << 30, 1000, 2,
        new RetryRule(attemptsMax, TimeSpan.FromSeconds(30), nodeStopsMax));

    public static RestoreSpec Restore { get; } =
        new(Image, [[0xFF, (byte)'/', 0x41]], "/restore", ReplaceRule.Changed, Client, Library, true, true);

    public static VerifySpec VerifyMedia { get; } = new(Image, VerifyTarget.Media, Client, Library, null, true);

    public static VerifySpec VerifyDisk { get; } = new(Image, VerifyTarget.Disk, Client, Library, Files, false);

    public static ScanSpec Scan { get; } = new(Library);

    public static EstimateSpec Estimate { get; } = new(
        new PolicyName("daily"), Client, Files,
        [
            new EstimatedLevel(0, null, null),
            new EstimatedLevel(1, Image, DateTimeOffset.UnixEpoch),
        ]);

    public static AdminSpec Admin { get; } = new(
        new PolicyName("tidy"), Client, new JobFrame([.. from place in Enum.GetValues<ScriptPlace>()
                                                        from moment in Enum.GetValues<ScriptMoment>()
                                                        select Script(place, moment)]));

    public static MergeSpec Merge { get; } = new(
        Image, [new JobBase(new ImageId(1), Root(1), At), new JobBase(new ImageId(2), Root(2), At.AddDays(1))],
        new PolicyName("daily"), Client, new FileSetName("etc"), true, new PoolName("main"), Library, 1, 1 << 30, 1000,
        new RetryRule(3, TimeSpan.FromSeconds(30)), Root(3));

    public static CopySpec Copy { get; } = new(
        Image, Root(2), 2, new PolicyName("daily"), Client, new FileSetName("etc"), new PoolName("offsite"), Library,
        Library, new RetryRule(3, TimeSpan.FromSeconds(30)), new PoolName("main"), [1, 3]);

    public static ScrubSpec Scrub { get; } = new(Library, new PoolName("main"), [new VolumeName("main-0001")]);

    public static IReadOnlyList<JobSpec> All { get; } =
        [Save(), Restore, VerifyMedia, VerifyDisk, Scan, Estimate, Merge, Admin, Copy, Scrub];

    public static JobSpec Named(string name) => name switch
    {
        "backup" => Save(),
        "backup with scripts" => Save() with
        {
            Frame = Admin.Frame,
        },
        "restore" => Restore,
        "verify media" => VerifyMedia,
        "verify disk" => VerifyDisk,
        "scan" => Scan,
        "estimate" => Estimate,
        "merge" => Merge,
        "copy" => Copy,
        "scrub" => Scrub,
        "admin" => Admin,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "No such job."),
    };

    private static JobScript Script(ScriptPlace place, ScriptMoment moment) =>
        new(place, moment, ["/bin/true"], ScriptCondition.Always, true, TimeSpan.FromMinutes(1));

    public static ClientProtocol.ScriptsEnded ScriptsDone(long epoch, ScriptMoment when, JobFailure? failure = null) =>
        new(Job, new Epoch(epoch), when, failure);

    public static Sha256Digest Root(int fragment) => Sha256Digest.Of([(byte)fragment]);

    public static FragmentSummary Fragment(int number, bool seal = false, long exceptions = 0) =>
        new(number, Root(number), 10, 1000, 400, exceptions, [Volume], seal);

    public static StorageProtocol.Ready Ready(long epoch, int nextFragment = 0) =>
        new(Job, new Epoch(epoch), new DataAddress("", "token"), new ResumePoint(nextFragment, null));

    public static StorageProtocol.FragmentClosed Closed(
        long epoch, int number, bool seal = false, long exceptions = 0) =>
        new(Job, new Epoch(epoch), Fragment(number, seal, exceptions));

    public static StorageProtocol.Finished StorageDone(long epoch, long exceptions = 0) =>
        new(Job, new Epoch(epoch), new StorageResult(1, 10, 1000, 400, exceptions, [Volume], "tar x", 1));

    public static ClientProtocol.Finished ClientDone(long epoch, long exceptions = 0) => new(
        Job,
        new Epoch(epoch),
        new ClientResult(new Dictionary<string, long> { ["Regular"] = 10 }, 1000, exceptions,
            new Dictionary<string, long>(), new Dictionary<string, long>(), 1));

    public static StorageProtocol.Unknown StorageUnknown(long epoch) => new(Job, new Epoch(epoch));

    public static StorageProtocol.Stopped StorageStopped(long epoch) => new(Job, new Epoch(epoch));

    public static ClientProtocol.Stopped ClientStopped(long epoch) => new(Job, new Epoch(epoch));

    public static StorageProtocol.Failed StorageFailed(long epoch, JobFailure failure) =>
        new(Job, new Epoch(epoch), failure);

    public static ClientProtocol.Failed ClientFailed(long epoch, JobFailure failure) =>
        new(Job, new Epoch(epoch), failure);
}
