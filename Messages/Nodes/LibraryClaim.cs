namespace Backup.Messages.Nodes;

/// <summary>
/// A library that a node says is its own. Of two nodes that say so of one, the one that had it first has it.
/// </summary>
/// <param name="Library">Its name.</param>
/// <param name="Since">Since when the node has it, by its own clock and book; the greatest moment where it could never
/// open it.</param>
/// <param name="Identity">Its identity, as in its marker and on its labels; null: not known yet.</param>
/// <param name="Devices">Names of its drives and its changer that are the same on every machine; null: none.</param>
public sealed record LibraryClaim(
    LibraryName Library, DateTimeOffset Since, string? Identity = null, IReadOnlyList<string>? Devices = null);
