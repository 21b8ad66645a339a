using Backup.Media.Files;

namespace Backup.Media.Posix;

/// <summary>A system call failed.</summary>
public sealed class PosixException : IOException
{
    /// <summary>Names call, object and error.</summary>
    /// <param name="operation">The system call, as `fsync`.</param>
    /// <param name="path">What it was about, for people; empty when that is not known.</param>
    /// <param name="errno">The system's error number, 1 or more.</param>
    public PosixException(string operation, string path, int errno)
        : base(path.Length == 0
            ? $"{operation} failed: {Posix.Errno.Describe(errno)}."
            : $"{operation} of {path} failed: {Posix.Errno.Describe(errno)}.") =>
        (Operation, Path, Errno) = (operation, path, errno);

    /// <summary>The system call.</summary>
    public string Operation { get; }

    /// <summary>What it was about, escaped for people.</summary>
    public string Path { get; }

    /// <summary>The system's error number, as 5 for EIO.</summary>
    public int Errno { get; }

    /// <summary>The error's name, as `EIO`.</summary>
    public string ErrnoName => Posix.Errno.NameOf(Errno);

    internal static int Check(int result, string operation, string path = "") =>
        result >= 0 ? result : throw new PosixException(operation, path, -result);

    internal static long Check(long result, string operation, ReadOnlySpan<byte> path) =>
        result >= 0 ? result : throw new PosixException(operation, PathText.Escape(path), (int)-result);
}
