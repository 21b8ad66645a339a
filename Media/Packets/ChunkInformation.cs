using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Messages.Files;

namespace Backup.Media.Packets;

/// <summary>All of a chunk that is not its bytes, as it travels ahead of them. Layout:
/// docs/formats/data-plane.md.</summary>
public static class ChunkInformation
{
    private const byte EndsFragment = 1;
    private const byte EndsImage = 2;
    private const byte HasStart = 4;
    private const byte HasCut = 8;
    private const byte HasDeletions = 0x10;
    private const byte HasMember = 0x80;
    private const int HashStateMax = 64;

    /// <summary>Writes a chunk's information.</summary>
    /// <param name="chunk">A chunk.</param>
    public static byte[] Write(ArchiveChunk chunk)
    {
        var row = new FieldWriter(64 + (chunk.Members.Count * 192));
        row.Unsigned((ulong)chunk.Fragment);
        row.Unsigned((ulong)chunk.Sequence);
        row.Unsigned((ulong)chunk.ArchiveOffset);
        row.Unsigned((ulong)chunk.ArchiveLength);
        row.Unsigned((ulong)chunk.CompressionLevel);
        row.Byte((byte)((chunk.EndsFragment ? EndsFragment : 0) | (chunk.EndsImage ? EndsImage : 0)
            | (chunk.Start is null ? 0 : HasStart) | (chunk.Cut is null ? 0 : HasCut)
            | (chunk.Deletions.Count == 0 ? 0 : HasDeletions)));
        if (chunk.Start is { } start) Write(row, start);
        var before = FilePath.Root;
        if (chunk.Cut is { } cut)
        {
            EntryRow.Write(row, cut.Entry, ref before);
            row.Unsigned((ulong)cut.MemberBytes);
            row.Sized(cut.HashState);
        }
        row.Unsigned((ulong)chunk.Exceptions.Count);
        foreach (var exception in chunk.Exceptions) Write(row, exception);
        before = FilePath.Root;
        row.Unsigned((ulong)chunk.Members.Count);
        foreach (var member in chunk.Members)
        {
            row.Byte((byte)member.Phase);
            EntryRow.Write(row, member.Entry, ref before);
        }
        if (chunk.Deletions.Count > 0) Write(row, chunk.Deletions);
        return row.ToArray();
    }

    /// <summary>Makes a chunk of its information and its bytes.</summary>
    /// <param name="information">From a client: not trusted. Members out of walk order, or with a path that is none,
    /// are refused.</param>
    /// <param name="buffer">From <see cref="ChunkBuffers"/>; the chunk's where one is made.</param>
    /// <param name="length">Bytes in use.</param>
    /// <returns>The chunk, or null where the information cannot be.</returns>
    public static ArchiveChunk? Read(ReadOnlySpan<byte> information, byte[] buffer, int length)
    {
        var row = new FieldReader(information);
        var fragment = (int)row.Within(int.MaxValue);
        var sequence = (int)row.Within(int.MaxValue);
        var offset = row.Within(long.MaxValue);
        var archiveLength = (int)row.Within(ArchiveChunk.ArchiveBytesMax);
        var level = (int)row.Within(22);
        var marks = row.Byte();
        if (row.Failed || marks > 0x1f || !ChunkTable.IsPossible(archiveLength, length)) return null;
        var start = (marks & HasStart) == 0 ? null : Start(ref row, fragment);
        var cut = (marks & HasCut) == 0 ? null : Cut(ref row);
        var exceptions = Exceptions(ref row);
        var members = Members(ref row);
        var deletions = (marks & HasDeletions) == 0 ? [] : Deletions(ref row);
        if (!row.AtEnd) return null;
        return new ArchiveChunk(buffer, length)
        {
            Fragment = fragment,
            Sequence = sequence,
            ArchiveOffset = offset,
            ArchiveLength = archiveLength,
            CompressionLevel = level,
            Members = members,
            Exceptions = exceptions,
            Deletions = deletions,
            Start = start,
            Cut = cut,
            EndsFragment = (marks & EndsFragment) != 0,
            EndsImage = (marks & EndsImage) != 0,
        };
    }

    private static void Write(FieldWriter row, FragmentStart start)
    {
        row.Byte((byte)((byte)start.Kind | (start.Member is null ? 0 : HasMember)));
        if (start.Member is { } member) row.Sized(member.Bytes);
        row.Unsigned((ulong)start.BytesToFirstMember);
    }

    private static void Write(FieldWriter row, IReadOnlyList<FilePath> deletions)
    {
        row.Unsigned((ulong)deletions.Count);
        var before = FilePath.Root;
        foreach (var path in deletions)
        {
            var shared = path.Bytes.CommonPrefixLength(before.Bytes);
            row.Unsigned((ulong)shared);
            row.Sized(path.Bytes[shared..]);
            before = path;
        }
    }

    private static FilePath[] Deletions(ref FieldReader row)
    {
        var paths = new FilePath[row.Count(2)];
        var before = FilePath.Root;
        for (var at = 0; at < paths.Length && !row.Failed; at++)
        {
            var shared = (int)row.Within(before.Bytes.Length);
            var rest = row.Sized();
            if (row.Failed) return [];
            var path = new FilePath([.. before.Bytes[..shared], .. rest]);
            if (!IsPath(path.Bytes) || path.Bytes.Contains((byte)0) || (at > 0 && before.CompareTo(path) >= 0))
                row.Fail();
            before = paths[at] = path;
        }
        return paths;
    }

    private static FragmentStart? Start(ref FieldReader row, int fragment)
    {
        var kind = row.Byte();
        FilePath? member = (kind & HasMember) == 0 ? null : new FilePath(row.Sized().ToArray());
        var bytes = row.Within(long.MaxValue);
        if ((kind & ~HasMember) > (byte)FragmentKind.Tail) row.Fail();
        return new FragmentStart(fragment, (FragmentKind)(kind & ~HasMember), member, bytes);
    }

    private static MemberCut? Cut(ref FieldReader row)
    {
        var before = FilePath.Root;
        if (EntryRow.Read(ref row, ref before) is not { } entry) return null;
        var bytes = row.Within(long.MaxValue);
        var state = row.Sized();
        if (state.Length > HashStateMax) row.Fail();
        return new MemberCut(entry, bytes, state.ToArray());
    }

    private static void Write(FieldWriter row, FileException exception)
    {
        row.Sized(exception.Path);
        row.Unsigned((ulong)exception.Kind);
        row.Text(exception.Operation);
        row.Signed(exception.Errno);
        row.Text(exception.Detail);
    }

    private static FileException[] Exceptions(ref FieldReader row)
    {
        var exceptions = new FileException[row.Count(5)];
        for (var at = 0; at < exceptions.Length && !row.Failed; at++)
            exceptions[at] = new FileException(
                row.Sized().ToArray(), (FileExceptionKind)row.Within(int.MaxValue), row.Text(),
                    unchecked((int)row.Signed()), row.Text());
        return exceptions;
    }

    private static MemberRecord[] Members(ref FieldReader row)
    {
        var members = new MemberRecord[row.Count(32)];
        var before = FilePath.Root;
        for (var at = 0; at < members.Length; at++)
        {
            var phase = (MemberPhase)row.Within((long)MemberPhase.Ends);
            if (EntryRow.Read(ref row, ref before) is not { } entry) return [];
            if (!IsPath(entry.Path.Bytes) || (at > 0 && members[at - 1].Entry.Path.CompareTo(entry.Path) >= 0))
            {
                row.Fail();
                return [];
            }
            members[at] = new MemberRecord(entry, phase);
        }
        return members;
    }

    /// <summary>Components of at least one byte, none of them a dot or two.</summary>
    private static bool IsPath(ReadOnlySpan<byte> path)
    {
        if (path.IsEmpty) return true;
        foreach (var range in path.Split((byte)'/'))
            if (path[range] is [] or [(byte)'.'] or [(byte)'.', (byte)'.']) return false;
        return true;
    }
}
