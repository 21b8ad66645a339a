using Backup.Media.Fragments;
using Backup.Tests.Media.Tape;
using Xunit;

namespace Backup.Tests.Media.Fragments;

/// <summary>
/// ST, V8: volumes of every size from the smallest that can hold anything, so that each of them ends at any block of the
/// data, at an index and at the seal.
/// </summary>
public sealed class SpanningSpecs
{
    private static readonly TinyArchive Archive = TinyArchive.Of(
        TapeRack.Image.Image, ("a", TinyArchive.Noise(2_300_000, 1)), ("b", TinyArchive.Noise(1_100_000, 2)),
        ("c", TinyArchive.Noise(900_000, 3)));

    private static readonly IReadOnlyList<TinyFragment> Fragments = Archive.Cut(Archive.BeginOf(1), Archive.BeginOf(2));

    [Theory]
    [InlineData(EndOfMediumManner.Refuses)]
    [InlineData(EndOfMediumManner.RefusesEveryOther)]
    [InlineData(EndOfMediumManner.WritesAndSaysNot)]
    public void An_image_is_whole_wherever_its_volumes_end(EndOfMediumManner manner)
    {
        var (indexesApart, sealsApart, changes) = (0, 0, 0);
        for (var first = 1; first <= 14; first++)
            for (var others = 2; others <= 6; others++)
            {
                var rack = new TapeRack(others, manner) { FirstBlocksMax = first };

                Assert.True(rack.Write(Fragments, chunkBytes: 300_000), $"{first}, {others}: {rack.Failed}");

                var image = Assert.Single(rack.Scan().Images);
                Assert.Equal(rack.Sealed.Select(fragment => fragment.Root), image.Fragments.Select(one => one.Root));
                Assert.Equal(Archive.Bytes.ToArray(), rack.Sealed.SelectMany(fragment => rack.Read(fragment)).ToArray());
                Assert.Empty(rack.Verify(rack.Sealed));
                foreach (var fragment in rack.Sealed)
                {
                    var apart = fragment.IndexLocation.Volume != fragment.Index.Parts[^1].Location.Volume;
                    if (apart && fragment.SealsImage) sealsApart++;
                    else if (apart) indexesApart++;
                    changes += fragment.Index.Parts.Count - 1;
                }
            }
        Assert.True(indexesApart > 0, "No volume ended at an index.");
        Assert.True(sealsApart > 0, "No volume ended at a seal.");
        Assert.True(changes > 10, $"Only {changes} fragments went on upon another volume.");
    }

    [Fact]
    public void Without_any_one_of_its_volumes_an_image_is_never_taken_for_whole()
    {
        var rack = new TapeRack(blocksMax: 3);
        Assert.True(rack.Write(Fragments, chunkBytes: 300_000));
        for (var missing = 0; missing < rack.Volumes.Count; missing++)
        {
            var assembler = new ImageAssembler();
            foreach (var (number, volume) in rack.Volumes.Index().Where(each => each.Index != missing))
            {
                rack.Drive.Mount(volume);
                foreach (var file in VolumeScanner.Scan(rack.Drive)) assembler.Add(file);
            }

            var found = assembler.Assemble();

            var holdsData = rack.Sealed.Any(fragment => fragment.Index.Parts.Any(
                part => part.Location.Volume == rack.Identities[missing]));
            var holdsIndex = rack.Sealed.Any(fragment => fragment.IndexLocation.Volume == rack.Identities[missing]);
            if (holdsIndex) Assert.Empty(found.Images);
            if (holdsData && !holdsIndex) Assert.NotEmpty(found.MissingParts);
            foreach (var broken in found.Broken.Where(_ => holdsData))
                Assert.Contains(rack.Identities[missing].Name, broken.Last.Seal!.Volumes);
        }
    }
}
