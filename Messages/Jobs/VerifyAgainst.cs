namespace Backup.Messages.Jobs;

/// <summary>What a verify job compares the catalog with.</summary>
public enum VerifyAgainst
{
    /// <summary>The medium: every part is read, every digest checked.</summary>
    Media = 1,

    /// <summary>The client's disk as it is now.</summary>
    Disk = 2,
}
