namespace Backup.Messages.Jobs;

/// <summary>What a job does.</summary>
public enum JobKind
{
    /// <summary>Saves a client's file set as an image.</summary>
    Backup = 1,

    /// <summary>Writes items of an image below a target directory.</summary>
    Restore = 2,

    /// <summary>Reads an image's medium again, or compares the catalog with a client's disk.</summary>
    Verify = 3,

    /// <summary>Records in the catalog what the index files of a library say.</summary>
    Scan = 4,

    /// <summary>Says how large backups would be, by a walk on the client.</summary>
    Estimate = 5,

    /// <summary>Makes a full image of a chain, without the client.</summary>
    Merge = 6,

    /// <summary>Runs a policy's scripts and nothing else.</summary>
    Admin = 7,

    /// <summary>Writes an image once more, to another pool.</summary>
    Copy = 8,

    /// <summary>Copies an image, and then takes what lies in the pool where it was out of use.</summary>
    Migrate = 9,

    /// <summary>Reads volumes again and compares each block with its digest.</summary>
    Scrub = 10,
}
