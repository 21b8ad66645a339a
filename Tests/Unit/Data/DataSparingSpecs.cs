using Backup.Actors.Clients;
using Backup.Actors.Data;
using Backup.Media.Files;
using Backup.Media.Packets;
using Xunit;
using static Backup.Tests.Unit.Data.Strangers;

namespace Backup.Tests.Unit.Data;

/// <summary>RS-13: a client says which items it has already, before storage reads anything.</summary>
public sealed class DataSparingSpecs
{
    private const int Bytes = 600_000; // more than two packets

    [Fact]
    public async Task What_the_client_has_arrives_in_pieces()
    {
        await using var two = new TwoProcesses();
        var (there, here) = Restore(two, two.Port);
        var items = Random(Bytes);

        here.Spare(items);

        Assert.Equal(items, await there.Spared.WaitAsync(TwoProcesses.Patience));
        await there.Write(Parcels.Batch(0, 10));
        using var batch = await here.Read().WaitAsync(TwoProcesses.Patience);
        Assert.NotNull(batch);
    }

    [Fact]
    public async Task That_it_has_nothing_is_said_too()
    {
        await using var two = new TwoProcesses();
        var (there, here) = Restore(two, two.Port);

        here.Spare([]);

        Assert.Empty(await there.Spared.WaitAsync(TwoProcesses.Patience));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(300_000)]
    [InlineData(599_000)]
    public async Task A_connection_that_breaks_in_the_middle_of_it_says_it_anew(long at)
    {
        await using var two = new TwoProcesses();
        using var proxy = new FaultProxy(two.Port, number => number == 0 ? (WireFault.Cut, true, at) : default);
        var (there, here) = Restore(two, proxy.Port);
        var items = Random(Bytes);

        here.Spare(items);

        Assert.Equal(items, await there.Spared.WaitAsync(TwoProcesses.Patience));
        Assert.InRange(proxy.Connections, 2, int.MaxValue);
    }

    /// <summary>It does not know the packet, or sends it for some restores only: nobody waits for it.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_client_of_an_earlier_version_has_nothing(int version)
    {
        await using var two = new TwoProcesses();
        var there = new DataLink<RestoreBatch>(2);
        var address = two.Storage.Open(there, TwoProcesses.Passport());
        using var client = await Connect(two.Port);

        await Write(client, PacketKind.Hello, (Hello(address) with
        {
            Purpose = ConnectionPurpose.Restore,
            VersionMax = version,
        }).ToBytes());

        Assert.Empty(await there.Spared.WaitAsync(TwoProcesses.Patience));
        Assert.Equal(version, Welcome.VersionOf(await ReadUntil(client, PacketKind.Welcome)));
    }

    [Fact]
    public void Paths_to_which_several_items_come_are_known_whatever_their_number()
    {
        var shared = new SharedPlaces();
        for (var item = 0; item < 20_000; item++) shared.Add(Place(item % 19_000));

        Assert.DoesNotContain(Enumerable.Range(0, 1_000), item => shared.IsAlone(Place(item)));
        // Some share a slot, and are taken for shared
        Assert.InRange(
            Enumerable.Range(1_000, 18_000).Count(item => shared.IsAlone(Place(item))), 17_900, 18_000);

        static FilePath Place(int item) => FilePath.FromText($"/some/folder/file-{item}");
    }

    [Fact]
    public async Task More_than_can_be_is_not_taken()
    {
        await using var two = new TwoProcesses();
        var there = new DataLink<RestoreBatch>(2);
        var address = two.Storage.Open(there, TwoProcesses.Passport());
        using var client = await Connect(two.Port);
        await Write(client, PacketKind.Hello, (Hello(address) with
        {
            Purpose = ConnectionPurpose.Restore,
            VersionMax = Handshake.Version,
        }).ToBytes());

        await Write(client, PacketKind.Spared, new byte[1], sequence: SparedItems.BytesMax);

        await AssertClosed(client);
        Assert.False(there.Spared.IsCompleted);
    }

    [Fact]
    public void Items_are_counted_from_the_first_one()
    {
        var (random, items, expected) = (new Random(5), new SparedItems(), new List<bool>());
        for (var at = 0; at < 10_000; at++)
        {
            expected.Add(random.Next(3) == 0 && at < 9_000);
            items.Add(expected[^1]);
        }

        var read = new SparedItems(items.ToBytes());

        Assert.Equal(expected, Enumerable.Range(0, expected.Count).Select(at => read.Contains(at)));
        Assert.Equal(expected.Count(each => each), read.Count);
        Assert.InRange(items.ToBytes().Length, 1, (9_000 / 8) + 1);
        Assert.False(read.Contains(long.MaxValue / 2));
    }

    private static (DataLink<RestoreBatch> There, DataLink<RestoreBatch> Here) Restore(TwoProcesses two, int port)
    {
        var there = new DataLink<RestoreBatch>(2);
        var address = two.Storage.Open(there, TwoProcesses.Passport());
        return (there, two.Client.Take<RestoreBatch>(
            TwoProcesses.Through(address, port), TwoProcesses.Passport())!);
    }

    private static byte[] Random(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }
}
