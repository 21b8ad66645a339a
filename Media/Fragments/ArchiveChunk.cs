using Backup.Media.Files;
using Backup.Messages.Files;

namespace Backup.Media.Fragments;

/// <summary>
/// Up to 1 MiB of archive bytes with the information about the members in it: the element that streams from the walk to
/// the drive. Made by the archiver with plain bytes; the compressor replaces them by one Zstandard frame. The holder
/// returns the buffer to the pool by <see cref="Dispose"/>, once.
/// </summary>
public sealed class ArchiveChunk : IDisposable
{
    /// <summary>Most archive bytes in a chunk: 1 MiB.</summary>
    public const int ArchiveBytesMax = 1 << 20;

    private byte[]? _buffer;

    /// <summary>Takes a buffer over; it goes to the pool of chunk buffers when the chunk is disposed.</summary>
    /// <param name="buffer">Nobody else uses it from now on.</param>
    /// <param name="length">Bytes in use.</param>
    public ArchiveChunk(byte[] buffer, int length) => (_buffer, Length) = (buffer, length);

    /// <summary>The fragment that it belongs to, from 0.</summary>
    public required int Fragment { get; init; }

    /// <summary>Its number within the fragment, from 0.</summary>
    public required int Sequence { get; init; }

    /// <summary>Offset of its first archive byte within the fragment's archive bytes.</summary>
    public required long ArchiveOffset { get; init; }

    /// <summary>Archive bytes in it, 1 to 1 MiB.</summary>
    public required int ArchiveLength { get; init; }

    /// <summary>The level to compress it with.</summary>
    public required int CompressionLevel { get; init; }

    /// <summary>Members that begin or end in this chunk, in walk order.</summary>
    public required IReadOnlyList<MemberRecord> Members { get; init; }

    /// <summary>What happened to items between the chunk before and this one; goes into the fragment's index.</summary>
    public IReadOnlyList<FileException> Exceptions { get; init; } = [];

    /// <summary>
    /// Paths that the base has and that are gone, outermost only, in walk order: those before a member that ends in
    /// this chunk; on the last chunk also those behind all members.
    /// </summary>
    public IReadOnlyList<FilePath> Deletions { get; init; } = [];

    /// <summary>Set on the first chunk of a fragment.</summary>
    public FragmentStart? Start { get; init; }

    /// <summary>
    /// Set on the last chunk of a fragment that ends inside a member (Head and Middle); the fragment's index keeps it
    /// for a resume.
    /// </summary>
    public MemberCut? Cut { get; init; }

    /// <summary>True on the last chunk of a fragment.</summary>
    public bool EndsFragment { get; init; }

    /// <summary>True on the last chunk of the image.</summary>
    public bool EndsImage { get; init; }

    /// <summary>Bytes of payload: archive bytes, or the compressed frame.</summary>
    public int Length { get; }

    /// <summary>The payload.</summary>
    public ReadOnlyMemory<byte> Payload =>
        (_buffer ?? throw new ObjectDisposedException(nameof(ArchiveChunk))).AsMemory(0, Length);

    /// <summary>The same chunk with another payload; this one's buffer is returned.</summary>
    /// <param name="buffer">Nobody else uses it from now on.</param>
    /// <param name="length">Bytes in use.</param>
    public ArchiveChunk WithPayload(byte[] buffer, int length)
    {
        var next = Copy(buffer, length, Exceptions);
        Dispose();
        return next;
    }

    /// <summary>
    /// The same chunk with what happened to items before it; takes the buffer over, this one is empty afterwards.
    /// </summary>
    /// <param name="exceptions">In order.</param>
    public ArchiveChunk WithExceptions(IReadOnlyList<FileException> exceptions)
    {
        var buffer = Interlocked.Exchange(ref _buffer, null) ?? throw new ObjectDisposedException(nameof(ArchiveChunk));
        return Copy(buffer, Length, exceptions);
    }

    private ArchiveChunk Copy(byte[] buffer, int length, IReadOnlyList<FileException> exceptions) => new(buffer, length)
    {
        Fragment = Fragment,
        Sequence = Sequence,
        ArchiveOffset = ArchiveOffset,
        ArchiveLength = ArchiveLength,
        CompressionLevel = CompressionLevel,
        Members = Members,
        Exceptions = exceptions,
        Deletions = Deletions,
        Start = Start,
        Cut = Cut,
        EndsFragment = EndsFragment,
        EndsImage = EndsImage,
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer) ChunkBuffers.Return(buffer);
    }
}

/// <summary>A member that begins or ends in a chunk.</summary>
/// <param name="Entry">Complete for <see cref="MemberPhase.Whole"/> and <see cref="MemberPhase.Ends"/>; without digest
/// for <see cref="MemberPhase.Begins"/>.</param>
/// <param name="Phase">Whether it begins, ends or both in this chunk.</param>
public readonly record struct MemberRecord(FileEntry Entry, MemberPhase Phase);

/// <summary>What of a member is in a chunk.</summary>
public enum MemberPhase : byte
{
    /// <summary>Its header and content begin and end in this chunk.</summary>
    Whole,

    /// <summary>It begins here and ends in a later chunk.</summary>
    Begins,

    /// <summary>It began in an earlier chunk and ends here.</summary>
    Ends,
}

/// <summary>
/// Where a fragment's end cuts a member: with it, and the file unchanged, an archiver goes on in the next fragment.
/// </summary>
/// <param name="Entry">The member as announced: complete but for digest and flags.</param>
/// <param name="MemberBytes">Archive bytes of the member, headers included, up to the fragment's end; a multiple of
/// 512.</param>
/// <param name="HashState">
/// Intermediate hash value (FIPS 180-4, 6.2 and 6.4: the eight words, big-endian) over its archived content up to
/// there: 32 bytes for SHA-256, 64 for SHA-512, none where no digest is computed.
/// </param>
public sealed record MemberCut(FileEntry Entry, long MemberBytes, byte[] HashState);

/// <summary>What the archive bytes of a fragment begin with; known before its first byte is written.</summary>
/// <param name="Fragment">The fragment, from 0.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Member">The member that is cut; null for <see cref="FragmentKind.Members"/>.</param>
/// <param name="BytesToFirstMember">Archive bytes before the first member boundary: 0 for Members and Head, the length
/// of the rest (with padding) for Tail, of the whole fragment for Middle.</param>
public sealed record FragmentStart(int Fragment, FragmentKind Kind, FilePath? Member, long BytesToFirstMember);

/// <summary>What a fragment holds.</summary>
public enum FragmentKind : byte
{
    /// <summary>Whole members only.</summary>
    Members = 0,

    /// <summary>The beginning of one member that is larger than a fragment, and nothing else.</summary>
    Head = 1,

    /// <summary>A middle piece of such a member, and nothing else.</summary>
    Middle = 2,

    /// <summary>The end of such a member, then whole members.</summary>
    Tail = 3,
}
