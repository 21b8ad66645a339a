using Backup.Media.Posix;

namespace Backup.Media.Tape;

/// <summary>Makes a cartridge ready: waits for it, sets the drive, and finds out how its blocks were written.</summary>
internal sealed class StLoader(IStDevice device, StDriveOptions options, Action<TimeSpan> pause, TimeProvider clock)
{
    // MTSETDRVBUFFER, of linux/mtio.h. Buffered and asynchronous writes would report an error one block too late.
    internal const int SetOptions = 0x30000000;
    internal const int ClearOptions = 0x40000000;
    internal const int WantedOptions = 0x100 | 0x800; // MT_ST_CAN_BSR, MT_ST_SCSI2LOGICAL
    // BUFFER_WRITES, ASYNC_WRITES, READ_AHEAD, TWO_FM, FAST_MTEOM, SYSV, NOWAIT, NOWAIT_EOF
    internal const int UnwantedOptions = 0x1 | 0x2 | 0x4 | 0x10 | 0x20 | 0x1000 | 0x2000 | 0x8000;

    private const string LongBlock = "a first block of more than 1 MiB";

    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);

    private readonly List<string> _notes = [];

    public TapeResult Load(out StCartridge? cartridge)
    {
        cartridge = null;
        _notes.Clear();
        var opened = Open(out var isProtected);
        if (!opened.IsGood) return opened;
        SetDriver();
        if (Rewind() is { IsGood: false } stuck) return stuck;
        var found = FindBlocks(out var mode, out var isBlank);
        if (!found.IsGood) return found;
        if (Rewind() is { IsGood: false } lost) return lost;
        if (device.Status(out var now) >= 0 && now.BlockBytes != mode.Bytes)
        {
            var set = device.Operate(StOperation.SetBlock, mode.Bytes);
            if (set < 0) return TapeResult.Error(-set, $"MTSETBLK {mode.Bytes}");
        }
        cartridge = new StCartridge(
            mode.Bytes, now.Density, isBlank, isProtected || now.IsWriteProtected, [.. _notes]);
        return TapeResult.Done;
    }

    private TapeResult Open(out bool isProtected)
    {
        var since = clock.GetTimestamp();
        while (true)
        {
            isProtected = options.ReadOnly;
            var result = device.Open(!options.ReadOnly);
            if (result is -Errno.ReadOnly or -Errno.AccessDenied && !options.ReadOnly)
            {
                isProtected = true;
                result = device.Open(forWriting: false);
            }
            if (result >= 0 && device.Status(out var status) >= 0 && status.IsDoorOpen)
            {
                device.Close();
                result = -Errno.NoMedium;
            }
            if (result >= 0) return TapeResult.Done;
            if (!MayPass(result) || clock.GetElapsedTime(since) >= options.ReadyWithin)
                return result == -Errno.NoMedium
                    ? new TapeResult(TapeStatus.NotLoaded) : TapeResult.Error(-result, $"open of {options.Device}");
            pause(BetweenTries);
        }
    }

    /// <summary>A cartridge that was put in a moment ago is threaded; another program may be about to close.</summary>
    private static bool MayPass(int result) =>
        result is -Errno.NoMedium or -Errno.InputOutput or -Errno.Busy or -Errno.TryAgain;

    private void SetDriver()
    {
        var cleared = device.Operate(StOperation.SetOptions, ClearOptions | UnwantedOptions);
        var set = cleared < 0 ? cleared : device.Operate(StOperation.SetOptions, SetOptions | WantedOptions);
        if (set < 0)
            _notes.Add($"The kernel's options for the drive were not set: {Errno.Describe(-set)}. Only root may; see "
                + "docs/tape.md for what stinit must do instead.");
        if (options.Compression is not { } wanted) return;
        var compressed = device.Operate(StOperation.Compression, wanted ? 1 : 0);
        if (compressed < 0)
            _notes.Add($"Compression was not switched {(wanted ? "on" : "off")}: {Errno.Describe(-compressed)}.");
    }

    private TapeResult Rewind()
    {
        // The first one after a reset of the bus may be refused; it clears what blocks the second.
        var rewound = device.Operate(StOperation.Rewind, 1);
        if (rewound < 0) rewound = device.Operate(StOperation.Rewind, 1);
        return rewound < 0 ? TapeResult.Error(-rewound, "MTREW") : TapeResult.Done;
    }

    /// <summary>
    /// The length of the first block says it: a header block of 32 KiB, or the one block of the drive that it begins
    /// with. So a tape is read and continued as it was written, whatever the configuration says by now.
    /// </summary>
    private TapeResult FindBlocks(out StBlockMode mode, out bool isBlank)
    {
        (mode, isBlank) = (new StBlockMode(options.BlockBytes), false);
        var variable = device.Operate(StOperation.SetBlock, 0);
        if (variable < 0)
        {
            var bytes = options.BlockBytes;
            var set = bytes == 0 ? variable : device.Operate(StOperation.SetBlock, bytes);
            if (set < 0) return TapeResult.Error(-set, $"MTSETBLK {bytes}");
        }
        var buffer = new byte[TapeFormat.BlockBytesMax];
        var length = device.Read(buffer);
        if (length == -Errno.NoMemory)
            return new TapeResult(TapeStatus.ForeignMedium, Operation: LongBlock);
        if (length == 0) return BeginsWithMark(buffer, out isBlank);
        if (length < 0)
        {
            isBlank = length == -Errno.InputOutput && StReader.IsEndOfData(device);
            return isBlank ? TapeResult.Done : TapeResult.Error(-length, "read");
        }
        if (variable < 0) return TapeResult.Done;
        if (length != TapeFormat.HeaderBytes && !StBlockMode.IsFixedSize(length))
            return new TapeResult(
                TapeStatus.ForeignMedium,
                Operation: ForeignMedium.Describe(buffer.AsSpan(0, length)) is { } theirs
                    ? $"{theirs}, in blocks of {length} bytes" : $"a first block of {length} bytes");
        mode = length == TapeFormat.HeaderBytes ? StBlockMode.Variable : new StBlockMode(length);
        return TapeResult.Done;
    }

    /// <summary>A tape that was "erased" by a mark at its beginning holds nothing; one with more is foreign.</summary>
    private TapeResult BeginsWithMark(byte[] buffer, out bool isBlank)
    {
        isBlank = (device.Status(out var status) >= 0 && status.IsEndOfData)
            || (device.Read(buffer) == 0 && device.Status(out status) >= 0 && status.IsEndOfData);
        return isBlank ? TapeResult.Done
            : new TapeResult(TapeStatus.ForeignMedium, Operation: "a file mark at its beginning, and data behind it");
    }
}
