namespace Backup.Actors.Planning;

/// <summary>What a run does with one file set.</summary>
/// <param name="Set">Its name.</param>
/// <param name="Level">The level; null: it is left out of this run.</param>
/// <param name="Bytes">What it takes of the media, by estimate; 0 where it is left out.</param>
/// <param name="Priority">Of the set, raised by each day that its full is overdue.</param>
/// <param name="DaysToFull">Days until its full is due.</param>
/// <param name="Reasons">Why, each a clause, in the order in which it was decided.</param>
/// <param name="Instead">Of a full: the level that is made where there is no volume for it; null: none.</param>
public sealed record PlannedDump(
    string Set,
    int? Level,
    long Bytes,
    int Priority,
    int DaysToFull,
    IReadOnlyList<string> Reasons,
    int? Instead = null)
{
    /// <summary>The reasons as a sentence.</summary>
    public string Why => string.Join("; ", Reasons);
}

/// <summary>What a run does, in the order in which it is best done.</summary>
/// <param name="Day">The day of the run.</param>
/// <param name="Dumps">One for each file set, the highest priority first, then the oldest full, then by name.</param>
/// <param name="BalancedBytes">What fulls would take in each run, were they spread evenly.</param>
/// <param name="CapacityBytes">What the media of the run take.</param>
public sealed record Plan(DateOnly Day, IReadOnlyList<PlannedDump> Dumps, long BalancedBytes, long CapacityBytes)
{
    /// <summary>What the run takes of the media.</summary>
    public long TotalBytes => Dumps.Sum(dump => dump.Bytes);

    /// <summary>What of it are fulls.</summary>
    public long FullBytes => Dumps.Where(dump => dump.Level == 0).Sum(dump => dump.Bytes);
}
