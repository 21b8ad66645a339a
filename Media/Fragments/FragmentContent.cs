using Backup.Media.Files;
using Backup.Media.Tape;
using Backup.Messages.Files;

namespace Backup.Media.Fragments;

/// <summary>What a fragment's index will say, gathered while its chunks pass.</summary>
internal sealed class FragmentContent(FragmentStart start, OpenMember? continued)
{
    private readonly EntryBlockBuilder _builder = new();
    private readonly List<EntryBlock> _blocks = [];
    private FileEntry? _open = continued?.Entry;
    private long _openBytesBefore = continued?.ArchivedBytes ?? 0;
    private long _openFrom;
    private readonly long[] _byKind = new long[(int)FileKind.Fifo + 1];
    private long _contentBytes;

    public ChunkTable Chunks { get; } = new();

    public List<FileException> Exceptions { get; } = [];

    private List<FilePath> Deletions { get; } = [];

    public void Take(ArchiveChunk chunk)
    {
        if (chunk.Fragment != start.Fragment || chunk.Sequence != Chunks.Count
            || chunk.ArchiveOffset != Chunks.ArchiveBytes)
            throw new InvalidOperationException(
                $"Expected chunk {Chunks.Count} of fragment {start.Fragment} at {Chunks.ArchiveBytes}, "
                + $"found chunk {chunk.Sequence} of fragment {chunk.Fragment} at {chunk.ArchiveOffset}.");
        if (!ChunkTable.IsPossible(chunk.ArchiveLength, chunk.Length))
            throw new InvalidOperationException(
                $"A chunk cannot have {chunk.ArchiveLength} archive bytes in {chunk.Length}.");
        Chunks.Add(chunk.ArchiveLength, chunk.Length);
        Deletions.AddRange(chunk.Deletions);
        foreach (var member in chunk.Members) Take(member);
    }

    public FragmentIndex ToIndex(PartWriter parts, SealInfo? last, ContentDigest openPrefix, DateTimeOffset now)
    {
        if (Chunks.Count == 0) throw new InvalidOperationException("A fragment has one chunk or more.");
        if (last is not null && _open is not null)
            throw new InvalidOperationException($"The image cannot end inside {_open.Path}.");
        if (_builder.Flush() is { } block) _blocks.Add(block);
        var counts = Counts();
        var alone = start.Kind is FragmentKind.Members or FragmentKind.Tail;
        return new FragmentIndex(
            parts.Image, parts.Epoch, start, parts.PreviousRoot, now, parts.Finished, Chunks, _blocks,
            _open is null
                ? null : new OpenMember(_open, _openBytesBefore + Chunks.ArchiveBytes - _openFrom, openPrefix),
            Deletions,
            Exceptions,
            counts,
            alone ? RestoreCommand.For(
                parts.Locations, start.BytesToFirstMember, incremental: parts.Image.Base is not null) : "",
            last is null ? null : Seal(last, counts, parts));
    }

    private ImageSeal Seal(SealInfo last, FragmentCounts counts, PartWriter parts)
    {
        if (last.Earlier.Count != start.Fragment)
            throw new InvalidOperationException(
                $"The seal of fragment {start.Fragment} was given {last.Earlier.Count} earlier fragments.");
        return new ImageSeal(
            last.Outcome,
            last.Finished,
            last.Earlier.Aggregate(counts, (sum, earlier) => sum.Plus(earlier.Counts)),
            [.. last.Earlier.Select(earlier => earlier.Root)],
            RestoreCommand.For(
                [.. last.Earlier.SelectMany(earlier => earlier.Parts), .. parts.Locations],
                incremental: parts.Image.Base is not null));
    }

    private void Take(MemberRecord member)
    {
        if (member.Phase == MemberPhase.Begins)
        {
            (_open, _openBytesBefore, _openFrom) = (member.Entry, 0, member.Entry.Position.Offset);
            return;
        }
        _open = null;
        _byKind[(int)member.Entry.Kind]++;
        if (member.Entry.Kind == FileKind.Regular) _contentBytes += member.Entry.Size;
        if (_builder.Add(member.Entry) is { } block) _blocks.Add(block);
    }

    private FragmentCounts Counts() => new(
        _byKind[(int)FileKind.Regular],
        _byKind[(int)FileKind.HardLink],
        _byKind[(int)FileKind.Symlink],
        _byKind[(int)FileKind.CharacterDevice] + _byKind[(int)FileKind.BlockDevice],
        _byKind[(int)FileKind.Directory],
        _byKind[(int)FileKind.Fifo],
        _contentBytes,
        Chunks.ArchiveBytes,
        Chunks.StoredBytes,
        Exceptions.Count);
}
