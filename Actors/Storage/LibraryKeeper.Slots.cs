using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Volumes;

namespace Backup.Actors.Storage;

/// <summary>What is in which slot, and what an operator moves between them.</summary>
internal sealed partial class LibraryKeeper
{
    private const string Outside = "put out to be taken away";
    private readonly Queue<VolumeName> _arrived = []; // put in since, and nobody has read their labels

    /// <summary>What is where.</summary>
    /// <param name="drive">A drive that nobody uses, to read labels with; null: there is none.</param>
    public LibraryInventory Inventory(int? drive)
    {
        lock (_changer)
        {
            Look();
            TakeInWith(drive);
            var storage = _library.Inventory().Where(slot => !slot.IsExchange);
            return new LibraryInventory(
                Name, _library.Place, [.. storage.Concat(_library.Exchange()).Select(Shown)],
                [.. Enumerable.Range(0, _library.Drives.Count).Select(number => new InventoryDrive(
                    Id(number), _book.InDrive(number)?.Identity.Name, Rings.Doing(number)))],
                _arrived.Count == 0 ? null
                    : $"All drives are used: the labels of {_arrived.Count} new volumes are read later.");
        }
    }

    /// <summary>Reads the label of one volume that nobody has looked at yet.</summary>
    /// <param name="drive">A drive that nobody uses.</param>
    /// <returns>False: there is none left.</returns>
    public bool ReadNextLabel(int drive)
    {
        lock (_changer)
        {
            Unmount(drive);
            TakeIn(drive);
            if (Unread().FirstOrDefault() is not { Value: not null } name) return false;
            ReadLabel(drive, name);
            // One that is neither known nor blank nor foreign now was taken out at this moment
            if (_book.Find(name) is null && _book.WhyUnusable(name) is null) _book.Unusable(name, "not found again");
            return true;
        }
    }

    /// <summary>
    /// What many labels by bar code may be written to: volumes that a request has begun with, then blank ones and those
    /// that nobody has looked at; and why others are left out.
    /// </summary>
    /// <param name="request">Ids of single labels of the request begin so.</param>
    public (IReadOnlyList<VolumeName> Volumes, IReadOnlyList<string> Skipped) ByBarCode(string request)
    {
        lock (_changer)
        {
            Look();
            var (blank, skipped) = (new List<VolumeName>(), new List<string>());
            foreach (var slot in _library.Inventory().Where(slot => slot is { IsEmpty: false, Use: SlotUse.Storage }))
            {
                var name = new VolumeName(slot.VolumeName);
                if (_book.Find(name) is not null) continue;
                if (!_library.ReadsLabelsQuickly && slot.Tag.Length == 0)
                    skipped.Add($"The cartridge in slot {slot.Number} has no bar code.");
                else if (_book.IsBlank(name.Value) || _book.WhyUnusable(name) is null) blank.Add(name);
                else skipped.Add($"Volume {name}: {_book.WhyUnusable(name)}.");
            }
            return ([.. _book.IntendedUnder(request).Select(volume => volume.Name).Union(blank)], skipped);
        }
    }

    /// <summary>Why new volumes cannot be named by a template; null: they can.</summary>
    public Refused? NoTemplates => _library.ReadsLabelsQuickly ? null : Conflict(
        $"The volumes of library {Name} are cartridges, named by their bar codes: label them with `--barcodes`.");

    /// <summary>Takes volumes from the slots for import and export into empty ones.</summary>
    /// <param name="drive">A drive that nobody uses, to read labels with; null: there is none.</param>
    /// <param name="volumes">Which; null: all.</param>
    public IReply Import(int? drive, IReadOnlyList<VolumeName>? volumes)
    {
        lock (_changer)
        {
            Look();
            if (!HasStorage) return new VolumesImported(Name, []); // a drive without a changer: what is there is in
            var outside = _library.Exchange().Where(slot => !slot.IsEmpty).ToList();
            if (volumes?.FirstOrDefault(name => outside.All(slot => slot.VolumeName != name.Value)
                && _library.Find(name) is null) is { Value: not null } nowhere)
                return new Refused(
                    RefusalCode.NotFound,
                    $"Volume {nowhere} is not in an import/export slot of library {Name}. Put it there first: "
                        + $"{_library.ExchangePlace}");
            var wanted = outside.Where(slot => volumes?.Any(name => name.Value == slot.VolumeName) ?? true).ToList();
            var free = Empty().Count();
            if (free < wanted.Count)
                return Conflict(
                    $"Expected {wanted.Count} empty slots in library {Name}, found {free}. Nothing was moved: put "
                        + "volumes out first (`backup export`), or name those that are to come in.");
            var moved = new List<(LibrarySlot From, int To)>();
            foreach (var slot in wanted)
            {
                var to = Empty().First().Number;
                if (Shift(slot, to) is { } refused) return refused;
                moved.Add((slot, to));
            }
            TakeInWith(drive);
            return new VolumesImported(Name, [.. moved.Select(each => Moved(each.From, each.To))]);
        }
    }

    /// <summary>Puts volumes into slots for import and export: all, or none.</summary>
    /// <param name="volumes">Which.</param>
    public IReply Export(IReadOnlyList<VolumeName> volumes)
    {
        lock (_changer)
        {
            Look();
            var slots = new List<LibrarySlot>();
            foreach (var volume in volumes.Distinct())
            {
                var there = _library.Exchange().FirstOrDefault(slot => slot.VolumeName == volume.Value)
                    ?? _library.Inventory().FirstOrDefault(slot => slot.VolumeName == volume.Value);
                if (there is null)
                    return new Refused(RefusalCode.NotFound, $"Volume {volume} is not in library {Name} now.");
                if (UsedBy(volume) is { } used) return used;
                slots.Add(there);
            }
            var (all, free) = (_library.Exchange().Count, _library.ExchangeRoom);
            var inside = slots.Count(slot => !slot.IsExchange);
            if (all == 0)
                return Conflict(
                    $"Library {Name} has no slots for import and export. Take the volume out of its slot, and say "
                        + $"where it is: `backup vault out {volumes[0]} --to PLACE`.");
            if (inside > free)
                return Conflict(
                    $"Expected {inside} empty import/export slots in library {Name}, found {free} of {all}. Nothing "
                        + $"was moved: empty them at {_library.ExchangePlace}, or take back what is in them (`backup "
                        + $"import {Name}`).");
            var moved = new List<MovedVolume>();
            foreach (var slot in slots)
            {
                var to = slot.IsExchange ? slot.Number
                    : _library.Exchange().First(place => place.IsEmpty).Number;
                if (Shift(slot, to) is { } refused) return refused;
                moved.Add(Moved(slot, to));
            }
            return new VolumesExported(Name, moved, _library.ExchangePlace);
        }
    }

    /// <summary>Moves what is in a slot into an empty one.</summary>
    public IReply Move(int from, int to)
    {
        lock (_changer)
        {
            Look();
            var slots = _library.Inventory().Concat(_library.Exchange()).DistinctBy(slot => slot.Number)
                .ToDictionary(slot => slot.Number);
            foreach (var number in (int[])[from, to])
                if (!slots.ContainsKey(number))
                    return new Refused(
                        RefusalCode.NotFound,
                        $"Library {Name} has no slot {number}. To see which it has: `backup inventory {Name}`.");
            if (slots[from].IsEmpty)
                return Conflict($"Slot {from} of library {Name} is empty. To see what is where: `backup inventory`.");
            if (from != to && !slots[to].IsEmpty)
                return Conflict($"Expected slot {to} of library {Name} empty, found {slots[to].VolumeName} in it.");
            if (UsedBy(new VolumeName(slots[from].VolumeName)) is { } used) return used;
            return Shift(slots[from], to) ?? (IReply)new VolumeMoved(Name, Moved(slots[from], to));
        }
    }

    /// <summary>Looks which volumes are there now; who is back in a slot of its own can be used.</summary>
    private void Look()
    {
        Expect(_library.Refresh(out var added));
        foreach (var volume in _library.ReadsLabelsQuickly ? added : [])
            if (!_arrived.Contains(volume)) _arrived.Enqueue(volume);
        foreach (var known in _book.Volumes.Where(known => known.IsExported).ToList())
            if (_library.Find(known.Identity.Name) is { IsExchange: false })
                Note(known with { IsExported = false });
    }

    /// <summary>Moves; null when done, or why not.</summary>
    private Refused? Shift(LibrarySlot slot, int to)
    {
        var name = new VolumeName(slot.VolumeName);
        if (_book.Find(name)?.Drive is { } drive) Unmount(drive);
        if (slot.Number != to)
        {
            var answer = _library.Move(slot.Number, to);
            if (answer is LibraryAnswer.NameTaken)
                return Conflict($"A volume {name} is there already. Names of volumes are unique in a library.");
            if (answer is LibraryAnswer.Empty)
                return Conflict($"Volume {name} was taken out of slot {slot.Number} at this moment.");
            Expect(answer);
        }
        var isOut = HasStorage && _library.Exchange().Any(place => place.Number == to);
        if (_book.Find(name) is { } known && known.IsExported != isOut) Note(known with { IsExported = isOut });
        if (!isOut && slot.IsExchange && _library.ReadsLabelsQuickly && !_arrived.Contains(name))
            _arrived.Enqueue(name);
        Rings.Note("moved", $"An operator moved volume {name} from slot {slot.Number} to slot {to}.");
        return null;
    }

    /// <summary>What an operator put into the drive stays there: then labels are read another time.</summary>
    private void TakeInWith(int? drive)
    {
        if (_arrived.Count > 0 && drive is { } idle && _book.InDrive(idle) is null) TakeIn(idle);
    }

    private bool HasStorage => _library.Inventory().Any(slot => !slot.IsExchange);

    private Refused? UsedBy(VolumeName volume) =>
        _book.Find(volume)?.Drive is { } drive && !_byHand.Contains(drive)
            ? Conflict($"Volume {volume} is in drive {Id(drive)}, which a job uses. Nothing was moved.") : null;

    private IEnumerable<LibrarySlot> Empty() =>
        _library.Inventory().Where(slot => slot.IsEmpty && !slot.IsExchange);

    private IEnumerable<VolumeName> Unread() => _library.Inventory()
        .Where(slot => slot is { IsEmpty: false, Drive: null, Use: SlotUse.Storage })
        .Select(slot => new VolumeName(slot.VolumeName))
        .Where(name => _book.Find(name) is null && _book.WhyUnusable(name) is null);

    private MovedVolume Moved(LibrarySlot from, int to)
    {
        var shown = Shown(from);
        return new MovedVolume(new VolumeName(from.VolumeName), from.Number, to, shown.State, shown.Note);
    }

    private InventorySlot Shown(LibrarySlot slot)
    {
        var kind = slot.Use == SlotUse.Cleaning ? SlotKind.Cleaning
            : slot.IsExchange ? SlotKind.Exchange : SlotKind.Storage;
        if (slot.IsEmpty) return new InventorySlot(slot.Number, kind);
        var name = new VolumeName(slot.VolumeName);
        var shown = new InventorySlot(slot.Number, kind, name, slot.Tag.Length == 0 ? null : slot.Tag, slot.Drive);
        if (kind == SlotKind.Cleaning)
            return shown with
            {
                Note = _library.CleaningIn(slot) is { } cleaning
                    ? $"cleans drives, used {cleaning.Uses} of {cleaning.UsesMax} times" : "cleans drives",
            };
        if (_book.Find(name) is not { } known)
            return shown with { Note = _book.WhyUnusable(name) ?? "its label was not read yet" };
        return shown with
        {
            Pool = known.Pool,
            State = known.State,
            Note = known.IsExported ? Outside : known.Error ?? _book.WhyUnusable(name) ?? known.Note,
        };
    }
}
