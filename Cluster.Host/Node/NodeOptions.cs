using Backup.Actors.Catalog;
using Backup.Actors.Clients;
using Backup.Actors.Gateway;
using Backup.Actors.Jobs;
using Backup.Actors.Scheduling;
using Backup.Actors.Spool;
using Backup.Actors.Storage;
using Backup.Hocon;
using Backup.Host.Configuration;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;

namespace Backup.Host.Node;

/// <summary>What the actors of a node get from its settings.</summary>
internal sealed record NodeOptions(
    JobOptions Job,
    ClientOptions Client,
    StorageOptions Storage,
    AllocatorOptions Allocator,
    NodeProtocol.Announce Announced,
    TimeSpan CatalogWithin)
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AnnounceEvery = TimeSpan.FromSeconds(5);

    public static NodeOptions Of(BackupSettings settings) => new(
        new JobOptions(settings.Job.AskAgainAfter, settings.Job.AbsentMax)
        {
            LifeMax = settings.Job.LifeMax,
            Scripts = settings.Job.Scripts,
        },
        new ClientOptions(
            settings.Node.Client,
            settings.Node.WorkDirectory,
            settings.Client.Compressors == 0 ? Environment.ProcessorCount : settings.Client.Compressors,
            settings.Job.ProgressInterval,
            AnswerWithin,
            settings.Client.FifoWait)
        {
            Scripts = settings.Client.Scripts,
            Commands = settings.Client.Commands,
        },
        new StorageOptions(
            settings.Node.SessionsDirectory,
            [.. OwnLibraries(settings).Select(library => OptionsOf(library, settings))],
            settings.Storage.ChunksInFlight,
            settings.Storage.OutboxRetryDelay,
            settings.Job.ProgressInterval,
            AnswerWithin,
            TimeSpan.FromSeconds(10),
            settings.Storage.WaitForVolume,
            settings.Storage.LookForVolumeEvery),
        settings.Cluster.IsAlone
            ? AllocatorOptions.OfOneNode(
                DrivesOf(settings), settings.Node.Client, settings.Client.JobsMax, settings.Job.AskAgainAfter) with
            {
                Limits = LimitsOf(settings),
                Node = settings.Node.Name,
                Storage = StorageLimitsOf(settings),
            }
            : AllocatorOptions.OfCluster(settings.Client.JobsMax, settings.Job.AskAgainAfter) with
            {
                Limits = LimitsOf(settings),
            },
        new NodeProtocol.Announce(
            settings.Node.Name, settings.Node.Is(NodeRole.Client) ? settings.Node.Client : null, DrivesOf(settings),
            AnnounceEvery, StorageLimitsOf(settings)),
        AnswerWithin);

    /// <summary>How many jobs may work at a time.</summary>
    public static JobLimits LimitsOf(BackupSettings settings) => new(settings.Client.JobsMax)
    {
        System = settings.Job.JobsMax,
        Clients = settings.Clients.Values.Where(client => client.JobsMax is not null)
            .ToDictionary(client => client.Name, client => client.JobsMax!.Value),
        Policies = settings.Policies.Values.Where(policy => policy.JobsMax > 0)
            .ToDictionary(policy => policy.Name, policy => policy.JobsMax),
        Networks = settings.Networks.ToDictionary(each => each.Key, each => each.Value.BudgetBytesPerSecond),
    };

    private static StorageLimits? StorageLimitsOf(BackupSettings settings) =>
        settings.Storage is { JobsMax: 0, ReadsMax: 0 } || !settings.Node.Is(NodeRole.Storage)
            ? null
            : new StorageLimits(settings.Storage.JobsMax, settings.Storage.ReadsMax);

    private static IEnumerable<LibrarySettings> OwnLibraries(BackupSettings settings) =>
        settings.Node.Is(NodeRole.Storage)
            ? settings.Libraries.Values.Where(library => library.Node == settings.Node.Name)
            : [];

    private static IReadOnlyList<DriveId> DrivesOf(BackupSettings settings) =>
        [.. OwnLibraries(settings).SelectMany(library =>
            Enumerable.Range(0, library.Drives + (library.Spool?.Jobs ?? 0)).Select(drive => new DriveId(
                library.Name, drive < library.Drives ? drive : DriveId.SpoolFrom + drive - library.Drives)))];

    /// <summary>The spools of all libraries.</summary>
    public static IReadOnlyList<SpoolRule> Spools(BackupSettings settings) =>
        [.. settings.Libraries.Values.Where(library => library.Spool is not null).Select(library => new SpoolRule(
            library.Name,
            [.. settings.Pools.Values.Where(pool => pool.Libraries.Contains(library.Name)).Select(pool => pool.Name)],
            library.Spool!.StartAtBytes, library.Spool.WaitMax, library.Spool.Order, library.VolumeCapacityBytes)
        {
            StreamsAtBytesPerSecond = library.Spool.StreamsAtBytesPerSecond,
        })];

    public static IReadOnlyList<PolicyDefinition> Policies(BackupSettings settings) =>
        [.. settings.Policies.Values.Select(policy =>
            new PolicyDefinition(policy.Name, policy.Clients, client => SpecOf(policy, client, settings))
            {
                FileSet = policy.FileSet,
                Calendar = policy.Calendar,
                Duplicates = policy.Duplicates ?? [DuplicateRule.Queue],
                Plan = policy.Member,
                ScriptsOnly = policy.ScriptsOnly ? policy.Frame : null,
                Retention = policy.Retention,
                Shelf = ShelfOf(policy, settings),
                Queue = QueueOf(policy),
                StartNotBefore = client =>
                    settings.Clients.GetValueOrDefault(client)?.StartNotBefore ?? policy.StartNotBefore,
                InPool = (spec, name) =>
                    settings.Pools.TryGetValue(name, out var pool) ? In(settings, pool, spec) : null,
                MessagesNamed = name => settings.Messages.GetValueOrDefault(name)?.Scripts,
                HasSpool = name => HasSpool(settings, settings.Pools[name]),
            })];

    /// <summary>Where a policy's volumes are; null where it saves nothing.</summary>
    public static PoolShelf? ShelfOf(PolicySettings policy, BackupSettings settings) => policy.ScriptsOnly ? null
        : ShelfOf(settings.Pools[policy.Pool], settings);

    /// <summary>Where the volumes of all pools are.</summary>
    public static IReadOnlyList<PoolShelf> ShelvesOf(BackupSettings settings) =>
        [.. settings.Pools.Values.Select(pool => ShelfOf(pool, settings))];

    private static PoolShelf ShelfOf(PoolSettings pool, BackupSettings settings) =>
        new(pool.Name, [.. pool.Libraries.Select(name => settings.Libraries[name])
            .Select(library => new LibraryShelf(
                library.Name, library.Slots, library.VolumeCapacityBytes, library.Autolabel))]);

    public static IReadOnlyList<ScheduledPolicy> Scheduled(BackupSettings settings) =>
        [.. settings.Policies.Values.Where(policy => policy.Calendar is not null)
            .Select(policy => new ScheduledPolicy(policy.Name, policy.Calendar!, policy.Clients)
            {
                Kind = KindOf(policy),
                EstimateTimeout = policy.Member?.Terms.EstimateTimeout ?? TimeSpan.Zero,
            })];

    public static IReadOnlyList<MergedPolicy> Merged(BackupSettings settings) =>
        [.. settings.Policies.Values.Where(policy => policy.MergeAfter > 0 || policy.MergeAge > TimeSpan.Zero)
            .Select(policy => new MergedPolicy(
                policy.Name, policy.FileSet, policy.Clients, new MergeRule(policy.MergeAfter, policy.MergeAge)))];

    public static IReadOnlyList<RetriedPolicy> Retried(BackupSettings settings) =>
        [.. settings.Policies.Values.Where(policy => policy.Retries > 0)
            .Select(policy => new RetriedPolicy(policy.Name, policy.Clients, policy.Retries, policy.RetryAfter)
            {
                Kind = KindOf(policy),
            })];

    /// <summary>How the catalog of this node is backed up.</summary>
    public static SelfBackupRule SelfBackedUp(BackupSettings settings) => new(
        CatalogPolicy.FolderIn(settings.Node.DataDirectory),
        settings.Catalog.Backup.Directory,
        settings.Catalog.Backup.HasPool ? CatalogPolicy.Policy : null,
        settings.Catalog.Backup.IsDaily,
        settings.Catalog.Backup.Keep,
        settings.Catalog.Bootstrap,
        settings.Source is { } source ? HoconWriter.Write(source.Written) : "");

    private static JobKind KindOf(PolicySettings policy) => policy.ScriptsOnly ? JobKind.Admin : JobKind.Backup;

    private static BackupSpec SpecOf(PolicySettings policy, ClientName client, BackupSettings settings)
    {
        var pool = settings.Pools[policy.Pool];
        return In(settings, pool, new BackupSpec(
            policy.Name,
            client,
            settings.FileSets[policy.FileSet],
            policy.Pool,
            pool.Library,
            0,
            "the policy's level",
            ImageId.New(),
            pool.FragmentSizeBytes,
            pool.FragmentMembersMax,
            policy.RereadLimit,
            new RetryRule(policy.Attempts, policy.RestartDelay, policy.NodeStops),
            new LevelRule(
                policy.Level,
                policy.FullAgeMax > TimeSpan.Zero ? policy.FullAgeMax : null,
                policy.OnFileSetChange == FileSetChange.Ignore,
                policy.RerunFailedLevel,
                policy.DifferentialAgeMax > TimeSpan.Zero ? policy.DifferentialAgeMax : null),
            NoRecord: !policy.Records,
            SelectBy: policy.SelectBy,
            Queue: QueueOf(policy) with { Network = settings.Clients.GetValueOrDefault(client)?.Network },
            Frame: policy.Frame,
            SkipUnchanged: policy.SkipUnchanged,
            Uncompared: policy.Compared.Not,
            Also: policy.Compared.Also,
            PoolsByLevel: policy.PoolsByLevel,
            Clones: policy.Clones.Count == 0
                ? null : [.. policy.Clones.Select(clone => CloneOf(policy, clone, client, settings))],
            Reference: policy.BasePolicy,
            CopyTo: policy.CopyTo.Count == 0 ? null : policy.CopyTo,
            CopiesDuring: policy.CopiesDuring));
    }

    private static CloneSpec CloneOf(
        PolicySettings policy, CloneSettings clone, ClientName client, BackupSettings settings)
    {
        var by = clone.Policy is { } other ? settings.Policies[other] : policy;
        var spec = SpecOf(
            by with
            {
                Clones = [],
                Pool = clone.Pool ?? by.Pool,
                PoolsByLevel = clone.Pool is null ? by.PoolsByLevel : null,
                Level = clone.Level ?? by.Level,
                // Its own policy promises what it does; beside its job it is the further image itself
                CopyTo = clone.Policy is null ? [] : by.CopyTo,
            }, client, settings);
        return new CloneSpec(
            spec with { NoRecord = spec.NoRecord || !clone.Record, Level = spec.Rule!.Level.Number ?? spec.Level },
            SameBase: clone.Since == CloneSince.Same, SameLevel: clone.Level is null);
    }

    private static QueueRule QueueOf(PolicySettings policy) => new(
        policy.Priority, policy.MixedPriority, LimitOf(policy.StartDelayMax), LimitOf(policy.WaitMax));

    private static BackupSpec In(BackupSettings settings, PoolSettings pool, BackupSpec spec) => spec with
    {
        Spool = HasSpool(settings, pool) ? pool.Spool : SpoolUse.None,
        Pool = pool.Name,
        Library = pool.Library,
        OtherLibraries = pool.OtherLibraries.Count == 0 ? null : pool.OtherLibraries,
        FragmentBytes = pool.FragmentSizeBytes,
        FragmentMembersMax = pool.FragmentMembersMax,
    };

    private static bool HasSpool(BackupSettings settings, PoolSettings pool) =>
        pool.Libraries.Any(library => settings.Libraries[library].Spool is not null);

    private static TimeSpan? LimitOf(TimeSpan time) => time > TimeSpan.Zero ? time : null;

    private static LibraryOptions OptionsOf(LibrarySettings library, BackupSettings settings) => new(
        library.Name,
        library.Directory,
        library.Slots,
        library.Drives,
        library.VolumeCapacityBytes,
        library.DriveSpeedLimitBytesPerSecond,
        settings.Pools.Values.Where(pool => pool.Libraries.Contains(library.Name))
            .ToDictionary(pool => pool.Name, pool => pool.PrefixIn(library.Name)),
        library.Autolabel)
    {
        Pools = settings.Pools.Values.Where(pool => pool.Libraries.Contains(library.Name))
            .ToDictionary(pool => pool.Name, pool => pool.Rules),
        GivesSpaceBack = library.GivesSpaceBack,
        Spool = library.Spool is { } spool
            ? new SpoolOptions(
                spool.Directory, spool.SizeBytes, spool.Jobs, spool.JobBytesMax, spool.ReservePercent)
            : null,
        Tapes = library.Type == LibraryType.Tape ? TapesOf(library) : null,
    };

    private static TapeSettings TapesOf(LibrarySettings library) => new(
        library.Changer ?? "",
        library.Mtx,
        library.ChangerTimeout,
        library.ChangerLock ?? "",
        [.. (library.TapeDrives ?? []).Select(TapeDriveOf)],
        [.. (library.TapeDrives ?? []).Select((drive, number) => drive.Element ?? number)],
        library.CleaningPrefix,
        library.CleaningUses,
        library.Autoclean)
    {
        AlertProgram = library.AlertProgram,
    };

    /// <summary>How a drive is used.</summary>
    internal static StDriveOptions TapeDriveOf(TapeDriveSettings drive) =>
        new(drive.Device, drive.BlockSizeBytes, drive.Compression, drive.ReadyWithin);
}
