using Backup.Media.Posix;
using Backup.Messages;

namespace Backup.Media.Tape;

/// <content>Slots for import and export: a directory beside the volumes that is looked at like a mail slot.</content>
public sealed partial class VirtualLibrary
{
    /// <summary>
    /// The directory, in that of the library, that stands for the import/export slots. No volume can have this name.
    /// </summary>
    public const string ExchangeDirectory = ".exchange";

    /// <summary>The number of the first import/export slot; volumes have smaller ones.</summary>
    public const int ExchangeFrom = 100_001;

    private readonly List<string> _outside = []; // by number from ExchangeFrom; empty: nothing is there any more

    /// <inheritdoc/>
    public string ExchangePlace => Path.Combine(Directory, ExchangeDirectory);

    /// <inheritdoc/>
    public int ExchangeRoom => int.MaxValue;

    /// <summary>What lies in the exchange directory, and one empty place behind it: there is always room.</summary>
    public IReadOnlyList<LibrarySlot> Exchange() => [.. _outside.Append("").Select(
        (path, number) => new LibrarySlot(ExchangeFrom + number, path, null)
        {
            Use = SlotUse.Exchange,
            IsExchange = true,
        })];

    /// <summary>
    /// Slots are numbers here: between two of them the directory stays where it is. To and from an import/export slot
    /// it is renamed.
    /// </summary>
    /// <inheritdoc/>
    public LibraryAnswer Move(int from, int to)
    {
        if (PathIn(from) is not { } volume || PathIn(to) is not { } target) return LibraryAnswer.NoSuchPlace;
        if (volume.Length == 0) return LibraryAnswer.Empty;
        if (target.Length > 0 || DriveOf(from) is not null) return LibraryAnswer.Occupied;
        if (_readOnly) return LibraryAnswer.ReadOnly;
        if (!IsThere()) return LibraryAnswer.LibraryGone;
        if (IsExchange(from) == IsExchange(to)) Put(to, volume);
        else if (Rename(volume, to, out var renamed) is var answer && answer != LibraryAnswer.Done) return answer;
        else Put(to, renamed);
        Put(from, "");
        return LibraryAnswer.Done;
    }

    private LibraryAnswer Rename(string volume, int to, out string renamed)
    {
        var directory = IsExchange(to) ? ExchangePlace : Directory;
        renamed = Path.Combine(directory, Path.GetFileName(volume));
        try
        {
            if (Path.Exists(renamed)) return LibraryAnswer.NameTaken;
            if (IsExchange(to) && !System.IO.Directory.Exists(directory))
            {
                System.IO.Directory.CreateDirectory(directory);
                Durable.SyncDirectory(Directory);
            }
            System.IO.Directory.Move(volume, renamed);
            Durable.SyncDirectory(directory);
            Durable.SyncDirectory(Path.GetDirectoryName(volume)!);
            return LibraryAnswer.Done;
        }
        catch (DirectoryNotFoundException)
        {
            return LibraryAnswer.Empty; // taken out at this moment
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return LibraryAnswer.IoError;
        }
    }

    /// <summary>What is in the exchange directory now; what was seen before keeps its number.</summary>
    private void NoteOutside(List<string> found)
    {
        for (var place = 0; place < _outside.Count; place++)
            if (!found.Contains(_outside[place])) _outside[place] = "";
        foreach (var path in found.Except(_outside).ToList())
        {
            var free = _outside.IndexOf("");
            if (free < 0) _outside.Add(path);
            else _outside[free] = path;
        }
    }

    private bool IsOutside(VolumeName volume) => Path.Exists(Path.Combine(ExchangePlace, volume.Value));

    private static bool IsExchange(int slot) => slot >= ExchangeFrom;

    /// <summary>Empty for an empty slot; null when there is no such slot.</summary>
    private string? PathIn(int slot) =>
        (uint)slot < _slots.Count ? _slots[slot]
        : slot < ExchangeFrom || slot - ExchangeFrom > _outside.Count ? null
        : slot - ExchangeFrom == _outside.Count ? "" : _outside[slot - ExchangeFrom];

    private void Put(int slot, string path)
    {
        if (!IsExchange(slot)) _slots[slot] = path;
        else if (slot - ExchangeFrom == _outside.Count) _outside.Add(path);
        else _outside[slot - ExchangeFrom] = path;
    }

    /// <inheritdoc/>
    public LibraryAnswer Clean(int drive, out CleaningCartridge? used)
    {
        used = null;
        Trouble = "Its drives are virtual: there is nothing to clean.";
        return LibraryAnswer.Empty;
    }

    /// <inheritdoc/>
    public DriveLook? Look(int drive) => null;

    /// <inheritdoc/>
    public CleaningCartridge? CleaningIn(LibrarySlot slot) => null;
}
