using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Actors.Spool;

/// <summary>Which image leaves a spool next (Amanda: taperalgo).</summary>
public enum SpoolOrder
{
    /// <summary>The one that was sealed first.</summary>
    First,

    /// <summary>The first that fits on what is left of the volume; where none does, the first.</summary>
    FirstFit,

    /// <summary>The largest.</summary>
    Largest,

    /// <summary>The largest that fits on what is left of the volume; where none does, the smallest.</summary>
    LargestFit,

    /// <summary>The smallest.</summary>
    Smallest,

    /// <summary>The one that was sealed last.</summary>
    Last,
}

/// <summary>An image that waits on a spool.</summary>
/// <param name="Image">The image.</param>
/// <param name="Pool">The pool whose volumes take it.</param>
/// <param name="SealedAt">When it was sealed.</param>
/// <param name="Bytes">What of it lies on the spool.</param>
/// <param name="Fragments">Which of its fragments do; null: all.</param>
public sealed record SpooledImage(
    ImageId Image, PoolName Pool, DateTimeOffset SealedAt, long Bytes, IReadOnlyList<int>? Fragments = null)
{
    /// <summary>How many of its fragments lie there.</summary>
    public int Count { get; init; }
}

/// <summary>When a library's spool is emptied, and in which order.</summary>
/// <param name="Library">The library.</param>
/// <param name="Pools">The pools whose backups it takes.</param>
/// <param name="StartAtBytes">A drive begins when so much waits, and then gets all of it; 0: at once.</param>
/// <param name="WaitMax">However little waits: no image for longer than this.</param>
/// <param name="Order">Which image comes next.</param>
/// <param name="VolumeBytes">What a volume of the library takes.</param>
public sealed record SpoolRule(
    LibraryName Library, IReadOnlyList<PoolName> Pools, long StartAtBytes, TimeSpan WaitMax, SpoolOrder Order,
    long VolumeBytes)
{
    /// <summary>Bytes a second that keep a drive streaming; 0: nobody says.</summary>
    public long StreamsAtBytesPerSecond { get; init; }

    /// <summary>
    /// How a backup uses the spool: one that keeps a drive streaming by itself need not wait there, and is not written
    /// twice.
    /// </summary>
    /// <param name="use">As its pool says.</param>
    /// <param name="storedBytesPerSecond">What earlier backups of the same files brought to the media; null: there was
    /// none.</param>
    public SpoolUse UseOf(SpoolUse use, double? storedBytesPerSecond) =>
        use == SpoolUse.Auto && StreamsAtBytesPerSecond > 0 && storedBytesPerSecond >= StreamsAtBytesPerSecond
            ? SpoolUse.Direct : use;
}

/// <summary>What leaves a spool now, and in which order. Pure functions.</summary>
public static class SpoolChoice
{
    /// <summary>
    /// Whether a drive begins: enough waits that it gets a run without a stop, or something has waited for long.
    /// </summary>
    /// <param name="waiting">What is sealed on the spool and not on its way.</param>
    /// <param name="rule">The spool's.</param>
    /// <param name="now">The moment.</param>
    public static bool IsDue(IReadOnlyCollection<SpooledImage> waiting, SpoolRule rule, DateTimeOffset now) =>
        waiting.Count > 0
        && (waiting.Sum(image => image.Bytes) >= rule.StartAtBytes
            || waiting.Min(image => image.SealedAt) + rule.WaitMax <= now);

    /// <summary>All that wait, in the order in which they go.</summary>
    /// <param name="waiting">Of one pool.</param>
    /// <param name="order">The rule.</param>
    /// <param name="leftBytes">What is left of the volume that takes data now, 0 or more.</param>
    /// <param name="volumeBytes">What an empty volume takes.</param>
    public static IReadOnlyList<SpooledImage> InOrder(
        IEnumerable<SpooledImage> waiting, SpoolOrder order, long leftBytes, long volumeBytes)
    {
        var left = waiting.OrderBy(image => image.SealedAt).ThenBy(image => image.Image.Value).ToList();
        var chosen = new List<SpooledImage>();
        while (left.Count > 0)
        {
            var next = Next(left, order, leftBytes);
            left.Remove(next);
            chosen.Add(next);
            // What does not fit goes on on further volumes, and leaves the rest of the last one
            leftBytes = next.Bytes <= leftBytes ? leftBytes - next.Bytes
                : Math.Max(0, volumeBytes - ((next.Bytes - leftBytes) % Math.Max(1, volumeBytes)));
        }
        return chosen;
    }

    private static SpooledImage Next(IReadOnlyList<SpooledImage> inTime, SpoolOrder order, long leftBytes) =>
        order switch
        {
            SpoolOrder.FirstFit => inTime.FirstOrDefault(image => image.Bytes <= leftBytes) ?? inTime[0],
            SpoolOrder.Largest => inTime.MaxBy(image => image.Bytes)!,
            SpoolOrder.LargestFit => inTime.Where(image => image.Bytes <= leftBytes).MaxBy(image => image.Bytes)
                ?? inTime.MinBy(image => image.Bytes)!,
            SpoolOrder.Smallest => inTime.MinBy(image => image.Bytes)!,
            SpoolOrder.Last => inTime[^1],
            _ => inTime[0],
        };
}
