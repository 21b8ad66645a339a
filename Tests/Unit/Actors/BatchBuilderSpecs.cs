using Backup.Actors.Storage;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Xunit;

namespace Backup.Tests.Unit.Actors;

public sealed class BatchBuilderSpecs
{
    [Fact]
    public void What_no_batch_took_goes_back_when_reading_ends_early()
    {
        var content = Guid.NewGuid().ToByteArray();
        var entry = new FileEntry { Path = FilePath.FromText("a"), Kind = FileKind.Regular, Size = content.Length };
        var pieces = new List<ArchivePiece> { new(new ArchiveRange(0, content.Length), content, null) };

        // Other tests take buffers from the same pool: one of them may be the next to get it
        var isBack = Enumerable.Range(0, 50).Any(_ =>
        {
            using (var builder = new BatchBuilder(
                [new ContentRun(entry, 0, 0, content.Length, true, true)], (_, _) => { }, lane: 0))
                Assert.True(builder.Take(pieces[0]));
            var rented = ChunkBuffers.Rent();
            var same = rented.AsSpan(0, content.Length).SequenceEqual(content);
            ChunkBuffers.Return(rented);
            return same;
        });

        Assert.True(isBack);
    }

    [Fact]
    public void What_a_batch_took_is_the_batchs()
    {
        var content = Guid.NewGuid().ToByteArray();
        var entry = new FileEntry { Path = FilePath.FromText("a"), Kind = FileKind.Regular, Size = content.Length };
        var builder = new BatchBuilder(
            [new ContentRun(entry, 0, 0, content.Length, true, true)], (_, _) => { }, lane: 0);
        Assert.True(builder.Take(new ArchivePiece(new ArchiveRange(0, content.Length), content, null)));

        using var batch = builder.Take();
        builder.Dispose();

        var other = ChunkBuffers.Rent();
        Assert.Equal(content, batch.ContentOf(batch.Pieces[0]).ToArray());
        Assert.False(other.AsSpan(0, content.Length).SequenceEqual(content));
        ChunkBuffers.Return(other);
    }
}
