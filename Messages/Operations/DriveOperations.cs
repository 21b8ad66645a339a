using Backup.Messages.Jobs;
using Backup.Messages.Volumes;

namespace Backup.Messages.Operations;

/// <summary>What a drive may be used for.</summary>
public enum DriveUse
{
    /// <summary>Jobs get it.</summary>
    Enabled = 1,

    /// <summary>No further job gets it. What works with it goes on to its end.</summary>
    Disabled = 2,
}

/// <summary>
/// Says whether jobs get a drive. Kept by the node that owns its library, also while that library cannot be opened, and
/// over restarts. Drives of a spool are folders, and are not taken out of use.
/// </summary>
/// <param name="Request">Idempotency key: repeated late, also after a restart of the node, it changes nothing that
/// others said since.</param>
/// <param name="Drive">The drive.</param>
/// <param name="Use">What it may be used for.</param>
/// <param name="Reason">Why, for whoever waits for it; up to 500 characters. Null: not said.</param>
/// <param name="By">Who says so; null: not said.</param>
public sealed record SetDrive(
    RequestId Request, DriveId Drive, DriveUse Use, string? Reason = null, string? By = null) : IMediaRequest;

/// <summary>It is kept, and directors are told.</summary>
/// <param name="Drive">The drive.</param>
/// <param name="Use">What it may be used for.</param>
/// <param name="Disabled">Since when, by whom and why; null: it is enabled.</param>
/// <param name="Doing">What it does now, as in <see cref="ShowObject"/>: a job that has it goes on.</param>
public sealed record DriveSet(DriveId Drive, DriveUse Use, DisabledDrive? Disabled, string Doing) : IReply;

/// <summary>
/// Cleans a drive that no job uses, with a cleaning cartridge of its library, also one that is disabled. Refused where
/// there is none that may be used.
/// </summary>
/// <param name="Request">Idempotency key.</param>
/// <param name="Drive">The drive.</param>
public sealed record CleanDrive(RequestId Request, DriveId Drive) : IMediaRequest;

/// <summary>The drive is clean, and the cartridge is back in its slot; or that goes on for longer.</summary>
/// <param name="Drive">The drive.</param>
/// <param name="Cartridge">The cleaning cartridge, by its bar code; null while it goes on.</param>
/// <param name="Uses">How often that was used from here.</param>
/// <param name="UsesMax">How often it may be.</param>
/// <param name="IsDone">False: it goes on for longer than an answer waits; what the drive does says when it is
/// done.</param>
public sealed record DriveCleaned(DriveId Drive, string? Cartridge, int Uses, int UsesMax, bool IsDone) : IReply;
