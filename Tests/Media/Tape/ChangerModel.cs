using Backup.Media.Tape;

namespace Backup.Tests.Media.Tape;

/// <summary>A changer with the models of its drives: slots from 1, the last ones for import and export.</summary>
internal sealed class ChangerModel(IReadOnlyList<StModel> drives, int slots, int exchange) : IChanger
{
    private readonly Dictionary<int, (string Tag, StCartridgeModel Cartridge)> _slots = [];
    private readonly Dictionary<int, (int Source, string Tag, StCartridgeModel Cartridge)> _drives = [];

    public List<string> Calls { get; } = [];
    public Func<string, string?> Fault { get; set; } = _ => null;
    public bool RemembersSources { get; set; } = true;

    public StCartridgeModel Put(int slot, string tag, StCartridgeModel? cartridge = null)
    {
        _slots[slot] = (tag, cartridge ?? new StCartridgeModel());
        return _slots[slot].Cartridge;
    }

    public string? TagIn(int slot) => _slots.TryGetValue(slot, out var held) ? held.Tag : null;

    public void TakeOut(int slot) => _slots.Remove(slot);

    public ChangerStatus? Status(out string trouble)
    {
        trouble = Fault("status") ?? "";
        return trouble.Length > 0 ? null : new ChangerStatus(
            [.. drives.Select((_, number) => _drives.TryGetValue(number, out var held)
                ? new ChangerDrive(number, true, RemembersSources ? held.Source : null, held.Tag)
                : new ChangerDrive(number, false, null, ""))],
            [.. Enumerable.Range(1, slots + exchange).Select(number => new ChangerSlot(
                number, _slots.ContainsKey(number), number > slots, TagIn(number) ?? ""))]);
    }

    public string? Load(int slot, int drive)
    {
        Calls.Add($"load {slot} {drive}");
        if (Fault("load") is { } fault) return fault;
        if (!_slots.Remove(slot, out var held)) return $"Source Element Address {slot} is Empty";
        if (_drives.ContainsKey(drive)) return $"Drive {drive} Full";
        _drives[drive] = (slot, held.Tag, held.Cartridge);
        drives[drive].Cartridge = held.Tag.StartsWith("CLN", StringComparison.Ordinal) ? null : held.Cartridge;
        return null;
    }

    public string? Unload(int slot, int drive)
    {
        Calls.Add($"unload {slot} {drive}");
        if (Fault("unload") is { } fault) return fault;
        if (!_drives.TryGetValue(drive, out var held)) return $"Data Transfer Element {drive} is Empty";
        if (drives[drive].Cartridge is not null) return "Drive needs offline before move";
        if (_slots.ContainsKey(slot)) return $"Storage Element {slot} is Already Full";
        _drives.Remove(drive);
        _slots[slot] = (held.Tag, held.Cartridge);
        return null;
    }

    public string? Transfer(int from, int to)
    {
        Calls.Add($"transfer {from} {to}");
        if (_slots.ContainsKey(to) || !_slots.Remove(from, out var held)) return "MOVE MEDIUM Failed";
        _slots[to] = held;
        return null;
    }

    public IDisposable Lock(out string trouble)
    {
        trouble = "";
        return new MemoryStream();
    }
}
