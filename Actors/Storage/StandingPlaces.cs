using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;

namespace Backup.Actors.Storage;

/// <summary>
/// Which places of what a scan found still hold their data: giving space back takes one tape file after another, so
/// that a crash amid it leaves indexes whose parts are gone. Where one place of a fragment is gone another one stands
/// for it, as a migration gives back what lies at another place too.
/// </summary>
/// <param name="released">Tape files whose space was given back.</param>
internal sealed class StandingPlaces(IReadOnlySet<(VolumeId Volume, int File)> released)
{
    /// <summary>Fragments of an image, each at a place that stands; the first that is gone everywhere ends it.</summary>
    /// <param name="fragments">In order, each at the place where it was found first.</param>
    /// <param name="copies">Of these, where they lie once more, in any order.</param>
    /// <param name="gone">A tape file of the fragment that ended it, whose space was given back; null: all
    /// stand.</param>
    /// <returns>The fragments, and those of the copies that stand and do not stand for one of them.</returns>
    public (IReadOnlyList<ScannedFragment> Fragments, IReadOnlyList<ScannedFragment> Copies) Of(
        IReadOnlyList<ScannedFragment> fragments, IReadOnlyList<ScannedFragment> copies, out TapeLocation? gone)
    {
        gone = null;
        var (standing, further) = (new List<ScannedFragment>(), copies.Where(Stands).ToList());
        foreach (var fragment in fragments)
        {
            var place = Stands(fragment) ? fragment : further.Find(copy => copy.Root == fragment.Root);
            if (place is null)
            {
                gone = GoneOf(fragment);
                break;
            }
            further.Remove(place);
            standing.Add(place);
        }
        return (standing, further);
    }

    private bool Stands(ScannedFragment fragment) => GoneOf(fragment) is null;

    private TapeLocation? GoneOf(ScannedFragment fragment) => fragment.Parts.Select(part => part.Location)
        .FirstOrDefault(location => released.Contains((location.Volume.Id, location.File)));
}
