using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;
using Xunit;

namespace Backup.Tests.System.Delivery;

/// <content>Copies: made, moved, read again, and taken to another place.</content>
internal static partial class Plays
{
    /// <summary>An image lies in two pools afterwards, under one root.</summary>
    public static async Task Copy(Stage stage)
    {
        var image = await Fresh(stage);
        await stage.Ended(await stage.Begin(new CopyImages(RequestId.New(), new PoolName("second"), image)));
        Assert.Equal(["disk", "second"], PoolsOf(stage, image));
    }

    /// <summary>The owner of the one library gives to that of the other.</summary>
    public static async Task CopyToAnotherLibrary(Stage stage)
    {
        var image = await Fresh(stage);
        await stage.Ended(await stage.Begin(new CopyImages(RequestId.New(), new PoolName("slowly"), image)));
        Assert.Equal(["disk", "slowly"], PoolsOf(stage, image));
    }

    /// <summary>The copy takes the place of the original, and not before it is whole.</summary>
    public static async Task Migrate(Stage stage)
    {
        var image = await Fresh(stage);
        await stage.Ended(await stage.Begin(new MigrateImages(RequestId.New(), new PoolName("second"), image)));
        Assert.Equal(["second"], PoolsOf(stage, image));
    }

    /// <summary>A volume is read again; all of them would be more with each play.</summary>
    public static async Task Scrub(Stage stage)
    {
        var image = IdOf(stage, await Image(stage));
        var volume = stage.Cluster.Store.Images.Volumes(image, 1).Value.Single();
        await stage.Ended(await stage.Begin(new ScrubMedia(RequestId.New(), Volume: volume)));
    }

    /// <summary>Out and back: noted once each, however often it is said.</summary>
    public static async Task Vault(Stage stage)
    {
        await Image(stage);
        var volume = (await stage.Ask<VolumeList>(new ListVolumes())).Volumes
            .First(each => each.Library.Value == "tapes" && each.State is "append" or "full").Volume;
        var before = stage.Cluster.Store.Vault.Log(volume, 1000).Value.Count;
        await stage.Ask<VolumesVaulted>(new VaultVolumes(RequestId.New(), [volume.Value], "the bank", "anna"));
        await stage.Ask<VolumesVaulted>(new VaultVolumes(RequestId.New(), [volume.Value]));
        var log = (await stage.Ask<VaultShown>(new ShowVault(volume, Limit: 1000))).Log;
        Assert.Equal(before + 2, log.Count);
        Assert.Equal([null, "the bank"], log.Take(2).Select(move => move.Place));
    }

    /// <summary>One that no other play has copied.</summary>
    private static async Task<string> Fresh(Stage stage)
    {
        var job = await stage.Run("nightly");
        await stage.Ended(job);
        return Assert.Single(stage.ImagesOf(job)).Opened.Image.ToString();
    }

    private static IEnumerable<string> PoolsOf(Stage stage, string image) =>
        stage.Cluster.Store.Copies.OfImages(IdOf(stage, image)).Value.Select(copy => copy.Pool.Value);

    private static ImageId IdOf(Stage stage, string image) =>
        stage.Cluster.Store.Images.List(new ImageFilter(Prefix: image), 1).Value.Single().Opened.Image;
}
