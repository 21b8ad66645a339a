using System.Net;
using Akka.Event;
using Backup.Actors.Clients;
using Backup.Actors.Copies;
using Backup.Actors.Gateway;
using Backup.Actors.Jobs;
using Backup.Actors.Retention;
using Backup.Actors.Scheduling;
using Backup.Actors.Storage;
using Backup.Hocon;
using Backup.Host.Operations;
using Backup.Messages;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Host.Configuration;

/// <summary>All that a node is told: checked, complete, immutable. The keys stand in hocon/reference.conf.</summary>
/// <param name="Clients">Always holds the client of this node.</param>
/// <param name="AkkaHocon">The <c>akka</c> tree as text, for Akka's own reader; empty where none is written.</param>
public sealed record BackupSettings(
    NodeSettings Node,
    ClusterSettings Cluster,
    CatalogSettings Catalog,
    IReadOnlyDictionary<ClientName, ClientSettings> Clients,
    IReadOnlyDictionary<LibraryName, LibrarySettings> Libraries,
    IReadOnlyDictionary<PoolName, PoolSettings> Pools,
    IReadOnlyDictionary<FileSetName, FileSet> FileSets,
    IReadOnlyDictionary<string, ScheduleSettings> Schedules,
    IReadOnlyDictionary<string, PlanSettings> Plans,
    IReadOnlyDictionary<PolicyName, PolicySettings> Policies,
    JobSettings Job,
    StorageSettings Storage,
    ClientWorkSettings Client,
    SecuritySettings Security,
    PbmSettings Pbm,
    LogSettings Log,
    HealthSettings Health,
    string AkkaHocon)
{
    /// <summary>What is done for copies by itself.</summary>
    public CopyCare Copies { get; init; } = new([], Heals: false, TimeSpan.Zero);

    /// <summary>How retention is enforced: <c>backup.retention</c>.</summary>
    public RetentionTerms Retention { get; init; } = RetentionTerms.Usual;

    /// <summary>The rules of pools that have some.</summary>
    public IReadOnlyDictionary<PoolName, RetentionRules> PoolRules =>
        Pools.Values.Where(pool => !pool.Retention.IsEverything)
            .ToDictionary(pool => pool.Name, pool => pool.Retention);

    /// <summary>Who is told of jobs, by name.</summary>
    public IReadOnlyDictionary<string, MessagesSettings> Messages { get; init; } =
        new Dictionary<string, MessagesSettings>();

    /// <summary>Networks of which backups take a part.</summary>
    public IReadOnlyDictionary<string, NetworkSettings> Networks { get; init; } =
        new Dictionary<string, NetworkSettings>();

    /// <summary>What they were read from; null where a program made them.</summary>
    internal SettingsSource? Source { get; init; }

    /// <summary>What an operator should know of them, for `config check`.</summary>
    internal IReadOnlyList<SettingProblem> Warnings { get; init; } = [];
}

/// <summary>What settings were read from.</summary>
/// <param name="File">The file as it was named, to be read again; null for a text that is in none.</param>
/// <param name="Tree">Every key of <c>backup</c> with its value, the defaults too.</param>
/// <param name="Written">All that the operator wrote, with what it includes.</param>
internal sealed record SettingsSource(string? File, HoconObject Tree, HoconObject Written);

/// <summary>What a node does for the system.</summary>
public enum NodeRole
{
    Director,
    Storage,
    Client,
}

/// <summary>This process: <c>backup.node</c>.</summary>
/// <param name="DataDirectory">An absolute path.</param>
public sealed record NodeSettings(NodeName Name, string DataDirectory, IReadOnlyList<NodeRole> Roles)
{
    /// <summary>The client that this node is, where it has the role.</summary>
    public ClientName Client => new(Name.Value);

    /// <summary>Whether the node has a role.</summary>
    public bool Is(NodeRole role) => Roles.Contains(role);

    public string CatalogFile => Path.Combine(DataDirectory, "catalog.db");

    public string JournalFile => Path.Combine(DataDirectory, "journal.db");

    /// <summary>The Unix socket of the running node's HTTP API.</summary>
    public string SocketFile => Path.Combine(DataDirectory, "backup.sock");

    /// <summary>What client and storage sessions must remember over a restart.</summary>
    public string SessionsDirectory => Path.Combine(DataDirectory, "sessions");

    /// <summary>Temporary files. They have no name and go with their process.</summary>
    public string WorkDirectory => Path.Combine(DataDirectory, "work");
}

/// <summary>How nodes find and reach each other: <c>backup.cluster</c>.</summary>
/// <param name="Seeds">Nodes that are asked to join, in order; empty: this node is alone.</param>
/// <param name="Address">Where the cluster's port listens.</param>
/// <param name="Port">0: any that is free, for a node that is no seed.</param>
/// <param name="Host">What the others are told to connect to.</param>
/// <param name="StableAfter">How long a partition must last unchanged before the minority of directors stops.</param>
public sealed record ClusterSettings(
    IReadOnlyList<SeedNode> Seeds, IPAddress Address, int Port, string Host, TimeSpan StableAfter)
{
    /// <summary>Without other nodes.</summary>
    public bool IsAlone => Seeds.Count == 0;
}

/// <summary>A node that is asked to join.</summary>
/// <param name="Host">As it calls itself: its <c>cluster.host</c>.</param>
/// <param name="Port">1 to 65535.</param>
public readonly record struct SeedNode(string Host, int Port)
{
    /// <inheritdoc/>
    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}

/// <summary>A node whose data is protected: <c>backup.clients.NAME</c>.</summary>
/// <param name="JobsMax">Jobs on it at a time; null: as many as on others.</param>
/// <param name="May">What may be asked at its node, where it is a client and nothing else.</param>
/// <param name="StartNotBefore">Before this time of the day its scheduled backups do not begin; null: as their policy
/// says.</param>
/// <param name="Network">The network by which its backups go; null: none that is counted.</param>
public sealed record ClientSettings(
    ClientName Name, int? JobsMax = null, ClientRights May = ClientRights.Usual, TimeOnly? StartNotBefore = null,
    string? Network = null);

/// <summary>What backups may take of a network: <c>backup.networks.NAME</c>.</summary>
/// <param name="BudgetBytesPerSecond">All together, 1024 or more.</param>
public sealed record NetworkSettings(string Name, long BudgetBytesPerSecond);

/// <summary>Volumes with one rotation rule: <c>backup.pools.NAME</c>.</summary>
/// <param name="OtherLibraries">Further libraries, in the order in which they take the place of the first.</param>
public sealed record PoolSettings(
    PoolName Name, LibraryName Library, IReadOnlyList<LibraryName> OtherLibraries, string LabelPrefix,
    long FragmentSizeBytes, int FragmentMembersMax)
{
    /// <summary>Limits of its volumes, and what becomes of them.</summary>
    public PoolRules Rules { get; init; } = PoolRules.None;

    /// <summary>Whether backups use the spool of their library, where it has one.</summary>
    public SpoolUse Spool { get; init; } = SpoolUse.Auto;

    /// <summary>How long what lies in it stays there; without a rule as long as the policies say.</summary>
    public RetentionRules Retention { get; init; } = RetentionRules.Everything;

    /// <summary>All of its libraries, that of its choice first.</summary>
    public IReadOnlyList<LibraryName> Libraries => [Library, .. OtherLibraries];

    /// <summary>What the names of its volumes begin with in one of them: names are unique in all libraries.</summary>
    public string PrefixIn(LibraryName library) => library == Library ? LabelPrefix : $"{LabelPrefix}{library}-";
}

/// <summary>What to back up and where to: <c>backup.policies.NAME</c>.</summary>
/// <param name="Clients">At least one.</param>
/// <param name="RereadLimit">How often a file that changes while it is read is read again.</param>
/// <param name="Attempts">All attempts, the first included.</param>
/// <param name="RestartDelay">From a failed attempt to the next.</param>
/// <param name="NodeStops">How often in a row the node may stop under a job that makes no progress.</param>
/// <param name="Level">What is made when a run does not say.</param>
/// <param name="FullAgeMax">A full that is older is made anew; zero: none is too old.</param>
/// <param name="OnFileSetChange">What an incremental becomes when the file set selected by other rules before.</param>
/// <param name="SelectBy">How an incremental knows what changed.</param>
/// <param name="Schedule">When it runs by itself; null: only when somebody runs it.</param>
/// <param name="Plan">What chooses the level when a run does not say; null: <paramref name="Level"/> counts.</param>
/// <param name="Priority">In its plan, and among jobs that wait; more counts more.</param>
/// <param name="MergeAfter">A chain is merged by itself when its newest image builds on so many; 0: never.</param>
/// <param name="MergeAge">The same when its full is older; zero: never.</param>
/// <param name="JobsMax">How many of its backups may work at a time; 0: no limit.</param>
/// <param name="MixedPriority">Whether they work beside backups of another priority.</param>
/// <param name="StartDelayMax">How long after it was accepted a backup may begin; zero: no limit.</param>
/// <param name="WaitMax">How long it may wait in a row; zero: no limit.</param>
/// <param name="Duplicates">What becomes of a run that somebody asks for while one has not ended; null: it
/// waits.</param>
/// <param name="Scripts">What runs before and after its jobs, in order.</param>
/// <param name="RunTimeMax">How long a job may take; zero: for ever.</param>
/// <param name="Retries">How often a job that failed is done again as a new one.</param>
/// <param name="RetryAfter">How long after the first failure; doubled each time.</param>
/// <param name="RerunFailedLevel">A backup has the level of one that failed, where that is lower.</param>
/// <param name="DifferentialAgeMax">When the newest differential is older, an incremental is one; zero: never.</param>
/// <param name="Strategy">Which kinds of backups there are; null: as its plan says.</param>
/// <param name="ScriptsOnly">It runs its scripts and saves nothing: file set and pool are empty.</param>
/// <param name="SkipUnchanged">An incremental of what has not changed is not made.</param>
public sealed record PolicySettings(
    PolicyName Name,
    IReadOnlyList<ClientName> Clients,
    FileSetName FileSet,
    PoolName Pool,
    int RereadLimit,
    int Attempts,
    TimeSpan RestartDelay,
    int NodeStops,
    LevelWord Level,
    TimeSpan FullAgeMax,
    FileSetChange OnFileSetChange,
    SelectBy SelectBy,
    string? Schedule = null,
    string? Plan = null,
    int Priority = 1,
    int MergeAfter = 0,
    TimeSpan MergeAge = default,
    int JobsMax = 0,
    bool MixedPriority = true,
    TimeSpan StartDelayMax = default,
    TimeSpan WaitMax = default,
    IReadOnlyList<DuplicateRule>? Duplicates = null,
    IReadOnlyList<JobScript>? Scripts = null,
    TimeSpan RunTimeMax = default,
    int Retries = 0,
    TimeSpan RetryAfter = default,
    bool RerunFailedLevel = false,
    TimeSpan DifferentialAgeMax = default,
    PlanStrategy? Strategy = null,
    bool ScriptsOnly = false,
    bool SkipUnchanged = false)
{
    /// <summary>The calendar of its schedule.</summary>
    public PolicyCalendar? Calendar { get; init; }

    /// <summary>What stands around the work of its jobs; null: nothing does.</summary>
    public JobFrame? Frame => Scripts is null or [] && RunTimeMax == TimeSpan.Zero && RunTimes == new LevelRunTimes()
        && RunTimeFromScheduleMax is null && Messages is null
        ? null
        : new JobFrame(
            Scripts ?? [], RunTimeMax > TimeSpan.Zero ? RunTimeMax : null,
            RunTimes == new LevelRunTimes() ? null : RunTimes, RunTimeFromScheduleMax,
            Messages?.Scripts);

    /// <summary>Who is told of its jobs; null: nobody.</summary>
    public MessagesSettings? Messages { get; init; }

    /// <summary>How long backups of a level may run.</summary>
    public LevelRunTimes RunTimes { get; init; } = new();

    /// <summary>How long after the moment that its schedule meant a job may have ended; null: no limit.</summary>
    public TimeSpan? RunTimeFromScheduleMax { get; init; }

    /// <summary>Before this time of the day its scheduled backups do not begin; null: at any.</summary>
    public TimeOnly? StartNotBefore { get; init; }

    /// <summary>What its plan is told; null without one.</summary>
    public PlanMember? Member { get; init; }

    /// <summary>What does not count when an item is compared with its base, and what does besides.</summary>
    public (ComparedAttributes Not, ExtraComparison Also) Compared { get; init; }

    /// <summary>Whether later backups may build on its images.</summary>
    public bool Records { get; init; } = true;

    /// <summary>What is kept of its images.</summary>
    public RetentionRules Retention { get; init; } = RetentionRules.Everything;

    /// <summary>Other pools for some levels; null: none.</summary>
    public LevelPools? PoolsByLevel { get; init; }

    /// <summary>Pools in which a copy of each of its images is promised.</summary>
    public IReadOnlyList<PoolName> CopyTo { get; init; } = [];

    /// <summary>One of these copies is written while the backup runs, where a second drive is free.</summary>
    public bool CopiesDuring { get; init; }

    /// <summary>Jobs that its jobs begin beside themselves.</summary>
    public IReadOnlyList<CloneSettings> Clones { get; init; } = [];

    /// <summary>The policy on whose newest image its fulls build; null: on none.</summary>
    public PolicyName? BasePolicy { get; init; }
}

/// <summary>When policies run by themselves: <c>backup.schedules.NAME</c>. What its texts mean stands in
/// docs/schedules.md.</summary>
/// <param name="Runs">At least one.</param>
/// <param name="Zone">Whose clock is meant.</param>
/// <param name="CatchUp">How late a run may start that was missed.</param>
/// <param name="Overlap">What becomes of a run while a backup of the same policy has not ended.</param>
public sealed record ScheduleSettings(
    string Name,
    IReadOnlyList<string> Runs,
    TimeZoneInfo Zone,
    IReadOnlyList<string> Windows,
    IReadOnlyList<string> Exclude,
    TimeSpan CatchUp,
    IReadOnlyList<DuplicateRule> Overlap)
{
    /// <summary>The calendar of a policy; what is wrong in a text, which is refused anyway, is left out.</summary>
    public PolicyCalendar CalendarOf(string policy) => new(
        [.. Runs.Select(text => ScheduleText.TryRule(text, policy, Zone, out var rule, out _) ? rule : null)
            .OfType<RunRule>()],
        Zone,
        [.. Windows.Select(text => ScheduleText.TryWindow(text, out var window, out _) ? window : null)
            .OfType<StartWindow>()],
        [.. Exclude.Select(text => ScheduleText.TryDays(text, out var days, out _) ? days : null).OfType<DaySet>()],
        CatchUp,
        string.Join(" | ", [Zone.Id, .. Runs, "windows", .. Windows, "exclude", .. Exclude]))
    {
        Overlap = Overlap,
    };

    /// <summary>When it runs something, as it is asked for.</summary>
    public CalendarTexts Texts => new(Runs, Zone.Id, Windows, Exclude);
}

/// <summary>Limits of the sagas: <c>backup.job</c>.</summary>
/// <param name="RestoreDrives">Drives that a restore may use at once.</param>
/// <param name="JobsMax">Jobs that work in the whole system at a time; 0: no limit.</param>
/// <param name="LifeMax">A job that has not ended so long after it was accepted is cancelled; zero: never.</param>
/// <param name="Scripts">What jobs may run on this director.</param>
/// <param name="MergesMax">Merges that begin by themselves at one look; 0: no limit.</param>
public sealed record JobSettings(
    TimeSpan AskAgainAfter, TimeSpan ProgressInterval, TimeSpan AbsentMax, int RestoreDrives, int JobsMax,
    TimeSpan LifeMax, IReadOnlyList<string> Scripts, int MergesMax);

/// <summary>Limits of the storage side: <c>backup.storage</c>.</summary>
/// <param name="DataAddress">Where the data port listens.</param>
/// <param name="DataPort">0: any that is free.</param>
/// <param name="DataHost">What clients are told to connect to; null: the address, which is of one interface
/// then.</param>
/// <param name="DataHeartbeat">The longest silence of this side on a data connection.</param>
/// <param name="DataSilence">A data connection on which nothing was heard for so long is lost.</param>
/// <param name="DataReconnectWithin">A data connection that was lost may come again for so long.</param>
/// <param name="DataHandshakeWithin">From the first byte of a data connection to its welcome.</param>
/// <param name="DataTokenLifetime">How long a session waits for its client to connect.</param>
/// <param name="WaitForVolume">How long a job waits for a person to bring a volume; zero: not at all.</param>
/// <param name="LookForVolumeEvery">How often it is looked whether the volume is there.</param>
/// <param name="JobsMax">Jobs that use its drives at a time; 0: as many as there are drives.</param>
/// <param name="ReadsMax">Of these, jobs that read; 0: all.</param>
/// <param name="DataHosts">Clients that are told to connect to another host.</param>
/// <param name="DataCalls">Clients that this node connects to, and where.</param>
public sealed record StorageSettings(
    TimeSpan OutboxRetryDelay,
    int ChunksInFlight,
    IPAddress DataAddress,
    int DataPort,
    string? DataHost,
    TimeSpan DataHeartbeat,
    TimeSpan DataSilence,
    TimeSpan DataReconnectWithin,
    TimeSpan DataHandshakeWithin,
    TimeSpan DataTokenLifetime,
    TimeSpan WaitForVolume,
    TimeSpan LookForVolumeEvery,
    int JobsMax,
    int ReadsMax,
    IReadOnlyDictionary<ClientName, string> DataHosts,
    IReadOnlyDictionary<ClientName, DnsEndPoint> DataCalls);

/// <summary>Certificates: <c>backup.security</c>.</summary>
/// <param name="Identity">An absolute path; null: connections between nodes are plain.</param>
/// <param name="DenyList">An absolute path; null: nobody is denied.</param>
/// <param name="CheckHostNames">Whether a server's certificate must name the host that was connected to.</param>
/// <param name="WarnBefore">How long before its end a certificate is warned of.</param>
/// <param name="PlainNetwork">Whether this node may listen beyond loopback without an identity.</param>
public sealed record SecuritySettings(
    string? Identity, string? DenyList, bool CheckHostNames, TimeSpan WarnBefore, bool PlainNetwork);

/// <summary>Limits of the client side: <c>backup.client</c>.</summary>
/// <param name="Compressors">0: one for each processor.</param>
/// <param name="Scripts">What jobs may run on this client.</param>
/// <param name="CallAddress">Where the call port listens.</param>
/// <param name="CallPort">Where storage nodes connect that call this client; 0: nowhere.</param>
/// <param name="Commands">What is done on it for directors.</param>
public sealed record ClientWorkSettings(
    int JobsMax, int Compressors, TimeSpan FifoWait, IReadOnlyList<string> Scripts, IPAddress CallAddress,
    int CallPort, ClientCommands Commands);

/// <summary>The console for `pbm`: <c>backup.pbm</c>.</summary>
/// <param name="Host">A loopback address.</param>
/// <param name="Allow">What its commands may do.</param>
public sealed record PbmSettings(bool Enabled, string Host, int Port, IReadOnlyList<Permission> Allow);

/// <summary>How a line of the log is written.</summary>
public enum LogFormat
{
    /// <summary>For people; for the journal of systemd with its priority.</summary>
    Text,

    /// <summary>A JSON object a line.</summary>
    Json,
}

/// <summary>The log of the node on standard error: <c>backup.log</c>.</summary>
/// <param name="Level">What is less than it is left out.</param>
public sealed record LogSettings(LogFormat Format, LogLevel Level);

/// <summary>/healthz and /readyz on a TCP port: <c>backup.health</c>.</summary>
/// <param name="Host">A loopback address.</param>
public sealed record HealthSettings(bool Enabled, IPAddress Host, int Port);
