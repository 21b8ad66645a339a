using Backup.Messages;
using Backup.Persistence.Catalog;
using Xunit;

namespace Backup.Tests.Unit.Persistence;

public sealed class BlockCacheSpecs
{
    [Fact]
    public void What_was_not_asked_for_the_longest_goes_first_and_no_more_is_kept_than_fits()
    {
        var cache = new BlockCache(bytesMax: 10);
        var (one, two, three) = (Of(1), Of(2), Of(3));
        foreach (var each in new[] { one, two }) cache.Add(each.Digest, each.Data);
        Assert.Same(one.Data, cache.Find(one.Digest));

        cache.Add(three.Digest, three.Data);

        Assert.Same(one.Data, cache.Find(one.Digest));
        Assert.Null(cache.Find(two.Digest));
        Assert.Same(three.Data, cache.Find(three.Digest));
    }

    [Fact]
    public void One_that_does_not_fit_is_not_kept_and_one_that_is_known_is_kept_once()
    {
        var cache = new BlockCache(bytesMax: 8);
        var (one, two) = (Of(1), Of(2));
        for (var times = 0; times < 3; times++) cache.Add(one.Digest, one.Data);

        cache.Add(Sha256Digest.Of([9]), new byte[9]);
        cache.Add(two.Digest, two.Data);

        Assert.NotNull(cache.Find(one.Digest));
        Assert.NotNull(cache.Find(two.Digest));
        Assert.Null(cache.Find(Sha256Digest.Of([9])));
    }

    private static (Sha256Digest Digest, byte[] Data) Of(byte number)
    {
        byte[] data = [number, 0, 0, 0];
        return (Sha256Digest.Of(data), data);
    }
}
