using Backup.Messages;
using Backup.Messages.Volumes;
using Backup.Persistence.Catalog;
using Backup.Tests.Unit.Persistence;
using Xunit;

namespace Backup.Tests.Unit.Levels;

/// <summary>A full and incrementals, each on the one before, all on volumes D0001 and D0002.</summary>
internal static class ChainSample
{
    public static IReadOnlyList<ImageId> Record(CatalogStore store, int count, Sha256Digest rules)
    {
        foreach (var name in (string[])["D0001", "D0002"])
            Assert.Null(store.Volumes.Record(CatalogSamples.Volume(name, VolumeState.Append)).Failure);
        var images = new List<ImageId>();
        for (ImageRecord? known = null; images.Count < count;)
        {
            known = Add(store, images.Count, known, rules);
            images.Add(known.Opened.Image);
        }
        return images;
    }

    private static ImageRecord Add(CatalogStore store, int level, ImageRecord? known, Sha256Digest rules)
    {
        var job = store.Jobs.Create(CatalogSamples.Job($"request-{level}")).Value.Job;
        Assert.Null(store.Jobs.TakeEpoch(job, default).Failure);
        var image = CatalogSamples.Image(job) with
        {
            Level = level,
            Since = CatalogSamples.At.AddDays(level),
            Base = known?.Opened.Image,
            BaseRoot = known?.Seal!.Root,
            Rules = rules,
        };
        Assert.Null(store.Images.Open(image, CatalogSamples.First).Failure);
        Assert.Null(store.StageAndClose(image.Image, 0).Failure);
        Assert.Null(store.Images.Seal(image.Image, CatalogSamples.Seal(1), CatalogSamples.ByFirst).Failure);
        return store.Images.Get(image.Image).Value;
    }
}
