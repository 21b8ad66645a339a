using Backup.Actors.Planning;
using Backup.Actors.Retention;
using Backup.Messages;
using Backup.Messages.Operations;
using Backup.Messages.Volumes;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>What is at risk in a plan and is not mended by the run itself.</summary>
internal static class PlanWarnings
{
    private const int VolumesMax = 1000;

    /// <summary>The run with its warnings.</summary>
    /// <param name="store">The catalog.</param>
    /// <param name="runs">A run of the present day, and those that follow it.</param>
    /// <param name="members">What is known of its sets.</param>
    /// <param name="rules">What is kept, by policy.</param>
    /// <param name="clock">The moment of the question.</param>
    /// <param name="memo">What was found before; null: nothing is remembered.</param>
    public static CatalogAnswer<PlannedRun> On(
        CatalogStore store, IReadOnlyList<PlannedRun> runs, IReadOnlyList<PlannedMember> members,
        IReadOnlyDictionary<PolicyName, RetentionRules> rules, PlanClock clock,
        LastFulls.Memo? memo = null)
    {
        var (run, fulls) = (runs[0], new LastFulls(store, rules, clock, memo));
        var byName = members.ToDictionary(member => member.Name);
        var sets = new List<PlannedSet>();
        foreach (var set in run.Sets)
        {
            var member = byName[$"{set.Policy}/{set.Client}"];
            if (!LostOn(store, member.Past.LastFull).Is(out var lost, out var failure)) return failure;
            if (!fulls.Of(member, runs).Is(out var going, out failure)) return failure;
            sets.Add(set with { Warning = Of(set, member, lost, clock.Today) ?? going });
        }
        return run with { Sets = sets };
    }

    private static string? Of(PlannedSet set, PlannedMember member, string? lost, DateOnly today)
    {
        var (terms, history) = (member.Member.Terms, member.Past.History);
        var name = $"policy {set.Policy}, client {set.Client}";
        var order = $"`backup plan --force-full {set.Policy} --client {set.Client}`";
        if (set.Level == 0 || terms.Strategy is PlanStrategy.Skip) return null;
        if (lost is not null)
            return $"The last full of {name} {lost}: what builds on it may not be restorable. Order a new one: {order}";
        if (terms.Strategy != PlanStrategy.Standard) return null;
        if (terms.CapacityBytes > 0 && Stored(member.Past) > terms.CapacityBytes)
            return $"A full of {name} takes {PlannedLevel.Size(Stored(member.Past))}, more than the capacity of plan "
                + $"{terms.Name} ({PlannedLevel.Size(terms.CapacityBytes)}): it will never have one. Raise that.";
        if (!history.LastRuns.TryGetValue(0, out var full)) return null;
        // By one run it may be late: the next one repairs that.
        var late = today.DayNumber - full.DayNumber - terms.CycleDays
            - (((terms.CycleDays - 1) / terms.RunsPerCycle) + 1);
        return late <= 0 ? null
            : $"The last full of {name} is {PlannedLevel.Days(today.DayNumber - full.DayNumber)} old, and plan "
                + $"{terms.Name} wants one each {PlannedLevel.Days(terms.CycleDays)}; this run makes none either. "
                + $"Look at the reason, or order one: {order}";
    }

    private static double Stored(SetPast past) => (past.FullBytes ?? 0) * (past.History.FullRatio ?? 1);

    /// <summary>Where an image cannot be read, as far as the catalog knows; null: nothing is wrong.</summary>
    private static CatalogAnswer<string?> LostOn(CatalogStore store, ImageId? image)
    {
        if (image is not { } full) return CatalogAnswer<string?>.Of(null);
        if (!store.Images.Volumes(full, VolumesMax).Is(out var names, out var failure)) return failure;
        foreach (var name in names)
        {
            if (store.Volumes.Get(name).Is(out var volume, out failure))
            {
                if (volume.State == VolumeState.Error)
                    return CatalogAnswer<string?>.Of($"(image {full}) lies on volume {name}, which is in error");
            }
            else if (failure is CatalogFailure.Unknown)
            {
                return CatalogAnswer<string?>.Of($"(image {full}) lies on volume {name}, which nobody knows any more");
            }
            else
            {
                return failure;
            }
        }
        return CatalogAnswer<string?>.Of(null);
    }
}
