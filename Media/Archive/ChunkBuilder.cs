using Backup.Media.Fragments;

namespace Backup.Media.Archive;

/// <summary>
/// Collects archive bytes and member records of one chunk after another, and counts what lies in the fragment.
/// </summary>
internal sealed class ChunkBuilder(int fragment) : IDisposable
{
    private const int MembersExpected = 64;

    private byte[]? _buffer;
    private byte[]? _spare;
    private List<MemberRecord> _members = new(MembersExpected);
    private List<Files.FilePath> _deletions = [];
    private FragmentStart? _start;
    private long _chunkOffset;
    private int _sequence;

    internal int Fragment { get; private set; } = fragment;

    /// <summary>Bytes in the chunk.</summary>
    internal int Used { get; private set; }

    /// <summary>Archive bytes in the fragment so far.</summary>
    internal long Position => _chunkOffset + Used;

    /// <summary>Members that began in the fragment.</summary>
    internal int FragmentMembers { get; private set; }

    /// <summary>The level of all bytes in the chunk; of the next when it is empty.</summary>
    internal int Level { get; private set; } = 1;

    internal int Room => ArchiveChunk.ArchiveBytesMax - Used;

    internal Span<byte> Free => (_buffer ??= ChunkBuffers.Rent()).AsSpan(Used, Room);

    /// <summary>A whole chunk's room beside the current one, for what may yet be dropped.</summary>
    internal Span<byte> Spare => (_spare ??= ChunkBuffers.Rent()).AsSpan(0, ArchiveChunk.ArchiveBytesMax);

    internal bool Takes(int level) => Used == 0 || Level == level;

    /// <summary>
    /// Says what the fragment's first bytes are, before they are added; later calls in the same fragment change
    /// nothing.
    /// </summary>
    internal void Announce(FragmentKind kind, Files.FilePath? member, long bytesToFirstMember, int level)
    {
        Level = level;
        if (Position == 0) _start ??= new FragmentStart(Fragment, kind, member, bytesToFirstMember);
    }

    internal void Advance(int bytes) => Used += bytes;

    internal void Add(MemberRecord record)
    {
        _members.Add(record);
        if (record.Phase != MemberPhase.Ends) FragmentMembers++;
    }

    /// <summary>Adds paths that are gone, before the member behind them is added.</summary>
    internal void Add(IReadOnlyList<Files.FilePath> deletions) => _deletions.AddRange(deletions);

    /// <summary>Puts the spare in the place of the chunk that was emitted just now.</summary>
    internal void TakeSpare(int bytes)
    {
        if (_buffer is not null) ChunkBuffers.Return(_buffer);
        (_buffer, _spare, Used) = (_spare, null, bytes);
    }

    internal ArchiveChunk Emit(bool endsFragment, MemberCut? cut = null, bool endsImage = false)
    {
        var chunk = new ArchiveChunk(_buffer!, Used)
        {
            Fragment = Fragment,
            Sequence = _sequence++,
            ArchiveOffset = _chunkOffset,
            ArchiveLength = Used,
            CompressionLevel = Level,
            Members = _members,
            Deletions = _deletions,
            Start = _chunkOffset == 0 ? _start : null,
            Cut = cut,
            EndsFragment = endsFragment,
            EndsImage = endsImage,
        };
        _chunkOffset += Used;
        (_buffer, Used, _members) = (null, 0, new List<MemberRecord>(MembersExpected));
        if (_deletions.Count > 0) _deletions = [];
        if (endsFragment) (Fragment, _sequence, _chunkOffset, FragmentMembers, _start) = (Fragment + 1, 0, 0, 0, null);
        return chunk;
    }

    public void Dispose()
    {
        if (_buffer is not null) ChunkBuffers.Return(_buffer);
        if (_spare is not null) ChunkBuffers.Return(_spare);
        (_buffer, _spare) = (null, null);
    }
}
