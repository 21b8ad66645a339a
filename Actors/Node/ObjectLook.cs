using Backup.Messages;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;

namespace Backup.Actors.Node;

/// <summary>What is alike for all that is asked how it is.</summary>
internal static class ObjectLook
{
    /// <summary>Events and spans of an answer.</summary>
    public const int Max = 100;

    /// <summary>The library of a drive or of itself.</summary>
    public static string LibraryName(this NodeProtocol.Look look) =>
        look.Kind == ObjectKind.Drive && DriveOf(look.Name) is { } drive ? drive.Library.Value : look.Name;

    /// <summary>A drive by its name, `LIBRARY/NUMBER`; null: the name is none.</summary>
    public static DriveId? DriveOf(string name)
    {
        var slash = name.LastIndexOf('/');
        return slash > 0 && int.TryParse(
            name.AsSpan(slash + 1), System.Globalization.NumberStyles.None,
            System.Globalization.CultureInfo.InvariantCulture, out var number)
            ? new DriveId(new LibraryName(name[..slash]), number) : null;
    }

    /// <summary>What is known of an object that cannot be asked.</summary>
    public static ObjectShown Away(NodeProtocol.Look look, NodeName? node, string state, DateTimeOffset? since) => new(
        look.Kind, look.Name, node, state, since,
        [state == "silent" ? $"node {node}, which does not answer in time" : node is { } known
            ? $"node {known}, of which nothing is heard" : "its node, of which nothing was heard yet"],
        since is { } from ? [new ObjectSpan(state, from, null)] : [], []);
}
