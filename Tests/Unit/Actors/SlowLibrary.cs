using Backup.Media.Tape;
using Backup.Messages;

namespace Backup.Tests.Unit.Actors;

/// <summary>A library in which a look at a volume takes minutes, as with a changer; it counts the looks.</summary>
/// <param name="tapes">Its volumes.</param>
/// <param name="cleaning">A cleaning cartridge of it; null: there is none.</param>
internal sealed class SlowLibrary(VirtualLibrary tapes, CleaningCartridge? cleaning = null) : ITapeLibrary
{
    public int Loads { get; private set; }

    public LibraryId Id => tapes.Id;

    public string Place => tapes.Place;

    public IReadOnlyList<ITapeDrive> Drives => tapes.Drives;

    public bool ReadsLabelsQuickly => false;

    public string Trouble => tapes.Trouble;

    public int ExchangeRoom => tapes.ExchangeRoom;

    public string ExchangePlace => tapes.ExchangePlace;

    public IReadOnlyList<LibrarySlot> Exchange() => tapes.Exchange();

    public IReadOnlyList<LibrarySlot> Inventory() =>
        [.. tapes.Inventory().Select(slot => slot with { Tag = slot.VolumeName })];

    public LibrarySlot? Find(VolumeName volume) => tapes.Find(volume);

    public bool Holds(LibrarySlot slot) => tapes.Holds(slot);

    public bool IsFree(VolumeName volume) => tapes.IsFree(volume);

    public (long Bytes, int Files) Measure(VolumeName volume) => tapes.Measure(volume);

    public LibraryAnswer Refresh(out IReadOnlyList<VolumeName> added) => tapes.Refresh(out added);

    public LibraryAnswer AddBlank(VolumeName volume, out int slot)
    {
        slot = 0;
        return LibraryAnswer.Full;
    }

    public LibraryAnswer Erase(int slot, int drive, VolumeIdentity? expected) => tapes.Erase(slot, drive, expected);

    public LibraryAnswer Load(int slot, int drive)
    {
        Loads++;
        return tapes.Load(slot, drive);
    }

    public LibraryAnswer Unload(int drive) => tapes.Unload(drive);

    public LibraryAnswer Move(int from, int to) => tapes.Move(from, to);

    /// <summary>As of real drives: once a use.</summary>
    public LibraryAnswer Clean(int drive, out CleaningCartridge? used)
    {
        if (cleaning is null) return tapes.Clean(drive, out used);
        used = cleaning = cleaning with { Uses = cleaning.Uses + 1 };
        return LibraryAnswer.Done;
    }

    /// <summary>What its drives report next; told once.</summary>
    public DriveLook? Reports { get; set; }

    public DriveLook? Look(int drive)
    {
        var look = Reports;
        Reports = null;
        return look;
    }

    public CleaningCartridge? CleaningIn(LibrarySlot slot) => tapes.CleaningIn(slot);

    public void Dispose() => tapes.Dispose();
}
