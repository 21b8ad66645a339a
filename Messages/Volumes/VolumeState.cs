namespace Backup.Messages.Volumes;

/// <summary>What a volume may be used for.</summary>
public enum VolumeState
{
    /// <summary>Labelled, and nothing is written behind the label.</summary>
    Blank = 1,

    /// <summary>It holds data and takes more at its end.</summary>
    Append = 2,

    /// <summary>Its end of medium or its limit is reached; it is read only.</summary>
    Full = 3,

    /// <summary>Reading or writing failed; it takes nothing more, and what it holds is tried when needed.</summary>
    Error = 4,

    /// <summary>An operator wants nothing more written to it.</summary>
    ReadOnly = 5,

    /// <summary>An operator wants it left alone.</summary>
    Disabled = 6,

    /// <summary>A limit of its pool is reached (images, time, use once); it is read only.</summary>
    Used = 7,

    /// <summary>Nothing that it holds is kept: it is labelled anew when its pool needs a volume.</summary>
    Recycle = 8,

    /// <summary>An operator wants it kept as it is for ever: never written, never used again.</summary>
    Archive = 9,

    /// <summary>It cleans drives and takes no data.</summary>
    Cleaning = 10,

    /// <summary>It was taken out of its library to another place, and is not there to be loaded.</summary>
    Vaulted = 11,
}
