using Backup.Messages.Jobs;
using Backup.Messages.Volumes;

namespace Backup.Messages.Operations;

/// <summary>
/// Asks what is where in libraries. The changer, or the directory, is looked at anew; where reading labels costs
/// nothing, or <paramref name="ReadLabels"/> is said, the labels of volumes that nobody has looked at yet are read.
/// </summary>
/// <param name="Request">Idempotency key.</param>
/// <param name="Library">The library; null: all of the configuration.</param>
/// <param name="ReadLabels">Also of real tapes, which takes minutes for each cartridge that is not known yet.</param>
public sealed record TakeInventory(RequestId Request, LibraryName? Library = null, bool ReadLabels = false)
    : IMediaRequest;

/// <summary>What is where.</summary>
/// <param name="Libraries">By name.</param>
public sealed record InventoryTaken(IReadOnlyList<LibraryInventory> Libraries) : IReply;

/// <summary>What is where in a library.</summary>
/// <param name="Library">Its name.</param>
/// <param name="Place">Its directory, or its changer's device; empty where it did not answer.</param>
/// <param name="Slots">By number, those for import and export last.</param>
/// <param name="Drives">By number.</param>
/// <param name="Trouble">Why nothing is known of it, or not all; null: all is.</param>
public sealed record LibraryInventory(
    LibraryName Library, string Place, IReadOnlyList<InventorySlot> Slots, IReadOnlyList<InventoryDrive> Drives,
    string? Trouble = null);

/// <summary>A slot, and what is in it.</summary>
/// <param name="Number">Its number, as <see cref="MoveVolume"/> takes it.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="Volume">The volume's name; null: it is empty.</param>
/// <param name="BarCode">As the changer reads it; null: it has none.</param>
/// <param name="Drive">The drive that it is in now; null: in the slot.</param>
/// <param name="Pool">Its pool; null: its label is not known.</param>
/// <param name="State">Its state; null: its label is not known.</param>
/// <param name="Note">What else is known of it: blank, foreign and of what kind, why it is in that state; null:
/// nothing.</param>
public sealed record InventorySlot(
    int Number, SlotKind Kind, VolumeName? Volume = null, string? BarCode = null, int? Drive = null,
    PoolName? Pool = null, VolumeState? State = null, string? Note = null);

/// <summary>What a slot is for.</summary>
public enum SlotKind
{
    /// <summary>Volumes that jobs use.</summary>
    Storage = 1,

    /// <summary>Volumes that a person puts in or takes out (mail slot).</summary>
    Exchange = 2,

    /// <summary>Wherever it is: a cartridge that cleans drives.</summary>
    Cleaning = 3,
}

/// <summary>A drive, and what it does.</summary>
/// <param name="Drive">The drive.</param>
/// <param name="Volume">The volume in it; null: none.</param>
/// <param name="Doing">What it does, as in <see cref="ShowObject"/>: idle, or for which job.</param>
public sealed record InventoryDrive(DriveId Drive, VolumeName? Volume, string Doing);

/// <summary>
/// Takes volumes from the import/export slots of a library into empty ones. One that is in the library already stays
/// where it is.
/// </summary>
/// <param name="Request">Idempotency key.</param>
/// <param name="Library">The library.</param>
/// <param name="Volumes">Which; null: all that are there.</param>
public sealed record ImportVolumes(RequestId Request, LibraryName Library, IReadOnlyList<string>? Volumes = null)
    : IMediaRequest;

/// <summary>They are in their slots.</summary>
/// <param name="Library">The library.</param>
/// <param name="Moved">What was moved, in order.</param>
public sealed record VolumesImported(LibraryName Library, IReadOnlyList<MovedVolume> Moved) : IReply;

/// <summary>
/// Puts volumes into the import/export slots of their library, to be taken out. All or none: refused while a job uses
/// one of them, or when there are too few empty slots.
/// </summary>
/// <param name="Request">Idempotency key.</param>
/// <param name="Volumes">The volumes, of one library.</param>
/// <param name="Library">The library; null: in which the catalog knows the first.</param>
public sealed record ExportVolumes(RequestId Request, IReadOnlyList<string> Volumes, LibraryName? Library = null)
    : IMediaRequest;

/// <summary>They can be taken out, and no job takes them any more.</summary>
/// <param name="Library">The library.</param>
/// <param name="Moved">Where they are, in the order of the request.</param>
/// <param name="Where">Where a person takes them: a directory, or a changer's device.</param>
public sealed record VolumesExported(LibraryName Library, IReadOnlyList<MovedVolume> Moved, string Where) : IReply;

/// <summary>
/// Labels many volumes for a pool, up to 100 at once: what is blank in the slots of a library, each by its bar code
/// (where slots are directories, by their names), or new ones by a template. Never one that has a label or holds
/// anything.
/// </summary>
/// <param name="Request">Idempotency key: repeated, also after a restart of the node, no further volume is
/// labelled by a template.</param>
/// <param name="Pool">A configured pool.</param>
/// <param name="Template">Names for new volumes, as `lto-%04d` (docs/media.md); null: <paramref
/// name="BarCodes"/>.</param>
/// <param name="Count">How many by the template, 1 to 100.</param>
/// <param name="BarCodes">Those that are blank, by their bar codes.</param>
/// <param name="Library">One of the pool's libraries; null: where a job waits for one of the pool, else the
/// first.</param>
public sealed record LabelVolumes(
    RequestId Request, PoolName Pool, string? Template = null, int Count = 1, bool BarCodes = false,
    LibraryName? Library = null) : IMediaRequest;

/// <summary>The labels are on the media.</summary>
/// <param name="Pool">Their pool.</param>
/// <param name="Library">The library in which they are.</param>
/// <param name="Volumes">Those that were labelled, in order.</param>
/// <param name="Skipped">A sentence for each that was not, and why.</param>
/// <param name="More">Blank ones, and such that nobody has looked at yet, that are left for another request.</param>
/// <param name="Answers">Jobs that waited for such a volume, lowest first.</param>
public sealed record VolumesLabelled(
    PoolName Pool, LibraryName Library, IReadOnlyList<VolumeName> Volumes, IReadOnlyList<string> Skipped, int More,
    IReadOnlyList<JobId> Answers) : IReply;

/// <summary>Moves what is in a slot of a library into an empty one. Refused while a job uses it.</summary>
/// <param name="Request">Idempotency key.</param>
/// <param name="Library">The library.</param>
/// <param name="FromSlot">A slot's number, as <see cref="TakeInventory"/> says.</param>
/// <param name="ToSlot">The number of an empty slot.</param>
public sealed record MoveVolume(RequestId Request, LibraryName Library, int FromSlot, int ToSlot) : IMediaRequest;

/// <summary>It is in the other slot.</summary>
/// <param name="Library">The library.</param>
/// <param name="Moved">What was moved.</param>
public sealed record VolumeMoved(LibraryName Library, MovedVolume Moved) : IReply;

/// <summary>A volume that was moved.</summary>
/// <param name="Volume">Its name; of a cartridge whose label is not known its bar code.</param>
/// <param name="From">The slot in which it was.</param>
/// <param name="To">The slot in which it is.</param>
/// <param name="State">Its state; null: its label is not known.</param>
/// <param name="Note">What else is known of it; null: nothing.</param>
public sealed record MovedVolume(VolumeName Volume, int From, int To, VolumeState? State = null, string? Note = null);
