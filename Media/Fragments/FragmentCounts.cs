using Backup.Media.Files;

namespace Backup.Media.Fragments;

/// <summary>Sums over a fragment or an image. Members count where they end.</summary>
/// <param name="Regular">Regular files.</param>
/// <param name="HardLinks">Further names.</param>
/// <param name="Symlinks">Symbolic links.</param>
/// <param name="Devices">Character and block devices.</param>
/// <param name="Directories">Directories.</param>
/// <param name="Fifos">FIFOs.</param>
/// <param name="ContentBytes">Apparent sizes of the regular files.</param>
/// <param name="ArchiveBytes">Bytes of the pax archive.</param>
/// <param name="StoredBytes">Bytes of data on the medium, compressed.</param>
/// <param name="Exceptions">Exceptions.</param>
public sealed record FragmentCounts(
    long Regular = 0,
    long HardLinks = 0,
    long Symlinks = 0,
    long Devices = 0,
    long Directories = 0,
    long Fifos = 0,
    long ContentBytes = 0,
    long ArchiveBytes = 0,
    long StoredBytes = 0,
    long Exceptions = 0)
{
    /// <summary>All members.</summary>
    public long Members => Regular + HardLinks + Symlinks + Devices + Directories + Fifos;

    /// <summary>The sums of two.</summary>
    /// <param name="other">The other.</param>
    public FragmentCounts Plus(FragmentCounts other) => new(
        Regular + other.Regular,
        HardLinks + other.HardLinks,
        Symlinks + other.Symlinks,
        Devices + other.Devices,
        Directories + other.Directories,
        Fifos + other.Fifos,
        ContentBytes + other.ContentBytes,
        ArchiveBytes + other.ArchiveBytes,
        StoredBytes + other.StoredBytes,
        Exceptions + other.Exceptions);

    /// <summary>With one member more.</summary>
    /// <param name="entry">The member.</param>
    public FragmentCounts With(FileEntry entry) => entry.Kind switch
    {
        FileKind.Regular => this with { Regular = Regular + 1, ContentBytes = ContentBytes + entry.Size },
        FileKind.HardLink => this with { HardLinks = HardLinks + 1 },
        FileKind.Symlink => this with { Symlinks = Symlinks + 1 },
        FileKind.CharacterDevice or FileKind.BlockDevice => this with { Devices = Devices + 1 },
        FileKind.Directory => this with { Directories = Directories + 1 },
        _ => this with { Fifos = Fifos + 1 },
    };
}
