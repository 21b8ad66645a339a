using Backup.Media.Posix;

namespace Backup.Media.Tape;

/// <summary>Reads the blocks of tape files from a drive, of whatever block size they are on the tape.</summary>
internal sealed class StReader(IStDevice device, StHead head)
{
    private readonly byte[] _next = new byte[TapeFormat.BlockBytesMax];
    private int _nextLength;
    private (int File, long Block) _nextIs = (-1, 0);
    private bool _nextIsMark;

    public TapeResult Read(Span<byte> buffer)
    {
        if (head.IsBlank || (head.IsAtEnd && head.Block == 0)) return new TapeResult(TapeStatus.EndOfData);
        if (_nextIs == (head.File, head.Block)) return TakeNext(buffer);
        _nextIs = (-1, 0);
        if (head.IsUncertain && head.Again() is { IsGood: false } lost) return lost;
        var wanted = head.Block == 0 ? TapeFormat.HeaderBytes : TapeFormat.BlockBytesMax;
        if (buffer.Length < wanted && head.Mode.IsFixed)
            throw new ArgumentException($"A block of {wanted} bytes may not fit {buffer.Length}.", nameof(buffer));
        var length = device.Read(buffer[..Math.Min(wanted, buffer.Length)]);
        return length switch
        {
            > 0 => Took(buffer[..length]),
            0 => AtMarkOrEnd(),
            _ => Failed(-length),
        };
    }

    private TapeResult Took(Span<byte> bytes)
    {
        var length = bytes.Length;
        if (head.Mode.MayBeLast(bytes)) length = Look(bytes);
        else if (head.Block > 0 && bytes.Length < TapeFormat.BlockBytesMax) length = head.Mode.LengthIn(bytes);
        head.Passed();
        if (_nextIs.File >= 0) _nextIs = (head.File, head.Block);
        return new TapeResult(TapeStatus.Block, length);
    }

    /// <summary>Only what follows tells whether a block is the last; it is kept for the next read.</summary>
    private int Look(Span<byte> bytes)
    {
        var length = device.Read(_next);
        if (length < 0)
        {
            head.Lose(); // the next read meets it again, by itself
            return bytes.Length;
        }
        if (length == head.Mode.Bytes && LengthOver(bytes, _next.AsSpan(0, length)) is { } shorter) return shorter;
        (_nextLength, _nextIsMark, _nextIs) = (length, length == 0, (head.File, head.Block));
        head.IsAhead = true;
        return length == 0 ? head.Mode.LengthIn(bytes) : bytes.Length;
    }

    private int? LengthOver(ReadOnlySpan<byte> block, ReadOnlySpan<byte> next)
    {
        var end = new byte[2 * next.Length];
        block[^next.Length..].CopyTo(end);
        next.CopyTo(end.AsSpan(next.Length));
        var length = head.Mode.LengthIn(end);
        return length < end.Length ? block.Length - next.Length + length : null;
    }

    private TapeResult TakeNext(Span<byte> buffer)
    {
        _nextIs = (-1, 0);
        head.IsAhead = false;
        if (_nextIsMark) return AtMarkOrEnd();
        _next.AsSpan(0, _nextLength).CopyTo(buffer);
        return Took(buffer[.._nextLength]);
    }

    private TapeResult AtMarkOrEnd()
    {
        if (device.Status(out var status) is < 0 and var unknown) return Failed(-unknown);
        if (status.IsEndOfData)
        {
            head.FoundEnd();
            return new TapeResult(TapeStatus.EndOfData);
        }
        head.PassedMark(isAtEnd: false);
        return new TapeResult(TapeStatus.FileMark);
    }

    /// <summary>
    /// Data that a power cut left without a mark ends in an error like any other; spacing tells that nothing follows.
    /// </summary>
    private TapeResult Failed(int errno)
    {
        var isEnd = errno == Errno.InputOutput && IsEndOfData(device);
        head.Lose();
        return isEnd ? new TapeResult(TapeStatus.EndOfData) : TapeResult.Error(errno, "read");
    }

    /// <summary>Asks the drive whether nothing follows, as reading alone does not say it behind data.</summary>
    public static bool IsEndOfData(IStDevice device) =>
        (device.Status(out var status) >= 0 && status.IsEndOfData)
        || (device.Operate(StOperation.ForwardBlocks, 1) < 0 && device.Status(out status) >= 0 && status.IsEndOfData);
}
