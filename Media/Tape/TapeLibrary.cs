using Backup.Media.Posix;
using Backup.Messages;

namespace Backup.Media.Tape;

/// <summary>
/// Real tapes: drives of the Linux st driver, and a changer. A cartridge's name is its bar code; one without a bar code
/// is named by its slot. Others may move cartridges too: before each movement the changer is locked and asked again.
/// </summary>
public sealed class TapeLibrary : ITapeLibrary
{
    private readonly IChanger _changer;
    private readonly StTapeDrive[] _drives;
    private readonly TapeLibraryOptions _options;
    private readonly TapeLibraryState _state;
    private readonly LibrarySlot?[] _inDrive;
    private readonly bool[] _wantsCleaning; // by the flags of the drive
    private readonly long[] _readBefore; // bytes that the kernel had counted when the cartridge was put in
    private IReadOnlyList<ChangerSlot> _slots = [];
    private IReadOnlyList<ChangerDrive> _elements = [];

    internal TapeLibrary(
        TapeLibraryOptions options, LibraryId id, IChanger changer, StTapeDrive[] drives, TapeLibraryState state)
    {
        (_options, Id, _changer, _drives, _state) = (options, id, changer, drives, state);
        _inDrive = new LibrarySlot?[drives.Length];
        _wantsCleaning = new bool[drives.Length];
        _readBefore = new long[drives.Length];
    }

    /// <inheritdoc/>
    public LibraryId Id { get; }

    /// <inheritdoc/>
    public string Place => _options.Changer?.Device ?? _options.Drives[0].Device;

    /// <inheritdoc/>
    public IReadOnlyList<ITapeDrive> Drives => _drives;

    /// <inheritdoc/>
    public bool ReadsLabelsQuickly => false;

    /// <inheritdoc/>
    public string Trouble { get; private set; } = "";

    /// <summary>Opens it: asks the changer once, and puts back what was left in drives.</summary>
    /// <param name="options">Changer and drives.</param>
    /// <param name="id">Its identity.</param>
    /// <param name="trouble">Why it cannot be opened.</param>
    /// <returns>To be disposed; null: it cannot be opened.</returns>
    public static TapeLibrary? Open(TapeLibraryOptions options, LibraryId id, out string trouble)
    {
        var drives = options.Drives.Select(drive => new StTapeDrive(drive)).ToArray();
        IChanger changer = options.Changer is { } mtx
            ? new MtxChanger(mtx, Thread.Sleep, TimeProvider.System) : new HandChanger(drives[0]);
        return Open(options, id, changer, drives, out trouble);
    }

    internal static TapeLibrary? Open(
        TapeLibraryOptions options, LibraryId id, IChanger changer, StTapeDrive[] drives, out string trouble)
    {
        var library = new TapeLibrary(options, id, changer, drives, TapeLibraryState.Open(options.StateFile));
        if (library.Begin())
        {
            trouble = "";
            return library;
        }
        trouble = library.Trouble;
        library.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public IReadOnlyList<LibrarySlot> Inventory() => [.. _slots.Select(Shown)];

    /// <inheritdoc/>
    public IReadOnlyList<LibrarySlot> Exchange() => [.. Inventory().Where(slot => slot.IsExchange)];

    /// <inheritdoc/>
    public int ExchangeRoom => Exchange().Count(slot => slot.IsEmpty);

    /// <inheritdoc/>
    public string ExchangePlace => Place;

    /// <inheritdoc/>
    public LibrarySlot? Find(VolumeName volume) => Inventory().FirstOrDefault(
        slot => !slot.IsEmpty && slot.Use != SlotUse.Cleaning && slot.VolumeName == volume.Value);

    /// <inheritdoc/>
    public bool Holds(LibrarySlot slot) => slot.Drive is not null || Find(new VolumeName(slot.VolumeName)) is not null;

    /// <inheritdoc/>
    public bool IsFree(VolumeName volume) => Find(volume) is null;

    /// <inheritdoc/>
    public (long Bytes, int Files) Measure(VolumeName volume) => _state.Measure(volume);

    /// <inheritdoc/>
    public LibraryAnswer Refresh(out IReadOnlyList<VolumeName> added)
    {
        added = [];
        var before = Inventory().Where(slot => !slot.IsEmpty).Select(slot => slot.VolumeName).ToHashSet();
        if (_changer.Status(out var trouble) is not { } status) return Fail(trouble);
        (_slots, _elements) = (status.Slots, status.Drives);
        added = [.. Inventory().Where(slot => !slot.IsEmpty && slot.Use != SlotUse.Cleaning)
            .Select(slot => slot.VolumeName).Except(before).Select(name => new VolumeName(name))];
        return LibraryAnswer.Done;
    }

    /// <inheritdoc/>
    public LibraryAnswer AddBlank(VolumeName volume, out int slot)
    {
        slot = 0;
        return Find(volume) is null ? LibraryAnswer.Full : LibraryAnswer.NameTaken;
    }

    /// <inheritdoc/>
    public LibraryAnswer Erase(int slot, int drive, VolumeIdentity? expected)
    {
        var loaded = Load(slot, drive);
        if (loaded != LibraryAnswer.Done) return loaded;
        var found = TapeLabels.LoadAndRead(_drives[drive]);
        if (expected is null
            ? found is not LabelReading.Foreign { IsOurs: false }
            : found is not LabelReading.Labelled { Label.Volume: var volume } || volume != expected)
            return Unload(drive) is var left and not LibraryAnswer.Done ? left : LibraryAnswer.BadName;
        var ready = _drives[drive].IsLoaded ? _drives[drive].Erase() : _drives[drive].EraseForeign();
        var name = new VolumeName(_inDrive[drive]!.VolumeName);
        var unloaded = Unload(drive);
        if (!ready.IsGood) return Fail($"The volume could not be erased: {ready}.");
        _state.Forget(name);
        return unloaded;
    }

    /// <inheritdoc/>
    public LibraryAnswer Load(int slot, int drive)
    {
        if ((uint)drive >= _drives.Length || Slot(slot) is not { } place) return LibraryAnswer.NoSuchPlace;
        if (_inDrive[drive] is not null) return LibraryAnswer.Occupied;
        var wanted = Shown(place);
        if (wanted.IsEmpty) return LibraryAnswer.Empty;
        return Moving(() =>
        {
            if (Slot(slot) is not { } now || Shown(now).VolumeName != wanted.VolumeName) return LibraryAnswer.Empty;
            if (_changer.Load(slot, _options.ElementOf(drive)) is { } refused) return Fail(refused);
            _inDrive[drive] = wanted with { Drive = drive };
            _readBefore[drive] = StInformation.BytesRead(_options.Drives[drive].Device, _options.Devices);
            return LibraryAnswer.Done;
        });
    }

    /// <inheritdoc/>
    public LibraryAnswer Unload(int drive)
    {
        if ((uint)drive >= _drives.Length) return LibraryAnswer.NoSuchPlace;
        if (_inDrive[drive] is not { } held) return LibraryAnswer.Empty;
        _state.Note(new VolumeName(held.VolumeName), _drives[drive].Written);
        var isAlone = _options.Changer is null;
        var released = isAlone ? _drives[drive].Unload() : _drives[drive].Eject();
        if (!released.IsGood && released.Status != TapeStatus.NotLoaded && isAlone)
            return Fail($"The drive does not let go of its cartridge: {released}.");
        var answer = isAlone ? LibraryAnswer.Done : Moving(() => PutBack(held, drive));
        if (answer != LibraryAnswer.Done) return answer;
        _inDrive[drive] = null;
        var wants = _drives[drive].AsksForCleaning || _wantsCleaning[drive];
        _wantsCleaning[drive] = false;
        if (wants && _options.CleansBySelf) Clean(drive, out _);
        return LibraryAnswer.Done;
    }

    /// <inheritdoc/>
    public DriveLook? Look(int drive)
    {
        if ((uint)drive >= _drives.Length || _inDrive[drive] is null) return null;
        var device = _options.Drives[drive].Device;
        var trouble = "";
        var alerts = _options.Alerts?.Read(device, out trouble) ?? [];
        _drives[drive].NoteAlerts();
        // The kernel's own bit says the same where a drive tells it in its sense data alone
        if (_drives[drive].AsksForCleaning && !alerts.Any(alert => alert.AsksForCleaning))
            alerts = [.. alerts, TapeAlerts.Of(21)];
        _wantsCleaning[drive] |= alerts.Any(alert => alert.AsksForCleaning);
        return new DriveLook(
            alerts, _drives[drive].SoftErrors,
            Math.Max(0, StInformation.BytesRead(device, _options.Devices) - _readBefore[drive]), trouble);
    }

    /// <inheritdoc/>
    public LibraryAnswer Move(int from, int to)
    {
        if (Slot(from) is not { } source || Slot(to) is null) return LibraryAnswer.NoSuchPlace;
        var volume = Shown(source);
        if (volume.IsEmpty) return LibraryAnswer.Empty;
        if (volume.Drive is not null) return LibraryAnswer.Occupied;
        return Moving(() =>
        {
            if (Slot(from) is not { } now || Shown(now).VolumeName != volume.VolumeName) return LibraryAnswer.Empty;
            if (!Shown(Slot(to)!).IsEmpty) return LibraryAnswer.Occupied;
            return _changer.Transfer(from, to) is { } refused ? Fail(refused)
                : Refresh(out _);
        });
    }

    /// <inheritdoc/>
    public LibraryAnswer Clean(int drive, out CleaningCartridge? used)
    {
        used = null;
        if ((uint)drive >= _drives.Length) return LibraryAnswer.NoSuchPlace;
        if (_inDrive[drive] is not null) return LibraryAnswer.Occupied;
        var all = Inventory().Where(slot => slot.Use == SlotUse.Cleaning && !slot.IsEmpty).ToList();
        var cartridge = all.OrderBy(slot => _state.CleanedWith(slot.VolumeName))
            .FirstOrDefault(slot => _state.CleanedWith(slot.VolumeName) < _options.CleaningUsesMax);
        if (cartridge is null)
        {
            Trouble = all.Count == 0
                ? $"Expected a cleaning cartridge in the library (a bar code that begins with "
                    + $"{_options.CleaningPrefix}), found none."
                : $"Each of the {all.Count} cleaning cartridges was used {_options.CleaningUsesMax} times "
                    + "(cleaning-uses): put in a new one.";
            return LibraryAnswer.Empty;
        }
        var cleaned = Moving(() =>
        {
            _state.CountCleaning(cartridge.VolumeName); // before: a use that failed has worn it too
            if (_changer.Load(cartridge.Number, _options.ElementOf(drive)) is { } refused) return Fail(refused);
            // The changer refuses until the drive puts it out, which it does when it is done.
            return _changer.Unload(cartridge.Number, _options.ElementOf(drive)) is { } stuck
                ? Fail(stuck) : Refresh(out _);
        });
        used = CleaningIn(cartridge);
        return cleaned;
    }

    /// <inheritdoc/>
    public CleaningCartridge? CleaningIn(LibrarySlot slot) => slot is { Use: SlotUse.Cleaning, IsEmpty: false }
        ? new CleaningCartridge(slot.VolumeName, _state.CleanedWith(slot.VolumeName), _options.CleaningUsesMax) : null;

    /// <summary>How often a cleaning cartridge was used from here.</summary>
    /// <param name="name">Its name.</param>
    public int CleanedWith(string name) => _state.CleanedWith(name);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var drive in _drives) drive.Dispose();
    }

    /// <summary>What a process that ended left in a drive of ours goes back to a slot.</summary>
    private bool Begin()
    {
        if (_changer.Status(out var trouble) is not { } status) return Fail(trouble) == LibraryAnswer.Done;
        _slots = status.Slots;
        foreach (var left in status.Drives.Where(drive => drive.IsFull))
        {
            var drive = Enumerable.Range(0, _drives.Length)
                .FirstOrDefault(each => _options.ElementOf(each) == left.Number, -1);
            if (drive < 0) continue;
            var to = _slots.FirstOrDefault(slot => slot.Number == left.Source && !slot.IsFull)
                ?? _slots.FirstOrDefault(slot => !slot.IsFull && !slot.IsExchange);
            if (to is null && _options.IsDisabled(drive)) continue;
            if (to is null)
                return Fail($"Drive {drive} holds a cartridge, and no slot is empty for it.") == LibraryAnswer.Done;
            if (_drives[drive].Eject() is { Errno: Errno.Busy }) continue; // another process writes or reads in it
            if (Moving(() => _changer.Unload(to.Number, left.Number) is { } stuck ? Fail(stuck) : Refresh(out _))
                != LibraryAnswer.Done && !_options.IsDisabled(drive)) return false;
        }
        return true;
    }

    private LibraryAnswer PutBack(LibrarySlot held, int drive)
    {
        // Somebody has put it back already
        if (_elements.Any(element => element.Number == _options.ElementOf(drive) && !element.IsFull)
            && _slots.Any(slot => slot.IsFull && NameOf(slot) == held.VolumeName)) return LibraryAnswer.Done;
        var to = Slot(held.Number) is { IsFull: false } own ? own
            : _slots.FirstOrDefault(slot => !slot.IsFull && !slot.IsExchange);
        if (to is null) return Fail($"No slot is empty for volume {held.VolumeName}.");
        if (_changer.Unload(to.Number, _options.ElementOf(drive)) is { } refused) return Fail(refused);
        _inDrive[drive] = null;
        return Refresh(out _);
    }

    /// <summary>Alone with the changer, and with what it says now.</summary>
    private LibraryAnswer Moving(Func<LibraryAnswer> move)
    {
        using var held = _changer.Lock(out var trouble);
        if (held is null) return Fail(trouble);
        var seen = Refresh(out _);
        return seen == LibraryAnswer.Done ? move() : seen;
    }

    private ChangerSlot? Slot(int number) => _slots.FirstOrDefault(slot => slot.Number == number);

    /// <summary>What is in our drive keeps its slot and name, whether or not the changer remembers.</summary>
    private LibrarySlot Shown(ChangerSlot slot)
    {
        var held = _inDrive.FirstOrDefault(each => each?.Number == slot.Number);
        if (held is not null && !(slot.IsFull && NameOf(slot) != held.VolumeName)) return held;
        var name = slot.IsFull ? NameOf(slot) : "";
        var isCleaning = name.StartsWith(_options.CleaningPrefix, StringComparison.Ordinal);
        return new LibrarySlot(slot.Number, name, null)
        {
            Use = isCleaning ? SlotUse.Cleaning : slot.IsExchange ? SlotUse.Exchange : SlotUse.Storage,
            IsExchange = slot.IsExchange,
            Tag = slot.Tag,
        };
    }

    private static string NameOf(ChangerSlot slot) =>
        slot.Tag.Length == 0 ? $"slot-{slot.Number}" : slot.Tag.Replace(' ', '_').Replace('/', '_');

    private LibraryAnswer Fail(string trouble)
    {
        Trouble = trouble;
        return LibraryAnswer.IoError;
    }
}
