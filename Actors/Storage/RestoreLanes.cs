using Backup.Media.Files;
using Backup.Messages;

namespace Backup.Actors.Storage;

/// <summary>
/// Which drive of a restore reads what. Each volume belongs to one lane, which passes it once, image by image in the
/// order of the chain: that is the order of the positions on it. A lane has neighbouring volumes, since an item that
/// goes over the end of one goes on at the beginning of the next; where that is another lane's, it mounts it once more
/// for this rest. The lanes have about as much to read each.
/// </summary>
internal sealed class RestoreLanes
{
    private readonly IReadOnlyList<ImagePlaces> _places;
    private readonly IReadOnlyList<IReadOnlyList<VolumeName>> _orders;
    private readonly List<List<RestoreStep>> _lanes;
    private readonly Dictionary<RestoreSection, RestoreStep> _stepOf = [];
    private readonly Dictionary<int, RestoreStep> _restOf = []; // what lies on no volume, by image

    /// <summary>A plan.</summary>
    /// <param name="places">Where the images lie, in the order of the chain.</param>
    /// <param name="needs">All that is restored.</param>
    /// <param name="drives">Most lanes, 1 or more.</param>
    public RestoreLanes(IReadOnlyList<ImagePlaces> places, RestoreNeeds needs, int drives)
    {
        _places = places;
        _orders = [.. places.Select(place => place.Volumes)];
        var sections = needs.Sections.ToLookup(section => section.Volume, section => section.Image);
        var volumes = _orders.SelectMany(order => order).Distinct().Where(sections.Contains).ToList();
        Volumes = Cut(volumes, needs.BytesOn, drives);
        _lanes = [.. Volumes.Select((lane, number) => Steps(number, lane, sections))];
        for (var image = 0; image < places.Count; image++) _restOf[image] = RestOf(image);
    }

    /// <summary>The volumes of each lane, in the order in which they are read; at least one lane.</summary>
    public IReadOnlyList<IReadOnlyList<VolumeName>> Volumes { get; }

    /// <summary>What each lane reads, step by step.</summary>
    public IReadOnlyList<IReadOnlyList<RestoreStep>> Lanes => _lanes;

    /// <summary>The one step in which an item comes that is neither a directory nor a further name.</summary>
    /// <param name="image">Number of the image that holds it.</param>
    /// <param name="entry">The item.</param>
    public RestoreStep StepOf(int image, FileEntry entry) =>
        _places[image].VolumeOf(entry.Position) is { } volume
            && _stepOf.TryGetValue(new RestoreSection(image, volume), out var step) ? step : _restOf[image];

    /// <summary>
    /// Cuts the row of volumes into at most so many pieces, such that the one with most bytes has as few as possible.
    /// </summary>
    internal static IReadOnlyList<IReadOnlyList<VolumeName>> Cut(
        IReadOnlyList<VolumeName> volumes, Func<VolumeName, long> bytes, int pieces)
    {
        if (volumes.Count == 0) return [[]];
        var (low, high) = (volumes.Max(bytes), volumes.Sum(bytes));
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (Pieces(volumes, bytes, middle, pieces).Count <= pieces) high = middle;
            else low = middle + 1;
        }
        return Pieces(volumes, bytes, low, pieces);
    }

    /// <summary>
    /// Pieces of at most so many bytes; where more pieces are wanted than that makes, volumes stand alone at the end.
    /// </summary>
    private static List<IReadOnlyList<VolumeName>> Pieces(
        IReadOnlyList<VolumeName> volumes, Func<VolumeName, long> bytes, long most, int wanted)
    {
        var pieces = new List<IReadOnlyList<VolumeName>>();
        var (piece, sum) = (new List<VolumeName>(), 0L);
        for (var at = 0; at < volumes.Count; at++)
        {
            var isAlone = volumes.Count - at <= wanted - pieces.Count - 1;
            if (piece.Count > 0 && (sum + bytes(volumes[at]) > most || isAlone))
            {
                pieces.Add(piece);
                (piece, sum) = ([], 0);
            }
            piece.Add(volumes[at]);
            sum += bytes(volumes[at]);
        }
        pieces.Add(piece);
        return pieces;
    }

    private List<RestoreStep> Steps(
        int lane, IReadOnlyList<VolumeName> volumes, ILookup<VolumeName, int> sections)
    {
        var steps = new List<RestoreStep>();
        VolumeName? before = null;
        foreach (var volume in volumes)
        {
            foreach (var image in sections[volume].Order())
            {
                // One reading of the image's manifest brings both, in this order
                if (steps.Count == 0 || steps[^1].Image != image || !Follows(image, before!.Value, volume))
                    steps.Add(new RestoreStep(lane, image));
                _stepOf[new RestoreSection(image, volume)] = steps[^1];
            }
            before = volume;
        }
        return steps;
    }

    private bool Follows(int image, VolumeName before, VolumeName volume)
    {
        foreach (var each in _orders[image])
            if (each == before || each == volume) return each == before;
        return false;
    }

    private RestoreStep RestOf(int image)
    {
        if (_lanes.SelectMany(lane => lane).FirstOrDefault(step => step.Image == image) is { } known) return known;
        var rest = new RestoreStep(0, image);
        _lanes[0].Add(rest);
        return rest;
    }
}

/// <summary>One reading of an image's manifest, of which a lane takes what belongs to the step.</summary>
/// <param name="lane">The lane.</param>
/// <param name="image">The image's number in the chain.</param>
internal sealed class RestoreStep(int lane, int image)
{
    /// <summary>The lane.</summary>
    public int Lane => lane;

    /// <summary>The image's number in the chain.</summary>
    public int Image => image;
}
