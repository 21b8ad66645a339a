using Backup.Media.Posix;

namespace Backup.Media.Tape;

/// <summary>
/// Where the head of a drive stands, counted here and compared with what the kernel counts: a position that is not
/// certain is found again from the beginning of the tape, never guessed.
/// </summary>
internal sealed class StHead(IStDevice device)
{
    private const int SpaceMax = 0x7fffff; // SSC: the count of SPACE(6) has 24 bits, one of them the sign

    private bool _isLost;
    private bool _isAhead;
    private bool _endIsChecked;
    private bool _endIsTorn;

    public int File { get; private set; }

    public long Block { get; private set; }

    /// <summary>True behind the last tape file.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>True where a tape file may begin: behind the mark of the last.</summary>
    public bool MayAppend => IsAtEnd && !_endIsTorn;

    public StBlockMode Mode { get; private set; }

    public bool IsBlank { get; private set; }

    /// <summary>True where the head may be elsewhere than counted here, until it was found again.</summary>
    public bool IsUncertain => _isLost || _isAhead;

    /// <summary>The next block was read already, to see what it is.</summary>
    public bool IsAhead { set => _isAhead = value; }

    /// <summary>A cartridge was made ready and is rewound.</summary>
    public void Begin(StBlockMode mode, bool isBlank)
    {
        (Mode, IsBlank) = (mode, isBlank);
        (File, Block, IsAtEnd, _endIsChecked) = (0, 0, isBlank, isBlank);
        _isLost = _isAhead = _endIsTorn = false;
    }

    /// <summary>A block was read or written.</summary>
    public void Passed() => Block++;

    /// <summary>The first block is on it.</summary>
    public void Fills() => IsBlank = false;

    /// <summary>A mark was passed or written.</summary>
    public void PassedMark(bool isAtEnd)
    {
        (File, Block, IsAtEnd) = (File + 1, 0, isAtEnd);
        _endIsChecked |= isAtEnd;
    }

    /// <summary>Nothing follows here.</summary>
    public void FoundEnd() => IsAtEnd = Block == 0;

    /// <summary>What was done last failed, or read further than was asked for.</summary>
    public void Lose() => (_isLost, IsAtEnd) = (true, false);

    /// <summary>To block 0 of a tape file.</summary>
    public TapeResult ToFile(long file)
    {
        if (IsBlank) return Stay(file);
        if (file == File && Block == 0 && !IsUncertain) return TapeResult.Done;
        return file == 0 || IsUncertain ? FromBeginning(file)
            : file > File ? Forward((int)Math.Min(file - File, int.MaxValue), file)
            : Back((int)(File - file + 1), (int)file);
    }

    public TapeResult ByBlocks(long count)
    {
        if (IsBlank) return new TapeResult(TapeStatus.EndOfData);
        if (IsUncertain && Again() is { IsGood: false } lost) return lost;
        if (IsAtEnd) return new TapeResult(TapeStatus.EndOfData);
        var to = Math.Max(0, Block + count);
        var driveBlocks = Mode.BlocksBefore(to) - Mode.BlocksBefore(Block);
        if (driveBlocks == 0) return TapeResult.Done;
        // How many blocks of the drive the last one is, only the tape knows.
        if (driveBlocks < -SpaceMax || (driveBlocks < 0 && Mode.IsFixed))
            return ToFile(File) is { IsGood: false } stopped ? stopped : to == 0 ? TapeResult.Done : ByBlocks(to);
        if (driveBlocks < 0)
        {
            if (device.Operate(StOperation.BackBlocks, (int)Math.Min(-driveBlocks, SpaceMax)) is < 0 and var refused)
                return LoseBy(refused, "MTBSR");
            Block = to;
            return TapeResult.Done;
        }
        return ForwardBlocks(driveBlocks, to);
    }

    /// <summary>
    /// Behind the last mark. Data without a mark behind it, which a power cut leaves, gets one where writing is
    /// allowed: what is written next must not be read as its end.
    /// </summary>
    public TapeResult ToEndOfData(bool mayWrite)
    {
        if (IsBlank) return Stay(0);
        if (IsAtEnd && !IsUncertain && !(_endIsTorn && mayWrite)) return TapeResult.Done;
        if (IsUncertain && Beginning() is { IsGood: false } lost) return lost;
        if (device.Operate(StOperation.EndOfData, 1) is < 0 and var refused) return LoseBy(refused, "MTEOM");
        if (device.Status(out var status) is < 0 and var unknown) return LoseBy(unknown, "MTIOCGET");
        (File, Block) = (status.File, 0);
        if (File < 0 && CountFiles() is { IsGood: false } uncounted) return uncounted;
        if (!_endIsChecked && CheckEnd() is { IsGood: false } undecided) return undecided;
        (IsAtEnd, _endIsChecked, _isLost) = (true, true, false);
        return EndTorn(mayWrite);
    }

    private TapeResult Stay(long file) => file > 0 ? new TapeResult(TapeStatus.EndOfData) : TapeResult.Done;

    /// <summary>Finds the counted position again, from the beginning.</summary>
    public TapeResult Again()
    {
        var (file, block) = (File, Block);
        var found = FromBeginning(file);
        return found.IsGood && block > 0 ? ByBlocks(block) : found;
    }

    private TapeResult Beginning()
    {
        // The first one after a reset of the bus may be refused; it clears what blocks the second.
        var rewound = device.Operate(StOperation.Rewind, 1);
        if (rewound < 0) rewound = device.Operate(StOperation.Rewind, 1);
        if (rewound < 0) return LoseBy(rewound, "MTREW");
        (File, Block, IsAtEnd, _isLost, _isAhead) = (0, 0, false, false, false);
        return TapeResult.Done;
    }

    private TapeResult FromBeginning(long file)
    {
        var rewound = Beginning();
        return rewound.IsGood && file > 0 ? Forward((int)Math.Min(file, int.MaxValue), file) : rewound;
    }

    private TapeResult Forward(int count, long to)
    {
        if (IsAtEnd) return new TapeResult(TapeStatus.EndOfData);
        var spaced = device.Operate(StOperation.ForwardFiles, count);
        if (device.Status(out var status) is < 0 and var unknown) return LoseBy(unknown, "MTIOCGET");
        if (spaced >= 0)
        {
            (File, Block, IsAtEnd) = ((int)to, 0, false);
            return Agree(status);
        }
        if (!status.IsEndOfData) return LoseBy(spaced, "MTFSF");
        // The count of the marks that were passed is the drive's own; data that no mark ends would be torn.
        (File, Block) = (status.File >= 0 ? status.File : File, 0);
        if (status.File < 0) Lose();
        else IsAtEnd = _endIsChecked;
        if (!IsAtEnd && ToEndOfData(mayWrite: false) is { IsGood: false } lost) return lost;
        return new TapeResult(TapeStatus.EndOfData);
    }

    private TapeResult Back(int marks, int to)
    {
        if (device.Operate(StOperation.BackToFile, marks) is < 0 and var refused) return LoseBy(refused, "MTBSFM");
        (File, Block, IsAtEnd) = (to, 0, false);
        return device.Status(out var status) is < 0 and var unknown ? LoseBy(unknown, "MTIOCGET") : Agree(status);
    }

    private TapeResult ForwardBlocks(long driveBlocks, long to)
    {
        var known = device.Tell(out var from) >= 0;
        var spaced = 0;
        for (var left = driveBlocks; left > 0 && spaced >= 0; left -= SpaceMax)
            spaced = device.Operate(StOperation.ForwardBlocks, (int)Math.Min(left, SpaceMax));
        if (spaced >= 0)
        {
            Block = to;
            return TapeResult.Done;
        }
        if (device.Status(out var status) is < 0 and var unknown) return LoseBy(unknown, "MTIOCGET");
        if (status.IsEndOfData)
        {
            Lose();
            return new TapeResult(TapeStatus.EndOfData);
        }
        // It stopped behind the mark; before it the drive's own count tells how many blocks there were.
        if (status.File != File + 1 || device.Operate(StOperation.BackFiles, 1) < 0 || !known
            || device.Tell(out var end) < 0)
            return LoseBy(spaced, "MTFSR");
        Block = Mode.BlockAt(Mode.BlocksBefore(Block) + end - from);
        return new TapeResult(TapeStatus.FileMark);
    }

    /// <summary>MT_ST_FAST_MTEOM, which only root may switch off, finds the end and loses count.</summary>
    private TapeResult CountFiles()
    {
        if (Beginning() is { IsGood: false } lost) return lost;
        while (device.Operate(StOperation.ForwardFiles, 1) >= 0) File++;
        if (device.Status(out var status) < 0 || !status.IsEndOfData)
            return LoseBy(-Errno.InputOutput, "MTFSF");
        return TapeResult.Done;
    }

    /// <summary>Whether a mark stands before the end of data: spacing back over a block is stopped by it.</summary>
    private TapeResult CheckEnd()
    {
        _endIsTorn = device.Operate(StOperation.BackBlocks, 1) >= 0;
        var again = _endIsTorn ? StOperation.ForwardBlocks : StOperation.ForwardFiles;
        return device.Operate(again, 1) is < 0 and var refused ? LoseBy(refused, "MTFSR") : TapeResult.Done;
    }

    private TapeResult EndTorn(bool mayWrite)
    {
        if (!_endIsTorn) return TapeResult.Done;
        if (mayWrite)
        {
            if (device.Operate(StOperation.WriteMarks, 1) is < 0 and var refused) return LoseBy(refused, "MTWEOF");
            _endIsTorn = false;
        }
        File++; // without the mark too: nothing follows the torn file
        return TapeResult.Done;
    }

    private TapeResult Agree(StStatus status)
    {
        _isLost = false;
        return status.File < 0 || status.File == File
            ? TapeResult.Done : LoseBy(-Errno.InputOutput, $"MTIOCGET: tape file {status.File} instead of {File}");
    }

    private TapeResult LoseBy(int result, string operation)
    {
        Lose();
        return TapeResult.Error(-result, operation);
    }
}
