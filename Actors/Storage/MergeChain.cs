using Backup.Actors.Catalog;
using Backup.Actors.Data;
using Backup.Media.Fragments;
using Backup.Media.Merge;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Files;
using Backup.Messages.Jobs;

namespace Backup.Actors.Storage;

/// <summary>
/// The images of which a merge is made. That each is the one that was planned is asked of the catalog, and then of its
/// own medium, before anything is written; and of each fragment's index before its data is read.
/// </summary>
internal sealed class MergeChain
{
    private readonly MergeSpec _spec;
    private readonly IReadOnlyList<ImagePlaces> _images;
    private readonly VolumeWait _volumes;
    private readonly Dictionary<(int Image, int Fragment), FragmentLayout> _layouts = [];

    private MergeChain(MergeSpec spec, IReadOnlyList<ImagePlaces> images, VolumeWait volumes)
    {
        (_spec, _images, _volumes) = (spec, images, volumes);
        Sources = new MergeSources(
            [.. spec.Chain.Select(image => image.Image)],
            [
                .. images.Select(image => (IReadOnlyList<long>)
                    [.. image.Fragments.Select(fragment => fragment.Layout.Chunks.ArchiveBytes)]),
            ]);
    }

    /// <summary>Where content lies.</summary>
    public MergeSources Sources { get; }

    /// <summary>The volumes that hold the chain, each once.</summary>
    public IReadOnlyList<VolumeName> Volumes => [.. _images.SelectMany(image => image.Volumes).Distinct()];

    /// <summary>Looks the chain up, and reads the last index of each image.</summary>
    /// <exception cref="JobFailureException">An image is not the one that was planned, or cannot be read.</exception>
    public static async Task<MergeChain> Open(
        MergeSpec spec, CatalogInquiry catalog, VolumeWait volumes, CancellationToken cancellation)
    {
        var images = new List<ImagePlaces>();
        for (var at = 0; at < spec.Chain.Count; at++)
        {
            var places = await ImagePlaces.Read(
                catalog, spec.Chain[at].Image, cancellation, spec.Library).ConfigureAwait(false);
            if (places.Fragments is not [.., var last] || last.Root != spec.Chain[at].Root)
                throw Refused(spec, at, $"the catalog has it with another root than {spec.Chain[at].Root} now.");
            images.Add(places);
        }
        var chain = new MergeChain(spec, images, volumes);
        for (var at = 0; at < images.Count; at++)
            await chain.IndexOf(at, images[at].Fragments.Count - 1, cancellation).ConfigureAwait(false);
        return chain;
    }

    /// <summary>
    /// What is needed to read a fragment, from its own index, with the digests of its blocks. Kept: some 40 bytes for
    /// each MiB of the chain.
    /// </summary>
    /// <exception cref="JobFailureException">The medium has another, or a damaged one.</exception>
    public async Task<FragmentLayout> LayoutOf(int image, int fragment, CancellationToken cancellation)
    {
        if (_layouts.TryGetValue((image, fragment), out var known)) return known;
        var index = await IndexOf(image, fragment, cancellation).ConfigureAwait(false);
        return _layouts[(image, fragment)] = index.Layout;
    }

    /// <summary>
    /// What could not be saved as it is when the newest image was made, by the indexes on its media, in walk order.
    /// </summary>
    /// <exception cref="JobFailureException">The medium has another, or a damaged one.</exception>
    public async Task<IReadOnlyList<FileException>> ExceptionsOfNewest(CancellationToken cancellation)
    {
        var found = new List<FileException>();
        for (var fragment = 0; fragment < _images[^1].Fragments.Count; fragment++)
        {
            var index = await IndexOf(_images.Count - 1, fragment, cancellation).ConfigureAwait(false);
            _layouts.TryAdd((_images.Count - 1, fragment), index.Layout);
            found.AddRange(index.Exceptions);
        }
        return found;
    }

    /// <summary>Why a medium's index is not the one of an image of the chain; null when it is.</summary>
    /// <param name="spec">The merge.</param>
    /// <param name="at">The image's place in the chain.</param>
    /// <param name="found">What the index says.</param>
    internal static JobFailure? Check(MergeSpec spec, int at, ImageHeader found)
    {
        var expected = spec.Chain[at];
        if (found.Image != expected.Image)
            return new JobFailure.BaseNotUsable(
                spec.Newest().Image, expected.Image, $"its volume has image {found.Image} in its place.");
        var below = at == 0 ? null : new BaseImage(spec.Chain[at - 1].Image, spec.Chain[at - 1].Root);
        if (found.Base == below) return null;
        return new JobFailure.BaseNotUsable(
            expected.Image, (below ?? found.Base)!.Image,
            $"its volume says that it builds on {Name(found.Base)}, expected {Name(below)}.");
    }

    /// <summary>
    /// The fragment as it lies in each copy in the library, the first one to be read first: cut alike into chunks, at
    /// different places.
    /// </summary>
    public IReadOnlyList<FragmentLayout> CopiesOf(int image, int fragment)
    {
        var (known, place) = (_layouts[(image, fragment)], _images[image].Fragments[fragment]);
        return [known, .. place.LayoutsIn(_spec.Library).Where(copy =>
            copy.Parts[0].Location.Volume.Name != known.Parts[0].Location.Volume.Name
            || copy.Parts[0].Location.File != known.Parts[0].Location.File)];
    }

    private async Task<FragmentIndex> IndexOf(int image, int fragment, CancellationToken cancellation)
    {
        var place = _images[image].Fragments[fragment];
        var copies = place.Copies.Where(copy => copy.Copy == place.Copy || copy.Library == _spec.Library).ToList();
        for (var copy = 0; ; copy++)
        {
            try
            {
                return await IndexOf(image, place, copies[copy].Index, copy == copies.Count - 1, cancellation)
                    .ConfigureAwait(false);
            }
            catch (JobFailureException lost) when (copy < copies.Count - 1
                && lost.Failure is JobFailure.MediumDamaged or JobFailure.VolumeError)
            {
                // Another copy has it too
            }
        }
    }

    private async Task<FragmentIndex> IndexOf(
        int image, FragmentPlace place, TapeLocation index, bool isLast, CancellationToken cancellation)
    {
        await _volumes.Mount(index.Volume.Name, cancellation, isLast).ConfigureAwait(false);
        var scanned = await _volumes.Drive.Run(drive => VolumeScanner.ScanFile(drive, index.File))
            .ConfigureAwait(false);
        if (scanned is not ScannedFile.Index { Fragment: var found })
            throw Damaged(image, place.Fragment, index.Volume.Name, scanned switch
            {
                ScannedFile.Damaged damaged => $"its index is damaged: {damaged.Detail}.",
                ScannedFile.Unreadable unreadable => $"its index cannot be read: {unreadable.Result}.",
                _ => "its index is not where the catalog says.",
            });
        if (Check(_spec, image, found.Index.Image) is { } other) throw new JobFailureException(other);
        return found.Root == place.Root
            ? found.Index
            : throw Refused(
                _spec, image,
                $"its fragment {place.Fragment} has the root {found.Root} on its volume, expected {place.Root}.");
    }

    /// <summary>The failure for what cannot be read of a fragment.</summary>
    public JobFailureException Damaged(int image, int fragment, VolumeName volume, string detail) =>
        new(new JobFailure.MediumDamaged(_spec.Chain[image].Image, fragment, volume, detail));

    private static JobFailureException Refused(MergeSpec spec, int at, string detail) => new(
        new JobFailure.BaseNotUsable(spec.Newest().Image, spec.Chain[at].Image, detail));

    private static string Name(BaseImage? image) =>
        image is null ? "no image" : $"image {image.Image} with root {image.Root}";
}
