using Backup.Messages;

namespace Backup.Media.Tape;

/// <summary>A cartridge that cleans drives.</summary>
/// <param name="Name">Its bar code.</param>
/// <param name="Uses">How often it was used from here.</param>
/// <param name="UsesMax">How often it may be.</param>
public sealed record CleaningCartridge(string Name, int Uses, int UsesMax);

/// <summary>What a drive reports.</summary>
/// <param name="Alerts">The flags that it has raised.</param>
/// <param name="SoftErrors">Errors that it mended since the volume was put in.</param>
/// <param name="BytesRead">Bytes that it read since then, as the kernel counts them.</param>
/// <param name="Trouble">Why its flags are not known; empty: they are, or nobody asks for them.</param>
public sealed record DriveLook(IReadOnlyList<TapeAlert> Alerts, int SoftErrors, long BytesRead, string Trouble);

/// <summary>
/// Slots with volumes, and drives that read and write one at a time: of virtual tapes, or of real ones with a changer.
/// For one thread at a time; the drives are each for one thread of their own. Every call may block.
/// </summary>
public interface ITapeLibrary : IDisposable
{
    /// <summary>Its identity, which is on the labels of its volumes.</summary>
    LibraryId Id { get; }

    /// <summary>Where it is, for people: a directory or a changer's device.</summary>
    string Place { get; }

    /// <summary>The drives.</summary>
    IReadOnlyList<ITapeDrive> Drives { get; }

    /// <summary>
    /// True where reading all labels costs nothing: else a volume is looked at when it is needed, or asked for.
    /// </summary>
    bool ReadsLabelsQuickly { get; }

    /// <summary>What the changer said when something failed last; empty: nothing did.</summary>
    string Trouble { get; }

    /// <summary>All slots whose volumes can be loaded, by number.</summary>
    IReadOnlyList<LibrarySlot> Inventory();

    /// <summary>
    /// The slots in which a person puts volumes in and takes them out, by number: those of a changer are also in <see
    /// cref="Inventory"/>, for what lies in them can be loaded.
    /// </summary>
    IReadOnlyList<LibrarySlot> Exchange();

    /// <summary>How many of them are empty; the greatest number where there is always room.</summary>
    int ExchangeRoom { get; }

    /// <summary>Where that person goes: a directory or a changer's device.</summary>
    string ExchangePlace { get; }

    /// <summary>The slot of a volume that can be loaded; null when it is not in this library.</summary>
    /// <param name="volume">The volume's name.</param>
    LibrarySlot? Find(VolumeName volume);

    /// <summary>False for one that was taken out at this moment.</summary>
    /// <param name="slot">A slot of this library.</param>
    bool Holds(LibrarySlot slot);

    /// <summary>False where a volume of that name would take the place of something.</summary>
    /// <param name="volume">The name of a new volume.</param>
    bool IsFree(VolumeName volume);

    /// <summary>Bytes and tape files of a volume, as far as they are known without reading it.</summary>
    /// <param name="volume">The volume's name.</param>
    (long Bytes, int Files) Measure(VolumeName volume);

    /// <summary>Looks again what is in the slots. What is in a drive stays.</summary>
    /// <param name="added">Names of volumes that were put in since.</param>
    /// <returns>Done, LibraryGone or IoError; in the last two nothing changed.</returns>
    LibraryAnswer Refresh(out IReadOnlyList<VolumeName> added);

    /// <summary>Puts a new blank volume into an empty slot, where volumes can be made of nothing; else Full.</summary>
    /// <param name="volume">The name that it will be labelled with.</param>
    /// <param name="slot">The slot that took it, when done.</param>
    LibraryAnswer AddBlank(VolumeName volume, out int slot);

    /// <summary>
    /// Makes a volume blank: all that is on it is gone, also what others wrote. Whether it may is the caller's to
    /// know.
    /// </summary>
    /// <param name="slot">Its slot, in which it is.</param>
    /// <param name="drive">An empty drive, where one is needed for it.</param>
    /// <param name="expected">What its label says; it is read once more where somebody may have put another cartridge
    /// there since it was read last. Null: it is one of another program still.</param>
    /// <returns>Done; BadName: another volume is there, and was not touched; or why not.</returns>
    LibraryAnswer Erase(int slot, int drive, VolumeIdentity? expected);

    /// <summary>Moves a volume from its slot into an empty drive. The drive's own Load makes it ready.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="drive">From 0.</param>
    LibraryAnswer Load(int slot, int drive);

    /// <summary>Moves the volume in a drive back into its slot. What was not flushed may be lost.</summary>
    /// <param name="drive">From 0.</param>
    LibraryAnswer Unload(int drive);

    /// <summary>
    /// Puts a cleaning cartridge into an empty drive until it is done, and back: the one that was used least.
    /// </summary>
    /// <param name="drive">From 0.</param>
    /// <param name="used">The cartridge, with this use; null: none was used.</param>
    /// <returns>Done; Empty: there is none that may be used, and <see cref="Trouble"/> says why; or why not.</returns>
    LibraryAnswer Clean(int drive, out CleaningCartridge? used);

    /// <summary>What is known of the cleaning cartridge in a slot; null: there is none.</summary>
    /// <param name="slot">A slot of this library.</param>
    CleaningCartridge? CleaningIn(LibrarySlot slot);

    /// <summary>
    /// Asks a drive with a volume in it what it has to report, before the volume is taken out. Each thing is told once.
    /// </summary>
    /// <param name="drive">From 0.</param>
    /// <returns>Null: it cannot tell anything.</returns>
    DriveLook? Look(int drive);

    /// <summary>Moves a volume from one slot to another that is empty, of either kind.</summary>
    /// <param name="from">The slot in which it is.</param>
    /// <param name="to">An empty slot.</param>
    LibraryAnswer Move(int from, int to);
}
