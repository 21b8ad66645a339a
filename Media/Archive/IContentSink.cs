namespace Backup.Media.Archive;

/// <summary>Takes the content of a file as it is restored: data at offsets that only grow, holes between them, then the size.</summary>
public interface IContentSink
{
    /// <summary>Puts data into the file. What is never written stays a hole, or zeros.</summary>
    /// <param name="offset">In the file; not before the end of what was written last.</param>
    /// <param name="data">The bytes.</param>
    void Write(long offset, ReadOnlySpan<byte> data);

    /// <summary>Sets the file's size, once, after the last data: it differs from their end where the file ends in a hole.</summary>
    /// <param name="size">Bytes.</param>
    void SetSize(long size);
}
