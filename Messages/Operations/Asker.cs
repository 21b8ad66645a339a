namespace Backup.Messages.Operations;

/// <summary>
/// Who asks, in the words of the node that took the request. What it may is decided by what the node is to the cluster,
/// and not by this (docs/security.md).
/// </summary>
/// <param name="Node">The node at which it was asked.</param>
/// <param name="Client">The client that the node is; null where it has not that role.</param>
/// <param name="User">The user of that machine; null where it is not known.</param>
public sealed record Asker(NodeName Node, ClientName? Client = null, string? User = null);
