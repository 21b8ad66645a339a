using Backup.Media.Tape;

namespace Backup.Media.Fragments;

/// <summary>A range of a fragment's archive bytes.</summary>
/// <param name="Offset">First byte.</param>
/// <param name="Length">Bytes.</param>
public readonly record struct ArchiveRange(long Offset, long Length)
{
    /// <summary>The byte behind it.</summary>
    public long End => Offset + Length;
}

/// <summary>Neighbouring blocks of one part.</summary>
/// <param name="First">The first; 0 is the first block of data, behind the header.</param>
/// <param name="Count">1 or more.</param>
public readonly record struct BlockRange(int First, int Count);

/// <summary>What is to be read from one volume.</summary>
/// <param name="Part">The part, from 0.</param>
/// <param name="Location">The volume to mount, and the tape file.</param>
/// <param name="Blocks">In order, not touching each other.</param>
public sealed record PartRead(int Part, TapeLocation Location, IReadOnlyList<BlockRange> Blocks);

/// <summary>
/// Which blocks of which volumes hold some archive bytes of a fragment: as few as the chunks allow. The caller mounts
/// the volumes in the order of <see cref="Parts"/>.
/// </summary>
public sealed class FragmentReadPlan
{
    private FragmentReadPlan(
        IReadOnlyList<ArchiveRange> ranges, IReadOnlyList<int> chunks, IReadOnlyList<PartRead> parts) =>
        (Ranges, Chunks, Parts) = (ranges, chunks, parts);

    /// <summary>The archive bytes asked for, in order, merged where they touch.</summary>
    public IReadOnlyList<ArchiveRange> Ranges { get; }

    /// <summary>What to read, in order; parts that hold nothing of it are not there.</summary>
    public IReadOnlyList<PartRead> Parts { get; }

    /// <summary>The chunks that hold it, in order.</summary>
    internal IReadOnlyList<int> Chunks { get; }

    /// <summary>The plan for the whole fragment.</summary>
    /// <param name="index">The fragment.</param>
    public static FragmentReadPlan Whole(FragmentLayout index) =>
        For(index, [new ArchiveRange(0, index.Chunks.ArchiveBytes)]);

    /// <summary>The plan for some archive bytes.</summary>
    /// <param name="index">The fragment.</param>
    /// <param name="ranges">Within its archive bytes, in any order; they may overlap. Empty ones are left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">A range is not within the fragment.</exception>
    public static FragmentReadPlan For(FragmentLayout index, IEnumerable<ArchiveRange> ranges)
    {
        var merged = Merge(ranges, index.Chunks.ArchiveBytes);
        var chunks = new List<int>();
        var blocks = new SortedSet<(int Part, int Block)>();
        foreach (var range in merged)
            for (var chunk = index.Chunks.Find(range.Offset); chunk < index.Chunks.Count; chunk++)
            {
                var extent = index.Chunks[chunk];
                if (extent.ArchiveOffset >= range.End) break;
                if (chunks.Count > 0 && chunks[^1] == chunk) continue;
                chunks.Add(chunk);
                AddBlocks(index.Parts, extent, blocks);
            }
        return new FragmentReadPlan(merged, chunks, Reads(index.Parts, blocks));
    }

    private static List<ArchiveRange> Merge(IEnumerable<ArchiveRange> ranges, long archiveBytes)
    {
        var merged = new List<ArchiveRange>();
        foreach (var range in ranges.Where(range => range.Length != 0).OrderBy(range => range.Offset))
        {
            ArgumentOutOfRangeException.ThrowIfNegative(range.Offset, nameof(ranges));
            ArgumentOutOfRangeException.ThrowIfNegative(range.Length, nameof(ranges));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(range.Length, archiveBytes - range.Offset, nameof(ranges));
            if (merged.Count > 0 && range.Offset <= merged[^1].End)
                merged[^1] = merged[^1] with { Length = Math.Max(merged[^1].End, range.End) - merged[^1].Offset };
            else
                merged.Add(range);
        }
        return merged;
    }

    private static void AddBlocks(
        IReadOnlyList<FragmentPart> parts, ChunkExtent extent, SortedSet<(int Part, int Block)> blocks)
    {
        var end = extent.FrameOffset + extent.FrameLength;
        for (var part = PartAt(parts, extent.FrameOffset); part < parts.Count && parts[part].Offset < end; part++)
        {
            var first = Math.Max(0, extent.FrameOffset - parts[part].Offset) / TapeFormat.BlockBytesMax;
            var last = (Math.Min(end, parts[part].Offset + parts[part].Length) - parts[part].Offset - 1)
                / TapeFormat.BlockBytesMax;
            for (var block = first; block <= last; block++) blocks.Add((part, (int)block));
        }
    }

    private static int PartAt(IReadOnlyList<FragmentPart> parts, long dataOffset)
    {
        var (low, high) = (0, parts.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (parts[middle].Offset <= dataOffset) low = middle;
            else high = middle - 1;
        }
        return low;
    }

    private static List<PartRead> Reads(IReadOnlyList<FragmentPart> parts, SortedSet<(int Part, int Block)> blocks)
    {
        var reads = new List<PartRead>();
        foreach (var ofPart in blocks.GroupBy(block => block.Part))
        {
            var ranges = new List<BlockRange>();
            foreach (var (_, block) in ofPart)
            {
                if (ranges.Count > 0 && ranges[^1].First + ranges[^1].Count == block)
                    ranges[^1] = ranges[^1] with { Count = ranges[^1].Count + 1 };
                else
                    ranges.Add(new BlockRange(block, 1));
            }
            reads.Add(new PartRead(ofPart.Key, parts[ofPart.Key].Location, ranges));
        }
        return reads;
    }
}
