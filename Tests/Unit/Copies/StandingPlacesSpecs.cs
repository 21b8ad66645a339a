using Backup.Actors.Storage;
using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Tests.Unit.Actors;
using Xunit;

namespace Backup.Tests.Unit.Copies;

/// <summary>What a scan takes for an image of which some space was given back when a crash fell amid it.</summary>
public sealed class StandingPlacesSpecs
{
    private static readonly ImageHeader Image = new(
        JobSamples.Image, JobSamples.Job, new PolicyName("daily"), new FileSetName("etc"), JobSamples.Client, 0,
        JobSamples.At);

    private static readonly ScannedFragment First = At("disk-1", 1, fragment: 0);
    private static readonly ScannedFragment Second = At("disk-1", 3, fragment: 1);
    private static readonly ScannedFragment FirstCopy = At("tape-1", 1, fragment: 0);
    private static readonly ScannedFragment SecondCopy = At("tape-1", 3, fragment: 1);

    [Fact]
    public void What_stands_is_taken_where_it_was_found_first()
    {
        var (fragments, copies) = Places().Of([First, Second], [FirstCopy, SecondCopy], out var gone);

        Assert.Null(gone);
        Assert.Equal([First, Second], fragments);
        Assert.Equal([FirstCopy, SecondCopy], copies);
    }

    [Fact]
    public void A_whole_copy_stands_for_what_was_given_back_in_part()
    {
        // The crash fell between the two files of the original; the copy is whole
        var (fragments, copies) = Places(First).Of([First, Second], [FirstCopy, SecondCopy], out var gone);

        Assert.Null(gone);
        Assert.Equal([FirstCopy, Second], fragments);
        Assert.Equal([SecondCopy], copies);
    }

    [Fact]
    public void A_copy_that_was_given_back_is_no_place_of_its_fragment()
    {
        var (fragments, copies) = Places(SecondCopy).Of([First, Second], [FirstCopy, SecondCopy], out var gone);

        Assert.Null(gone);
        Assert.Equal([First, Second], fragments);
        Assert.Equal([FirstCopy], copies);
    }

    [Fact]
    public void What_is_gone_everywhere_ends_the_image_there()
    {
        var (fragments, _) = Places(Second, SecondCopy).Of([First, Second], [FirstCopy, SecondCopy], out var gone);

        Assert.Equal(Second.Parts[0].Location, gone);
        Assert.Equal([First], fragments);
    }

    private static StandingPlaces Places(params ScannedFragment[] released) => new(released
        .SelectMany(fragment => fragment.Parts).Select(part => (part.Location.Volume.Id, part.Location.File))
        .ToHashSet());

    private static ScannedFragment At(string volume, int file, int fragment)
    {
        var identity = new VolumeIdentity(new VolumeName(volume), new VolumeId(volume == "disk-1" ? 1u : 2u));
        var root = Sha256Digest.Of([(byte)fragment]);
        return new ScannedFragment(
            Image, fragment, new Epoch(1), root, default, new TapeLocation(identity, file + 1),
            [new ScannedPart(new TapeLocation(identity, file), default)], Seal: null);
    }
}
