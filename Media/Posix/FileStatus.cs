using System.Runtime.InteropServices;
using Backup.Media.Files;

namespace Backup.Media.Posix;

/// <summary>struct statx of statx(2): 256 bytes, laid out the same on every architecture.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
public struct FileStatus
{
    /// <summary>What is filled in: STATX_*.</summary>
    [FieldOffset(0)] internal uint Mask;

    /// <summary>Number of hard links.</summary>
    [FieldOffset(16)] public uint LinkCount;

    /// <summary>Numeric owner.</summary>
    [FieldOffset(20)] public uint UserId;

    /// <summary>Numeric group.</summary>
    [FieldOffset(24)] public uint GroupId;

    [FieldOffset(28)] private ushort _mode;

    /// <summary>Inode number.</summary>
    [FieldOffset(32)] public ulong Inode;

    /// <summary>Bytes, holes included.</summary>
    [FieldOffset(40)] public long Size;

    /// <summary>Allocated units of 512 bytes.</summary>
    [FieldOffset(48)] public long Blocks;

    [FieldOffset(64)] private long _accessedSeconds;
    [FieldOffset(72)] private int _accessedNanoseconds;
    [FieldOffset(80)] private long _bornSeconds;
    [FieldOffset(88)] private int _bornNanoseconds;
    [FieldOffset(96)] private long _changedSeconds;
    [FieldOffset(104)] private int _changedNanoseconds;
    [FieldOffset(112)] private long _modifiedSeconds;
    [FieldOffset(120)] private int _modifiedNanoseconds;

    /// <summary>Major number, of a device node.</summary>
    [FieldOffset(128)] public uint DeviceMajor;

    /// <summary>Minor number, of a device node.</summary>
    [FieldOffset(132)] public uint DeviceMinor;

    [FieldOffset(136)] private uint _onMajor;
    [FieldOffset(140)] private uint _onMinor;
    [FieldOffset(144)] private ulong _mount;

    /// <summary>Permission, set-id and sticky bits.</summary>
    public readonly uint Mode => _mode & 0xfffu;

    /// <summary>The type of file.</summary>
    public readonly NodeType Type => (NodeType)(_mode >> 12);

    /// <summary>Number of the device that holds the file: major in the upper 32 bits, minor in the lower.</summary>
    public readonly ulong Device => ((ulong)_onMajor << 32) | _onMinor;

    /// <summary>Identity of the mount; 0 where the kernel (before 5.8) does not say.</summary>
    public readonly ulong Mount => (Mask & SystemCall.StatusMount) != 0 ? _mount : 0;

    /// <summary>Time of birth; null where the file system does not keep it.</summary>
    public readonly UnixTime? Born =>
        (Mask & SystemCall.StatusBorn) != 0 ? new UnixTime(_bornSeconds, _bornNanoseconds) : null;

    /// <summary>atime.</summary>
    public readonly UnixTime Accessed => new(_accessedSeconds, _accessedNanoseconds);

    /// <summary>mtime.</summary>
    public readonly UnixTime Modified => new(_modifiedSeconds, _modifiedNanoseconds);

    /// <summary>ctime.</summary>
    public readonly UnixTime Changed => new(_changedSeconds, _changedNanoseconds);
}

/// <summary>Types of file: S_IFMT shifted down by 12 bits, which is also d_type of a directory entry.</summary>
public enum NodeType : byte
{
    /// <summary>The file system does not say.</summary>
    Unknown = 0,

    /// <summary>FIFO.</summary>
    Fifo = 1,

    /// <summary>Character device.</summary>
    CharacterDevice = 2,

    /// <summary>Directory.</summary>
    Directory = 4,

    /// <summary>Block device.</summary>
    BlockDevice = 6,

    /// <summary>Regular file.</summary>
    Regular = 8,

    /// <summary>Symbolic link.</summary>
    Symlink = 10,

    /// <summary>Socket.</summary>
    Socket = 12,
}
