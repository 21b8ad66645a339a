using Backup.Actors.Data;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Media.Packets;

namespace Backup.Tests.Unit.Data;

/// <summary>Elements whose content tells their number.</summary>
internal static class Parcels
{
    /// <summary>A chunk of an image in one fragment.</summary>
    public static ArchiveChunk Chunk(int number, int bytes, bool last = false, int pathBytes = 20)
    {
        var buffer = ChunkBuffers.Rent();
        Content(number, bytes).CopyTo(buffer, 0);
        return new ArchiveChunk(buffer, bytes)
        {
            Fragment = 0,
            Sequence = number,
            ArchiveOffset = (long)number << 10,
            ArchiveLength = 1 << 10,
            CompressionLevel = 1,
            Members = [new MemberRecord(Entry(number, pathBytes), MemberPhase.Whole)],
            Start = number == 0 ? new FragmentStart(0, FragmentKind.Members, null, 0) : null,
            EndsFragment = last,
            EndsImage = last,
        };
    }

    public static RestoreBatch Batch(int number, int bytes, bool last = false)
    {
        var buffer = ChunkBuffers.Rent();
        Content(number, bytes).CopyTo(buffer, 0);
        var entry = Entry(number, 20);
        return new RestoreBatch(
            [new RestorePiece(Entry(number, 10), 0, 0, true, true), new RestorePiece(entry, 0, bytes / 2, true, false),
                new RestorePiece(entry, bytes / 2, bytes - (bytes / 2), false, true)],
            buffer, last);
    }

    public static byte[] Content(int number, int bytes)
    {
        var content = new byte[bytes];
        new Random(number).NextBytes(content);
        return content;
    }

    private static FileEntry Entry(int number, int pathBytes) =>
        new()
        {
            Path = FilePath.FromText($"{number:000000}-{new string('x', pathBytes)}"),
            Kind = FileKind.Regular,
            Size = number
        };
}
