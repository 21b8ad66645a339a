using Backup.Media.Files;

namespace Backup.Media.Archive;

/// <summary>Names in an archive and paths: `./` is the root, directories end in `/`.</summary>
internal static class MemberName
{
    internal static byte[] FromUstar(ReadOnlySpan<byte> block)
    {
        var name = UstarField.Text(block[UstarField.Name]);
        // GNU's own format ("ustar  ") keeps other things where ustar has the prefix.
        var isUstar = block[UstarField.Magic].StartsWith("ustar\0"u8);
        var prefix = isUstar ? UstarField.Text(block[UstarField.Prefix]) : [];
        return prefix.IsEmpty ? name.ToArray() : [.. prefix, (byte)'/', .. name];
    }

    /// <summary>
    /// Without leading `/` and `./`, trailing and doubled `/`, and `.` components; `..` stays, for the restore to
    /// refuse.
    /// </summary>
    internal static FilePath ToPath(ReadOnlySpan<byte> name)
    {
        var path = new byte[name.Length];
        var length = 0;
        foreach (var range in name.Split((byte)'/'))
        {
            var component = name[range];
            if (component.IsEmpty || component.SequenceEqual("."u8)) continue;
            if (length > 0) path[length++] = (byte)'/';
            component.CopyTo(path.AsSpan(length));
            length += component.Length;
        }
        return new FilePath(path[..length]);
    }
}
