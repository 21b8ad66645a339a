using Backup.Actors.Storage;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.Unit.Actors;

/// <summary>Which drive of a restore reads what: random chains on random volumes.</summary>
public sealed class RestoreLanesSpecs
{
    [Fact]
    public void Each_item_comes_once_and_each_volume_is_passed_once_in_the_order_of_positions()
    {
        for (var seed = 0; seed < 2_000; seed++)
        {
            var random = new Random(seed);
            var chain = Chain(random, random.Next(1, 5));
            var lanes = Plan(chain, random.Next(1, 6));
            var seen = new HashSet<FileEntry>(ReferenceEqualityComparer.Instance);
            var laneOf = new Dictionary<VolumeName, int>();
            for (var lane = 0; lane < lanes.Lanes.Count; lane++)
            {
                var (passed, at, position) = (new HashSet<VolumeName>(), default(VolumeName), (-1, -1L));
                foreach (var entry in Reads(chain, lanes, lane))
                {
                    Assert.True(seen.Add(entry), $"Seed {seed}: twice");
                    if (entry.Position.Length == 0 || chain.PlaceOf(entry) is not { } place) continue;
                    Assert.True(laneOf.TryAdd(place.Volume, lane) || laneOf[place.Volume] == lane, $"Seed {seed}");
                    if (place.Volume != at)
                    {
                        Assert.True(passed.Add(place.Volume), $"Seed {seed}: {place.Volume} again");
                        (at, position) = (place.Volume, (-1, -1));
                    }
                    Assert.True(position.CompareTo((place.File, place.Offset)) < 0, $"Seed {seed}: back");
                    position = (place.File, place.Offset);
                }
            }
            Assert.True(seen.Count == chain.Entries.Count, $"Seed {seed}: {chain.Entries.Count - seen.Count} missing");
        }
    }

    [Fact]
    public void Lanes_are_as_many_as_there_are_drives_or_volumes()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var chain = Chain(new Random(seed), 3);
            var begun = chain.Entries.Where(entry => entry.Position.Length > 0)
                .Select(entry => chain.PlaceOf(entry)?.Volume).Distinct().Count();
            for (var drives = 1; drives < 9; drives++)
                Assert.Equal(Math.Clamp(begun, 1, drives), Plan(chain, drives).Lanes.Count);
        }
    }

    [Theory]
    [InlineData("5 5 5 5", 2, "5 5|5 5")]
    [InlineData("9 1 1 1", 2, "9|1 1 1")]
    [InlineData("1 1 1 9", 2, "1 1 1|9")]
    [InlineData("1 1 1 9", 3, "1 1|1|9")]
    [InlineData("9 1 1 9 1 1 9", 3, "9 1 1|9 1 1|9")]
    [InlineData("0 0 0", 2, "0 0|0")]
    [InlineData("7", 4, "7")]
    [InlineData("", 4, "")]
    public void The_lane_with_most_to_read_has_as_little_as_can_be(string row, int drives, string expected)
    {
        var bytes = row.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse).ToList();
        var volumes = bytes.Select((_, number) => new VolumeName($"V{number}")).ToList();

        var cut = RestoreLanes.Cut(volumes, volume => bytes[volumes.IndexOf(volume)], drives);

        Assert.Equal(expected, string.Join('|', cut.Select(lane =>
            string.Join(' ', lane.Select(volume => bytes[volumes.IndexOf(volume)])))));
        Assert.Equal(volumes, cut.SelectMany(lane => lane));
    }

    /// <summary>Every cut is compared with all that there are.</summary>
    [Fact]
    public void No_other_cut_is_better()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var bytes = Enumerable.Range(0, random.Next(1, 9)).Select(_ => (long)random.Next(20)).ToList();
            var volumes = bytes.Select((_, number) => new VolumeName($"V{number}")).ToList();
            var pieces = random.Next(1, 5);

            var cut = RestoreLanes.Cut(volumes, volume => bytes[volumes.IndexOf(volume)], pieces);

            Assert.Equal(Math.Min(pieces, volumes.Count), cut.Count);
            Assert.Equal(Best(bytes, pieces), cut.Max(lane => lane.Sum(volume => bytes[volumes.IndexOf(volume)])));
        }
    }

    private static long Best(IReadOnlyList<long> bytes, int pieces)
    {
        if (pieces == 1) return bytes.Sum();
        var best = bytes.Sum();
        for (var cut = 1; cut < bytes.Count; cut++)
            best = Math.Min(best, Math.Max(bytes.Take(cut).Sum(), Best([.. bytes.Skip(cut)], pieces - 1)));
        return best;
    }

    private static RestoreLanes Plan(SampleChain chain, int drives)
    {
        var needs = new RestoreNeeds(
            new RestoreSpec(
                chain.Images[^1], [], "/", ReplaceRule.Never, new ClientName("c"), new LibraryName("l"), false, false,
                chain.Images),
            chain.Places);
        foreach (var entry in chain.Entries) needs.Add(entry);
        return new RestoreLanes(chain.Places, needs, drives);
    }

    /// <summary>What a lane reads, in its order: each step goes through all entries as the manifest has them.</summary>
    private static IEnumerable<FileEntry> Reads(SampleChain chain, RestoreLanes lanes, int lane) =>
        lanes.Lanes[lane].SelectMany(step => chain.Entries.Where(entry =>
            chain.ImageOf(entry) == step.Image && lanes.StepOf(step.Image, entry) == step));

    /// <summary>
    /// Images one behind the other on volumes that are filled to their ends, some begun by a job in between; fragments
    /// go over ends of volumes, and items over those of fragments.
    /// </summary>
    private static SampleChain Chain(Random random, int images)
    {
        var (volume, room, file, before) = (0, random.Next(2, 9), 1, new List<FileEntry>());
        var (places, entries) = (new List<ImagePlaces>(), new List<FileEntry>());
        var ids = Enumerable.Range(1, images).Select(number => new ImageId((ulong)number)).ToList();
        for (var image = 0; image < images; image++)
        {
            var fragments = new List<FragmentPlace>();
            for (var fragment = random.Next(1, 5); fragment > 0; fragment--)
            {
                var (chunks, parts, left) = (new ChunkTable(), new List<FragmentPart>(), random.Next(1, 12));
                for (var chunk = 0; chunk < left; chunk++) chunks.Add(100, 10);
                for (var offset = 0L; left > 0;)
                {
                    if (room == 0) (volume, room, file) = (volume + 1, random.Next(2, 9), 1);
                    var here = Math.Min(left, room);
                    parts.Add(new FragmentPart(LocationOf(volume, file++), offset, here * 10L, default, []));
                    (offset, left, room) = (offset + (here * 10L), left - here, room - here);
                }
                fragments.Add(new FragmentPlace(
                    fragments.Count, default, new FragmentLayout(parts, chunks), LocationOf(volume, file++)));
            }
            places.Add(new ImagePlaces(fragments));
            entries.AddRange(Entries(random, ids[image], fragments));
        }
        // The manifest has one order of its own, in which each image's entries keep theirs
        return new SampleChain(ids, places, Shuffled(random, entries, ids));
    }

    private static TapeLocation LocationOf(int volume, int file) =>
        new(new VolumeIdentity(new VolumeName($"V{volume:00}"), default), file);

    private static IEnumerable<FileEntry> Entries(Random random, ImageId image, IReadOnlyList<FragmentPlace> fragments)
    {
        var total = fragments.Sum(fragment => fragment.Layout.Chunks.ArchiveBytes);
        var number = 0;
        for (var at = 0L; at < total;)
        {
            var length = Math.Min(random.Next(4) == 0 ? random.Next(2000) : random.Next(150), total - at);
            var (fragment, offset) = (0, at);
            for (; offset >= fragments[fragment].Layout.Chunks.ArchiveBytes; fragment++)
                offset -= fragments[fragment].Layout.Chunks.ArchiveBytes;
            yield return new FileEntry
            {
                Path = new FilePath(global::System.Text.Encoding.ASCII.GetBytes($"{image}-{number++:000}")),
                Kind = FileKind.Regular,
                Size = length,
                Position = new ContentPosition(image, fragment, offset, length),
            };
            at += Math.Max(length, 1);
        }
    }

    private static List<FileEntry> Shuffled(Random random, List<FileEntry> entries, List<ImageId> ids)
    {
        var queues = ids.ConvertAll(id => new Queue<FileEntry>(entries.Where(entry => entry.Position.Image == id)));
        var all = new List<FileEntry>();
        while (queues.FindAll(queue => queue.Count > 0) is { Count: > 0 } full)
            all.Add(full[random.Next(full.Count)].Dequeue());
        return all;
    }

    private sealed record SampleChain(
        IReadOnlyList<ImageId> Images, IReadOnlyList<ImagePlaces> Places, IReadOnlyList<FileEntry> Entries)
    {
        public int ImageOf(FileEntry entry) => Images.ToList().IndexOf(entry.Position.Image);

        /// <summary>Where reading an entry begins; found without the code that is tested.</summary>
        public (VolumeName Volume, int File, long Offset)? PlaceOf(FileEntry entry)
        {
            var layout = Places[ImageOf(entry)].Fragments[entry.Position.Fragment].Layout;
            var frame = entry.Position.Offset / 100 * 10;
            var part = layout.Parts.Last(part => part.Offset <= frame);
            return (part.Location.Volume.Name, part.Location.File, entry.Position.Offset);
        }
    }
}
