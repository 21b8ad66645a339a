namespace Backup.Actors.Node;

/// <summary>
/// Gives back what a session has left when nothing else works. The collector itself keeps what it once had, and takes a
/// little more with each job until its budgets are filled: the node would be largest when it has the least to do.
/// </summary>
internal static class IdleMemory
{
    /// <summary>Less was allocated since: not worth the tens of milliseconds for which all threads stop.</summary>
    private const long WorthBytes = 128L << 20;

    private static long _given;
    private static int _working;

    /// <summary>A session begins, anywhere in the process.</summary>
    public static void Begin() => Interlocked.Increment(ref _working);

    /// <summary>Sessions have ended; behind the last one memory is given back, where it is worth it.</summary>
    /// <param name="sessions">How many.</param>
    public static void End(int sessions = 1)
    {
        if (Interlocked.Add(ref _working, -sessions) > 0 || sessions == 0) return;
        var allocated = GC.GetTotalAllocatedBytes();
        var before = Interlocked.Read(ref _given);
        if (allocated - before < WorthBytes
            || Interlocked.CompareExchange(ref _given, allocated, before) != before) return;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}
