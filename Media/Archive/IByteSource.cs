namespace Backup.Media.Archive;

/// <summary>Bytes that are pulled. Once it has a defect it gives no more.</summary>
public interface IByteSource
{
    /// <summary>Reads what is at hand, at least one byte.</summary>
    /// <param name="target">Takes the bytes.</param>
    /// <returns>Bytes read; 0 at the end and where <see cref="Defect"/> is set.</returns>
    int Read(Span<byte> target);

    /// <summary>Why no more can be read, in one sentence; null when nothing is wrong.</summary>
    string? Defect { get; }
}

/// <summary>A stream as a source; an error of the system becomes the defect.</summary>
/// <param name="stream">Not disposed.</param>
public sealed class StreamSource(Stream stream) : IByteSource
{
    /// <inheritdoc/>
    public string? Defect { get; private set; }

    /// <inheritdoc/>
    public int Read(Span<byte> target)
    {
        if (Defect is not null) return 0;
        try
        {
            return stream.Read(target);
        }
        catch (IOException error)
        {
            Defect = $"Reading failed: {error.Message}";
            return 0;
        }
    }
}
