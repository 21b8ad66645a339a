using System.Runtime.InteropServices;

namespace Backup.Media.Posix;

/// <summary>Error numbers of Linux (errno(3)), the same on x64 and arm64.</summary>
public static class Errno
{
    /// <summary>
    /// True where process or machine have no descriptor left: nothing is wrong with what was to be opened.
    /// </summary>
    /// <param name="errno">A system's error number.</param>
    public static bool IsOutOfDescriptors(int errno) => errno is TooManyFiles or TooManyOpen;

    /// <summary>EPERM.</summary>
    public const int NotPermitted = 1;

    /// <summary>ENOENT.</summary>
    public const int NoEntry = 2;

    /// <summary>EINTR.</summary>
    public const int Interrupted = 4;

    /// <summary>EIO.</summary>
    public const int InputOutput = 5;

    /// <summary>ENXIO.</summary>
    public const int NoDevice = 6;

    /// <summary>EBADF.</summary>
    public const int BadDescriptor = 9;

    /// <summary>EAGAIN, which is also EWOULDBLOCK.</summary>
    public const int TryAgain = 11;

    /// <summary>ENOMEM; of st(4): a block that is larger than the buffer.</summary>
    public const int NoMemory = 12;

    /// <summary>EACCES.</summary>
    public const int AccessDenied = 13;

    /// <summary>EBUSY.</summary>
    public const int Busy = 16;

    /// <summary>EEXIST.</summary>
    public const int Exists = 17;

    /// <summary>EXDEV.</summary>
    public const int OtherDevice = 18;

    /// <summary>ENOTDIR.</summary>
    public const int NotDirectory = 20;

    /// <summary>EISDIR.</summary>
    public const int IsDirectory = 21;

    /// <summary>ENFILE: the machine has no descriptor left.</summary>
    public const int TooManyFiles = 23;

    /// <summary>EMFILE: the process has no descriptor left.</summary>
    public const int TooManyOpen = 24;

    /// <summary>EINVAL.</summary>
    public const int Invalid = 22;

    /// <summary>ENOSPC.</summary>
    public const int NoSpace = 28;

    /// <summary>EROFS.</summary>
    public const int ReadOnly = 30;

    /// <summary>ERANGE.</summary>
    public const int Range = 34;

    /// <summary>ENAMETOOLONG.</summary>
    public const int NameTooLong = 36;

    /// <summary>ENOSYS.</summary>
    public const int NoCall = 38;

    /// <summary>ENOTEMPTY.</summary>
    public const int NotEmpty = 39;

    /// <summary>ELOOP: a symbolic link where none is allowed.</summary>
    public const int Loop = 40;

    /// <summary>ENODATA.</summary>
    public const int NoData = 61;

    /// <summary>EOVERFLOW.</summary>
    public const int Overflow = 75;

    /// <summary>EOPNOTSUPP.</summary>
    public const int NotSupported = 95;

    /// <summary>ETIMEDOUT.</summary>
    public const int TimedOut = 110;

    /// <summary>ESTALE.</summary>
    public const int Stale = 116;

    /// <summary>ENOMEDIUM: no cartridge in the drive.</summary>
    public const int NoMedium = 123;

    /// <summary>The name of an error number, as `EIO`; the number itself where it has none here.</summary>
    /// <param name="errno">1 or more.</param>
    public static string NameOf(int errno) => errno switch
    {
        1 => "EPERM",
        2 => "ENOENT",
        3 => "ESRCH",
        4 => "EINTR",
        5 => "EIO",
        6 => "ENXIO",
        7 => "E2BIG",
        9 => "EBADF",
        11 => "EAGAIN",
        12 => "ENOMEM",
        13 => "EACCES",
        14 => "EFAULT",
        16 => "EBUSY",
        17 => "EEXIST",
        18 => "EXDEV",
        19 => "ENODEV",
        20 => "ENOTDIR",
        21 => "EISDIR",
        22 => "EINVAL",
        23 => "ENFILE",
        24 => "EMFILE",
        25 => "ENOTTY",
        26 => "ETXTBSY",
        27 => "EFBIG",
        28 => "ENOSPC",
        29 => "ESPIPE",
        30 => "EROFS",
        31 => "EMLINK",
        32 => "EPIPE",
        34 => "ERANGE",
        35 => "EDEADLK",
        36 => "ENAMETOOLONG",
        38 => "ENOSYS",
        39 => "ENOTEMPTY",
        40 => "ELOOP",
        61 => "ENODATA",
        71 => "EPROTO",
        75 => "EOVERFLOW",
        84 => "EILSEQ",
        95 => "EOPNOTSUPP",
        110 => "ETIMEDOUT",
        116 => "ESTALE",
        117 => "EUCLEAN",
        122 => "EDQUOT",
        123 => "ENOMEDIUM",
        124 => "EMEDIUMTYPE",
        _ => $"errno {errno}",
    };

    /// <summary>Name and the system's words, as `EIO (Input/output error)`.</summary>
    /// <param name="errno">1 or more.</param>
    public static string Describe(int errno) => $"{NameOf(errno)} ({Marshal.GetPInvokeErrorMessage(errno)})";
}
