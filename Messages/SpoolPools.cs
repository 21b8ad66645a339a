namespace Backup.Messages;

/// <summary>
/// How what lies on a spool is told from what lies on volumes of its pool: it is in a pool of its own, named after the
/// pool to which it goes, and so its labels say where that is.
/// </summary>
public static class SpoolPools
{
    /// <summary>Behind the name of the pool. No configured pool's name may end so.</summary>
    public const string Suffix = ".spool";

    /// <summary>The pool of what waits for a pool's volumes.</summary>
    public static PoolName Of(PoolName pool) => Is(pool) ? pool : new PoolName(pool.Value + Suffix);

    /// <summary>Whether it is such a pool.</summary>
    public static bool Is(PoolName pool) => pool.Value?.EndsWith(Suffix, StringComparison.Ordinal) == true;

    /// <summary>The pool whose volumes take what lies in such a pool.</summary>
    /// <param name="spool">A pool for which <see cref="Is"/> holds.</param>
    public static PoolName TargetOf(PoolName spool) => new(spool.Value[..^Suffix.Length]);
}
