using Backup.Media.Tape;
using Backup.Messages;

namespace Backup.Media.Fragments;

/// <summary>
/// What a scan keeps of a fragment's index: small, whatever the number of its members. Read the index again for the
/// rest.
/// </summary>
/// <param name="Header">The image.</param>
/// <param name="Fragment">The fragment's number, from 0.</param>
/// <param name="Epoch">The attempt that wrote it.</param>
/// <param name="Root">Its root.</param>
/// <param name="PreviousRoot">The root of the fragment before; none for fragment 0.</param>
/// <param name="IndexLocation">Volume and tape file of the index.</param>
/// <param name="Parts">Where its data lies, in order.</param>
/// <param name="Seal">Set on the image's last fragment.</param>
/// <param name="Copy">1 as its job wrote it; 2 and more: a copy.</param>
public sealed record ScannedFragment(
    ImageHeader Header,
    int Fragment,
    Epoch Epoch,
    Sha256Digest Root,
    Sha256Digest PreviousRoot,
    TapeLocation IndexLocation,
    IReadOnlyList<ScannedPart> Parts,
    ScannedSeal? Seal,
    int Copy = 1)
{
    /// <summary>The image.</summary>
    public ImageId Image => Header.Image;

    internal static ScannedFragment Of(SealedFragment read, ImageHeader header) => new(
        header,
        read.Fragment,
        read.Index.Epoch,
        read.Root,
        read.Index.PreviousRoot,
        read.IndexLocation,
        [.. read.Index.Parts.Select(part => new ScannedPart(part.Location, part.HeaderDigest))],
        read.Index.Seal is { } seal
            ? new ScannedSeal(seal.Finished, seal.EarlierRoots, RestoreCommand.VolumesOf(seal.Command)) : null,
        read.Copy);
}

/// <summary>A part that an index lists.</summary>
/// <param name="Location">Volume and tape file.</param>
/// <param name="HeaderDigest">SHA-256 of its header block.</param>
public sealed record ScannedPart(TapeLocation Location, Sha256Digest HeaderDigest);

/// <summary>What a scan keeps of a seal.</summary>
/// <param name="Finished">When the image was sealed.</param>
/// <param name="EarlierRoots">The roots of all fragments before, in order.</param>
/// <param name="Volumes">The volumes on which the image's data lie, in order.</param>
public sealed record ScannedSeal(
    DateTimeOffset Finished, IReadOnlyList<Sha256Digest> EarlierRoots, IReadOnlyList<VolumeName> Volumes);

/// <summary>
/// A whole image: its last fragment carries the seal, and the chain of roots leads from there to fragment 0.
/// </summary>
/// <param name="Header">The image.</param>
/// <param name="Fragments">All, in order.</param>
public sealed record AssembledImage(ImageHeader Header, IReadOnlyList<ScannedFragment> Fragments)
{
    /// <summary>The seal.</summary>
    public ScannedSeal Seal => Fragments[^1].Seal!;
}

/// <summary>An image that is sealed and cannot be put together from the volumes that were scanned.</summary>
/// <param name="Header">The image.</param>
/// <param name="Last">Its last fragment.</param>
/// <param name="MissingFragment">The highest fragment that is missing.</param>
/// <param name="MissingRoot">Its root.</param>
/// <param name="Beginning">Its fragments from 0 up to the first that is missing: the seal names their roots.</param>
public sealed record BrokenImage(
    ImageHeader Header, ScannedFragment Last, int MissingFragment, Sha256Digest MissingRoot,
    IReadOnlyList<ScannedFragment> Beginning);

/// <summary>What a scan amounts to.</summary>
/// <param name="Images">Whole images, by the time of their seal.</param>
/// <param name="Broken">Sealed images of which fragments were not found.</param>
/// <param name="Abandoned">Fragments with index outside every chain of a seal: of unsealed images and of attempts that
/// were given up. Never used unless asked for by name.</param>
/// <param name="Unfinished">Parts of fragments whose attempt wrote no index. A part that its own fragment's index does
/// not list took no data at the end of a volume, and is none of them.</param>
/// <param name="MissingParts">Parts that an index lists and that were not found where they should be.</param>
/// <param name="Copies">Fragments of whole images that were found once more, at another place; in the order of the
/// images and of their fragments.</param>
public sealed record Assembly(
    IReadOnlyList<AssembledImage> Images,
    IReadOnlyList<BrokenImage> Broken,
    IReadOnlyList<ScannedFragment> Abandoned,
    IReadOnlyList<FragmentHeader> Unfinished,
    IReadOnlyList<ScannedPart> MissingParts,
    IReadOnlyList<ScannedFragment> Copies)
{
    /// <summary>
    /// The whole images, each behind the one that it builds on. No time is asked: clocks differ, and may be set back.
    /// </summary>
    public IReadOnlyList<AssembledImage> BasesFirst()
    {
        var (known, ordered) = (Images.ToDictionary(image => image.Header.Image), new List<AssembledImage>());
        var (chain, taken) = (new Stack<AssembledImage>(), new HashSet<ImageId>());
        foreach (var image in Images)
        {
            for (var next = image; next is not null && taken.Add(next.Header.Image);)
            {
                chain.Push(next);
                next = next.Header.Base is { } below ? known.GetValueOrDefault(below.Image) : null;
            }
            while (chain.TryPop(out var lowest)) ordered.Add(lowest);
        }
        return ordered;
    }
}

/// <summary>
/// Puts images together from what scans of volumes found; needs nothing else. The order of the volumes does not matter,
/// so nothing can be decided before the last one; what is kept until then is some hundred bytes a tape file, never an
/// index.
/// </summary>
public sealed class ImageAssembler
{
    private readonly Dictionary<Sha256Digest, ScannedFragment> _fragments = [];
    private readonly Dictionary<(VolumeId Volume, int File), (FragmentHeader Header, Sha256Digest Digest)> _parts = [];
    private readonly Dictionary<ImageHeader, ImageHeader> _headers = [];
    private readonly Dictionary<(Sha256Digest Root, TapeLocation Index), ScannedFragment> _copies = [];

    /// <summary>Takes one tape file in.</summary>
    /// <param name="found">What the scan found.</param>
    public void Add(ScannedFile found)
    {
        if (found is ScannedFile.Index { Fragment: var fragment })
            AddFragment(ScannedFragment.Of(fragment, Shared(fragment.Index.Image)));
        if (found is ScannedFile.Data { Header: var header } data)
            _parts[(header.Location.Volume.Id, data.File)] =
                (header with { Image = Shared(header.Image), Start = header.Start with { Member = null } },
                    data.HeaderDigest);
    }

    /// <summary>What was found first stands for the fragment; the others are copies of it.</summary>
    private void AddFragment(ScannedFragment fragment)
    {
        if (!_fragments.TryAdd(fragment.Root, fragment)
            && _fragments[fragment.Root].IndexLocation != fragment.IndexLocation)
            _copies.TryAdd((fragment.Root, fragment.IndexLocation), fragment);
    }

    /// <summary>One object for the thousands of tape files of an image.</summary>
    private ImageHeader Shared(ImageHeader header)
    {
        if (_headers.TryGetValue(header, out var known)) return known;
        return _headers[header] = header;
    }

    /// <summary>Puts together what was taken in.</summary>
    public Assembly Assemble()
    {
        var images = new List<AssembledImage>();
        var broken = new List<BrokenImage>();
        foreach (var seals in _fragments.Values.Where(fragment => fragment.Seal is not null)
            .GroupBy(fragment => fragment.Image))
            AddBest(seals, images, broken);
        var used = images.SelectMany(image => image.Fragments).Select(fragment => fragment.Root)
            .Concat(broken.SelectMany(image => Chain(image.Last, out _)).Select(fragment => fragment.Root)).ToHashSet();
        var listed = _fragments.Values.Concat(_copies.Values).SelectMany(fragment => fragment.Parts).ToList();
        var places = listed.Select(part => (part.Location.Volume.Id, part.Location.File)).ToHashSet();
        var ended = _fragments.Values.Select(
            fragment => (fragment.Image, fragment.Fragment, fragment.Epoch)).ToHashSet();
        return new Assembly(
            [.. images.OrderBy(image => image.Seal.Finished).ThenBy(image => image.Header.Image.Value)],
            broken,
            [.. _fragments.Values.Where(fragment => !used.Contains(fragment.Root))
                .OrderBy(fragment => fragment.Image.Value)
                .ThenBy(fragment => fragment.Fragment).ThenBy(fragment => fragment.Epoch)],
            [.. _parts.Where(part => !places.Contains(part.Key)).Select(part => part.Value.Header)
                .Where(header => !ended.Contains((header.Image.Image, header.Start.Fragment, header.Epoch)))],
            [.. listed.Where(IsMissing)],
            [.. _copies.Values.Where(copy => used.Contains(copy.Root)).OrderBy(copy => copy.Image.Value)
                .ThenBy(copy => copy.Fragment).ThenBy(copy => copy.Copy)]);
    }

    // Two attempts may both have sealed (the second because nobody had heard of the first): the later one counts, if it
    // is whole.
    private void AddBest(IEnumerable<ScannedFragment> seals, List<AssembledImage> images, List<BrokenImage> broken)
    {
        BrokenImage? worst = null;
        foreach (var last in seals.OrderByDescending(fragment => fragment.Epoch))
        {
            var chain = Chain(last, out var missing);
            if (missing is null)
            {
                images.Add(new AssembledImage(last.Header, chain));
                return;
            }
            worst ??= missing;
        }
        if (worst is not null) broken.Add(worst);
    }

    /// <summary>The fragments from the last back to the first, in order; up to the gap where there is one.</summary>
    private List<ScannedFragment> Chain(ScannedFragment last, out BrokenImage? missing)
    {
        var chain = new List<ScannedFragment> { last };
        missing = null;
        for (var at = last; at.Fragment > 0; at = chain[^1])
        {
            var number = at.Fragment - 1;
            var root = at.PreviousRoot;
            if (!_fragments.TryGetValue(root, out var before) || before.Image != last.Image || before.Fragment != number
                || last.Seal!.EarlierRoots[number] != root)
            {
                missing = new BrokenImage(last.Header, last, number, root, BeginningOf(last));
                break;
            }
            chain.Add(before);
        }
        chain.Reverse();
        return chain;
    }

    private List<ScannedFragment> BeginningOf(ScannedFragment last)
    {
        var beginning = new List<ScannedFragment>();
        foreach (var root in last.Seal!.EarlierRoots)
        {
            if (!_fragments.TryGetValue(root, out var found) || found.Image != last.Image
                || found.Fragment != beginning.Count) break;
            beginning.Add(found);
        }
        return beginning;
    }

    private bool IsMissing(ScannedPart part) =>
        !_parts.TryGetValue((part.Location.Volume.Id, part.Location.File), out var found)
        || found.Digest != part.HeaderDigest;
}
