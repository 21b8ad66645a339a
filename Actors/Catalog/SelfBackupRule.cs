using Backup.Messages;

namespace Backup.Actors.Catalog;

/// <summary>How a catalog is backed up by itself.</summary>
/// <param name="Folder">Where a copy lies that the policy saves; on the director's disk.</param>
/// <param name="Directory">Where copies go besides, each in a folder of its own; null: nowhere.</param>
/// <param name="Policy">The policy that saves the folder to the media; null: none does.</param>
/// <param name="IsDaily">Once a day at most; else after each job that changed something.</param>
/// <param name="Keep">Copies that stay in the directory.</param>
/// <param name="Bootstrap">The file that says where the newest images lie; null: none does.</param>
/// <param name="Configuration">The node's configuration as one text.</param>
public sealed record SelfBackupRule(
    string Folder, string? Directory, PolicyName? Policy, bool IsDaily, int Keep, string? Bootstrap,
    string Configuration)
{
    /// <summary>True when anything is copied.</summary>
    public bool Copies => Directory is not null || Policy is not null;
}
