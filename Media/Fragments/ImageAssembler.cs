using Backup.Media.Tape;
using Backup.Messages;

namespace Backup.Media.Fragments;

/// <summary>A whole image: its last fragment carries the seal, and the chain of roots leads from there to fragment 0.</summary>
/// <param name="Header">The image.</param>
/// <param name="Fragments">All, in order.</param>
public sealed record AssembledImage(ImageHeader Header, IReadOnlyList<SealedFragment> Fragments)
{
    /// <summary>The seal.</summary>
    public ImageSeal Seal => Fragments[^1].Index.Seal!;
}

/// <summary>An image that is sealed and cannot be put together from the volumes that were scanned.</summary>
/// <param name="Header">The image.</param>
/// <param name="Last">Its last fragment.</param>
/// <param name="MissingFragment">The highest fragment that is missing.</param>
/// <param name="MissingRoot">Its root.</param>
public sealed record BrokenImage(ImageHeader Header, SealedFragment Last, int MissingFragment, Sha256Digest MissingRoot);

/// <summary>What a scan amounts to.</summary>
/// <param name="Images">Whole images, by the time of their seal.</param>
/// <param name="Broken">Sealed images of which fragments were not found.</param>
/// <param name="Abandoned">Fragments with index outside every chain of a seal: of unsealed images and of attempts that were given up. Never used unless asked for by name.</param>
/// <param name="Unfinished">Parts without an index that lists them.</param>
/// <param name="MissingParts">Parts that an index lists and that were not found where they should be.</param>
public sealed record Assembly(
    IReadOnlyList<AssembledImage> Images,
    IReadOnlyList<BrokenImage> Broken,
    IReadOnlyList<SealedFragment> Abandoned,
    IReadOnlyList<FragmentHeader> Unfinished,
    IReadOnlyList<FragmentPart> MissingParts);

/// <summary>Puts images together from what scans of volumes found; needs nothing else. The order of the volumes does not matter.</summary>
public sealed class ImageAssembler
{
    private readonly Dictionary<Sha256Digest, SealedFragment> _fragments = [];
    private readonly Dictionary<(VolumeId Volume, int File), ScannedFile.Data> _parts = [];

    /// <summary>Takes one tape file in.</summary>
    /// <param name="found">What the scan found.</param>
    public void Add(ScannedFile found)
    {
        if (found is ScannedFile.Index index) _fragments.TryAdd(index.Fragment.Root, index.Fragment);
        if (found is ScannedFile.Data data) _parts[(data.Header.Location.Volume.Id, data.File)] = data;
    }

    /// <summary>Puts together what was taken in.</summary>
    public Assembly Assemble()
    {
        var images = new List<AssembledImage>();
        var broken = new List<BrokenImage>();
        foreach (var seals in _fragments.Values.Where(fragment => fragment.SealsImage).GroupBy(fragment => fragment.Image))
            AddBest(seals, images, broken);
        var used = images.SelectMany(image => image.Fragments).Select(fragment => fragment.Root)
            .Concat(broken.SelectMany(image => Chain(image.Last, out _)).Select(fragment => fragment.Root)).ToHashSet();
        var listed = _fragments.Values.SelectMany(fragment => fragment.Index.Parts).ToList();
        var places = listed.Select(part => (part.Location.Volume.Id, part.Location.File)).ToHashSet();
        return new Assembly(
            [.. images.OrderBy(image => image.Seal.Finished).ThenBy(image => image.Header.Image.Value)],
            broken,
            [.. _fragments.Values.Where(fragment => !used.Contains(fragment.Root)).OrderBy(fragment => fragment.Image.Value)
                .ThenBy(fragment => fragment.Fragment).ThenBy(fragment => fragment.Index.Epoch)],
            [.. _parts.Where(part => !places.Contains(part.Key)).Select(part => part.Value.Header)],
            [.. listed.Where(IsMissing)]);
    }

    // Two attempts may both have sealed (the second because nobody had heard of the first): the later one counts, if it is whole.
    private void AddBest(IEnumerable<SealedFragment> seals, List<AssembledImage> images, List<BrokenImage> broken)
    {
        BrokenImage? worst = null;
        foreach (var last in seals.OrderByDescending(fragment => fragment.Index.Epoch))
        {
            var chain = Chain(last, out var missing);
            if (missing is null)
            {
                images.Add(new AssembledImage(last.Index.Image, chain));
                return;
            }
            worst ??= missing;
        }
        if (worst is not null) broken.Add(worst);
    }

    /// <summary>The fragments from the last back to the first, in order; up to the gap where there is one.</summary>
    private List<SealedFragment> Chain(SealedFragment last, out BrokenImage? missing)
    {
        var chain = new List<SealedFragment> { last };
        missing = null;
        for (var at = last; at.Fragment > 0; at = chain[^1])
        {
            var number = at.Fragment - 1;
            var root = at.Index.PreviousRoot;
            if (!_fragments.TryGetValue(root, out var before) || before.Image != last.Image || before.Fragment != number
                || last.Index.Seal!.EarlierRoots[number] != root)
            {
                missing = new BrokenImage(last.Index.Image, last, number, root);
                break;
            }
            chain.Add(before);
        }
        chain.Reverse();
        return chain;
    }

    private bool IsMissing(FragmentPart part) =>
        !_parts.TryGetValue((part.Location.Volume.Id, part.Location.File), out var found) || found.HeaderDigest != part.HeaderDigest;
}
