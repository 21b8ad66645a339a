using Backup.Media.Posix;
using Backup.Messages;

namespace Backup.Media.Tape;

/// <summary>
/// A library of virtual tapes: a directory with a marker file and a directory for each volume, named as the volume.
/// Slots hold volumes, drives read and write one at a time. Opened for writing it is locked against other processes.
/// For one thread at a time; the drives are each for one thread of their own.
/// </summary>
public sealed partial class VirtualLibrary : ITapeLibrary
{
    private const int NameLengthMax = 64;

    private readonly Descriptor _marker;
    private readonly bool _readOnly;
    private readonly VirtualTapeDrive[] _drives;
    private readonly int?[] _slotOfDrive;
    private readonly List<string> _slots;

    private VirtualLibrary(
        string directory, LibraryId id, Descriptor marker, List<string> slots, VirtualTapeDrive[] drives, bool readOnly)
    {
        (Directory, Id, _marker, _slots, _drives, _readOnly) = (directory, id, marker, slots, drives, readOnly);
        _slotOfDrive = new int?[drives.Length];
    }

    /// <summary>The library's directory: where the commands in headers are to be run.</summary>
    public string Directory { get; }

    /// <summary>Its identity.</summary>
    public LibraryId Id { get; }

    /// <summary>The drives.</summary>
    public IReadOnlyList<VirtualTapeDrive> Drives => _drives;

    IReadOnlyList<ITapeDrive> ITapeLibrary.Drives => _drives;

    /// <inheritdoc/>
    public string Place => Directory;

    /// <inheritdoc/>
    public bool ReadsLabelsQuickly => true;

    /// <inheritdoc/>
    public string Trouble { get; private set; } = "";

    /// <summary>Makes a library in an empty or new directory. It is not open afterwards.</summary>
    /// <param name="directory">The directory; its parent exists.</param>
    /// <param name="id">The identity to give it.</param>
    /// <returns>Null when it is made, else why not.</returns>
    public static LibraryOpening.Refused? Create(string directory, LibraryId id)
    {
        try
        {
            System.IO.Directory.CreateDirectory(directory);
            if (System.IO.Directory.EnumerateFileSystemEntries(directory).FirstOrDefault() is { } found)
                return new(LibraryRefusal.NotEmpty, $"Expected an empty directory for a new library, found {found}.");
            LibraryMarker.Write(directory, id);
            Durable.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(directory)) ?? "/");
            return null;
        }
        catch (PosixException e)
        {
            return new(LibraryRefusal.IoError, e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new(LibraryRefusal.IoError, $"The library's directory cannot be made: {e.Message}");
        }
    }

    /// <summary>Opens a library for writing and locks it.</summary>
    /// <param name="directory">Its directory.</param>
    /// <param name="expected">The identity that it must have; null where that is not known yet.</param>
    /// <param name="slots">Places for volumes; more volumes than that stay usable.</param>
    /// <param name="drives">Drives, 1 or more.</param>
    /// <param name="options">How its tapes behave.</param>
    public static LibraryOpening Open(
        string directory, LibraryId? expected, int slots, int drives, VirtualTapeOptions options) =>
        Open(directory, expected, slots, drives, options, readOnly: false);

    /// <summary>Opens a library for reading, as for scan; also while another process writes to it.</summary>
    /// <param name="directory">Its directory.</param>
    public static LibraryOpening OpenForReading(string directory) =>
        Open(directory, null, 0, 1, VirtualTapeOptions.Of(0), readOnly: true);

    /// <summary>All slots, by number.</summary>
    public IReadOnlyList<LibrarySlot> Inventory() => [.. _slots.Select(
        (volume, number) => new LibrarySlot(number, volume, DriveOf(number)))];

    /// <summary>The slot of a volume; null when it is not in this library.</summary>
    /// <param name="volume">The volume's name.</param>
    public LibrarySlot? Find(VolumeName volume) =>
        Inventory().FirstOrDefault(slot => !slot.IsEmpty && slot.VolumeName == volume.Value);

    /// <summary>Puts a new blank volume into an empty slot.</summary>
    /// <param name="volume">The name that it will be labelled with.</param>
    /// <param name="slot">The slot that took it, when done.</param>
    public LibraryAnswer AddBlank(VolumeName volume, out int slot)
    {
        slot = _slots.FindIndex(directory => directory.Length == 0);
        if (_readOnly) return LibraryAnswer.ReadOnly;
        if (!IsName(volume.Value)) return LibraryAnswer.BadName;
        if (Find(volume) is not null) return LibraryAnswer.NameTaken;
        if (IsOutside(volume)) return LibraryAnswer.NameTaken;
        if (slot < 0) return LibraryAnswer.Full;
        if (!IsThere()) return LibraryAnswer.LibraryGone;
        var path = Path.Combine(Directory, volume.Value);
        try
        {
            if (Path.Exists(path)) return LibraryAnswer.NameTaken;
            System.IO.Directory.CreateDirectory(path);
            Durable.SyncDirectory(Directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return LibraryAnswer.IoError;
        }
        _slots[slot] = path;
        return LibraryAnswer.Done;
    }

    /// <summary>
    /// Looks again which volumes are there: those that were taken out leave their slots, and those that were put in get
    /// one. What is in a drive stays.
    /// </summary>
    /// <param name="added">Names of those that were put in.</param>
    /// <returns>Done, LibraryGone or IoError; in the last two nothing changed.</returns>
    public LibraryAnswer Refresh(out IReadOnlyList<VolumeName> added)
    {
        added = [];
        if (!IsThere()) return LibraryAnswer.LibraryGone;
        List<string> found;
        List<string> outside;
        try
        {
            found = VolumesIn(Directory);
            outside = System.IO.Directory.Exists(ExchangePlace) ? VolumesIn(ExchangePlace) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return LibraryAnswer.IoError;
        }
        var there = found.ToHashSet(StringComparer.Ordinal);
        for (var slot = 0; slot < _slots.Count; slot++)
            if (DriveOf(slot) is null && !there.Contains(_slots[slot])) _slots[slot] = "";
        var arrived = found.Except(_slots).ToList();
        foreach (var path in arrived)
        {
            var free = _slots.IndexOf("");
            if (free < 0) _slots.Add(path);
            else _slots[free] = path;
        }
        added = [.. arrived.Select(path => new VolumeName(Path.GetFileName(path)))];
        NoteOutside(outside);
        return LibraryAnswer.Done;
    }

    /// <summary>
    /// Makes a volume blank: all that is on it is gone. Whether it may is the caller's to know. Ends in the middle
    /// where the system refuses; the label is the last to go, so that what is left is still known by it.
    /// </summary>
    /// <param name="slot">From 0; the volume is in its slot.</param>
    public LibraryAnswer Erase(int slot)
    {
        if ((uint)slot >= _slots.Count) return LibraryAnswer.NoSuchPlace;
        if (_readOnly) return LibraryAnswer.ReadOnly;
        if (_slots[slot].Length == 0) return LibraryAnswer.Empty;
        if (DriveOf(slot) is not null) return LibraryAnswer.Occupied;
        if (!IsThere()) return LibraryAnswer.LibraryGone;
        try
        {
            if (System.IO.Directory.GetDirectories(_slots[slot]) is [var inner, ..])
            {
                Trouble = $"Expected only files in {_slots[slot]}, found the directory {inner}. Nothing was removed.";
                return LibraryAnswer.IoError;
            }
            var files = System.IO.Directory.GetFiles(_slots[slot]);
            if (VolumeDirectory.LacksLabel(files.Select(Path.GetFileName)!))
            {
                Trouble = $"Expected a label in {_slots[slot]}, found tape files without one: there may be images in "
                    + "them. Nothing was removed.";
                return LibraryAnswer.IoError;
            }
            foreach (var file in files.OrderDescending(StringComparer.Ordinal)) File.Delete(file);
            Durable.SyncDirectory(_slots[slot]);
            return LibraryAnswer.Done;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return LibraryAnswer.IoError;
        }
    }

    /// <summary>
    /// Gives the space of a tape file back: the file is replaced by a marker, at once or not at all. One that is a
    /// marker already stays.
    /// </summary>
    /// <param name="slot">From 0; the volume is in its slot.</param>
    /// <param name="file">From 1.</param>
    /// <param name="isExpected">Told the file's first block; false: it is left alone.</param>
    /// <param name="marker">As <see cref="ReleasedMarker.Of"/> makes it.</param>
    /// <param name="bytes">Bytes that were given back.</param>
    /// <returns>Done; Empty when there is no such file, BadName when it is not the expected one, or why not.</returns>
    public LibraryAnswer GiveBack(
        int slot, int file, Func<ReadOnlyMemory<byte>, bool> isExpected, byte[] marker, out long bytes)
    {
        bytes = 0;
        if ((uint)slot >= _slots.Count || file < 1) return LibraryAnswer.NoSuchPlace;
        if (_readOnly) return LibraryAnswer.ReadOnly;
        if (_slots[slot].Length == 0) return LibraryAnswer.Empty;
        if (DriveOf(slot) is not null) return LibraryAnswer.Occupied;
        if (!IsThere()) return LibraryAnswer.LibraryGone;
        try
        {
            var path = new[] { TapeFileKind.Data, TapeFileKind.Index }
                .Select(kind => Path.Combine(_slots[slot], VolumeDirectory.FileName(file, kind)))
                .FirstOrDefault(File.Exists);
            if (path is null) return LibraryAnswer.Empty;
            var begin = new byte[TapeFormat.HeaderBytes];
            long length;
            using (var open = Descriptor.OpenRead(path))
            {
                begin = begin[..open.ReadFullyAt(begin, 0)];
                length = new FileInfo(path).Length;
            }
            if (ReleasedMarker.Is(begin)) return LibraryAnswer.Done;
            if (!isExpected(begin)) return LibraryAnswer.BadName;
            Durable.WriteAtomically(path, marker);
            bytes = Math.Max(0, length - marker.Length);
            return LibraryAnswer.Done;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return LibraryAnswer.IoError;
        }
    }

    /// <summary>Moves a volume from its slot into an empty drive. The drive's own Load makes it ready.</summary>
    /// <param name="slot">From 0.</param>
    /// <param name="drive">From 0.</param>
    public LibraryAnswer Load(int slot, int drive)
    {
        if ((uint)slot >= _slots.Count || (uint)drive >= _drives.Length) return LibraryAnswer.NoSuchPlace;
        if (_slots[slot].Length == 0) return LibraryAnswer.Empty;
        if (_slotOfDrive[drive] is not null || DriveOf(slot) is not null) return LibraryAnswer.Occupied;
        if (!IsThere()) return LibraryAnswer.LibraryGone;
        _drives[drive].Insert(_slots[slot], _readOnly);
        _slotOfDrive[drive] = slot;
        return LibraryAnswer.Done;
    }

    /// <summary>Moves the volume in a drive back into its slot. What was not flushed may be lost.</summary>
    /// <param name="drive">From 0.</param>
    public LibraryAnswer Unload(int drive)
    {
        if ((uint)drive >= _drives.Length) return LibraryAnswer.NoSuchPlace;
        if (_slotOfDrive[drive] is null) return LibraryAnswer.Empty;
        _drives[drive].Eject();
        _slotOfDrive[drive] = null;
        return LibraryAnswer.Done;
    }

    /// <inheritdoc/>
    public bool Holds(LibrarySlot slot) => System.IO.Directory.Exists(slot.Directory);

    /// <inheritdoc/>
    public bool IsFree(VolumeName volume) =>
        !Path.Exists(Path.Combine(Directory, volume.Value)) && !IsOutside(volume);

    /// <inheritdoc/>
    public (long Bytes, int Files) Measure(VolumeName volume)
    {
        var directory = new DirectoryInfo(Path.Combine(Directory, volume.Value));
        var files = directory.Exists ? directory.GetFiles() : [];
        return (files.Sum(file => file.Length), files.Length);
    }

    /// <inheritdoc/>
    public LibraryAnswer Erase(int slot, int drive, VolumeIdentity? expected) =>
        (uint)slot < _slots.Count && _slots[slot].Length > 0 && (expected is null
            ? File.Exists(Path.Combine(_slots[slot], VolumeDirectory.FileName(0, TapeFileKind.Label)))
            : Path.GetFileName(_slots[slot]) != expected.Name.Value)
            ? LibraryAnswer.BadName : Erase(slot);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var drive in _drives) drive.Dispose();
        _marker.Dispose();
    }

    private static LibraryOpening Open(
        string directory, LibraryId? expected, int slots, int drives, VirtualTapeOptions options, bool readOnly)
    {
        if (!System.IO.Directory.Exists(directory))
            return new LibraryOpening.Refused(
                LibraryRefusal.NoDirectory, $"Expected a library in {directory}, found no such directory.");
        Descriptor? marker = null;
        try
        {
            marker = Descriptor.OpenRead(LibraryMarker.PathIn(directory));
            var refused = Check(marker, directory, expected, readOnly, out var id);
            if (refused is not null) return refused;
            var places = Places(directory, slots);
            var made = Enumerable.Range(0, drives).Select(_ => new VirtualTapeDrive(options)).ToArray();
            var library = new VirtualLibrary(directory, id, marker, places, made, readOnly);
            marker = null;
            return new LibraryOpening.Opened(library);
        }
        catch (PosixException e) when (e.Errno == Errno.NoEntry)
        {
            return new LibraryOpening.Refused(
                LibraryRefusal.NoMarker,
                $"Expected the file {LibraryMarker.FileName} in {directory}, found none: not a library, or its file "
                    + "system is not mounted.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new LibraryOpening.Refused(
                LibraryRefusal.IoError, $"The library {directory} cannot be opened: {e.Message}");
        }
        finally
        {
            marker?.Dispose();
        }
    }

    private static LibraryOpening.Refused? Check(
        Descriptor marker, string directory, LibraryId? expected, bool readOnly, out LibraryId id)
    {
        id = LibraryMarker.Read(marker) ?? default;
        if (id == default)
            return new(LibraryRefusal.ForeignMarker,
                $"{LibraryMarker.PathIn(directory)} is not a library's marker file, or is damaged.");
        if (expected is { } wanted && wanted != id)
            return new(LibraryRefusal.ForeignMarker, $"Expected the library {wanted} in {directory}, found {id}.");
        return readOnly || marker.TryLock(exclusive: true)
            ? null
            : new(LibraryRefusal.InUse, $"The library {directory} is in use by another process.");
    }

    private static List<string> Places(string directory, int slots)
    {
        var volumes = VolumesIn(directory);
        while (volumes.Count < slots) volumes.Add("");
        return volumes;
    }

    private static List<string> VolumesIn(string directory) => [.. System.IO.Directory.GetDirectories(directory)
        .Where(path => IsName(Path.GetFileName(path)))
        .Order(StringComparer.Ordinal)];

    private static bool IsName(string name) =>
        name.Length is > 0 and <= NameLengthMax && name[0] is not ('.' or '-')
        && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_');

    private bool IsThere()
    {
        try
        {
            using var marker = Descriptor.OpenRead(LibraryMarker.PathIn(Directory));
            return LibraryMarker.Read(marker) == Id;
        }
        catch (PosixException)
        {
            return false; // any reason for which it cannot be read is a reason not to write here
        }
    }

    private int? DriveOf(int slot)
    {
        var drive = Array.IndexOf(_slotOfDrive, slot);
        return drive < 0 ? null : drive;
    }
}
