using Akka.Actor;
using Backup.Actors.Catalog;
using Backup.Media.Tape;
using Backup.Messages;

namespace Backup.Actors.Storage;

/// <summary>
/// Limits of a storage node, and its libraries; told to a running one, the limits hold for its next sessions.
/// </summary>
/// <param name="SessionDirectory">Where sessions keep what must outlive the process.</param>
/// <param name="Libraries">Its libraries.</param>
/// <param name="BufferedChunks">Chunks of up to 1 MiB between a client and a drive, 1 or more.</param>
/// <param name="AskAgainAfter">After this long without an answer the catalog or a job is asked again.</param>
/// <param name="ProgressEvery">Between two reports of progress.</param>
/// <param name="CatalogWithin">How long a question to the catalog may take.</param>
/// <param name="DrainWithin">How long a session that is stopped waits until what it sealed is in the catalog.</param>
/// <param name="WaitForVolume">How long a session waits for a person to bring a volume; zero: not at all.</param>
/// <param name="LookForVolumeEvery">How often it looks whether it is there.</param>
public sealed record StorageOptions(
    string SessionDirectory,
    IReadOnlyList<LibraryOptions> Libraries,
    int BufferedChunks,
    TimeSpan AskAgainAfter,
    TimeSpan ProgressEvery,
    TimeSpan CatalogWithin,
    TimeSpan DrainWithin,
    TimeSpan WaitForVolume,
    TimeSpan LookForVolumeEvery) : INoSerializationVerificationNeeded
{
    /// <summary>How a session asks the catalog.</summary>
    /// <param name="uplink">The way to it.</param>
    internal CatalogInquiry Inquiry(IActorRef uplink) => CatalogInquiry.OfSession(uplink, CatalogWithin, AskAgainAfter);
}

/// <summary>A library of virtual tapes, or of real ones.</summary>
/// <param name="Library">Its name.</param>
/// <param name="Directory">Its directory.</param>
/// <param name="Slots">Slots, 1 or more.</param>
/// <param name="Drives">Drives, 1 or more.</param>
/// <param name="VolumeCapacity">Bytes that a volume holds.</param>
/// <param name="DriveBytesPerSecond">Speed of a drive; 0: as fast as it can.</param>
/// <param name="LabelPrefix">By pool: what the names of new volumes begin with.</param>
/// <param name="AutoLabel">Label blank volumes when a job needs one.</param>
public sealed record LibraryOptions(
    LibraryName Library,
    string Directory,
    int Slots,
    int Drives,
    long VolumeCapacity,
    long DriveBytesPerSecond,
    IReadOnlyDictionary<PoolName, string> LabelPrefix,
    bool AutoLabel)
{
    /// <summary>What else pools say of their volumes; one that is not there has no limits.</summary>
    public IReadOnlyDictionary<PoolName, PoolRules> Pools { get; init; } = new Dictionary<PoolName, PoolRules>();

    /// <summary>Whether the space of what is not kept any more goes back to the disk at once.</summary>
    public bool GivesSpaceBack { get; init; } = true;

    /// <summary>The rules of a pool.</summary>
    public PoolRules RulesOf(PoolName pool) => Pools.GetValueOrDefault(pool) ?? PoolRules.None;

    /// <summary>Changer and drives of real tapes; null: virtual ones in the directory.</summary>
    public TapeSettings? Tapes { get; init; }

    /// <summary>Its spool; null: it has none.</summary>
    public SpoolOptions? Spool { get; init; }

    /// <summary>Its drives; behind them those of its spool: for jobs that write there, then one beside each drive of
    /// its own, which reads what that one takes from the spool.</summary>
    public int DrivesInAll => Drives + (Spool is { } spool ? spool.Jobs + Drives : 0);

    /// <summary>What a drive is called.</summary>
    /// <param name="index">From 0, less than <see cref="DrivesInAll"/>.</param>
    public DriveId IdOf(int index) =>
        new(Library, index < Drives ? index : DriveId.SpoolFrom + index - Drives);

    /// <summary>Which drive is meant; null: there is none.</summary>
    /// <param name="drive">A drive of this library.</param>
    public int? IndexOf(DriveId drive) =>
        (drive.IsOfSpool ? drive.Number - DriveId.SpoolFrom + Drives : drive.Number) is var index
            && index >= (drive.IsOfSpool ? Drives : 0) && index < (drive.IsOfSpool ? DrivesInAll : Drives)
            ? index : null;

    /// <summary>The drive that reads the spool for one of its own.</summary>
    /// <param name="own">A drive of its own.</param>
    public DriveId SpoolReaderOf(DriveId own) => new(Library, DriveId.SpoolFrom + Spool!.Jobs + own.Number);
}

/// <summary>A library's spool (holding disk).</summary>
/// <param name="Directory">Its folder.</param>
/// <param name="MaxBytes">What it may hold; 0: what the disk takes.</param>
/// <param name="Jobs">How many jobs write there at once, 1 or more.</param>
/// <param name="JobBytesMax">What one job may have there, over all its attempts; 0: no limit.</param>
/// <param name="ReservePercent">What of it is kept for incrementals while no drive writes, 0 to 100.</param>
public sealed record SpoolOptions(
    string Directory, long MaxBytes, int Jobs, long JobBytesMax, int ReservePercent);

/// <summary>A library of real tapes.</summary>
/// <param name="Changer">The changer's device; empty: one drive without a changer.</param>
/// <param name="Program">mtx(1).</param>
/// <param name="Within">How long one movement may take.</param>
/// <param name="LockFile">What other processes lock too that move cartridges; empty: nobody else does.</param>
/// <param name="Drives">Its drives, in the order of their numbers.</param>
/// <param name="Elements">For each drive its number at the changer; empty: the same order.</param>
/// <param name="CleaningPrefix">What the bar codes of cleaning cartridges begin with.</param>
/// <param name="CleaningUsesMax">How often one may be used.</param>
/// <param name="CleansBySelf">Clean a drive that asks for it.</param>
public sealed record TapeSettings(
    string Changer, string Program, TimeSpan Within, string LockFile, IReadOnlyList<StDriveOptions> Drives,
    IReadOnlyList<int> Elements, string CleaningPrefix, int CleaningUsesMax, bool CleansBySelf)
{
    /// <summary>The program that tells the TapeAlert flags of drives; null: nobody asks for them.</summary>
    public string? AlertProgram { get; init; }
}
