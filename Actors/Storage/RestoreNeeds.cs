using System.Collections;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Actors.Storage;

/// <summary>Adds up what a restore reads of the media: the chunks that hold selected content, each once.</summary>
/// <param name="spec">What is restored.</param>
/// <param name="places">Where its images lie, one for each image of its chain.</param>
internal sealed class RestoreNeeds(RestoreSpec spec, IReadOnlyList<ImagePlaces> places)
{
    private readonly Dictionary<ImageId, int> _numbers = (spec.Chain ?? [spec.Image])
        .Select((image, number) => (image, number)).ToDictionary(pair => pair.image, pair => pair.number);
    private readonly Dictionary<(int, int), BitArray> _needed = [];
    private readonly HashSet<VolumeName> _volumes = [];
    private readonly Dictionary<VolumeName, long> _bytesOf = [];
    private readonly HashSet<RestoreSection> _sections = [];

    /// <summary>Bytes of the chunks.</summary>
    public long Bytes { get; private set; }

    /// <summary>The volumes that hold them, in the order of their data.</summary>
    public IReadOnlyList<VolumeName> Volumes =>
        [.. places.SelectMany(place => place.Volumes).Distinct().Where(_volumes.Contains)];

    /// <summary>Where reading an item begins: on which volumes, for which images.</summary>
    public IReadOnlyCollection<RestoreSection> Sections => _sections;

    /// <summary>Bytes of the chunks that begin on a volume.</summary>
    /// <param name="volume">Any volume.</param>
    public long BytesOn(VolumeName volume) => _bytesOf.GetValueOrDefault(volume);

    /// <summary>Adds all that is restored.</summary>
    /// <param name="links">The entries.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public async Task<RestoreNeeds> AddAll(LinkPromotion links, CancellationToken cancellation)
    {
        await foreach (var entry in links.Read(cancellation).ConfigureAwait(false)) Add(entry);
        return this;
    }

    /// <summary>Adds an entry.</summary>
    /// <param name="entry">As it is restored.</param>
    public void Add(FileEntry entry)
    {
        if (!_numbers.TryGetValue(entry.Position.Image, out var number)) return; // reading it says what is wrong
        var image = places[number];
        foreach (var run in ContentRun.Of(entry, image.Fragments))
        {
            if (run.Length == 0 || run.Fragment >= image.Fragments.Count) continue;
            if (image.VolumeOf(entry.Position) is { } volume) _sections.Add(new RestoreSection(number, volume));
            Add((number, run.Fragment), run, image.Fragments[run.Fragment].Layout);
        }
    }

    private void Add((int Image, int Fragment) place, ContentRun run, FragmentLayout layout)
    {
        if (!_needed.TryGetValue(place, out var needed))
            needed = _needed[place] = new BitArray(layout.Chunks.Count);
        for (var chunk = layout.Chunks.Find(run.Offset);
            chunk < layout.Chunks.Count && layout.Chunks[chunk].ArchiveOffset < run.End; chunk++)
        {
            if (needed[chunk]) continue;
            needed[chunk] = true;
            var extent = layout.Chunks[chunk];
            Bytes += extent.FrameLength;
            if (ImagePlaces.VolumeOf(layout, extent) is { } first)
                _bytesOf[first] = BytesOn(first) + extent.FrameLength;
            foreach (var part in layout.Parts)
                if (part.Offset < extent.FrameOffset + extent.FrameLength
                    && part.Offset + part.Length > extent.FrameOffset) _volumes.Add(part.Location.Volume.Name);
        }
    }
}

/// <summary>The items of an image whose content begins on one volume.</summary>
/// <param name="Image">The image's number in the chain.</param>
/// <param name="Volume">The volume.</param>
internal readonly record struct RestoreSection(int Image, VolumeName Volume);
