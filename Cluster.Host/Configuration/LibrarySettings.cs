using Backup.Actors.Spool;
using Backup.Messages;

namespace Backup.Host.Configuration;

/// <summary>How a library's volumes are kept.</summary>
public enum LibraryType
{
    /// <summary>A folder a volume, a file a tape file.</summary>
    Virtual,

    /// <summary>Cartridges, in drives of the Linux st driver.</summary>
    Tape,
}

/// <summary>Slots, volumes and drives: <c>backup.libraries.NAME</c>.</summary>
/// <param name="Directory">An absolute path; empty for real tapes.</param>
/// <param name="Node">The node that owns it.</param>
/// <param name="VolumeCapacityBytes">What fits on one volume before end of medium.</param>
/// <param name="DriveSpeedLimitBytesPerSecond">0: none.</param>
/// <param name="TapeDrives">Of real tapes; null: none.</param>
/// <param name="Changer">Its device; null: none.</param>
/// <param name="Mtx">The program that moves cartridges.</param>
/// <param name="ChangerTimeout">For a movement; zero for virtual ones.</param>
/// <param name="ChangerLock">A file that others lock too; null: none.</param>
public sealed record LibrarySettings(
    LibraryName Name,
    NodeName Node,
    LibraryType Type,
    string Directory,
    int Slots,
    long VolumeCapacityBytes,
    int Drives,
    long DriveSpeedLimitBytesPerSecond,
    bool Autolabel,
    IReadOnlyList<TapeDriveSettings>? TapeDrives = null,
    string? Changer = null,
    string Mtx = "mtx",
    TimeSpan ChangerTimeout = default,
    string? ChangerLock = null,
    string CleaningPrefix = "CLN",
    int CleaningUses = 50,
    bool Autoclean = true,
    string? AlertProgram = null)
{
    /// <summary>Whether the space of what is not kept any more goes back to the disk at once.</summary>
    public bool GivesSpaceBack { get; init; } = true;

    /// <summary>Its spool; null: it has none.</summary>
    public SpoolSettings? Spool { get; init; }
}

/// <summary>The spool of a library: <c>backup.libraries.NAME.spool</c>.</summary>
/// <param name="Directory">An absolute path.</param>
/// <param name="SizeBytes">What it may hold; 0: what the disk takes.</param>
/// <param name="Jobs">How many jobs write there at once.</param>
/// <param name="JobBytesMax">What one job may have there, over all its attempts; 0: no limit.</param>
/// <param name="ReservePercent">What is kept for incrementals while no drive writes.</param>
/// <param name="StartAtBytes">A drive begins when so much waits.</param>
/// <param name="WaitMax">No image waits for longer.</param>
/// <param name="Order">Which image goes next.</param>
/// <param name="StreamsAtBytesPerSecond">What keeps a drive streaming; 0: nobody says.</param>
public sealed record SpoolSettings(
    string Directory, long SizeBytes, int Jobs, long JobBytesMax, int ReservePercent, long StartAtBytes,
    TimeSpan WaitMax, SpoolOrder Order, long StreamsAtBytesPerSecond);

/// <summary>A drive of a library of real tapes.</summary>
/// <param name="Device">Its no-rewind device.</param>
/// <param name="Element">Its number at the changer.</param>
/// <param name="BlockSizeBytes">0: variable.</param>
/// <param name="Compression">Null: as it is set.</param>
public sealed record TapeDriveSettings(
    string Device, int? Element, int BlockSizeBytes, bool? Compression, TimeSpan ReadyWithin);
