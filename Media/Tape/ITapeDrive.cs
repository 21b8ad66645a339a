namespace Backup.Media.Tape;

/// <summary>
/// A drive with the semantics of tape. One volume at a time; blocks are appended at the end of data only; a file mark
/// ends a tape file. A tape file is one block of <see cref="TapeFormat.HeaderBytes"/>, then blocks of <see
/// cref="TapeFormat.BlockBytesMax"/> of which the last may be shorter: so that a place on a real tape and an offset in
/// a plain file are the same thing. For one thread at a time; every call may block.
/// </summary>
/// <remarks>
/// EndOfMedium means that the block is not on the medium: an implementation whose device can write a block and report
/// the end of medium for it must answer WrittenEarlyWarning (reliability, R3). A device may refuse one write at the
/// early warning and take the next (Linux st, R4): the answer to the refused one is EndOfMedium, and the same block may
/// be written again.
/// </remarks>
public interface ITapeDrive : IDisposable
{
    /// <summary>True between a good Load and Unload.</summary>
    bool IsLoaded { get; }

    /// <summary>Where the drive stands: the next block that is read, or written at the end of data.</summary>
    TapePosition Position { get; }

    /// <summary>
    /// Makes the volume that the library put into the drive ready, at its beginning. Done, NotLoaded (the drive is
    /// empty), ForeignMedium, IoError.
    /// </summary>
    TapeResult Load();

    /// <summary>Releases the volume. What was not flushed before may be lost; nothing is flushed here.</summary>
    TapeResult Unload();

    /// <summary>To tape file 0, block 0. Ends a tape file that is being written.</summary>
    TapeResult Rewind();

    /// <summary>
    /// To block 0 of the tape file that many files on (or back). Done, or EndOfData when there are fewer: the drive
    /// then stands there.
    /// </summary>
    /// <param name="count">Negative: back; 0: to the beginning of this tape file.</param>
    TapeResult SpaceFiles(int count);

    /// <summary>
    /// Forward (or back) over blocks of this tape file. Done, or FileMark when it has fewer: the drive then stands
    /// before the mark.
    /// </summary>
    /// <param name="count">Negative: back.</param>
    TapeResult SpaceBlocks(long count);

    /// <summary>Behind the last tape file: the only place where writing is allowed.</summary>
    TapeResult SpaceToEndOfData();

    /// <summary>
    /// Appends a block. Written, WrittenEarlyWarning, EndOfMedium (not written), IoError, NotAtEndOfData, NotLoaded,
    /// WriteProtected.
    /// </summary>
    /// <param name="block">The first block of a tape file: exactly HeaderBytes; each further one: BlockBytesMax, the
    /// last 1 byte or more.</param>
    /// <param name="kind">What the tape file holds; only the first block's counts, and a real tape does not keep
    /// it.</param>
    TapeResult Write(ReadOnlySpan<byte> block, TapeFileKind kind);

    /// <summary>
    /// Ends the tape file that is being written. Does not wait for the medium. Done, EndOfMedium (not written),
    /// IoError, NotAtEndOfData.
    /// </summary>
    TapeResult WriteFileMark();

    /// <summary>
    /// Waits until all that was written is durable, the existence of the tape files included. Done or IoError; after an
    /// error nothing written since the last good Flush may be relied on, and a repeated Flush proves nothing
    /// (reliability, R5).
    /// </summary>
    TapeResult Flush();

    /// <summary>
    /// Reads the block under the head. Block with its length, FileMark (moves behind it), EndOfData, IoError,
    /// NotLoaded.
    /// </summary>
    /// <param name="buffer">At least BlockBytesMax bytes (HeaderBytes do for a tape file's first block).</param>
    TapeResult Read(Span<byte> buffer);
}

/// <summary>Sizes of blocks on a volume. Layout: docs/formats.md.</summary>
public static class TapeFormat
{
    /// <summary>The first block of every tape file: 32 KiB.</summary>
    public const int HeaderBytes = 32 * 1024;

    /// <summary>Every further block, the last of a tape file excepted: 1 MiB.</summary>
    public const int BlockBytesMax = 1 << 20;

    /// <summary>Goes to a place, spacing over what lies between.</summary>
    /// <param name="drive">A loaded drive.</param>
    /// <param name="to">The place.</param>
    public static TapeResult Locate(this ITapeDrive drive, TapePosition to)
    {
        if (drive.Position.File != to.File || drive.Position.Block > to.Block)
        {
            var spaced = drive.SpaceFiles(to.File - drive.Position.File);
            if (!spaced.IsGood) return spaced;
        }
        return to.Block == drive.Position.Block ? TapeResult.Done : drive.SpaceBlocks(to.Block - drive.Position.Block);
    }
}
