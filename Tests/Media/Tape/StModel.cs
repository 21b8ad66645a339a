using Backup.Media.Posix;
using Backup.Media.Tape;

namespace Backup.Tests.Media.Tape;

/// <summary>
/// A model of a SCSI drive behind the Linux st driver. Each rule names its source: man = st(4); rst =
/// Documentation/scsi/st.rst; st.c = drivers/scsi/st.c, the function that does it; SSC = what drives do by the SCSI
/// Stream Commands. It is only as true as these were read: no drive was at hand.
/// </summary>
internal sealed partial class StModel : IStDevice
{
    /// <summary>
    /// st.c keeps what was met last: nothing, a mark hit, a mark passed, the end of the medium, and three steps at the
    /// end of data.
    /// </summary>
    private enum Met { Nothing, MarkHit, Mark, EndOfMedium, EndOfMediumError, EndOfData1, EndOfData2, EndOfData }

    private StCartridgeModel? _cartridge;
    private bool _isOpen;
    private bool _forWriting;
    private bool _positionUnknown;
    private bool _writing;
    private Met _met;
    private int _at;
    private int _file;
    private int _block;
    private int _stickyErrno;
    private bool _isLostBehind;

    /// <summary>What the changer or a person puts in; null: nothing.</summary>
    public StCartridgeModel? Cartridge
    {
        get => _cartridge;
        set
        {
            _cartridge = value;
            (_at, _file, _block, _met, _stickyErrno, _writing) = (0, 0, 0, Met.Nothing, 0, false);
        }
    }

    /// <summary>Asked before each call by its name; a negative errno is answered instead.</summary>
    public Func<string, int?> Fault { get; set; } = _ => null;

    /// <summary>After a failed write every further one fails, until the cartridge is put in anew.</summary>
    public bool ErrorsStick { get; set; }

    public List<string> Calls { get; } = [];

    public int BlockBytes { get; private set; }

    /// <summary>False: MTSETBLK 0 is refused, as by drives of quarter-inch cartridges.</summary>
    public bool HasVariableBlocks { get; init; } = true;

    /// <summary>False: no READ POSITION (SSC: optional for old drives).</summary>
    public bool Tells { get; init; } = true;

    /// <summary>False: MTWEOFI is not known (before Linux 2.6.37).</summary>
    public bool MarksAtOnce { get; init; } = true;

    /// <summary>False: MTSETDRVBUFFER is for root alone (st.c, st_ioctl).</summary>
    public bool IsRoot { get; init; } = true;

    /// <summary>MT_ST_FAST_MTEOM is set and cannot be cleared: MTEOM loses the number of the tape file.</summary>
    public bool FastEnd { get; set; }

    /// <summary>
    /// MT_ST_ASYNC_WRITES is set and cannot be cleared: a block that found no room is told with the next call (st.c,
    /// write_behind_check).
    /// </summary>
    public bool WritesBehind { get; init; }

    /// <summary>Most bytes of one transfer of the adapter.</summary>
    public int TransferMax { get; init; } = int.MaxValue;

    public bool AsksForCleaning { get; set; }

    public bool IsCompressing { get; private set; }

    /// <summary>A reset of the bus: st.c blocks all but rewinding and the like until then (pos_unknown).</summary>
    public void Reset() => (_positionUnknown, _at) = (true, 0);

    /// <summary>The machine lost its power: the buffer of the drive is gone, and the process with it.</summary>
    public void LosePower()
    {
        _cartridge?.LosePower();
        (_isOpen, _writing, _at, _file, _block, _met) = (false, false, 0, 0, 0, Met.Nothing);
    }

    public int Open(bool forWriting)
    {
        if (Called(forWriting ? "open" : "open-for-reading") is { } fault) return fault;
        if (_isOpen) return -Errno.Busy; // st.c, st_open: in_use
        if (_cartridge is null) return -Errno.NoMedium;
        if (forWriting && _cartridge.IsWriteProtected) return -Errno.ReadOnly; // st.c, check_tape
        (_isOpen, _forWriting, _writing) = (true, forWriting, false);
        return 0;
    }

    public void Close()
    {
        // rst: one file mark is written when the device is closed and the last operation was a write.
        if (_isOpen && _writing && !_positionUnknown) AppendMark(atOnce: false);
        (_isOpen, _writing) = (false, false);
    }

    public void Dispose() => Close();

    public int Read(Span<byte> buffer)
    {
        if (Called("read") is { } fault) return fault;
        if (Refusal() is { } refused) return refused;
        if (BlockBytes > 0 && buffer.Length % BlockBytes != 0) return -Errno.Invalid; // st.c, st_read
        _writing = false;
        if (_met >= Met.EndOfData1) // rst: the end of data is two reads of nothing, then an error
            return _met < Met.EndOfData ? Next() : -Errno.InputOutput;
        var total = BlockBytes == 0 ? ReadOne(buffer) : ReadMany(buffer);
        if (total != 0)
        {
            if (total > 0 && _met == Met.Mark) _met = Met.Nothing;
            return total;
        }
        if (_met == Met.MarkHit) (_met, _file, _block) = (Met.Mark, Counted(1), 0);
        else if (_met == Met.EndOfData2) _met = Met.EndOfData;
        return 0;
    }

    public int Write(ReadOnlySpan<byte> data)
    {
        if (Called("write") is { } fault) return fault == 0 ? 0 : Stick(fault);
        if (Refusal() is { } refused) return refused;
        if (!_forWriting) return -Errno.BadDescriptor;
        if (_stickyErrno != 0) return _stickyErrno;
        if (BlockBytes > 0 && data.Length % BlockBytes != 0) return -Errno.Invalid; // st.c, st_write
        if (data.Length > TransferMax) return -Errno.Overflow;
        if (ToldBehind() is { } behind) return behind;
        if (_met == Met.EndOfMedium) // rst: after the early warning every other write is refused, untried
        {
            _met = Met.EndOfData1;
            return -Errno.NoSpace;
        }
        if (_met == Met.EndOfMediumError) return -Errno.InputOutput;
        _writing = true;
        var unit = BlockBytes == 0 ? data.Length : BlockBytes;
        var done = 0;
        while (done < data.Length)
        {
            var answer = Append(data.Slice(done, unit));
            if (answer == -Errno.InputOutput) return Stick(-Errno.InputOutput);
            if (answer == 0 && WritesBehind)
            {
                _isLostBehind = true;
                return data.Length;
            }
            if (answer == 0) break;
            done += unit;
        }
        var warned = _cartridge!.EarlyWarningBytes > 0
            && _cartridge.UsedBytes(_at) > _cartridge.CapacityBytes - _cartridge.EarlyWarningBytes;
        if (done < data.Length || warned) _met = Met.EndOfMedium;
        else _met = _met == Met.EndOfData1 ? Met.EndOfMedium : Met.Nothing;
        return done > 0 ? done : -Errno.NoSpace; // st.c, st_write: VOLUME OVERFLOW with nothing written
    }

    public int Status(out StStatus status)
    {
        // st.c, st_ioctl, MTIOCGET: the beginning or a mark is told by block 0, the ends by what was met last.
        var general = StStatus.OnlineBit;
        if (_cartridge is null) general = StStatus.DoorOpenBit;
        if (_cartridge?.IsWriteProtected == true) general |= StStatus.WriteProtectedBit;
        if (AsksForCleaning) general |= StStatus.CleaningBit;
        if (_block == 0) general |= _file == 0 ? StStatus.BeginningBit : StStatus.FileMarkBit;
        if (_met is Met.EndOfMedium or Met.EndOfMediumError) general |= StStatus.EndOfTapeBit;
        else if (_met > Met.EndOfMedium) general |= StStatus.EndOfDataBit;
        status = new StStatus(
            general, 0x5e, BlockBytes, 0, _positionUnknown ? -1 : _file, _positionUnknown ? -1 : _block);
        return Called("status") ?? 0;
    }

    public int Tell(out long block)
    {
        block = _at; // SSC: logical objects, of which marks are some
        if (Called("tell") is { } fault) return fault;
        return Tells && !_positionUnknown ? 0 : -Errno.InputOutput;
    }

    private int? Called(string call)
    {
        Calls.Add(call);
        return Fault(call);
    }

    private int? Refusal() =>
        !_isOpen ? -Errno.BadDescriptor
        : _cartridge is null ? -Errno.NoMedium
        : _positionUnknown ? -Errno.InputOutput : null;

    private int? ToldBehind()
    {
        if (!_isLostBehind) return null;
        (_isLostBehind, _met) = (false, Met.EndOfMedium);
        return -Errno.NoSpace;
    }

    private int Stick(int errno)
    {
        if (ErrorsStick) _stickyErrno = errno;
        _block = -1; // st.c, st_write: "too cautious?"
        return errno;
    }

    private int Next()
    {
        _met++;
        return 0;
    }

    private int Counted(int files) => _file < 0 ? -1 : _file + files;

    private byte[]? Here => _cartridge!.Items[_at];

    private bool IsAtEndOfData => _at >= _cartridge!.Items.Count;

    /// <summary>rst: one block of the tape; where it is larger than the buffer it is passed and ENOMEM told.</summary>
    private int ReadOne(Span<byte> buffer)
    {
        if (IsAtEndOfData) return BlankCheck();
        if (Here is not { } block) return HitMark();
        _at++;
        if (_block >= 0) _block++;
        if (block.Length > buffer.Length) return -Errno.NoMemory;
        block.CopyTo(buffer);
        return block.Length;
    }

    /// <summary>st.c, st_read: blocks of one size until the buffer is full or a mark is met.</summary>
    private int ReadMany(Span<byte> buffer)
    {
        var total = 0;
        while (total < buffer.Length)
        {
            if (_met == Met.MarkHit) return total;
            if (IsAtEndOfData) return total > 0 ? total : BlankCheck();
            if (Here is not { } block) return total + HitMark();
            if (block.Length != BlockBytes) return total > 0 ? total : -Errno.InputOutput; // "incorrect block size"
            block.CopyTo(buffer[total..]);
            total += block.Length;
            _at++;
            if (_block >= 0) _block++;
        }
        return total;
    }

    private int HitMark()
    {
        if (_met != Met.MarkHit) _at++;
        _met = Met.MarkHit;
        return 0;
    }

    /// <summary>st.c, read_tape: the first blank check behind a mark is a read of nothing, any other an error.</summary>
    private int BlankCheck()
    {
        _block = -1;
        if (_met != Met.Mark) return -Errno.InputOutput;
        _met = Met.EndOfData2;
        return 0;
    }

    /// <returns>The bytes, 0 where there is no room, EIO where the medium fails instead of saying so.</returns>
    private int Append(ReadOnlySpan<byte> block)
    {
        var cartridge = _cartridge!;
        var isFull = cartridge.UsedBytes(_at) + cartridge.StoredBytes(_at, block.Length) > cartridge.CapacityBytes;
        if (isFull && cartridge.End == StEndManner.Fails) return -Errno.InputOutput;
        if (isFull && cartridge.End == StEndManner.Refuses) return 0;
        CutHere();
        cartridge.Items.Add(block.ToArray());
        _at++;
        if (_block >= 0) _block += isFull ? 0 : 1;
        return isFull ? 0 : block.Length;
    }

    /// <summary>SSC: what is written ends the data.</summary>
    private void CutHere() => _cartridge!.Cut(_at);
}
