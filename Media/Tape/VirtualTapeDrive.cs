using Backup.Media.Posix;

namespace Backup.Media.Tape;

/// <summary>
/// A drive whose volumes are directories with one plain file for each tape file. A new tape file is made with O_EXCL
/// and no file is ever overwritten, cut or removed once a block is in it; what a crash left half-written stays, counts
/// for the capacity and is spaced over. A full disk is the end of the medium. Format: docs/formats.md.
/// </summary>
public sealed class VirtualTapeDrive : ITapeDrive
{
    private const long WritebackBytes = 32L << 20;

    private readonly VirtualTapeOptions _options;
    private readonly WritePace? _pace;
    private string? _inserted;
    private bool _readOnly;
    private VirtualVolume? _volume;
    private TapeFileReader? _reader;
    private TapeFileWriter? _writer;
    private readonly List<Descriptor> _unsynced = [];
    private bool _namesUnsynced;
    private TapeResult? _failure;
    private long _capacityBytes;
    private int _file;
    private long _block;

    /// <summary>An empty drive.</summary>
    /// <param name="options">How its volumes behave.</param>
    /// <param name="pause">Waits for that long; null: Thread.Sleep. Used only with a limited rate.</param>
    /// <param name="clock">The clock of the limited rate; null: the system's.</param>
    public VirtualTapeDrive(VirtualTapeOptions options, Action<TimeSpan>? pause = null, TimeProvider? clock = null)
    {
        (_options, _capacityBytes) = (options, options.CapacityBytes);
        if (options.BytesPerSecond is { } rate)
            _pace = new WritePace(rate, pause ?? Thread.Sleep, clock ?? TimeProvider.System);
    }

    /// <inheritdoc/>
    public bool IsLoaded => _volume is not null;

    /// <inheritdoc/>
    public TapePosition Position => new(_file, _block);

    /// <summary>Puts a volume into the drive; Load makes it ready.</summary>
    /// <param name="directory">The volume's directory.</param>
    /// <param name="readOnly">True where nothing may be written, as for scan and verify.</param>
    /// <exception cref="InvalidOperationException">There is one in it.</exception>
    public void Insert(string directory, bool readOnly)
    {
        if (_inserted is not null) throw new InvalidOperationException($"The drive holds {_inserted}.");
        (_inserted, _readOnly) = (directory, readOnly);
    }

    /// <summary>Takes the volume out; unloads it when it is loaded.</summary>
    public void Eject()
    {
        Unload();
        (_inserted, _capacityBytes) = (null, _options.CapacityBytes);
    }

    /// <summary>The volume in the drive ends early, until it is taken out.</summary>
    /// <param name="bytes">What it takes in all; 0, or more than it holds: as much as it holds.</param>
    public void LimitTo(long bytes) =>
        _capacityBytes = bytes > 0 ? Math.Min(bytes, _options.CapacityBytes) : _options.CapacityBytes;

    /// <inheritdoc/>
    public TapeResult Load()
    {
        if (_inserted is null) return new TapeResult(TapeStatus.NotLoaded);
        Unload();
        var result = VirtualVolume.Open(_inserted, out var volume);
        if (!result.IsGood) return result;
        try
        {
            if (!_readOnly) volume!.DropEmptyLabel();
        }
        catch (PosixException e)
        {
            return TapeResult.Error(e.Errno, e.Operation);
        }
        _volume = volume;
        return result;
    }

    /// <inheritdoc/>
    public TapeResult Unload()
    {
        if (_volume is null) return new TapeResult(TapeStatus.NotLoaded);
        CloseReader();
        foreach (var file in _unsynced) file.Dispose();
        _unsynced.Clear();
        (_volume, _writer, _failure, _namesUnsynced, _file, _block) = (null, null, null, false, 0, 0);
        return TapeResult.Done;
    }

    /// <inheritdoc/>
    public TapeResult Rewind() => MoveTo(0);

    /// <inheritdoc/>
    public TapeResult SpaceFiles(int count) => MoveTo(Math.Max(0, (long)_file + count));

    /// <inheritdoc/>
    public TapeResult SpaceToEndOfData() => MoveTo(_volume?.FileCount ?? 0);

    /// <inheritdoc/>
    public TapeResult SpaceBlocks(long count)
    {
        if (_volume is null) return new TapeResult(TapeStatus.NotLoaded);
        EndWriting();
        if (_file == _volume.FileCount) return new TapeResult(TapeStatus.EndOfData);
        var opened = OpenReader();
        if (!opened.IsGood) return opened;
        var to = Math.Max(0, _block + count);
        _block = Math.Min(to, _reader!.BlockCount);
        return to > _block ? new TapeResult(TapeStatus.FileMark) : TapeResult.Done;
    }

    /// <inheritdoc/>
    public TapeResult Read(Span<byte> buffer)
    {
        if (_volume is null) return new TapeResult(TapeStatus.NotLoaded);
        EndWriting();
        if (_file == _volume.FileCount) return new TapeResult(TapeStatus.EndOfData);
        var opened = OpenReader();
        if (!opened.IsGood) return opened;
        var result = _reader!.ReadBlock(_block, buffer);
        if (result.Status == TapeStatus.Block) _block++;
        if (result.Status == TapeStatus.FileMark) MoveTo(_file + 1L);
        return result;
    }

    /// <inheritdoc/>
    public TapeResult Write(ReadOnlySpan<byte> block, TapeFileKind kind)
    {
        if (Refusal() is { } refusal) return refusal;
        if (_volume!.UsedBytes > _capacityBytes - block.Length || _options.Budget?.TryTake(block.Length) == false)
            return new TapeResult(TapeStatus.EndOfMedium);
        var result = Put(block, kind);
        if (!result.IsGood) _options.Budget?.Return(block.Length);
        return result;
    }

    private TapeResult Put(ReadOnlySpan<byte> block, TapeFileKind kind)
    {
        try
        {
            if (_writer is null) Begin(kind);
            if (!_writer!.TryAppend(block)) return DropEmpty();
        }
        catch (PosixException e) when (IsFull(e.Errno) && _writer is null)
        {
            return new TapeResult(TapeStatus.EndOfMedium); // no room for one more name
        }
        catch (PosixException e)
        {
            return Fail(e);
        }
        _volume!.UsedBytes += block.Length;
        _block++;
        _pace?.After(block.Length);
        return new TapeResult(
            _volume.UsedBytes > _capacityBytes - _options.EarlyWarningBytes
                ? TapeStatus.WrittenEarlyWarning : TapeStatus.Written);
    }

    /// <inheritdoc/>
    public TapeResult WriteFileMark()
    {
        if (Refusal() is { } refusal) return refusal;
        if (_writer is null) return new TapeResult(TapeStatus.NotAtEndOfData); // an empty tape file has no name here
        EndWriting();
        return TapeResult.Done;
    }

    /// <inheritdoc/>
    public TapeResult Flush()
    {
        if (_volume is null) return new TapeResult(TapeStatus.NotLoaded);
        if (_failure is { } failure) return failure;
        try
        {
            foreach (var file in _unsynced) Durable.SyncData(file);
            if (_namesUnsynced) Durable.SyncDirectory(_volume.Directory);
        }
        catch (PosixException e)
        {
            return Fail(e);
        }
        _namesUnsynced = false;
        foreach (var file in _unsynced)
            if (file != _writer?.File) file.Dispose();
        _unsynced.RemoveAll(file => file != _writer?.File);
        return TapeResult.Done;
    }

    /// <inheritdoc/>
    public void Dispose() => Eject();

    internal static bool IsFull(int errno) => errno is Errno.NoSpace or QuotaExceeded;

    private const int QuotaExceeded = 122;

    private TapeResult? Refusal()
    {
        if (_volume is null) return new TapeResult(TapeStatus.NotLoaded);
        if (_readOnly) return new TapeResult(TapeStatus.WriteProtected);
        if (_failure is { } failure) return failure;
        return _writer is null && _file != _volume.FileCount ? new TapeResult(TapeStatus.NotAtEndOfData) : null;
    }

    // From here on every write and flush of this load answers the same: what the kernel dropped cannot be written by
    // asking again.
    private TapeResult Fail(PosixException e)
    {
        var failure = TapeResult.Error(e.Errno, e.Operation);
        _failure = failure;
        return failure;
    }

    private void Begin(TapeFileKind kind)
    {
        var file = Descriptor.CreateNew(_volume!.PathOf(_file, kind));
        _writer = new TapeFileWriter(file, WritebackBytes);
        _volume.Add(kind);
        _unsynced.Add(file);
        _namesUnsynced = true;
    }

    // The disk is full. A tape file without a block would be one that no header describes.
    private TapeResult DropEmpty()
    {
        if (_block > 0) return new TapeResult(TapeStatus.EndOfMedium);
        _unsynced.Remove(_writer!.File);
        _writer.File.Dispose();
        _writer = null;
        _volume!.RemoveLast();
        return new TapeResult(TapeStatus.EndOfMedium);
    }

    private TapeResult MoveTo(long file)
    {
        if (_volume is null) return new TapeResult(TapeStatus.NotLoaded);
        EndWriting();
        CloseReader();
        _file = (int)Math.Min(file, _volume.FileCount);
        _block = 0;
        return file > _volume.FileCount ? new TapeResult(TapeStatus.EndOfData) : TapeResult.Done;
    }

    private void EndWriting()
    {
        if (_writer is null) return;
        _writer = null;
        _file = _volume!.FileCount;
        _block = 0;
    }

    private TapeResult OpenReader()
    {
        if (_reader is not null) return TapeResult.Done;
        try
        {
            _reader = new TapeFileReader(_volume!.PathOf(_file));
            return TapeResult.Done;
        }
        catch (PosixException e)
        {
            return TapeResult.Error(e.Errno, e.Operation);
        }
    }

    private void CloseReader()
    {
        _reader?.Dispose();
        _reader = null;
    }
}
