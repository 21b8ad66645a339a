using System.Runtime.InteropServices;

namespace Backup.Media.Posix;

/// <summary>Flags of open(2). Three of them differ between x64 and arm64.</summary>
internal static class OpenFlags
{
    internal const int ReadOnly = 0;
    internal const int WriteOnly = 1;
    internal const int ReadWrite = 2;
    internal const int Create = 0x40;
    internal const int Exclusive = 0x80;
    internal const int NoTerminal = 0x100;
    internal const int Truncate = 0x200;
    internal const int Append = 0x400;
    internal const int NonBlocking = 0x800;
    internal const int NoAccessTime = 0x40000;
    internal const int CloseOnExec = 0x80000;
    internal const int PathOnly = 0x200000;
    internal static readonly int Directory = IsArm ? 0x4000 : 0x10000;
    /// <summary>O_TMPFILE, which holds O_DIRECTORY.</summary>
    internal static readonly int Unnamed = 0x400000 | Directory;

    internal static readonly int NoFollow = IsArm ? 0x8000 : 0x20000;
    internal static readonly int Direct = IsArm ? 0x10000 : 0x4000;

    /// <summary>RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS of openat2(2).</summary>
    internal const ulong ResolveBeneath = 0x08 | 0x04 | 0x02;

    private static bool IsArm => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;
}
