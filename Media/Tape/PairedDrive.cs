namespace Backup.Media.Tape;

/// <summary>
/// A drive of a library that also reads what still lies on the library's spool: it is one or the other, by what was
/// put into it. For one thread at a time.
/// </summary>
/// <param name="spool">Reads volumes of the spool.</param>
public sealed class PairedDrive(VirtualTapeDrive spool) : ITapeDrive
{
    private static readonly TapeResult Empty = new(TapeStatus.NotLoaded);

    /// <summary>The drive itself; null while the library is not there.</summary>
    public ITapeDrive? Own { get; internal set; }

    /// <summary>Whether a volume of the spool is what it has now.</summary>
    public bool ReadsSpool { get; internal set; }

    private ITapeDrive? Now => ReadsSpool ? spool : Own;

    /// <inheritdoc/>
    public bool IsLoaded => Now?.IsLoaded == true;

    /// <inheritdoc/>
    public TapePosition Position => Now?.Position ?? default;

    /// <inheritdoc/>
    public TapeResult Load() => Now?.Load() ?? Empty;

    /// <inheritdoc/>
    public TapeResult Unload() => Now?.Unload() ?? Empty;

    /// <inheritdoc/>
    public TapeResult Rewind() => Now?.Rewind() ?? Empty;

    /// <inheritdoc/>
    public TapeResult SpaceFiles(int count) => Now?.SpaceFiles(count) ?? Empty;

    /// <inheritdoc/>
    public TapeResult SpaceBlocks(long count) => Now?.SpaceBlocks(count) ?? Empty;

    /// <inheritdoc/>
    public TapeResult SpaceToEndOfData() => Now?.SpaceToEndOfData() ?? Empty;

    /// <inheritdoc/>
    public TapeResult Write(ReadOnlySpan<byte> block, TapeFileKind kind) => Now?.Write(block, kind) ?? Empty;

    /// <inheritdoc/>
    public TapeResult WriteFileMark() => Now?.WriteFileMark() ?? Empty;

    /// <inheritdoc/>
    public TapeResult Flush() => Now?.Flush() ?? Empty;

    /// <inheritdoc/>
    public TapeResult Read(Span<byte> buffer) => Now?.Read(buffer) ?? Empty;

    /// <summary>Nothing: both belong to their libraries.</summary>
    public void Dispose() { }
}
