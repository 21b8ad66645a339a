using Backup.Media.Posix;

namespace Backup.Media.Files;

/// <summary>The data extents of a sparse file, by SEEK_DATA and SEEK_HOLE (lseek(2)).</summary>
internal static class SparseMap
{
    /// <summary>
    /// The extents in order, cut to a size; null when the file has no hole or the file system cannot tell. Leaves the
    /// position at 0.
    /// </summary>
    internal static IReadOnlyList<DataExtent>? Read(int descriptor, long size, int extentsMax)
    {
        var extents = new List<DataExtent>();
        for (long at = 0; at < size;)
        {
            var data = SystemCall.Seek(descriptor, at, SeekFrom.Data);
            if (data == -Errno.NoDevice || data >= size) break; // only a hole up to the end
            if (data < 0) return null;
            var hole = SystemCall.Seek(descriptor, data, SeekFrom.Hole);
            if (hole == -Errno.NoDevice) break; // the file was cut in between
            if (hole < 0) return null;
            var end = extents.Count + 1 == extentsMax ? size : Math.Min(hole, size);
            extents.Add(new DataExtent(data, end - data));
            at = end;
        }
        SystemCall.Seek(descriptor, 0, SeekFrom.Start);
        return extents is [{ Offset: 0 } only] && only.Length == size ? null : extents;
    }
}
