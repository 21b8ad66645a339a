namespace Backup.Media.Tape;

/// <summary>
/// What the Linux st driver does for a program, call by call (st(4), linux/mtio.h): nothing is decided here. As in the
/// kernel a negative answer is the negative errno.
/// </summary>
internal interface IStDevice : IDisposable
{
    /// <summary>Opens the no-rewind device; waits until the drive is ready, or fails.</summary>
    /// <returns>0; EROFS for a write-protected cartridge, ENOMEDIUM without one, EBUSY where another has it.</returns>
    int Open(bool forWriting);

    /// <summary>Closes. Where the last operation was a write, the kernel writes a file mark.</summary>
    void Close();

    /// <summary>
    /// One read(2). Variable blocks: the next block, ENOMEM where it is larger than the buffer. Fixed blocks: as many
    /// as there are up to the next mark. 0: a file mark was passed, or the end of data.
    /// </summary>
    int Read(Span<byte> buffer);

    /// <summary>One write(2): the bytes written, ENOSPC at the end of the medium.</summary>
    int Write(ReadOnlySpan<byte> data);

    /// <summary>MTIOCTOP.</summary>
    int Operate(StOperation operation, int count);

    /// <summary>MTIOCGET.</summary>
    int Status(out StStatus status);

    /// <summary>MTIOCPOS: the drive's own number of the next block or mark.</summary>
    int Tell(out long block);
}

/// <summary>Operations of MTIOCTOP, by their numbers in linux/mtio.h.</summary>
internal enum StOperation : short
{
    /// <summary>MTFSF: forward over so many file marks.</summary>
    ForwardFiles = 1,

    /// <summary>MTBSF: back over so many file marks; stands before the last one.</summary>
    BackFiles = 2,

    /// <summary>MTFSR: forward over so many blocks; stops behind a file mark.</summary>
    ForwardBlocks = 3,

    /// <summary>MTBSR: back over so many blocks; stops before a file mark.</summary>
    BackBlocks = 4,

    /// <summary>MTWEOF: writes so many file marks and waits until all is on the medium; 0 only waits.</summary>
    WriteMarks = 5,

    /// <summary>MTREW.</summary>
    Rewind = 6,

    /// <summary>MTOFFL: rewinds and ejects.</summary>
    Offline = 7,

    /// <summary>MTBSFM: back over so many file marks, then forward over one.</summary>
    BackToFile = 10,

    /// <summary>MTEOM: to the end of data.</summary>
    EndOfData = 12,

    /// <summary>MTERASE: 0 ends the data here, 1 wipes the rest of the medium.</summary>
    Erase = 13,

    /// <summary>MTSETBLK: bytes of a block; 0 is variable.</summary>
    SetBlock = 20,

    /// <summary>MTSETDRVBUFFER: options of the kernel's driver; for root alone.</summary>
    SetOptions = 24,

    /// <summary>MTCOMPRESSION: 0 off, 1 on.</summary>
    Compression = 32,

    /// <summary>MTWEOFI: as MTWEOF, without waiting (Linux 2.6.37).</summary>
    WriteMarksAtOnce = 35,
}

/// <summary>The answer of MTIOCGET.</summary>
/// <param name="General">mt_gstat.</param>
/// <param name="Density">The density code.</param>
/// <param name="BlockBytes">Bytes of a block; 0: variable.</param>
/// <param name="SoftErrors">Errors that the drive mended since it was last asked.</param>
/// <param name="File">The tape file; -1: not known.</param>
/// <param name="Block">The block in it; -1: not known.</param>
internal readonly record struct StStatus(
    uint General, int Density, int BlockBytes, int SoftErrors, int File, int Block)
{
    internal const uint FileMarkBit = 0x80000000;
    internal const uint BeginningBit = 0x40000000;
    internal const uint EndOfTapeBit = 0x20000000;
    internal const uint EndOfDataBit = 0x08000000;
    internal const uint WriteProtectedBit = 0x04000000;
    internal const uint OnlineBit = 0x01000000;
    internal const uint DoorOpenBit = 0x00040000;
    internal const uint CleaningBit = 0x00008000;

    /// <summary>GMT_EOT: the early warning was passed while writing.</summary>
    public bool IsEndOfTape => (General & EndOfTapeBit) != 0;

    /// <summary>GMT_EOD: nothing is written here or further on.</summary>
    public bool IsEndOfData => (General & EndOfDataBit) != 0;

    /// <summary>GMT_WR_PROT.</summary>
    public bool IsWriteProtected => (General & WriteProtectedBit) != 0;

    /// <summary>GMT_ONLINE: there is a cartridge and it is ready.</summary>
    public bool IsOnline => (General & OnlineBit) != 0;

    /// <summary>GMT_DR_OPEN: there is no cartridge.</summary>
    public bool IsDoorOpen => (General & DoorOpenBit) != 0;

    /// <summary>GMT_CLN: the drive asks to be cleaned (where MT_ST_SET_CLN says how it asks).</summary>
    public bool AsksForCleaning => (General & CleaningBit) != 0;
}
