namespace Backup.Media.Tape;

/// <summary>
/// What a drive answers. A full medium, a bad medium and a misplaced write are answers, not exceptions.
/// </summary>
/// <param name="Status">What happened.</param>
/// <param name="Length">Bytes read, for <see cref="TapeStatus.Block"/>; else 0.</param>
/// <param name="Errno">The system's error number, for <see cref="TapeStatus.IoError"/>; else 0.</param>
/// <param name="Operation">The system call that failed, as `fdatasync`, or for <see cref="TapeStatus.ForeignMedium"/>
/// the name found; else empty.</param>
public readonly record struct TapeResult(TapeStatus Status, int Length = 0, int Errno = 0, string Operation = "")
{
    /// <summary>The operation was done, nothing to add.</summary>
    public static TapeResult Done => default;

    /// <summary>True where the operation took place: done, written (also with early warning) or a block read.</summary>
    public bool IsGood =>
        Status is TapeStatus.Done or TapeStatus.Written or TapeStatus.WrittenEarlyWarning or TapeStatus.Block;

    /// <summary>A failed system call.</summary>
    /// <param name="errno">Its error number.</param>
    /// <param name="operation">Its name.</param>
    public static TapeResult Error(int errno, string operation) => new(TapeStatus.IoError, 0, errno, operation);
}

/// <summary>The kinds of answer.</summary>
public enum TapeStatus : byte
{
    /// <summary>Done.</summary>
    Done = 0,

    /// <summary>The block is written.</summary>
    Written,

    /// <summary>
    /// The block is written, and the end of the medium is near: room is left for file marks and an index.
    /// </summary>
    WrittenEarlyWarning,

    /// <summary>A block was read.</summary>
    Block,

    /// <summary>Read: a file mark; the drive now stands behind it. SpaceBlocks: stopped at one, before it.</summary>
    FileMark,

    /// <summary>Nothing is written here or further on.</summary>
    EndOfData,

    /// <summary>The medium is full; the block or mark is not written.</summary>
    EndOfMedium,

    /// <summary>The drive or medium failed; what was written since the last good Flush may be lost.</summary>
    IoError,

    /// <summary>Refused: a write elsewhere than at the end of data would destroy what follows.</summary>
    NotAtEndOfData,

    /// <summary>Refused: no volume is loaded.</summary>
    NotLoaded,

    /// <summary>Refused: the volume is open for reading only.</summary>
    WriteProtected,

    /// <summary>Refused: what is in the drive holds something that this program did not write, and no label.</summary>
    ForeignMedium,
}

/// <summary>A place on a volume.</summary>
/// <param name="File">The tape file, from 0: the file marks before it.</param>
/// <param name="Block">The block in that file, from 0.</param>
public readonly record struct TapePosition(int File, long Block);

/// <summary>What a tape file holds; the suffix of its name on a virtual tape.</summary>
public enum TapeFileKind : byte
{
    /// <summary>The volume's label: tape file 0.</summary>
    Label = 0,

    /// <summary>One part of a fragment: header block and data.</summary>
    Data = 1,

    /// <summary>Header block and index of a fragment.</summary>
    Index = 2,
}
