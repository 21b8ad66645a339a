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
    private readonly Dictionary<ImageId, ImagePlaces> _places = (spec.Chain ?? [spec.Image]).Zip(places)
        .ToDictionary(pair => pair.First, pair => pair.Second);
    private readonly Dictionary<(ImageId, int), BitArray> _needed = [];
    private readonly HashSet<VolumeName> _volumes = [];

    /// <summary>Bytes of the chunks.</summary>
    public long Bytes { get; private set; }

    /// <summary>The volumes that hold them, in the order of their data.</summary>
    public IReadOnlyList<VolumeName> Volumes =>
        [.. places.SelectMany(place => place.Volumes).Distinct().Where(_volumes.Contains)];

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
        if (!_places.TryGetValue(entry.Position.Image, out var image)) return; // reading it says what is wrong
        foreach (var run in ContentRun.Of(entry, image.Fragments))
            if (run.Length > 0 && run.Fragment < image.Fragments.Count)
                Add((entry.Position.Image, run.Fragment), run, image.Fragments[run.Fragment].Layout);
    }

    private void Add((ImageId, int) place, ContentRun run, FragmentLayout layout)
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
            foreach (var part in layout.Parts)
                if (part.Offset < extent.FrameOffset + extent.FrameLength
                    && part.Offset + part.Length > extent.FrameOffset) _volumes.Add(part.Location.Volume.Name);
        }
    }
}
