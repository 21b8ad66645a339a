using System.Globalization;
using Backup.Media.Posix;

namespace Backup.Media.Tape;

/// <summary>
/// Appends blocks to a tape. Says of every block whether it is on the medium, whatever the drive said at its end; after
/// a failure it refuses until the cartridge is loaded anew.
/// </summary>
internal sealed class StWriter(IStDevice device, StHead head)
{
    private const int RefusalsMax = 2;

    private byte[] _room = [];
    private bool _isProtected;
    private bool _isInFile;
    private bool _isUnflushed;
    private bool _endsShort;
    private bool _looksFilled;
    private long? _place; // the drive's count of blocks and marks before the next one; null: it does not tell
    private TapeResult? _failure;

    /// <summary>Of blocks, since the cartridge was loaded.</summary>
    public long Bytes { get; private set; }

    public bool MayWrite => !_isProtected && _failure is null;

    public void Begin(bool isProtected)
    {
        (_isProtected, _isInFile, _isUnflushed, _failure, Bytes) = (isProtected, false, false, null, 0);
    }

    public TapeResult? Refusal(bool atEnd)
    {
        if (_isProtected) return new TapeResult(TapeStatus.WriteProtected);
        if (_failure is { } failure) return failure;
        return atEnd || _isInFile || head.MayAppend ? null : new TapeResult(TapeStatus.NotAtEndOfData);
    }

    public TapeResult Write(ReadOnlySpan<byte> block)
    {
        if (Refusal(atEnd: false) is { } refusal) return refusal;
        Check(block.Length);
        if (!_isInFile && BeginFile() is { } elsewhere) return elsewhere;
        if (head.Mode.IsFixed && _room.Length == 0)
            _room = new byte[TapeFormat.BlockBytesMax + (2 * StBlockMode.FixedMax)];
        return Write(block, head.Mode.Fill(block, _room));
    }

    public TapeResult WriteFileMark()
    {
        if (Refusal(atEnd: false) is { } refusal) return refusal;
        if (!_isInFile) return new TapeResult(TapeStatus.NotAtEndOfData);
        if (_looksFilled && device.Write(head.Mode.Filling()) != head.Mode.Bytes)
            return new TapeResult(TapeStatus.EndOfMedium);
        _looksFilled = false;
        var marked = device.Operate(StOperation.WriteMarksAtOnce, 1);
        if (marked is -Errno.NoCall or -Errno.Invalid) marked = device.Operate(StOperation.WriteMarks, 1);
        return Marked(marked);
    }

    /// <summary>A tape file that is left without a mark gets one.</summary>
    public TapeResult EndFile()
    {
        if (!_isInFile) return TapeResult.Done;
        // Where it is refused the block is read as damaged; it was not sealed.
        if (_looksFilled) device.Write(head.Mode.Filling());
        _looksFilled = false;
        return Marked(device.Operate(StOperation.WriteMarks, 1));
    }

    /// <summary>Writing no file mark, and waiting for it, empties the drive's own buffer onto the medium.</summary>
    public TapeResult Flush()
    {
        if (_failure is { } failure) return failure;
        if (!_isUnflushed) return TapeResult.Done;
        if (device.Operate(StOperation.WriteMarks, 0) is < 0 and var refused) return Fail(-refused, "MTWEOF");
        _isUnflushed = false;
        return TapeResult.Done;
    }

    /// <summary>The kernel must count the same tape file as we do: else another program has moved the tape.</summary>
    private TapeResult? BeginFile()
    {
        _place = device.Tell(out var place) >= 0 ? place : null;
        _endsShort = false;
        return device.Status(out var status) >= 0 && status.File >= 0 && status.File != head.File
            ? Fail(Errno.InputOutput, $"MTIOCGET: tape file {status.File} instead of {head.File}") : null;
    }

    private TapeResult Write(ReadOnlySpan<byte> block, ReadOnlySpan<byte> bytes)
    {
        var unit = head.Mode.IsFixed ? head.Mode.Bytes : bytes.Length;
        for (int done = 0, refusals = 0; done < bytes.Length;)
        {
            var written = device.Write(bytes[done..]);
            if (written > 0 && written % unit == 0)
            {
                (done, refusals) = (done + written, 0);
                _place += written / unit;
            }
            else if (written == -Errno.NoSpace)
            {
                // The driver refuses every other write behind the early warning without having tried it (R4); a drive
                // may refuse one that it has written (R3). The drive's own count decides.
                var blocks = Appeared();
                if (blocks < 0) return Lost(-blocks);
                if (blocks > 0) (done, _place) = (done + (blocks * unit), _place + blocks);
                else if (++refusals == RefusalsMax) return Full(done / unit);
            }
            else
            {
                return written > 0 ? Full((done / unit) + 1) : NotWritten(written, bytes.Length);
            }
        }
        _endsShort = _isInFile && block.Length < TapeFormat.BlockBytesMax;
        (_isInFile, _isUnflushed) = (true, true);
        _looksFilled = block.Length == TapeFormat.BlockBytesMax && head.Mode.LengthIn(block) != block.Length;
        Bytes += block.Length;
        head.Fills();
        head.Passed();
        return new TapeResult(
            device.Status(out var status) >= 0 && status.IsEndOfTape
                ? TapeStatus.WrittenEarlyWarning : TapeStatus.Written);
    }

    /// <summary>Blocks on the medium of which we did not know; negative: that are missing; 0 also where the drive does
    /// not tell.</summary>
    private int Appeared() =>
        _place is { } expected && device.Tell(out var found) >= 0 ? (int)(found - expected) : 0;

    /// <summary>A kernel that writes behind tells of a block that found no room with a later call.</summary>
    private TapeResult Lost(int blocks) => Fail(
        Errno.InputOutput,
        string.Create(
            CultureInfo.InvariantCulture,
            $"write: {blocks} blocks were taken and are not on the tape (switch asynchronous writes off)"));

    /// <summary>Of a block that did not find room nothing may stay: what follows would be read as its end.</summary>
    private TapeResult Full(int driveBlocks)
    {
        if (driveBlocks > 0)
        {
            if (device.Operate(StOperation.BackBlocks, driveBlocks) is < 0 and var stuck)
                return Fail(-stuck, "MTBSR");
            _place = device.Tell(out var place) >= 0 ? place : null;
        }
        return new TapeResult(TapeStatus.EndOfMedium);
    }

    private TapeResult NotWritten(int result, int bytes)
    {
        if (result is -Errno.ReadOnly or -Errno.AccessDenied && !_isInFile)
        {
            _isProtected = true;
            return new TapeResult(TapeStatus.WriteProtected);
        }
        var errno = result == 0 ? Errno.InputOutput : -result;
        var what = string.Create(CultureInfo.InvariantCulture, $"write of {bytes} bytes");
        return Fail(errno, errno is Errno.NoMemory or Errno.Invalid or Errno.Overflow
            ? $"{what} (larger than the drive or its adapter takes: set block-size)" : what);
    }

    private TapeResult Marked(int result)
    {
        if (result == -Errno.NoSpace || (result == -Errno.InputOutput && IsAtEndOfTape()))
            return Appeared() is < 0 and var blocks ? Lost(-blocks) : new TapeResult(TapeStatus.EndOfMedium);
        if (result < 0) return Fail(-result, "MTWEOF");
        _isInFile = false;
        _isUnflushed = true;
        head.PassedMark(isAtEnd: true);
        return TapeResult.Done;
    }

    private bool IsAtEndOfTape() => device.Status(out var status) >= 0 && status.IsEndOfTape;

    private TapeResult Fail(int errno, string operation)
    {
        var failure = TapeResult.Error(errno, operation);
        (_failure, _isInFile) = (failure, false);
        head.Lose(); // reading what is there stays allowed, from a place that is certain
        return failure;
    }

    private void Check(int bytes)
    {
        var isRight = !_isInFile
            ? bytes == TapeFormat.HeaderBytes
            : bytes is > 0 and <= TapeFormat.BlockBytesMax && !_endsShort;
        if (!isRight)
            throw new ArgumentException(
                $"A block of {bytes} bytes cannot be block {head.Block} of a tape file.", nameof(bytes));
    }
}
