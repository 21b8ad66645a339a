namespace Backup.Media.Tape;

/// <summary>How virtual tapes behave.</summary>
/// <param name="CapacityBytes">Most bytes of all tape files of a volume together, torn and abandoned ones
/// included.</param>
/// <param name="EarlyWarningBytes">When less than this is left, writes answer with early warning. It should hold an
/// index: some 100 bytes a file.</param>
/// <param name="BytesPerSecond">Slows writing down to this rate, to imitate a drive; null: as fast as the disk.</param>
public sealed record VirtualTapeOptions(long CapacityBytes, long EarlyWarningBytes, long? BytesPerSecond = null)
{
    /// <summary>What drives of several volumes on one disk may take together; null: nobody counts.</summary>
    public SpoolBudget? Budget { get; init; }

    private const long EarlyWarningBytesMax = 64L << 20;
    private const int EarlyWarningShare = 16;

    /// <summary>With an early warning of a sixteenth of the capacity, at most 64 MiB.</summary>
    /// <param name="capacityBytes">The capacity.</param>
    public static VirtualTapeOptions Of(long capacityBytes) =>
        new(capacityBytes, Math.Min(EarlyWarningBytesMax, capacityBytes / EarlyWarningShare));
}
