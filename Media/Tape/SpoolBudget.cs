namespace Backup.Media.Tape;

/// <summary>
/// How many bytes several drives may have on one disk together. From any thread: a block is admitted or not, and two
/// drives never get the same room.
/// </summary>
public sealed class SpoolBudget
{
    private readonly long _max;
    private long _used;

    /// <summary>A budget of which nothing is used.</summary>
    /// <param name="maxBytes">1 or more; 0: as much as the disk takes.</param>
    public SpoolBudget(long maxBytes) => _max = maxBytes > 0 ? maxBytes : long.MaxValue;

    /// <summary>All that there is, in bytes.</summary>
    public long MaxBytes => _max;

    /// <summary>What is in use, in bytes.</summary>
    public long UsedBytes => Interlocked.Read(ref _used);

    /// <summary>What was counted anew on the disk, while nobody writes.</summary>
    /// <param name="bytes">0 or more.</param>
    public void Count(long bytes) => Interlocked.Exchange(ref _used, bytes);

    /// <summary>Takes room for a block.</summary>
    /// <param name="bytes">0 or more.</param>
    /// <returns>False: there is not so much left, and nothing was taken.</returns>
    public bool TryTake(long bytes)
    {
        while (true)
        {
            var used = Interlocked.Read(ref _used);
            if (used > _max - bytes) return false;
            if (Interlocked.CompareExchange(ref _used, used + bytes, used) == used) return true;
        }
    }

    /// <summary>Gives room back.</summary>
    /// <param name="bytes">0 or more.</param>
    public void Return(long bytes) => Interlocked.Add(ref _used, -bytes);
}
