using System.Security.Cryptography;
using System.Text;
using Backup.Media.Posix;

namespace Backup.Media.Files;

/// <summary>An open directory of a restore's target.</summary>
internal sealed class TargetLevel(FilePath path, int descriptor, bool isNew, ulong device, ulong inode)
{
    internal FilePath Path { get; } = path;

    /// <summary>-1 while it is closed to save descriptors.</summary>
    internal int Descriptor { get; set; } = descriptor;

    /// <summary>True when this restore made it.</summary>
    internal bool IsNew { get; } = isNew;

    internal ulong Device { get; } = device;

    internal ulong Inode { get; } = inode;

    /// <summary>What to set when it is left; null when nothing is known of it.</summary>
    internal FileEntry? Entry { get; set; }

    /// <summary>True when what is made in it inherits an ACL, which then has to be dropped.</summary>
    internal bool HasDefaultAcl { get; init; }

    /// <summary>Owner and group of what this process makes in it; null until it has been seen.</summary>
    internal (uint User, uint Group)? OwnerOfNew { get; set; }

    internal void Close()
    {
        if (Descriptor >= 0) SystemCall.Close(Descriptor);
        Descriptor = -1;
    }

    internal int Rename(byte[] from, ReadOnlySpan<byte> to, bool noReplace)
    {
        var result = SystemCall.RenameAt(Descriptor, from, Descriptor, to, noReplace);
        if (result != -Errno.Invalid || !noReplace) return result;
        // The file system cannot rename without replacing; a hard link never replaces.
        result = SystemCall.LinkAt(Descriptor, from, Descriptor, to);
        return result < 0 ? result : SystemCall.UnlinkAt(Descriptor, from);
    }

    /// <summary>Removes a temporary name; nobody waits for the result, and a name that stays is recognisable.</summary>
    internal static void Remove(TargetLevel level, byte[] name) => SystemCall.UnlinkAt(level.Descriptor, name);

    /// <summary>A name of 128 random bits, which nobody can foresee or have in an archive.</summary>
    internal static byte[] TemporaryName() =>
        Encoding.ASCII.GetBytes($".restore-{RandomNumberGenerator.GetHexString(32, lowercase: true)}");

    /// <summary>
    /// Removes files that an earlier attempt, killed in the middle of one, left under a temporary name.
    /// </summary>
    internal static void RemoveLeftovers(int directory, Func<byte[], bool> isInUse)
    {
        foreach (var name in TreeRemover.Names(directory, new byte[32 * 1024]))
            if (IsTemporary(name) && !isInUse(name)) SystemCall.UnlinkAt(directory, name);
    }

    private static bool IsTemporary(ReadOnlySpan<byte> name) =>
        name.Length == ".restore-".Length + 32
        && name.StartsWith(".restore-"u8)
        && !name[".restore-".Length..].ContainsAnyExcept("0123456789abcdef"u8);

    /// <summary>Whether every component may be used: not empty, `.` or `..`, and without NUL.</summary>
    internal static bool IsSafe(FilePath path)
    {
        if (path.IsRoot) return true;
        var bytes = path.Bytes;
        if (bytes.Contains((byte)0)) return false;
        foreach (var range in bytes.Split((byte)'/'))
        {
            var name = bytes[range];
            if (name.IsEmpty || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8)) return false;
        }
        return true;
    }
}
