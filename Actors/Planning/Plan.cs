namespace Backup.Actors.Planning;

/// <summary>What a run does with one file set.</summary>
/// <param name="Set">Its name.</param>
/// <param name="Level">The level; null: it is left out of this run.</param>
/// <param name="Bytes">What it takes of the media, by estimate; 0 where it is left out.</param>
/// <param name="Degraded">The level that it has where fulls cannot be written; null: it fails then, and <see
/// cref="Plan.Degrade"/> says why.</param>
/// <param name="DegradedBytes">What that takes.</param>
/// <param name="Priority">Of the set, raised by each day that its full is overdue.</param>
/// <param name="DaysToFull">Days until its full is due.</param>
/// <param name="Reasons">Why, each a clause, in the order in which it was decided.</param>
public sealed record PlannedDump(
    string Set,
    int? Level,
    long Bytes,
    int? Degraded,
    long DegradedBytes,
    int Priority,
    int DaysToFull,
    IReadOnlyList<string> Reasons)
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

    /// <summary>
    /// The same run where no medium can be written, and only so much can be kept until one can: fulls become what they
    /// would be on other days. Of what is reserved, nothing goes to fulls.
    /// </summary>
    /// <param name="spoolBytes">What can be kept.</param>
    /// <param name="reservePercent">How much of it is for incrementals alone, 0 to 100.</param>
    public Plan Degrade(long spoolBytes, int reservePercent)
    {
        var forFulls = (long)(spoolBytes * ((100 - reservePercent) / 100.0));
        var dumps = new List<PlannedDump>();
        foreach (var dump in Dumps)
        {
            if (dump.Level == 0 && dump.Bytes <= forFulls)
            {
                forFulls -= dump.Bytes;
                dumps.Add(dump with { Reasons = [.. dump.Reasons, "the spool has room for the full"] });
            }
            else if (dump.Level != 0) dumps.Add(dump);
            else if (dump.Degraded is { } level)
                dumps.Add(dump with
                {
                    Level = level,
                    Bytes = dump.DegradedBytes,
                    Reasons = [.. dump.Reasons, $"no medium can be written: level {level} instead of a full"],
                });
            else
                dumps.Add(dump with
                {
                    Level = null,
                    Bytes = 0,
                    Reasons = [.. dump.Reasons, "no medium can be written, and it has nothing but a full"],
                });
        }
        return this with { Dumps = dumps };
    }
}
