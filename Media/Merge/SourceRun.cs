using Backup.Media.Fragments;
using Backup.Messages;

namespace Backup.Media.Merge;

/// <summary>Content of a merged fragment that lies in one piece in a fragment of the chain.</summary>
/// <param name="Image">The image, by its place in the chain.</param>
/// <param name="Fragment">The fragment.</param>
/// <param name="Offset">Offset of its first byte in that fragment's archive bytes.</param>
/// <param name="Length">Bytes.</param>
/// <param name="At">Offset of its first byte in the merged fragment's archive bytes.</param>
/// <param name="Number">Which content of the merged fragment it is: between two in a row is none.</param>
public readonly record struct SourceRun(int Image, int Fragment, long Offset, long Length, long At, int Number = 0)
{
    /// <summary>The byte behind it.</summary>
    public long End => Offset + Length;

    /// <summary>How far it is moved.</summary>
    internal long Shift => At - Offset;
}

/// <summary>The images of a chain, and how many archive bytes each of their fragments has.</summary>
/// <param name="chain">Oldest first.</param>
/// <param name="archiveBytes">Of each image, by fragment.</param>
public sealed class MergeSources(IReadOnlyList<ImageId> chain, IReadOnlyList<IReadOnlyList<long>> archiveBytes)
{
    /// <summary>Where the content of a merged fragment lies, in its order.</summary>
    /// <param name="fragment">The fragment.</param>
    /// <exception cref="InvalidDataException">Content lies in no image of the chain, or behind its end.</exception>
    public IEnumerable<SourceRun> Runs(MergedFragment fragment) =>
        fragment.Pieces.SelectMany(piece => Runs(piece, piece.At, piece.End))
            .Select((run, number) => run with { Number = number });

    /// <summary>Where the content of a member lies, as far as it lies in a range of the merged fragment.</summary>
    internal IEnumerable<SourceRun> Runs(MergedPiece piece, long from, long to)
    {
        foreach (var stretch in piece.Stretches(from, to))
        {
            if (stretch.Kind != StretchKind.Content) continue;
            var image = PlaceOf(piece);
            var (fragment, offset, passed) = (piece.Source.Fragment, piece.Source.Offset, 0L);
            while (passed < stretch.Offset + stretch.Length)
            {
                if (fragment >= archiveBytes[image].Count || offset > archiveBytes[image][fragment])
                    throw new InvalidDataException(
                        $"The manifest says that /{piece.Entry.Path} lies in fragment {fragment} of image "
                            + $"{piece.Source.Image}, and it is not there.");
                var here = archiveBytes[image][fragment] - offset;
                var (low, high) = (
                    Math.Max(passed, stretch.Offset), Math.Min(passed + here, stretch.Offset + stretch.Length));
                if (low < high)
                    yield return new SourceRun(
                        image, fragment, offset + low - passed, high - low, stretch.At + low - stretch.Offset);
                (fragment, offset, passed) = (fragment + 1, 0, passed + here);
            }
        }
    }

    private int PlaceOf(MergedPiece piece)
    {
        for (var image = 0; image < chain.Count; image++)
            if (chain[image] == piece.Source.Image) return image;
        throw new InvalidDataException(
            $"The manifest of image {chain[^1]} says that /{piece.Entry.Path} lies in image {piece.Source.Image}, "
                + "which is none that it builds on.");
    }
}
