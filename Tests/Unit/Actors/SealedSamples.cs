using Backup.Actors.Storage;
using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Tests.Media.Fragments;
using Xunit;

namespace Backup.Tests.Unit.Actors;

/// <summary>Fragments as a drive wrote them: real indexes on real virtual tapes.</summary>
internal static class SealedSamples
{
    public static readonly Epoch Epoch = new(3);
    private static readonly PoolName Pool = new("main");

    private static readonly ImageHeader Image = new(
        JobSamples.Image, JobSamples.Job, new PolicyName("daily"), new FileSetName("etc"), JobSamples.Client, 0,
        JobSamples.At);

    /// <summary>An image of as many fragments as are asked for, the last one unsealed unless said otherwise.</summary>
    public static IReadOnlyList<SealedFragment> Write(string directory, int fragments, bool sealImage = false)
    {
        var archive = TinyArchive.Of(
            JobSamples.Image,
            [.. Enumerable.Range(0, fragments).Select(number => ($"f{number:000}", TinyArchive.Noise(100, number)))]);
        return Write(
            directory, archive.Cut([.. Enumerable.Range(1, fragments - 1).Select(archive.BeginOf)]), sealImage);
    }

    /// <summary>An image of one fragment that seals it.</summary>
    public static SealedFragment WriteOne(string directory, ImageHeader image) => Write(
        directory, TinyArchive.Of(image.Image, ("file", TinyArchive.Noise(100, 1))).Cut(), sealImage: true, image)[0];

    /// <summary>A member so long that it goes over three fragments.</summary>
    public static IReadOnlyList<SealedFragment> WriteCut(string directory)
    {
        var archive = TinyArchive.Of(JobSamples.Image, ("long", TinyArchive.Noise(100_000, 1)));
        return Write(directory, archive.Cut(40_960, 81_920), sealImage: false);
    }

    private static List<SealedFragment> Write(
        string directory, IReadOnlyList<TinyFragment> fragments, bool sealImage, ImageHeader? image = null)
    {
        var options = new LibraryOptions(
            JobSamples.Library, Path.Combine(directory, "tapes"), 4, 1, 1L << 30, 0, new Dictionary<PoolName, string>(),
            AutoLabel: true);
        using var library = LibraryKeeper.Open(options, Path.Combine(directory, "vault.volumes"), _ => { });
        var volume = library.MountForWriting(0, Pool);
        var written = new List<SealedFragment>();
        foreach (var fragment in fragments)
        {
            var last = written.Count == 0 ? null : written[^1];
            using var writer = FragmentWriter.Begin(
                library.Drives[0], volume, image ?? Image, Epoch, fragment.Start, last?.Root ?? default,
                last?.Index.Open);
            foreach (var chunk in fragment.Chunks())
                using (chunk) Assert.False(writer.Append(chunk) is WriteResult.NeedVolume or WriteResult.Failed);
            var seal = sealImage && written.Count == fragments.Count - 1
                ? new SealInfo(SealOutcome.Complete, JobSamples.At, [.. written.Select(before => before.Summary)])
                : null;
            written.Add(Assert.IsType<SealResult.Sealed>(writer.Seal(seal)).Fragment);
        }
        library.Release(0);
        return written;
    }
}
