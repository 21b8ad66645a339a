using Backup.Media.Posix;
using Backup.Media.Tape;

namespace Backup.Tests.Media.Tape;

/// <summary>MTIOCTOP of the model.</summary>
internal sealed partial class StModel
{
    public int Operate(StOperation operation, int count)
    {
        if (Called(NameOf(operation, count)) is { } fault) return fault;
        if (!_isOpen) return -Errno.BadDescriptor;
        if (_cartridge is null) return -Errno.NoMedium;
        if (operation == StOperation.SetOptions)
        {
            if (!IsRoot) return -Errno.NotPermitted;
            FastEnd &= (count & StLoader.ClearOptions) == 0 || (count & 0x20) == 0;
            return 0;
        }
        if (_positionUnknown)
        {
            // st.c, st_ioctl: after a reset only these are let through, and they clear it.
            if (operation is not (StOperation.Rewind or StOperation.Offline or StOperation.EndOfData
                or StOperation.Erase)) return -Errno.InputOutput;
            (_positionUnknown, _file, _block, _met) = (false, -1, -1, Met.Nothing);
        }
        // st.c, st_ioctl: a mark that was hit and not yet told counts as passed.
        if (_met == Met.MarkHit && operation is StOperation.ForwardFiles or StOperation.EndOfData)
            (count, _file) = (count - 1, Counted(1));
        else if (_met == Met.MarkHit && operation is StOperation.BackFiles or StOperation.BackToFile)
            (count, _file) = (count + 1, Counted(1));
        // rst: if rewind, offline, bsf, or seek is done and the last operation was a write, a mark is written before.
        if (_writing && operation is StOperation.Rewind or StOperation.Offline or StOperation.BackFiles
            or StOperation.BackToFile)
        {
            AppendMark(atOnce: false);
            if (operation is StOperation.BackFiles or StOperation.BackToFile) count++;
        }
        if (operation is not StOperation.SetBlock) _writing = false;
        return Do(operation, count);
    }

    private int Do(StOperation operation, int count)
    {
        switch (operation)
        {
            case StOperation.Rewind:
                Settle();
                (_at, _file, _block, _met) = (0, 0, 0, Met.Nothing);
                return 0;
            case StOperation.Offline:
                Settle();
                Cartridge = null;
                return 0;
            case StOperation.ForwardFiles:
                return ForwardFiles(count);
            case StOperation.BackFiles:
                return BackFiles(count);
            case StOperation.BackToFile:
                return BackFiles(count) is < 0 and var failed ? failed : ForwardFiles(1);
            case StOperation.ForwardBlocks:
                return ForwardBlocks(count);
            case StOperation.BackBlocks:
                return BackBlocks(count);
            case StOperation.EndOfData:
                return ToEnd();
            case StOperation.WriteMarksAtOnce when !MarksAtOnce:
                return -Errno.NoCall;
            case StOperation.WriteMarks or StOperation.WriteMarksAtOnce:
                return WriteMarks(count, operation == StOperation.WriteMarksAtOnce);
            case StOperation.Erase:
                if (!_forWriting) return -Errno.AccessDenied;
                CutHere();
                _met = Met.Nothing;
                return 0;
            case StOperation.SetBlock:
                if (count == 0 && !HasVariableBlocks) return -Errno.InputOutput;
                BlockBytes = count;
                return 0;
            case StOperation.Compression:
                IsCompressing = count == 1;
                return 0;
            default:
                return -Errno.NoCall;
        }
    }

    private static string NameOf(StOperation operation, int count) =>
        operation is StOperation.WriteMarks && count == 0 ? "flush" : operation switch
        {
            StOperation.WriteMarks => "mark",
            StOperation.WriteMarksAtOnce => "mark-at-once",
            StOperation.Rewind => "rewind",
            _ => operation.ToString(),
        };

    /// <summary>SSC: moving the tape writes the buffer to it first.</summary>
    private void Settle() => _cartridge!.Durable = _cartridge.Items.Count;

    private int WriteMarks(int count, bool atOnce)
    {
        if (!_forWriting || _cartridge!.IsWriteProtected) return -Errno.AccessDenied; // st.c, st_int_ioctl
        if (ToldBehind() is { } behind) return behind;
        for (var each = 0; each < count; each++) AppendMark(atOnce);
        if (!atOnce) Settle(); // rst: without the immediate bit a mark is a synchronisation point, none too
        (_met, _block) = (Met.Nothing, 0);
        return 0;
    }

    private void AppendMark(bool atOnce)
    {
        CutHere();
        _cartridge!.Items.Add(null);
        _at++;
        (_file, _block, _met, _writing) = (Counted(1), 0, Met.Nothing, false);
        if (!atOnce) Settle();
    }

    private int ForwardFiles(int count)
    {
        var passed = 0;
        while (passed < count)
        {
            // st.c, st_int_ioctl: the residue says how many there were; BLANK CHECK is the end of data.
            if (IsAtEndOfData)
            {
                (_file, _block, _met) = (Counted(passed), -1, Met.EndOfData);
                return -Errno.InputOutput;
            }
            if (Here is null) passed++;
            _at++;
        }
        (_file, _block, _met) = (Counted(count), 0, Met.Mark);
        return 0;
    }

    /// <summary>man: backward over marks, to the side of the last one that is nearer to the beginning.</summary>
    private int BackFiles(int count)
    {
        var passed = 0;
        while (passed < count)
        {
            if (_at == 0)
            {
                (_file, _block, _met) = (0, 0, Met.Nothing);
                return -Errno.InputOutput;
            }
            _at--;
            if (Here is null) passed++;
        }
        (_file, _block, _met) = (Counted(-count), -1, Met.Nothing); // st.c: the number of the block cannot be known
        return 0;
    }

    private int ForwardBlocks(int count)
    {
        for (var passed = 0; passed < count; passed++)
        {
            if (IsAtEndOfData)
            {
                (_block, _met) = (_block < 0 ? -1 : _block + passed, Met.EndOfData);
                return -Errno.InputOutput;
            }
            _at++;
            if (_cartridge!.Items[_at - 1] is not null) continue;
            (_file, _block, _met) = (Counted(1), 0, Met.Mark); // st.c: stops behind the mark
            return -Errno.InputOutput;
        }
        (_block, _met) = (_block < 0 ? -1 : _block + count, Met.Nothing);
        return 0;
    }

    private int BackBlocks(int count)
    {
        for (var passed = 0; passed < count; passed++)
        {
            if (_at == 0) return -Errno.InputOutput;
            _at--;
            if (Here is not null) continue;
            (_file, _block, _met) = (Counted(-1), -1, Met.Nothing); // st.c: stops before the mark
            return -Errno.InputOutput;
        }
        (_block, _met) = (_block < 0 ? -1 : _block - count, Met.Nothing);
        return 0;
    }

    /// <summary>st.c, MTEOM: over the marks, so that they are counted; MT_ST_FAST_MTEOM does not count.</summary>
    private int ToEnd()
    {
        if (FastEnd) _file = -1;
        ForwardFiles(int.MaxValue);
        _met = Met.EndOfData;
        return 0;
    }
}
