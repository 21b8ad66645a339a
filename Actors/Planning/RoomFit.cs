namespace Backup.Actors.Planning;

/// <summary>
/// Degraded mode, as Amanda's: where the volumes have no room for all, fulls become their incrementals, the one with
/// the most recent full before it first. First and ordered fulls stay, and so do incrementals: they wait for a volume.
/// </summary>
internal static class RoomFit
{
    /// <summary>Applies it.</summary>
    /// <param name="drafts">The most important first.</param>
    /// <param name="room">What there is room for.</param>
    public static void Apply(IReadOnlyList<Draft> drafts, long room)
    {
        var undone = new Stack<Draft>();
        foreach (var full in drafts.Where(draft => draft.Degraded is not null)
            .OrderByDescending(draft => draft.LastFull).ThenBy(draft => draft.Priority)
            .ThenBy(draft => draft.Name, StringComparer.Ordinal).ToList())
        {
            if (Total(drafts) <= room) break;
            undone.Push(full);
            full.Become(full.Degraded!.Value,
                $"no full: the run has {PlannedLevel.Size(Total(drafts))}, and the volumes have room for "
                    + PlannedLevel.Size(room));
        }
        while (undone.TryPop(out var last))
            if (Total(drafts) - last.Bytes + last.FullBytes <= room) last.Become(0, "the full fits again");
    }

    private static long Total(IReadOnlyList<Draft> drafts) => drafts.Sum(draft => draft.Bytes);
}
