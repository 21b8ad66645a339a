namespace Backup.Messages.Jobs;

/// <summary>What a restore does with an item that exists at the target.</summary>
public enum ReplaceRule
{
    /// <summary>It is kept.</summary>
    Never = 1,

    /// <summary>It is replaced.</summary>
    Always = 2,

    /// <summary>It is replaced by one with a later modification time.</summary>
    Newer = 3,

    /// <summary>It is replaced when type, size or modification time differ.</summary>
    Changed = 4,
}
