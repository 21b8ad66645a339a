using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Media.Merge;
using Backup.Messages;
using Xunit;

namespace Backup.Tests.Unit.Levels;

/// <summary>
/// Merges images of a shelf by the product's own layout, choice and spool. The shelf keeps no chunks: its fragments are
/// cut into some here, and a frame is the bytes themselves.
/// </summary>
internal sealed class MergeBench(ImageShelf shelf, string folder, Func<int> chunkBytes)
{
    public static readonly ImageId Merged = new(ulong.MaxValue);

    /// <summary>Archive bytes that were taken as they are.</summary>
    public long CopiedBytes { get; private set; }

    /// <summary>What a merged image's indexes would say of its members, in order.</summary>
    public List<FileEntry> Entries { get; } = [];

    /// <summary>What each fragment of the merged image begins with, and its archive bytes.</summary>
    public IReadOnlyList<(FragmentStart Start, byte[] Archive)> Merge(ImageId newest, long bytes, int members)
    {
        var chain = Chain(newest);
        var sources = new MergeSources(
            chain, [.. chain.Select(image => (IReadOnlyList<long>)
                [.. shelf.Fragments(image).Select(fragment => (long)fragment.Archive.Length)])]);
        var layout = new MergeLayout(Merged, bytes, members);
        List<MergedFragment> fragments =
            [.. shelf.Manifest(newest).SelectMany(layout.Add), layout.Finish()];
        return [.. fragments.Select(fragment => (fragment.Start, Archive(fragment, chain, sources)))];
    }

    private IReadOnlyList<ImageId> Chain(ImageId newest)
    {
        var chain = new List<ImageId>();
        for (ImageId? next = newest; next is { } image;)
        {
            chain.Insert(0, image);
            next = shelf.Images.Single(known => known.Opened.Image == image).Opened.Base;
        }
        return chain;
    }

    private byte[] Archive(MergedFragment fragment, IReadOnlyList<ImageId> chain, MergeSources sources)
    {
        using var spool = new MergeSpool(
            Path.Combine(folder, "merge"), fragment, new ChunkChoice(fragment, sources, copiedBytesMin: 1));
        foreach (var source in sources.Runs(fragment).GroupBy(run => (run.Image, run.Fragment))
            .OrderBy(group => group.Key))
        {
            var archive = shelf.Fragments(chain[source.Key.Image])[source.Key.Fragment].Archive;
            for (var at = 0; at < archive.Length;)
            {
                var length = Math.Min(chunkBytes(), archive.Length - at);
                var wanted = source.Where(run => run.Offset < at + length && run.End > at).ToList();
                var bytes = archive.AsSpan(at, length);
                if (wanted.Count > 0) spool.Take(new ChunkExtent(at, length, at, length), wanted, bytes, bytes);
                at += length;
            }
        }
        using var merged = new MemoryStream();
        FileEntry? open = null;
        foreach (var (chunk, _) in spool.Chunks(1))
            using (chunk)
            {
                Assert.Equal((merged.Length, fragment.Start.Fragment), (chunk.ArchiveOffset, chunk.Fragment));
                Assert.Equal(merged.Length == 0 ? fragment.Start : null, chunk.Start);
                merged.Write(chunk.Payload.Span);
                Assert.Equal(merged.Length == fragment.Bytes, chunk.EndsFragment);
                foreach (var member in chunk.Members) open = Take(member, open);
            }
        CopiedBytes += spool.CopiedBytes;
        return merged.ToArray();
    }

    /// <summary>Each member begins and ends once, in this order.</summary>
    private FileEntry? Take(MemberRecord member, FileEntry? open)
    {
        if (open is not null) Assert.Equal((MemberPhase.Ends, open.Path), (member.Phase, member.Entry.Path));
        if (member.Phase == MemberPhase.Begins)
        {
            Assert.Null(member.Entry.Digest.Bytes);
            return member.Entry;
        }
        Entries.Add(member.Entry);
        return null;
    }
}
