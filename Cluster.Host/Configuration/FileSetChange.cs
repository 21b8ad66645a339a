namespace Backup.Host.Configuration;

/// <summary>What an incremental becomes when its file set selects by other rules than when its base was made.</summary>
public enum FileSetChange
{
    /// <summary>A full.</summary>
    Full,

    /// <summary>It builds on the base all the same.</summary>
    Ignore,
}
