using Backup.Media.Posix;

namespace Backup.Media.Tape;

/// <summary>Reads blocks of the plain file of one tape file.</summary>
internal sealed class TapeFileReader : IDisposable
{
    private readonly Descriptor _file;
    private readonly long _length;

    /// <exception cref="PosixException">It cannot be opened.</exception>
    public TapeFileReader(string path)
    {
        _file = Descriptor.OpenRead(path);
        _length = _file.Status().Size;
        _file.AdviseSequential();
    }

    public long BlockCount => _length <= TapeFormat.HeaderBytes
        ? Math.Min(_length, 1)
        : 1 + ((_length - TapeFormat.HeaderBytes + TapeFormat.BlockBytesMax - 1) / TapeFormat.BlockBytesMax);

    public TapeResult ReadBlock(long block, Span<byte> buffer)
    {
        var offset = block == 0 ? 0 : TapeFormat.HeaderBytes + ((block - 1) * TapeFormat.BlockBytesMax);
        var length = (int)Math.Min(
            block == 0 ? TapeFormat.HeaderBytes : TapeFormat.BlockBytesMax, Math.Max(0, _length - offset));
        if (length == 0) return new TapeResult(TapeStatus.FileMark);
        if (buffer.Length < length)
            throw new ArgumentException($"A block of {length} bytes does not fit {buffer.Length}.", nameof(buffer));
        try
        {
            var read = _file.ReadFullyAt(buffer[..length], offset);
            return read == 0 ? new TapeResult(TapeStatus.FileMark) : new TapeResult(TapeStatus.Block, read);
        }
        catch (PosixException e)
        {
            return TapeResult.Error(e.Errno, e.Operation);
        }
    }

    public void Dispose() => _file.Dispose();
}
