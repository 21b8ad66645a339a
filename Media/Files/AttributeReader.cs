using Backup.Media.Posix;

namespace Backup.Media.Files;

/// <summary>Reads the extended attributes of what a descriptor is open on; holds the buffers for it.</summary>
internal sealed class AttributeReader
{
    private const int ListBytesMax = 65_536; // XATTR_LIST_MAX and XATTR_SIZE_MAX of linux/limits.h
    private readonly byte[] _names = new byte[ListBytesMax];
    private readonly byte[] _value = new byte[ListBytesMax];
    private readonly HashSet<ulong> _withoutFlags = [];

    /// <summary>All attributes in byte order of their names, the inode's flags among them.</summary>
    /// <param name="descriptor">Open in any way.</param>
    /// <param name="status">Its status.</param>
    /// <param name="byProc">True for one that is open by O_PATH, which the calls on descriptors refuse.</param>
    /// <param name="failed">Told call, errno and attribute (empty for the list) where one cannot be read.</param>
    internal IReadOnlyList<ExtendedAttribute> Read(
        int descriptor, in FileStatus status, bool byProc, Action<string, int, byte[]> failed)
    {
        var attributes = ReadNamed(descriptor, byProc, failed);
        // Others have no flags, and a device's driver must not be asked
        if (byProc || status.Type is not (NodeType.Regular or NodeType.Directory)) return attributes;
        if (ReadFlags(descriptor, status.Device, failed) is not { } flags) return attributes;
        var all = new List<ExtendedAttribute>(attributes) { flags };
        all.Sort((left, right) => left.Name.AsSpan().SequenceCompareTo(right.Name));
        return all;
    }

    private ExtendedAttribute? ReadFlags(int descriptor, ulong device, Action<string, int, byte[]> failed)
    {
        if (_withoutFlags.Contains(device)) return null;
        var flags = InodeFlags.Read(descriptor, out var result);
        if (InodeFlags.IsNone(result)) _withoutFlags.Add(device);
        else if (result < 0) failed("ioctl", -result, InodeFlags.Attribute.ToArray());
        return flags;
    }

    private IReadOnlyList<ExtendedAttribute> ReadNamed(
        int descriptor, bool byProc, Action<string, int, byte[]> failed)
    {
        var length = SystemCall.ListAttributes(descriptor, _names, byProc);
        if (length is 0 or -Errno.NotSupported) return [];
        if (length < 0)
        {
            failed("listxattr", -length, []);
            return [];
        }
        var attributes = new List<ExtendedAttribute>();
        foreach (var range in Names(length))
        {
            var name = _names.AsSpan(range).ToArray();
            var size = SystemCall.GetAttribute(descriptor, name, _value, byProc);
            if (size >= 0) attributes.Add(new ExtendedAttribute(name, _value.AsSpan(0, size).ToArray()));
            else if (size != -Errno.NoData) failed("getxattr", -size, name); // ENODATA: removed since it was listed
        }
        attributes.Sort((left, right) => left.Name.AsSpan().SequenceCompareTo(right.Name));
        return attributes;
    }

    private List<Range> Names(int length)
    {
        var ranges = new List<Range>();
        for (var at = 0; at < length;)
        {
            var end = at + _names.AsSpan(at, length - at).IndexOf((byte)0);
            if (end <= at) break;
            ranges.Add(at..end);
            at = end + 1;
        }
        return ranges;
    }
}
