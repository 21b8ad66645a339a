using System.Globalization;
using System.Text.RegularExpressions;
using Backup.Messages;

namespace Backup.Actors.Gateway;

/// <summary>What a client may read of the note of a run that its policy's schedule asked for.</summary>
internal static partial class FiringNotes
{
    /// <summary>
    /// Why the run was late or left out as a whole, and the sentences about this client and its jobs. Any other
    /// sentence may name another client, and goes.
    /// </summary>
    /// <param name="note">The note; null: there is none.</param>
    /// <param name="own">The client.</param>
    /// <param name="isOwn">Whether a job is the client's.</param>
    /// <returns>What is left; null: nothing.</returns>
    public static string? For(string? note, ClientName own, Func<JobId, bool> isOwn)
    {
        if (note is null) return null;
        var kept = Sentences().Split(note).Where(part => IsGeneral(part) || IsOwn(part, own, isOwn)).ToList();
        return kept.Count == 0 ? null
            : string.Concat(kept.Select((part, at) => at == 0 ? part : (IsGeneral(kept[at - 1]) ? "; " : " ") + part));
    }

    /// <summary>What the schedule itself says is no sentence: "5 min late: it was missed".</summary>
    private static bool IsGeneral(string part) => part.Length > 0 && !char.IsUpper(part[0]);

    private static bool IsOwn(string part, ClientName own, Func<JobId, bool> isOwn) =>
        part.StartsWith($"Client {own} ", StringComparison.Ordinal)
        || (FirstJob().Match(part) is { Success: true } job
            && isOwn(new JobId(long.Parse(job.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture))));

    [GeneratedRegex(@"; |(?<=\.) (?=[A-Z])")]
    private static partial Regex Sentences();

    [GeneratedRegex(@"^Job ([0-9]{1,18}) ")]
    private static partial Regex FirstJob();
}
