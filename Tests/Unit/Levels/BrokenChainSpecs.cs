using Backup.Actors.Gateway;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;
using Backup.Tests.Unit.Persistence;
using Xunit;

namespace Backup.Tests.Unit.Levels;

/// <summary>A restore, a merge and a verification of a chain that is broken say which image and volume.</summary>
public sealed class BrokenChainSpecs : ActorKit
{
    private readonly SqliteFixture _catalog = new();
    private readonly IReadOnlyList<ImageId> _images;

    public BrokenChainSpecs() =>
        _images = ChainSample.Record(_catalog.Store, 3, default);

    [Theory]
    [InlineData("DELETE FROM image WHERE job = 1", "Image {1} builds on image {0}, which cannot be used for it: ")]
    [InlineData("UPDATE image SET state = 4 WHERE job = 1",
        "Image {1} builds on image {0}, which cannot be used for it: it has expired and was deleted.")]
    [InlineData("UPDATE image SET root = zeroblob(32) WHERE job = 2",
        "Image {2} builds on image {1}, which cannot be used for it: expected the root ")]
    [InlineData("DELETE FROM volume WHERE name = 'D0001'",
        "Image {0} needs volume D0001, which the catalog does not know.")]
    public async Task Each_says_which_image_and_which_volume(string breaking, string why)
    {
        for (var image = 0; image < _images.Count; image++)
            why = why.Replace($"{{{image}}}", _images[image].ToString(), StringComparison.Ordinal);
        var newest = _catalog.Store.Images.Get(_images[2]).Value;
        var nobody = CreateTestProbe();
        var setup = new GatewaySetup(
            "d1", "1", CatalogSamples.At, null, () => [], () => [], () => [],
            () => new Dictionary<PoolName, IReadOnlyList<LibraryName>>(), _catalog.Store, nobody, nobody, nobody,
            nobody, null, Sys.Scheduler, TimeSpan.FromSeconds(20), _ => new ConfigurationReloaded([], []), () => 1);
        Assert.Null(new ImageReading(setup).ChainOf(newest, out _, out _));

        _catalog.Run("PRAGMA foreign_keys = OFF; " + breaking);

        var refusals = new[]
        {
            new ImageReading(setup).ChainOf(newest, out _, out _), // a restore
            new MergePlanner(setup).Plan(newest).Refused,
            (await new ImageReading(setup).Verify(newest, VerifyTarget.Data, content: true)).Refused,
        };
        Assert.All(refusals, refused => Assert.StartsWith(why, refused!.Sentence, StringComparison.Ordinal));
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _catalog.Dispose();
    }
}
