using Backup.Media.Posix;

namespace Backup.Media.Tape;

/// <summary>
/// A tape drive of the Linux st driver (st(4), Documentation/scsi/st.rst). The rules that follow are that driver's and
/// SCSI drives'; each is written beside its model in Tests/Media/Tape/StModel.cs. Never run on metal: docs/tape.md.
/// </summary>
public sealed class StTapeDrive : ITapeDrive
{
    private readonly IStDevice _device;
    private readonly StDriveOptions _options;
    private readonly StHead _head;
    private readonly StReader _reader;
    private readonly StWriter _writer;
    private readonly StLoader _loader;

    /// <summary>A drive; nothing is opened before Load.</summary>
    /// <param name="options">How it is used.</param>
    public StTapeDrive(StDriveOptions options)
        : this(new StDevice(options.Device), options, Thread.Sleep, TimeProvider.System)
    {
    }

    internal StTapeDrive(IStDevice device, StDriveOptions options, Action<TimeSpan> pause, TimeProvider clock)
    {
        (_device, _options) = (device, options);
        _head = new StHead(device);
        _reader = new StReader(device, _head);
        _writer = new StWriter(device, _head);
        _loader = new StLoader(device, options, pause, clock);
    }

    /// <inheritdoc/>
    public bool IsLoaded => Cartridge is not null;

    /// <inheritdoc/>
    public TapePosition Position => new(_head.File, _head.Block);

    /// <summary>What Load found; null: nothing is loaded.</summary>
    public StCartridge? Cartridge { get; private set; }

    /// <summary>Bytes of blocks that were written since it was loaded, and the tape file at which the drive
    /// stands.</summary>
    public (long Bytes, int Files) Written => IsLoaded ? (_writer.Bytes, _head.File) : (0, 0);

    /// <summary>The drive asked to be cleaned when it was last asked.</summary>
    public bool AsksForCleaning { get; private set; }

    /// <summary>Errors that the drive mended since it was loaded, as far as it counts them.</summary>
    public int SoftErrors { get; private set; }

    /// <inheritdoc/>
    public TapeResult Load()
    {
        if (IsLoaded) Close();
        SoftErrors = 0;
        var loaded = _loader.Load(out var cartridge);
        if (!loaded.IsGood)
        {
            _device.Close();
            return loaded;
        }
        Cartridge = cartridge;
        _head.Begin(new StBlockMode(cartridge!.BlockBytes), cartridge.IsBlank);
        _writer.Begin(cartridge.IsWriteProtected || _options.ReadOnly);
        NoteAlerts();
        return TapeResult.Done;
    }

    /// <inheritdoc/>
    public TapeResult Unload()
    {
        if (!IsLoaded) return new TapeResult(TapeStatus.NotLoaded);
        NoteAlerts();
        var rewound = _device.Operate(StOperation.Rewind, 1);
        Close();
        return rewound < 0 ? TapeResult.Error(-rewound, "MTREW") : TapeResult.Done;
    }

    /// <summary>Rewinds and puts the cartridge out, so that a changer or a person can take it. Done, NotLoaded,
    /// IoError.</summary>
    public TapeResult Eject()
    {
        if (IsLoaded) NoteAlerts();
        else if (_device.Open(forWriting: false) is < 0 and var refused)
            return refused == -Errno.NoMedium
                ? new TapeResult(TapeStatus.NotLoaded) : TapeResult.Error(-refused, "open");
        var ejected = _device.Operate(StOperation.Offline, 1);
        Close();
        if (ejected == -Errno.NoMedium) return new TapeResult(TapeStatus.NotLoaded);
        return ejected < 0 ? TapeResult.Error(-ejected, "MTOFFL") : TapeResult.Done;
    }

    /// <summary>
    /// Makes the cartridge blank: the data ends at its beginning from now on. Whether it may is the caller's to know.
    /// </summary>
    public TapeResult Erase()
    {
        if (!IsLoaded) return new TapeResult(TapeStatus.NotLoaded);
        if (_writer.Refusal(atEnd: true) is { } refused) return refused;
        var rewound = _head.ToFile(0);
        if (!rewound.IsGood) return rewound;
        var erased = _device.Operate(StOperation.Erase, 0);
        if (erased < 0) return TapeResult.Error(-erased, "MTERASE");
        _head.Begin(new StBlockMode(_options.BlockBytes), isBlank: true);
        return TapeResult.Done;
    }

    /// <summary>
    /// As <see cref="Erase"/>, of a cartridge that Load calls foreign: what others wrote is gone. Done,
    /// WriteProtected, IoError.
    /// </summary>
    public TapeResult EraseForeign()
    {
        Close();
        var opened = _device.Open(forWriting: !_options.ReadOnly);
        if (_options.ReadOnly || opened is -Errno.ReadOnly or -Errno.AccessDenied)
            return new TapeResult(TapeStatus.WriteProtected);
        if (opened < 0)
            return opened == -Errno.NoMedium
                ? new TapeResult(TapeStatus.NotLoaded) : TapeResult.Error(-opened, "open");
        var rewound = _device.Operate(StOperation.Rewind, 1);
        var erased = rewound < 0 ? rewound : _device.Operate(StOperation.Erase, 0);
        _device.Close();
        return erased < 0 ? TapeResult.Error(-erased, rewound < 0 ? "MTREW" : "MTERASE") : TapeResult.Done;
    }

    /// <inheritdoc/>
    public TapeResult Rewind() => Leaving(() => _head.ToFile(0));

    /// <inheritdoc/>
    public TapeResult SpaceFiles(int count) => Leaving(() => _head.ToFile(Math.Max(0, (long)_head.File + count)));

    /// <inheritdoc/>
    public TapeResult SpaceBlocks(long count) => Leaving(() => _head.ByBlocks(count));

    /// <inheritdoc/>
    public TapeResult SpaceToEndOfData() => Leaving(() => _head.ToEndOfData(_writer.MayWrite));

    /// <inheritdoc/>
    public TapeResult Read(Span<byte> buffer)
    {
        if (!IsLoaded) return new TapeResult(TapeStatus.NotLoaded);
        return _writer.EndFile() is { IsGood: false } failed ? failed : _reader.Read(buffer);
    }

    /// <inheritdoc/>
    public TapeResult Write(ReadOnlySpan<byte> block, TapeFileKind kind) =>
        IsLoaded ? _writer.Write(block) : new TapeResult(TapeStatus.NotLoaded);

    /// <inheritdoc/>
    public TapeResult WriteFileMark() =>
        IsLoaded ? _writer.WriteFileMark() : new TapeResult(TapeStatus.NotLoaded);

    /// <inheritdoc/>
    public TapeResult Flush() => IsLoaded ? _writer.Flush() : new TapeResult(TapeStatus.NotLoaded);

    /// <inheritdoc/>
    public void Dispose()
    {
        Close();
        _device.Dispose();
    }

    private TapeResult Leaving(Func<TapeResult> move)
    {
        if (!IsLoaded) return new TapeResult(TapeStatus.NotLoaded);
        return _writer.EndFile() is { IsGood: false } failed ? failed : move();
    }

    /// <summary>Asks the drive whether it wants to be cleaned, and what it had to mend. One without a cartridge says
    /// nothing.</summary>
    internal void NoteAlerts()
    {
        if (!IsLoaded || _device.Status(out var status) < 0) return;
        AsksForCleaning = status.AsksForCleaning;
        SoftErrors += status.SoftErrors;
    }

    private void Close()
    {
        Cartridge = null;
        _device.Close(); // a block that no mark ends gets one from the kernel
    }
}
