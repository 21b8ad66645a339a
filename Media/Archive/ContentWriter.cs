namespace Backup.Media.Archive;

/// <summary>
/// Takes the content of a file as it is restored. What lies between and behind the data is holes, or zeros; the size is
/// the entry's.
/// </summary>
/// <param name="offset">In the file; not before the end of what was written last.</param>
/// <param name="data">The bytes, not empty, within the entry's size.</param>
public delegate void ContentWriter(long offset, ReadOnlySpan<byte> data);
