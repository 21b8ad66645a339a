namespace Backup.Media.Tape;

/// <summary>What became of opening or making a library.</summary>
public abstract record LibraryOpening
{
    /// <summary>It is open.</summary>
    /// <param name="Library">To be disposed.</param>
    public sealed record Opened(VirtualLibrary Library) : LibraryOpening;

    /// <summary>It is not; nothing was written.</summary>
    /// <param name="Why">The reason.</param>
    /// <param name="Detail">What was expected and what was found, one sentence.</param>
    public sealed record Refused(LibraryRefusal Why, string Detail) : LibraryOpening;

    private LibraryOpening() { }
}

/// <summary>Why a library is not opened or made.</summary>
public enum LibraryRefusal
{
    /// <summary>The directory does not exist.</summary>
    NoDirectory,

    /// <summary>The directory holds no marker file: not a library, or its file system is not mounted.</summary>
    NoMarker,

    /// <summary>The marker file is not one of ours, is damaged, or is of another library than was expected.</summary>
    ForeignMarker,

    /// <summary>Another process (or another opening in this one) uses the library.</summary>
    InUse,

    /// <summary>To be made, but there is something in the directory.</summary>
    NotEmpty,

    /// <summary>The system refused.</summary>
    IoError,
}

/// <summary>A place for one volume.</summary>
/// <param name="Number">From 0; the same volume keeps it while the library is open.</param>
/// <param name="Directory">The volume's directory, or for a real tape its name; the last name in it is the volume's
/// name. Empty while there is no volume in the
/// slot.</param>
/// <param name="Drive">The drive that the volume is in; null when it is in its slot.</param>
public sealed record LibrarySlot(int Number, string Directory, int? Drive)
{
    /// <summary>True when no volume belongs to this slot.</summary>
    public bool IsEmpty => Directory.Length == 0;

    /// <summary>The volume's name; empty for an empty slot.</summary>
    public string VolumeName => Path.GetFileName(Directory);

    /// <summary>What the slot, or the cartridge in it, is for.</summary>
    public SlotUse Use { get; init; }

    /// <summary>Whether a person puts in and takes out here, whatever is in it.</summary>
    public bool IsExchange { get; init; }

    /// <summary>The bar code, as the changer reads it; empty: none.</summary>
    public string Tag { get; init; } = "";
}

/// <summary>What a slot is for.</summary>
public enum SlotUse
{
    /// <summary>A volume.</summary>
    Storage,

    /// <summary>A volume that a person puts in or takes out here (import/export, "mail slot").</summary>
    Exchange,

    /// <summary>Wherever it is: a cartridge that cleans drives and holds no data.</summary>
    Cleaning,
}

/// <summary>What became of moving a volume, or of putting a new one in.</summary>
public enum LibraryAnswer
{
    /// <summary>Done.</summary>
    Done,

    /// <summary>The library has no such slot or drive.</summary>
    NoSuchPlace,

    /// <summary>No volume is in that slot or drive.</summary>
    Empty,

    /// <summary>The drive already holds a volume, or the volume is in another drive.</summary>
    Occupied,

    /// <summary>Every slot has a volume.</summary>
    Full,

    /// <summary>A volume of that name is there.</summary>
    NameTaken,

    /// <summary>
    /// The name cannot be a volume's: letters, digits, dot, dash and underscore, not beginning with a dot or dash.
    /// </summary>
    BadName,

    /// <summary>The library's marker file is gone or changed: its file system was unmounted or replaced.</summary>
    LibraryGone,

    /// <summary>The library is open for reading only.</summary>
    ReadOnly,

    /// <summary>The system refused.</summary>
    IoError,
}
