using System.Text;

namespace Backup.Media.Posix;

/// <summary>What the system says of a path, without opening what is there.</summary>
public static class PathStatus
{
    /// <summary>The user by whose rights this process opens files.</summary>
    public static uint EffectiveUser => Native.EffectiveUser();

    /// <summary>Status of a path; of the link itself where its last component is one.</summary>
    /// <param name="path">An absolute path.</param>
    /// <exception cref="PosixException">There is nothing, or it may not be looked at.</exception>
    public static FileStatus Read(string path)
    {
        PosixException.Check(
            SystemCall.StatusAt(SystemCall.CurrentDirectory, Encoding.UTF8.GetBytes(path), out var status),
            "statx", path);
        return status;
    }
}
