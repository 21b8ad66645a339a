namespace Backup.Host.Configuration;

/// <summary>
/// What plans say of volumes, where all policies are read: what a run takes, and whether a volume is left alone for
/// longer than a cycle (Amanda's runtapes and tapecycle).
/// </summary>
internal static class PlanVolumes
{
    /// <summary>The policies with the capacity of their plans.</summary>
    /// <param name="policies">All.</param>
    /// <param name="plans">All, with the section of each.</param>
    /// <param name="pools">All.</param>
    /// <param name="libraries">All.</param>
    public static Dictionary<string, PolicySettings> Of(
        Dictionary<string, PolicySettings> policies,
        IReadOnlyList<(PlanSettings Plan, SettingsSection Section)> plans,
        IReadOnlyDictionary<string, PoolSettings> pools,
        IReadOnlyDictionary<string, LibrarySettings> libraries)
    {
        foreach (var (plan, section) in plans.Where(each => each.Plan.RunVolumes > 0))
        {
            var members = policies.Where(each => each.Value.Plan == plan.Name).ToList();
            var used = members.Select(each => pools.GetValueOrDefault(each.Value.Pool.Value)).OfType<PoolSettings>()
                .Distinct().ToList();
            var sizes = used.SelectMany(pool => SizesOf(pool, libraries)).ToList();
            if (sizes.Count == 0) continue;
            foreach (var pool in used) Warn(section, plan, pool, libraries);
            foreach (var (name, policy) in members)
                if (policy.Member is { } member)
                    policies[name] = policy with
                    {
                        Member = member with
                        {
                            Terms = member.Terms with { CapacityBytes = Times(sizes.Min(), plan.RunVolumes) },
                        },
                    };
        }
        return policies;
    }

    private static IEnumerable<long> SizesOf(
        PoolSettings pool, IReadOnlyDictionary<string, LibrarySettings> libraries) =>
        LibrariesOf(pool, libraries).Select(library => pool.Rules.VolumeBytesMax > 0
            ? Math.Min(pool.Rules.VolumeBytesMax, library.VolumeCapacityBytes) : library.VolumeCapacityBytes);

    private static IEnumerable<LibrarySettings> LibrariesOf(
        PoolSettings pool, IReadOnlyDictionary<string, LibrarySettings> libraries) =>
        pool.Libraries.Select(name => libraries.GetValueOrDefault(name.Value)).OfType<LibrarySettings>();

    private static long Times(long bytes, int volumes) =>
        bytes > long.MaxValue / volumes ? long.MaxValue : bytes * volumes;

    /// <summary>
    /// A turn that is no longer than what a cycle writes comes to the volumes of the last full before there is
    /// another.
    /// </summary>
    private static void Warn(
        SettingsSection section, PlanSettings plan, PoolSettings pool,
        IReadOnlyDictionary<string, LibrarySettings> libraries)
    {
        var (rules, written) = (pool.Rules, (long)plan.RunsPerCycle * plan.RunVolumes);
        var slots = LibrariesOf(pool, libraries).Sum(library => (long)library.Slots);
        var (turn, key) = rules.VolumeCycle > 0 ? (rules.VolumeCycle, "volume-cycle")
            : rules.VolumesMax > 0 ? (rules.VolumesMax, "volumes-max") : (slots, "slots of its libraries");
        if (turn > written) return;
        section.Warn(
            "run-volumes",
            $"pool \"{pool.Name}\" has {turn} volumes in a turn ({key}), and the runs of a cycle write {written}",
            $"more than {written} volumes: otherwise a run may find none, or that of the last full");
    }
}
