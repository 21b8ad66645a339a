namespace Backup.Actors.Planning;

/// <summary>
/// Makes a run fit on its media: fulls are put off, the one with the most recent full first and ordered ones last, then
/// incrementals are left out, the least important first; and what fits again in the end comes back. The full that
/// matters most is never put off only because of others, so that not all of them are, day after day.
/// </summary>
internal static class CapacityFit
{
    /// <summary>Applies it.</summary>
    /// <param name="drafts">The most important first.</param>
    /// <param name="capacity">What fits.</param>
    public static void Apply(IReadOnlyList<Draft> drafts, long capacity)
    {
        foreach (var draft in drafts.Where(draft => draft.Bytes > capacity)) Shrink(draft, capacity);
        var preserved = drafts.Where(draft => draft.Level == 0).OrderByDescending(draft => draft.Priority)
            .ThenBy(draft => draft.LastFull).ThenBy(draft => draft.Name, StringComparer.Ordinal).FirstOrDefault();
        var undone = new Stack<(Draft Draft, int Level)>();
        foreach (var full in drafts.Where(draft => draft.Level == 0 && draft != preserved)
            .OrderBy(draft => draft.IsOrdered).ThenBy(draft => draft.IsFirst).ThenByDescending(draft => draft.LastFull)
            .ThenBy(draft => draft.Priority).ThenBy(draft => draft.Name, StringComparer.Ordinal).ToList())
        {
            if (Total(drafts) <= capacity) break;
            undone.Push((full, 0));
            if (full.Instead is { } level) full.Become(level, $"the full is put off: {Over(drafts, capacity)}");
            else full.Leave($"the full is put off, and there is nothing in its place: {Over(drafts, capacity)}");
        }
        foreach (var least in drafts.Where(draft => draft.Level > 0).Reverse().ToList())
        {
            if (Total(drafts) <= capacity) break;
            undone.Push((least, least.Level!.Value));
            least.Leave($"left out: {Over(drafts, capacity)}");
        }
        while (undone.TryPop(out var last))
        {
            var (draft, level) = last;
            if (Total(drafts) - draft.Bytes + draft.Input.BytesOf(level)!.Value <= capacity && draft.Level != level)
                draft.Become(level, $"level {level} fits again");
        }
    }

    private static void Shrink(Draft draft, long capacity)
    {
        var size = $"{PlannedLevel.Size(draft.Bytes)} are more than the media of a run take "
            + $"({PlannedLevel.Size(capacity)})";
        if (draft is { Level: 0, Instead: { } level } && draft.Input.BytesOf(level) <= capacity)
            draft.Become(level, $"no full: {size}");
        else draft.Leave(size);
    }

    private static string Over(IReadOnlyList<Draft> drafts, long capacity) =>
        $"the run has {PlannedLevel.Size(Total(drafts))}, and {PlannedLevel.Size(capacity)} fit";

    private static long Total(IReadOnlyList<Draft> drafts) => drafts.Sum(draft => draft.Bytes);
}
