using Backup.Messages;
using Backup.Messages.Nodes;

namespace Backup.Actors.Node;

/// <summary>A library that a node says is its own, and that another one has.</summary>
/// <param name="Node">The node that does not get it.</param>
/// <param name="Library">The library.</param>
/// <param name="Sentence">Why, and what to do.</param>
internal sealed record RivalLibrary(NodeName Node, LibraryName Library, string Sentence);

/// <summary>
/// Which node has a library that two say they have: by name, by the identity on its labels (one is a copy of the
/// other), or by a device. The one that had it first, by its own book, so that all directors say the same, also when
/// they have just begun. A pure function.
/// </summary>
internal static class LibraryClaims
{
    /// <summary>A node of which nothing was heard for so long is gone for good, and claims nothing any more.</summary>
    public static readonly TimeSpan ForGood = TimeSpan.FromMinutes(10);

    /// <summary>The claims that do not hold, by node and library.</summary>
    /// <param name="seen">What was heard of nodes.</param>
    public static IReadOnlyList<RivalLibrary> Rivals(IEnumerable<NodeSeen> seen)
    {
        var (held, rivals) = (new List<(NodeName Node, LibraryClaim Claim)>(), new List<RivalLibrary>());
        var claims = seen.Where(node => node.Silence <= ForGood)
            .SelectMany(node => (node.Claims ?? []).Select(claim => (node.Node, Claim: claim)))
            .OrderBy(each => each.Claim.Since).ThenBy(each => each.Node.Value, StringComparer.Ordinal)
            .ThenBy(each => each.Claim.Library.Value, StringComparer.Ordinal);
        foreach (var (node, claim) in claims)
        {
            var first = held.FirstOrDefault(each => each.Node != node && Common(each.Claim, claim) is not null);
            if (first.Claim is null) held.Add((node, claim));
            else rivals.Add(new RivalLibrary(node, claim.Library, Sentence(first, (node, claim))));
        }
        return rivals;
    }

    /// <summary>What of a node's announcement is claimed; an earlier version says only its drives.</summary>
    /// <param name="said">The announcement.</param>
    public static IReadOnlyList<LibraryClaim> Of(NodeProtocol.Announce said) => said.Libraries
        ?? [.. said.Drives.Select(drive => drive.Library).Distinct()
            .Select(library => new LibraryClaim(library, DateTimeOffset.MinValue))];

    private static string? Common(LibraryClaim one, LibraryClaim other) =>
        one.Library == other.Library ? "name"
        : one.Identity is not null && one.Identity == other.Identity ? "identity"
        : (one.Devices ?? []).Intersect(other.Devices ?? []).FirstOrDefault();

    private static string Sentence(
        (NodeName Node, LibraryClaim Claim) first, (NodeName Node, LibraryClaim Claim) second)
    {
        var (one, other) = (first.Claim.Library, second.Claim.Library);
        var what = Common(first.Claim, second.Claim) switch
        {
            "name" => $"Nodes {first.Node} and {second.Node} both say that library {one} is theirs",
            "identity" => $"Library {other} of node {second.Node} is a copy of library {one} of node {first.Node}: "
                + "both claim the same volumes",
            var device => $"Library {other} of node {second.Node} and library {one} of node {first.Node} have the "
                + $"device {device} in common",
        };
        return $"{what}. That of node {second.Node} is not used; change the configuration of one of them. Node "
            + $"{first.Node} had it first, and keeps it until it says otherwise or nothing is heard of it for "
            + $"{ForGood.TotalMinutes:0} minutes.";
    }
}
