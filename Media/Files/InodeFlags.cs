using System.Text;
using Backup.Media.Posix;

namespace Backup.Media.Files;

/// <summary>
/// Flags of an inode (ioctl_iflags(2), chattr(1)). An entry has them as an attribute of a name that the kernel gives
/// none, with the value that star and libarchive write behind `SCHILY.fflags`: names with commas between.
/// </summary>
internal static class InodeFlags
{
    /// <summary>IMMUTABLE and APPEND: what has one of them gets no further name, and no content.</summary>
    internal const uint Last = 0x10 | 0x20;

    /// <summary>NOCOW and COMPR, which a file must have before its content.</summary>
    internal const uint First = 0x800000 | 0x4;

    private const int NoFlags = 25; // ENOTTY

    // linux/fs.h; the first name of a flag is written. Flags that a file system sets by itself (extents, inline data,
    // encryption) are not among them, nor those that libarchive has no name for.
    private static readonly (uint Flag, string Name)[] Names =
    [
        (0x20, "sappnd"), (0x20, "sappend"), (0x10, "schg"), (0x10, "schange"), (0x10, "simmutable"),
        (0x40, "nodump"), (0x2, "undel"), (0x4, "compress"), (0x80, "noatime"), (0x10000, "dirsync"),
        (0x4000, "journal-data"), (0x4000, "journal"), (0x1, "secdel"), (0x1, "securedeletion"), (0x8, "sync"),
        (0x8000, "notail"), (0x20000, "topdir"), (0x800000, "nocow"), (0x20000000, "projinherit"),
    ];

    /// <summary>The attribute's name.</summary>
    internal static ReadOnlySpan<byte> Attribute => "linux.flags"u8;

    internal static bool IsIn(ExtendedAttribute attribute) => attribute.Name.AsSpan().SequenceEqual(Attribute);

    /// <summary>The flags of an entry; 0 for none, and for names that are not known.</summary>
    internal static uint Of(FileEntry entry)
    {
        foreach (var attribute in entry.Attributes)
            if (IsIn(attribute)) return Parse(attribute.Value);
        return 0;
    }

    internal static uint Parse(ReadOnlySpan<byte> text)
    {
        var flags = 0u;
        foreach (var name in Encoding.ASCII.GetString(text).Split(',', ' ', '\t'))
            flags |= Array.Find(Names, known => known.Name == name).Flag;
        return flags;
    }

    internal static string Format(uint flags)
    {
        var written = new List<string>();
        foreach (var (flag, name) in Names)
        {
            if ((flags & flag) == 0) continue;
            written.Add(name);
            flags &= ~flag;
        }
        return string.Join(',', written);
    }

    /// <summary>The attribute of a file or directory; null without flags that are kept.</summary>
    /// <param name="descriptor">Open for reading.</param>
    /// <param name="result">0, or the negative errno; ENOTTY and the like where the file system has no flags.</param>
    internal static ExtendedAttribute? Read(int descriptor, out int result)
    {
        result = SystemCall.GetFlags(descriptor, out var flags);
        var text = result < 0 ? "" : Format(flags);
        return text.Length == 0 ? null : new ExtendedAttribute(Attribute.ToArray(), Encoding.ASCII.GetBytes(text));
    }

    /// <summary>True for the errors of a file system without flags.</summary>
    internal static bool IsNone(int result) =>
        result is -NoFlags or -Errno.NotSupported or -Errno.Invalid or -Errno.NoCall;

    /// <summary>
    /// Sets flags beside those that are set; where that is refused, one by one. Gives those that it could not set.
    /// </summary>
    /// <param name="descriptor">Open for reading.</param>
    /// <param name="flags">What is to be set.</param>
    /// <param name="result">0, or the negative errno of the last that was refused.</param>
    internal static uint Add(int descriptor, uint flags, out int result)
    {
        result = SystemCall.GetFlags(descriptor, out var present);
        if (result < 0) return flags;
        if ((present & flags) == flags) return 0;
        if (SystemCall.SetFlags(descriptor, present | flags) >= 0) return 0;
        var refused = 0u;
        for (var flag = 1u; flag != 0; flag <<= 1)
        {
            if ((flags & ~present & flag) == 0) continue;
            var set = SystemCall.SetFlags(descriptor, present | flag);
            if (set >= 0) present |= flag;
            else (refused, result) = (refused | flag, set);
        }
        return refused;
    }
}
