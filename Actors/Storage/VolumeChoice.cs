using Backup.Messages;
using Backup.Messages.Volumes;

namespace Backup.Actors.Storage;

/// <summary>A volume among those of which one is chosen.</summary>
/// <param name="Known">What is known of it.</param>
/// <param name="Bytes">Counts the bytes on it, which takes a look at its files.</param>
internal sealed record VolumeCandidate(KnownVolume Known, Func<long> Bytes);

/// <summary>What a drive that needs a volume does next.</summary>
internal abstract record VolumePick
{
    /// <summary>It takes this one, and writes at its end.</summary>
    public sealed record Append(KnownVolume Volume) : VolumePick;

    /// <summary>This one has reached a limit: its state changes, and the choice is made again.</summary>
    public sealed record Turn(KnownVolume Volume, VolumeState State) : VolumePick;

    /// <summary>This one is labelled anew for the pool: nothing on it is kept.</summary>
    public sealed record Renew(KnownVolume Volume) : VolumePick;

    /// <summary>A blank medium, or a new one, is labelled for the pool.</summary>
    public sealed record LabelNew : VolumePick;

    /// <summary>A person is asked.</summary>
    public sealed record None : VolumePick;

    private VolumePick() { }
}

/// <summary>
/// The one order in which volumes are chosen: what takes data, the most recently written first, so that volumes fill up
/// one after another; labelled ones without data, the oldest label first; those that were let go, the longest unwritten
/// first; the scratch pool's in the same order; a blank or new one; a person. A pure function.
/// </summary>
internal static class VolumeChoice
{
    /// <summary>Chooses.</summary>
    /// <param name="pool">The pool that needs a volume.</param>
    /// <param name="rules">Its rules.</param>
    /// <param name="library">Whether the library labels new volumes.</param>
    /// <param name="all">All volumes that may be put into the drive now.</param>
    /// <param name="known">All volumes of the pool, also such as are in other drives or in no slot.</param>
    /// <param name="now">The moment.</param>
    public static VolumePick Next(
        PoolName pool, PoolRules rules, bool library, IReadOnlyList<VolumeCandidate> all,
        IReadOnlyCollection<KnownVolume> known, DateTimeOffset now)
    {
        var own = all.Where(volume => volume.Known.Pool == pool).ToList();
        var append = own.Where(volume => volume.Known.State == VolumeState.Append)
            .OrderByDescending(volume => volume.Known.LastWritten ?? volume.Known.LabelledAt)
            .ThenBy(volume => volume.Known.Identity.Name.Value, StringComparer.Ordinal)
            .Concat(Labelled(own)).FirstOrDefault();
        if (append is not null)
            return LimitOf(append, rules, now) is { } state
                ? new VolumePick.Turn(append.Known, state)
                : new VolumePick.Append(append.Known);
        if (rules.Recycles && LetGo(own).FirstOrDefault(each => IsOver(each.Known, rules, known)) is { } old)
            return new VolumePick.Renew(old.Known);
        if (rules.VolumesMax > 0 && known.Count >= rules.VolumesMax) return new VolumePick.None();
        if (rules.ScratchPool is { } scratch)
        {
            var spare = all.Where(volume => volume.Known.Pool == scratch).ToList();
            if (Labelled(spare).Concat(LetGo(spare)).FirstOrDefault() is { } taken)
                return new VolumePick.Renew(taken.Known);
        }
        return library && rules.AutoLabels ? new VolumePick.LabelNew() : new VolumePick.None();
    }

    /// <summary>Whether its turn comes again (Amanda's tapecycle): so many others were written since.</summary>
    private static bool IsOver(KnownVolume volume, PoolRules rules, IReadOnlyCollection<KnownVolume> known) =>
        rules.VolumeCycle <= 1
        || known.Count(other => other.Identity != volume.Identity
            && other.LastWritten > (volume.LastWritten ?? volume.LabelledAt)) >= rules.VolumeCycle - 1;

    /// <summary>The state that a volume which takes data has by its pool's limits; null: it takes more.</summary>
    public static VolumeState? LimitOf(VolumeCandidate volume, PoolRules rules, DateTimeOffset now)
    {
        if (rules.VolumeBytesMax > 0 && volume.Bytes() >= rules.VolumeBytesMax)
            return VolumeLife.After(volume.Known.State, VolumeEvent.EndReached).State;
        var isUsed = (rules.VolumeImagesMax > 0 && volume.Known.Images >= rules.VolumeImagesMax)
            || (rules.VolumeUseMax > TimeSpan.Zero && volume.Known.FirstWritten + rules.VolumeUseMax <= now);
        return isUsed ? VolumeLife.After(volume.Known.State, VolumeEvent.LimitReached).State : null;
    }

    private static IEnumerable<VolumeCandidate> Labelled(IEnumerable<VolumeCandidate> volumes) => volumes
        .Where(volume => volume.Known.State == VolumeState.Blank)
        .OrderBy(volume => volume.Known.LabelledAt)
        .ThenBy(volume => volume.Known.Identity.Name.Value, StringComparer.Ordinal);

    private static IEnumerable<VolumeCandidate> LetGo(IEnumerable<VolumeCandidate> volumes) => volumes
        .Where(volume => volume.Known.State == VolumeState.Recycle)
        .OrderBy(volume => volume.Known.LastWritten ?? volume.Known.LabelledAt)
        .ThenBy(volume => volume.Known.Identity.Name.Value, StringComparer.Ordinal);
}
