using Backup.Actors.Data;
using Backup.Actors.Storage;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Volumes;
using Backup.Tests.Unit.Persistence;
using Xunit;

namespace Backup.Tests.Unit.Actors;

/// <summary>Two libraries in which the same volume stands: it belongs to that which its label names.</summary>
public sealed class LibraryClaimSpecs : IDisposable
{
    private static readonly PoolName Pool = new("main");
    private static readonly VolumeName Volume = new("main-0001");
    private readonly TemporaryFolder _folder = new();

    public LibraryClaimSpecs() => SealedSamples.Write(_folder.File(""), 3, sealImage: true);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_volume_of_another_library_is_neither_written_nor_erased_nor_read_as_its_own(bool wasLetGo)
    {
        Open("cellar").Dispose();
        var claimed = _folder.File($"cellar/{Volume}");
        Directory.CreateDirectory(claimed);
        foreach (var file in Directory.GetFiles(_folder.File($"tapes/{Volume}")))
            File.Copy(file, Path.Combine(claimed, Path.GetFileName(file)));
        var before = Contents(claimed);
        if (wasLetGo) Rename(claimed);
        using var cellar = Open("cellar");

        Assert.All(
            cellar.Reports().Where(report => report.Name == Volume),
            report => Assert.Equal(VolumeState.Error, report.State));
        Assert.NotEqual(Volume, cellar.MountForWriting(0, Pool).Name);
        cellar.Release(0);
        var refused = Assert.Throws<JobFailureException>(() => cellar.MountForReading(0, Volume));

        Assert.Contains(
            "the label of volume main-0001 of library", Assert.IsType<JobFailure.VolumeError>(refused.Failure).Detail,
            StringComparison.Ordinal);
        Assert.Equal(before, Contents(claimed));
        // Where it belongs it takes data
        using var tapes = Open("tapes");
        Assert.Equal(Volume, tapes.MountForReading(0, Volume).Name);
        Assert.Equal(Volume, tapes.MountForWriting(0, Pool).Name);

        // A volume of that name was let go here, and this one stands in its place now
        void Rename(string path)
        {
            Directory.Move(path, _folder.File("aside"));
            using (var earlier = Open("cellar"))
            {
                Assert.Equal(Volume, earlier.MountForWriting(0, Pool).Name);
                earlier.Release(0);
                var uuid = earlier.Reports().Single().Uuid;
                earlier.Tend(0, new Messages.Storage.VolumeProtocol.LetGo(Volume, uuid, 1));
                Assert.Equal(VolumeState.Recycle, earlier.Reports().Single().State);
            }
            Directory.Delete(path, recursive: true);
            Directory.Move(_folder.File("aside"), path);
        }
    }

    private LibraryKeeper Open(string name) => LibraryKeeper.Open(
        new LibraryOptions(
            new LibraryName(name), _folder.File(name), 6, 1, 1L << 30, 0, new Dictionary<PoolName, string>(),
            AutoLabel: true),
        _folder.File($"{name}.volumes"), _ => { });

    private static List<string> Contents(string path) =>
        [.. Directory.GetFiles(path).Order(StringComparer.Ordinal).Select(file =>
            $"{Path.GetFileName(file)} {Sha256Digest.Of(File.ReadAllBytes(file))}")];
}
