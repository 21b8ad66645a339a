namespace Backup.Media.Compression;

/// <summary>Why a compressed frame cannot be used.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Detail">What was expected and what was found, in one sentence.</param>
public sealed record FrameDefect(FrameDefectKind Kind, string Detail);

/// <summary>What may be wrong with a frame.</summary>
public enum FrameDefectKind
{
    /// <summary>It does not begin with a Zstandard frame header.</summary>
    NotAFrame = 1,

    /// <summary>It is one frame, but not of the length that was announced.</summary>
    WrongLength = 2,

    /// <summary>It ends early, has bytes behind it, or its content or checksum is damaged.</summary>
    Damaged = 3,
}
