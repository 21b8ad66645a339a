using System.Runtime.InteropServices;
using System.Text;
using Backup.Media.Posix;

namespace Backup.Media.Tape;

/// <summary>
/// A drive of the Linux st driver, by system calls. Structures and numbers: linux/mtio.h of 64-bit Linux, alike on x64
/// and arm64.
/// </summary>
internal sealed class StDevice(string path) : IStDevice
{
    internal const uint OperateRequest = 0x40086d01; // _IOW('m', 1, struct mtop)
    internal const uint StatusRequest = 0x80306d02; // _IOR('m', 2, struct mtget)
    internal const uint TellRequest = 0x80086d03; // _IOR('m', 3, struct mtpos)

    private const int BlockMask = 0xffffff;
    private const int DensityShift = 24;
    private const int SoftErrorMask = 0xffff;

    private int _descriptor = -1;

    public int Open(bool forWriting)
    {
        Close();
        var flags = (forWriting ? OpenFlags.ReadWrite : OpenFlags.ReadOnly)
            | OpenFlags.CloseOnExec | OpenFlags.NoTerminal;
        var result = SystemCall.OpenAt(SystemCall.CurrentDirectory, Encoding.UTF8.GetBytes(path), flags);
        if (result < 0) return result;
        _descriptor = result;
        return 0;
    }

    public void Close()
    {
        if (_descriptor >= 0) SystemCall.Close(_descriptor);
        _descriptor = -1;
    }

    public int Read(Span<byte> buffer) => SystemCall.Read(_descriptor, buffer);

    public int Write(ReadOnlySpan<byte> data) => SystemCall.WriteOnce(_descriptor, data);

    public int Operate(StOperation operation, int count)
    {
        var asked = new TapeOperation { Operation = (short)operation, Count = count };
        return SystemCall.Control(_descriptor, OperateRequest, ref asked);
    }

    public int Status(out StStatus status)
    {
        var found = default(TapeStatusReport);
        var result = SystemCall.Control(_descriptor, StatusRequest, ref found);
        var register = (uint)found.Register;
        status = new StStatus(
            (uint)found.General, (int)(register >> DensityShift), (int)(register & BlockMask),
            (int)(found.Errors & SoftErrorMask), found.File, found.Block);
        return result;
    }

    public int Tell(out long block)
    {
        block = 0;
        return SystemCall.Control(_descriptor, TellRequest, ref block);
    }

    public void Dispose() => Close();

    /// <summary>struct mtop.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 8)]
    internal struct TapeOperation
    {
        [FieldOffset(0)]
        internal short Operation;

        [FieldOffset(4)]
        internal int Count;
    }

    /// <summary>struct mtget.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TapeStatusReport
    {
        internal long Type;
        internal long Residue;
        internal long Register;
        internal long General;
        internal long Errors;
        internal int File;
        internal int Block;
    }
}
