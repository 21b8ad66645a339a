using Akka.Actor;
using Akka.Cluster;
using Backup.Messages;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;

namespace Backup.Actors.Node;

/// <summary>A member of the cluster.</summary>
/// <param name="Address">Where it is.</param>
/// <param name="Roles">What it does.</param>
/// <param name="State">`up`, `joining`, `leaving` or `unreachable`.</param>
public sealed record ClusterMember(string Address, IReadOnlyList<string> Roles, string State);

/// <summary>The list of nodes: what the directory heard, with what the cluster says of its members.</summary>
public static class NodeRoster
{
    /// <summary>The members of a cluster, as this node sees them.</summary>
    /// <param name="system">Of the cluster.</param>
    public static IReadOnlyList<ClusterMember> MembersOf(ActorSystem system)
    {
        var state = Cluster.Get(system).State;
        return [.. state.Members.Select(member => new ClusterMember(
            member.Address.ToString(),
            [.. member.Roles.Order(StringComparer.Ordinal)],
            state.Unreachable.Contains(member) ? "unreachable" : WordOf(member.Status)))];
    }

    /// <summary>The list, by name; members that have not said theirs come last.</summary>
    /// <param name="seen">What the directory heard.</param>
    /// <param name="members">The members of the cluster; null for a node that is alone.</param>
    public static IReadOnlyList<NodeSummary> Of(
        IReadOnlyList<NodeSeen> seen, IReadOnlyList<ClusterMember>? members)
    {
        if (members is null) return [.. seen.Select(node => SummaryOf(node, null))];
        var unnamed = members.Where(member => seen.All(node => node.Address != member.Address));
        return
        [
            .. seen.Select(node => SummaryOf(node,
                members.FirstOrDefault(member => member.Address == node.Address)
                    ?? new ClusterMember(node.Address, RolesOf(node), "gone"))),
            .. unnamed.Select(member => new NodeSummary("", member.Address, member.Roles, member.State, [], null)),
        ];
    }

    /// <summary>In what the directors that are there are not alike, as a sentence; null: they are.</summary>
    /// <param name="seen">What the directory heard.</param>
    public static string? DifferenceOf(IReadOnlyList<NodeSeen> seen)
    {
        var directors = seen.Where(node => node is { Present: true, Shared: not null }).ToList();
        return directors.DistinctBy(node => node.Shared).Count() < 2
            ? null
            : "The directors have not the same clients, pools, file sets, policies, schedules, plans and defaults: "
                + string.Join(", ", directors.Select(node => $"{node.Node} ({node.Shared})"))
                + ". What a job gets depends on which of them begins it. Give them the same text, and `backup reload` "
                + "each.";
    }

    /// <summary>The parts of a job with the names of their nodes.</summary>
    /// <param name="parts">As the job's saga knows them.</param>
    /// <param name="seen">What the directory heard.</param>
    public static IReadOnlyList<JobPart> Named(IReadOnlyList<JobPart> parts, IReadOnlyList<NodeSeen> seen) =>
        [.. parts.Select(part => NodeOf(part, seen) is { } node ? part with { Node = node.Node.Value } : part)];

    private static NodeSeen? NodeOf(JobPart part, IReadOnlyList<NodeSeen> seen) => part.Part switch
    {
        "client" => seen.FirstOrDefault(node => node.Client?.Value == part.Name),
        "storage" => seen.FirstOrDefault(node => node.Drives.Any(drive => drive.ToString() == part.Name)),
        _ => seen.FirstOrDefault(node => node.Address == part.Node),
    };

    private static NodeSummary SummaryOf(NodeSeen node, ClusterMember? member) => new(
        node.Node.Value,
        member?.Address ?? "",
        member?.Roles ?? RolesOf(node),
        member?.State ?? (node.Present ? "up" : "gone"),
        LibrariesOf(node),
        node.Silence);

    private static IReadOnlyList<LibraryName> LibrariesOf(NodeSeen node) =>
        [.. node.Drives.Select(drive => drive.Library).Distinct()];

    private static List<string> RolesOf(NodeSeen node)
    {
        var roles = new List<string>();
        if (node.Client is not null) roles.Add("client");
        if (node.Drives.Count > 0) roles.Add("storage");
        return roles;
    }

    private static string WordOf(MemberStatus status) => status switch
    {
        MemberStatus.Up => "up",
        MemberStatus.Joining or MemberStatus.WeaklyUp => "joining",
        MemberStatus.Leaving or MemberStatus.Exiting => "leaving",
        _ => "gone",
    };
}
