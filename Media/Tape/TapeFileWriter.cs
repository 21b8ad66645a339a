using Backup.Media.Posix;

namespace Backup.Media.Tape;

/// <summary>Appends blocks to the plain file of one tape file.</summary>
internal sealed class TapeFileWriter(Descriptor file, long writebackBytes)
{
    private long _length;
    private long _startedBytes;

    public Descriptor File => file;

    /// <summary>False when the disk is full; the file then ends where it did before.</summary>
    /// <exception cref="PosixException">Any other failure.</exception>
    public bool TryAppend(ReadOnlySpan<byte> block)
    {
        Check(block.Length);
        try
        {
            file.WriteAt(block, _length);
        }
        catch (PosixException e) when (VirtualTapeDrive.IsFull(e.Errno))
        {
            // Part of the block may be there; the next part on another volume begins with the whole of it.
            file.Truncate(_length);
            return false;
        }
        _length += block.Length;
        if (_length - _startedBytes >= writebackBytes)
        {
            Durable.StartWriteback(file, _startedBytes, _length - _startedBytes);
            _startedBytes = _length;
        }
        return true;
    }

    private void Check(int blockBytes)
    {
        var isAligned = _length == 0 || (_length - TapeFormat.HeaderBytes) % TapeFormat.BlockBytesMax == 0;
        var isRight = _length == 0
            ? blockBytes == TapeFormat.HeaderBytes : blockBytes is > 0 and <= TapeFormat.BlockBytesMax;
        if (!isAligned || !isRight)
            throw new ArgumentException(
                $"A block of {blockBytes} bytes cannot stand at offset {_length} of a tape file.", nameof(blockBytes));
    }
}
