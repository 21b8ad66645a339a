using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Actors.Data;

/// <summary>The order in which a restore's items come, and what of them does.</summary>
internal static class RestoreOrder
{
    /// <summary>
    /// True when the client says what it has before anything is read. Not where two items may come to one path: the
    /// first would then take the place of what was right. Storage and client must be of one mind.
    /// </summary>
    /// <param name="spec">What is restored.</param>
    public static bool Spares(RestoreSpec spec) =>
        spec is { Replace: ReplaceRule.Changed, Strip: 0, Rename: null or { Count: 0 } };

    /// <summary>
    /// True when all come in walk order of the target; else content comes first, then further names, and directories
    /// last. Storage and client must be of one mind.
    /// </summary>
    /// <param name="spec">What is restored.</param>
    /// <param name="lanes">Sequences of content.</param>
    public static bool IsOneWalk(RestoreSpec spec, int lanes) =>
        lanes <= 1 && spec is { Strip: 0, Chain: null or { Count: <= 1 }, Rename: null or { Count: 0 } };
}
