using Backup.Messages;

namespace Backup.Media.Tape;

/// <summary>
/// A library with a spool (holding disk): besides its own slots and drives it has slots for volumes that are folders on
/// a disk, and drives for them. What is sealed there is a volume of this library like any other; its own drives read it
/// too. The library itself may be away, as with a changer that does not answer: then the spool alone is there, and each
/// <see cref="Refresh"/> looks for it again. For one thread at a time, as any library.
/// </summary>
public sealed class SpooledLibrary : ITapeLibrary
{
    /// <summary>Numbers of slots of the spool begin here.</summary>
    public const int SpoolSlots = 1_000_000;

    private readonly Func<(ITapeLibrary? Library, string Trouble)> _open;
    private readonly VirtualLibrary _spool;
    private readonly PairedDrive[] _own;
    private readonly int _spoolDrives;
    private string _trouble = "";

    /// <summary>A library with a spool.</summary>
    /// <param name="own">The library; null: it is not there now.</param>
    /// <param name="open">Opens it, or says why not.</param>
    /// <param name="spool">Its spool: one drive more than <paramref name="spoolDrives"/> for each drive of its
    /// own.</param>
    /// <param name="ownDrives">Drives of its own, 1 or more.</param>
    /// <param name="spoolDrives">Drives of the spool that are offered, behind its own.</param>
    /// <param name="budget">What the spool may hold.</param>
    public SpooledLibrary(
        ITapeLibrary? own, Func<(ITapeLibrary? Library, string Trouble)> open, VirtualLibrary spool, int ownDrives,
        int spoolDrives, SpoolBudget budget)
    {
        (_open, _spool, _spoolDrives, Budget) = (open, spool, spoolDrives, budget);
        _own = [.. Enumerable.Range(0, ownDrives).Select(drive => new PairedDrive(spool.Drives[spoolDrives + drive]))];
        Drives = [.. _own, .. spool.Drives.Take(spoolDrives)];
        Take(own);
    }

    /// <summary>What the spool may hold, and holds.</summary>
    public SpoolBudget Budget { get; }

    /// <summary>The library without its spool; null while it is not there.</summary>
    public ITapeLibrary? Own { get; private set; }

    /// <summary>Drives of its own: from this number on they are those of the spool.</summary>
    public int OwnDrives => _own.Length;

    /// <inheritdoc/>
    public LibraryId Id => _spool.Id;

    /// <inheritdoc/>
    public string Place => Own?.Place ?? _spool.Place;

    /// <inheritdoc/>
    public IReadOnlyList<ITapeDrive> Drives { get; }

    /// <inheritdoc/>
    public bool ReadsLabelsQuickly => Own?.ReadsLabelsQuickly == true;

    /// <inheritdoc/>
    public string Trouble => Own?.Trouble ?? _trouble;

    /// <inheritdoc/>
    public int ExchangeRoom => Own?.ExchangeRoom ?? 0;

    /// <inheritdoc/>
    public string ExchangePlace => Own?.ExchangePlace ?? "";

    /// <inheritdoc/>
    public IReadOnlyList<LibrarySlot> Exchange() => Own?.Exchange() ?? [];

    /// <summary>Whether a slot is one of the spool.</summary>
    /// <param name="slot">Its number.</param>
    public static bool IsOfSpool(int slot) => slot >= SpoolSlots;

    /// <summary>The slots of the spool.</summary>
    public IReadOnlyList<LibrarySlot> SpoolInventory() => [.. _spool.Inventory().Where(slot => !slot.IsEmpty)
        .Select(slot => slot with { Number = slot.Number + SpoolSlots, Drive = ShownDrive(slot.Drive) })];

    /// <summary>Puts a new blank volume into the spool.</summary>
    /// <param name="volume">Its name.</param>
    /// <param name="slot">Its slot.</param>
    public LibraryAnswer AddSpoolVolume(VolumeName volume, out int slot)
    {
        var answer = _spool.AddBlank(volume, out slot);
        slot += SpoolSlots;
        return answer;
    }

    /// <summary>Counts what is on the spool, while nobody writes there.</summary>
    public void CountSpool() =>
        Budget.Count(_spool.Inventory().Where(slot => !slot.IsEmpty)
            .Sum(slot => _spool.Measure(new VolumeName(slot.VolumeName)).Bytes));

    /// <inheritdoc/>
    public IReadOnlyList<LibrarySlot> Inventory() => [.. Own?.Inventory() ?? [], .. SpoolInventory()];

    /// <inheritdoc/>
    public LibrarySlot? Find(VolumeName volume) => _spool.Find(volume) is { } spooled
        ? spooled with { Number = spooled.Number + SpoolSlots, Drive = ShownDrive(spooled.Drive) }
        : Own?.Find(volume);

    /// <inheritdoc/>
    public bool Holds(LibrarySlot slot) => IsOfSpool(slot.Number) ? _spool.Holds(slot) : Own?.Holds(slot) == true;

    /// <inheritdoc/>
    public bool IsFree(VolumeName volume) => _spool.IsFree(volume) && Own?.IsFree(volume) != false;

    /// <inheritdoc/>
    public (long Bytes, int Files) Measure(VolumeName volume) =>
        _spool.Find(volume) is not null ? _spool.Measure(volume) : Own?.Measure(volume) ?? (0, 0);

    /// <inheritdoc/>
    public LibraryAnswer Refresh(out IReadOnlyList<VolumeName> added)
    {
        added = [];
        if (Own is null)
        {
            var (library, trouble) = _open();
            _trouble = trouble;
            Take(library);
            if (library is not null) added = [.. library.Inventory().Where(slot => !slot.IsEmpty)
                .Select(slot => new VolumeName(slot.VolumeName))];
            if (library is null) return LibraryAnswer.IoError;
        }
        var answer = Own!.Refresh(out var later);
        added = [.. added.Union(later)];
        return answer;
    }

    /// <inheritdoc/>
    public LibraryAnswer AddBlank(VolumeName volume, out int slot)
    {
        slot = -1;
        return Own?.AddBlank(volume, out slot) ?? LibraryAnswer.IoError;
    }

    /// <inheritdoc/>
    public LibraryAnswer Erase(int slot, int drive, VolumeIdentity? expected)
    {
        if (!IsOfSpool(slot)) return Own?.Erase(slot, drive, expected) ?? LibraryAnswer.IoError;
        var bytes = BytesIn(slot - SpoolSlots);
        var answer = _spool.Erase(slot - SpoolSlots, drive, expected);
        Budget.Return(bytes - BytesIn(slot - SpoolSlots));
        return answer;
    }

    /// <inheritdoc/>
    public LibraryAnswer Load(int slot, int drive)
    {
        if (IsOfSpool(slot))
        {
            var loaded = _spool.Load(slot - SpoolSlots, SpoolDriveOf(drive));
            if (loaded == LibraryAnswer.Done && drive < OwnDrives) _own[drive].ReadsSpool = true;
            return loaded;
        }
        return drive >= OwnDrives ? LibraryAnswer.NoSuchPlace : Own?.Load(slot, drive) ?? LibraryAnswer.IoError;
    }

    /// <inheritdoc/>
    public LibraryAnswer Unload(int drive)
    {
        if (drive < OwnDrives && !_own[drive].ReadsSpool) return Own?.Unload(drive) ?? LibraryAnswer.IoError;
        var answer = _spool.Unload(SpoolDriveOf(drive));
        if (answer == LibraryAnswer.Done && drive < OwnDrives) _own[drive].ReadsSpool = false;
        return answer;
    }

    /// <inheritdoc/>
    public LibraryAnswer Move(int from, int to) =>
        IsOfSpool(from) || IsOfSpool(to) ? LibraryAnswer.NoSuchPlace
            : Own?.Move(from, to) ?? LibraryAnswer.IoError;

    /// <inheritdoc/>
    public LibraryAnswer Clean(int drive, out CleaningCartridge? used)
    {
        used = null;
        if (drive >= OwnDrives) return LibraryAnswer.NoSuchPlace;
        return Own?.Clean(drive, out used) ?? LibraryAnswer.IoError;
    }

    /// <inheritdoc/>
    public DriveLook? Look(int drive) => drive < OwnDrives && !_own[drive].ReadsSpool ? Own?.Look(drive) : null;

    /// <inheritdoc/>
    public CleaningCartridge? CleaningIn(LibrarySlot slot) => IsOfSpool(slot.Number) ? null : Own?.CleaningIn(slot);

    /// <inheritdoc/>
    public void Dispose()
    {
        Own?.Dispose();
        _spool.Dispose();
    }

    private void Take(ITapeLibrary? library)
    {
        Own = library;
        for (var drive = 0; drive < _own.Length; drive++) _own[drive].Own = library?.Drives[drive];
    }

    private int SpoolDriveOf(int drive) => drive < OwnDrives ? _spoolDrives + drive : drive - OwnDrives;

    private int? ShownDrive(int? drive) =>
        drive is not { } number ? null : number < _spoolDrives ? OwnDrives + number : number - _spoolDrives;

    private long BytesIn(int slot) =>
        _spool.Inventory().FirstOrDefault(each => each.Number == slot) is { IsEmpty: false } known
            ? _spool.Measure(new VolumeName(known.VolumeName)).Bytes : 0;
}
