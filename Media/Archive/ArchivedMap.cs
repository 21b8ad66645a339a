using System.Buffers;
using System.Buffers.Text;
using Backup.Media.Files;

namespace Backup.Media.Archive;

/// <summary>
/// The map of a sparse member (GNU.sparse 1.0, GNU tar manual, "Storing Sparse Files"): the number of extents, then
/// offset and length of each, decimal, a line feed behind each number; NULs to a multiple of 512. The data of the
/// extents follow it, without gaps.
/// </summary>
internal static class ArchivedMap
{
    /// <summary>Ends with an empty extent at the file's end where that is a hole, as GNU tar writes it.</summary>
    internal static byte[] Format(IReadOnlyList<DataExtent> extents, long fileBytes)
    {
        var text = new ArrayBufferWriter<byte>((extents.Count * 24) + UstarField.BlockBytes);
        var end = extents.Count == 0 ? 0 : extents[^1].Offset + extents[^1].Length;
        var closing = extents.Count == 0 || end < fileBytes;
        WriteLine(text, extents.Count + (closing ? 1 : 0));
        foreach (var extent in extents)
        {
            WriteLine(text, extent.Offset);
            WriteLine(text, extent.Length);
        }
        if (closing)
        {
            WriteLine(text, fileBytes);
            WriteLine(text, 0);
        }
        var padded = new byte[Padded(text.WrittenCount)];
        text.WrittenSpan.CopyTo(padded);
        return padded;
    }

    internal static long Padded(long bytes) => (bytes + UstarField.BlockBytes - 1) & -UstarField.BlockBytes;

    internal static int Padded(int bytes) => (bytes + UstarField.BlockBytes - 1) & -UstarField.BlockBytes;

    private static void WriteLine(ArrayBufferWriter<byte> text, long value)
    {
        var line = text.GetSpan(21);
        Utf8Formatter.TryFormat(value, line, out var length);
        line[length] = (byte)'\n';
        text.Advance(length + 1);
    }
}
