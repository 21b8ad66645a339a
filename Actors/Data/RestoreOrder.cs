using Backup.Messages.Jobs;

namespace Backup.Actors.Data;

/// <summary>The order in which a restore's items come, and what of them does.</summary>
internal static class RestoreOrder
{
    /// <summary>True when two items may come to one path of the target.</summary>
    /// <param name="spec">What is restored.</param>
    public static bool MayMeet(RestoreSpec spec) => spec is { Strip: > 0 } or { Rename.Count: > 0 };

    /// <summary>
    /// True when all come in walk order of the target; else content comes first, then further names, and directories
    /// last. Storage and client must be of one mind.
    /// </summary>
    /// <param name="spec">What is restored.</param>
    /// <param name="lanes">Sequences of content.</param>
    public static bool IsOneWalk(RestoreSpec spec, int lanes) =>
        lanes <= 1 && spec is { Strip: 0, Chain: null or { Count: <= 1 }, Rename: null or { Count: 0 } };
}
