namespace Backup.Tests.Media.Tape;

/// <summary>How a drive answers a block that finds no room at the very end of a medium.</summary>
public enum StEndManner
{
    /// <summary>VOLUME OVERFLOW: the block is not written.</summary>
    Refuses,

    /// <summary>VOLUME OVERFLOW, though the block was written (reliability, R3).</summary>
    WritesAndRefuses,

    /// <summary>A plain medium error.</summary>
    Fails,
}

/// <summary>A cartridge: blocks and marks in one sequence, and how much it holds.</summary>
public sealed class StCartridgeModel(long capacityBytes = long.MaxValue, long earlyWarningBytes = 0)
{
    /// <summary>A block; null: a file mark.</summary>
    public List<byte[]?> Items { get; } = [];

    public long CapacityBytes { get; } = capacityBytes;

    /// <summary>0: the drive knows no early warning.</summary>
    public long EarlyWarningBytes { get; } = earlyWarningBytes;

    public StEndManner End { get; init; }

    /// <summary>Stored bytes of a block, by its number: hardware compression makes the capacity uncertain.</summary>
    public Func<int, int, long> StoredBytes { get; init; } = (_, bytes) => bytes;

    public bool IsWriteProtected { get; set; }

    /// <summary>Items that are on the medium, not only in the drive's buffer.</summary>
    public int Durable { get; set; }

    private readonly List<long> _used = [0];

    /// <summary>Of the first so many items.</summary>
    public long UsedBytes(int items)
    {
        for (var at = _used.Count - 1; at < items; at++)
            _used.Add(_used[at] + (Items[at] is { } block ? StoredBytes(at, block.Length) : 0));
        return _used[items];
    }

    /// <summary>The data end here.</summary>
    public void Cut(int items)
    {
        if (items < Items.Count) Items.RemoveRange(items, Items.Count - items);
        if (items + 1 < _used.Count) _used.RemoveRange(items + 1, _used.Count - items - 1);
        Durable = Math.Min(Durable, Items.Count);
    }

    /// <summary>What a power cut leaves.</summary>
    public void LosePower() => Cut(Durable);
}
