using Backup.Media.Fragments;

namespace Backup.Media.Merge;

/// <summary>
/// Says which chunks of the chain are taken into a merged fragment as they are: those that are wholly alive, so that
/// their archive bytes, headers included, stand in the merged archive in one piece. All others are made anew of what is
/// alive in them. For one thread at a time.
/// </summary>
/// <param name="fragment">The merged fragment.</param>
/// <param name="sources">The chain.</param>
/// <param name="copiedBytesMin">Smaller chunks are made anew, so that merges of merges do not crumble.</param>
public sealed class ChunkChoice(MergedFragment fragment, MergeSources sources, int copiedBytesMin = 64 << 10)
{
    private readonly SortedList<long, long> _taken = [];
    private readonly MergedHeaders _headers = new();

    /// <summary>Where a chunk goes as it is.</summary>
    /// <param name="first">A run of the merged fragment that the chunk holds something of.</param>
    /// <param name="chunk">Where it lies in the run's fragment.</param>
    /// <param name="archive">Its archive bytes.</param>
    /// <returns>The offset in the merged fragment's archive bytes; null: it is not wholly alive.</returns>
    public long? Place(SourceRun first, ChunkExtent chunk, ReadOnlySpan<byte> archive)
    {
        var (from, to) = (chunk.ArchiveOffset + first.Shift, chunk.ArchiveOffset + first.Shift + chunk.ArchiveLength);
        if (chunk.ArchiveLength < copiedBytesMin || from < 0 || to > fragment.Bytes || IsTaken(from, to)) return null;
        foreach (var stretch in fragment.Stretches(from, to))
        {
            var bytes = archive.Slice((int)(stretch.At - from), (int)stretch.Length);
            var isSame = stretch.Kind switch
            {
                StretchKind.Header => bytes.SequenceEqual(_headers.Of(stretch)),
                StretchKind.Zeros => !bytes.ContainsAnyExcept((byte)0),
                _ => IsOf(first, stretch),
            };
            if (!isSame) return null;
        }
        _taken.Add(from, to);
        return from;
    }

    private bool IsOf(SourceRun first, MergedStretch stretch)
    {
        foreach (var run in sources.Runs(stretch.Piece!, stretch.At, stretch.At + stretch.Length))
            if (run.Image != first.Image || run.Fragment != first.Fragment || run.Shift != first.Shift) return false;
        return true;
    }

    /// <summary>Two chunks may claim the same headers.</summary>
    private bool IsTaken(long from, long to)
    {
        var (low, high) = (0, _taken.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_taken.GetValueAtIndex(middle) <= from) low = middle + 1;
            else high = middle;
        }
        return low < _taken.Count && _taken.GetKeyAtIndex(low) < to;
    }
}
