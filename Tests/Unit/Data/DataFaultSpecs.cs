using Backup.Actors.Data;
using Backup.Media.Fragments;
using Backup.Messages.Jobs;
using Xunit;

namespace Backup.Tests.Unit.Data;

/// <summary>The network between two processes fails.</summary>
public sealed class DataFaultSpecs
{
    private const int Count = 12;
    private const int Bytes = 40_000;

    public static TheoryData<string, bool, long> Faults()
    {
        var all = new TheoryData<string, bool, long>();
        foreach (var fault in new[] { WireFault.Cut, WireFault.Reset, WireFault.Hole, WireFault.Flip, WireFault.Repeat,
            WireFault.Skip })
        {
            // In the header, the information and the bytes of the first elements, and far behind; downwards in a
            // window.
            foreach (var at in new long[] { 160, 200, 400, 5_000, 41_000, 100_001, 300_000 })
                all.Add(fault.ToString(), true, at);
            // The welcome itself, its header and payload, and windows behind it.
            foreach (var at in new long[] { 0, 20, 50, 75, 90, 110, 150 }) all.Add(fault.ToString(), false, at);
        }
        return all;
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_broken_connection_comes_again_and_goes_on_where_it_broke(string fault, bool up, long at)
    {
        await using var two = new TwoProcesses(Brisk);
        using var proxy = new FaultProxy(
            two.Port, number => number == 0 ? (Enum.Parse<WireFault>(fault), up, at) : default);
        var (there, here) = Save(two, proxy);

        var sending = DataConnectionSpecs.Send(here, Count, Bytes);
        await Whole(there);

        await sending;
        Assert.True(proxy.Connections >= 2, "the connection never broke");
    }

    /// <summary>
    /// One fault of any kind, at any byte, either way, on each of the first connections. What is sent again is what was
    /// on its way: never more than the buffers of both sides hold, which is far less than a fragment.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task Faults_by_chance_change_nothing_and_cost_what_was_on_its_way(int seed)
    {
        var chance = new Random(seed);
        var faults = Enumerable.Range(0, 5).Select(_ =>
            ((WireFault)chance.Next(1, 8), Up: chance.Next(4) > 0, At: chance.NextInt64(6 * Bytes)))
            .Select(fault => fault.Up ? fault : fault with { At = fault.At / 1000 }).ToArray();
        await using var two = new TwoProcesses(Brisk);
        using var proxy =
            new FaultProxy(two.Port, number => number < faults.Length ? faults[number] : default);
        var (there, here) = Save(two, proxy);

        var sending = DataConnectionSpecs.Send(here, Count, Bytes);
        await Whole(there);

        await sending;
        var onItsWay = (there.Capacity + here.Capacity + 1) * (Bytes + 1000);
        Assert.InRange(proxy.BytesUp, 0, (Count * (Bytes + 1000)) + (proxy.Connections * onItsWay));
    }

    [Fact]
    public async Task A_delay_that_is_no_silence_loses_nothing()
    {
        await using var two = new TwoProcesses();
        using var proxy = new FaultProxy(two.Port, _ => (WireFault.Delay, true, 90_000));
        var (there, here) = Save(two, proxy);

        var sending = DataConnectionSpecs.Send(here, Count, Bytes);
        await Whole(there);

        await sending;
        Assert.Equal(1, proxy.Connections);
    }

    /// <summary>A drive waits for its volume for an hour, then the line breaks: that is no hour without it.</summary>
    [Fact]
    public async Task A_line_that_was_quiet_for_long_may_break_and_come_again()
    {
        await using var two = new TwoProcesses(options => options with
        {
            Heartbeat = TimeSpan.FromMilliseconds(40),
            Silence = TimeSpan.FromSeconds(1),
            ReconnectWithin = TimeSpan.FromSeconds(2),
        });
        using var proxy = new FaultProxy(two.Port, _ => default);
        var (there, here) = Save(two, proxy);
        var sending = DataConnectionSpecs.Send(here, Count, Bytes); // until both buffers are full
        await DataConnectionSpecs.Until(() => proxy.BytesUp > 4 * Bytes);

        // For longer than the line may be away
        await proxy.Beats(two.Client.Options.ReconnectWithin * 1.2 / two.Client.Options.Heartbeat);
        proxy.Cut();
        await DataConnectionSpecs.Until(() => proxy.Connections > 1);

        await Whole(there);
        await sending;
        Assert.Contains(two.Lines, line => line.Contains("job 12 with client web1 was lost"));
        Assert.Contains(two.Lines, line => line.Contains("came again"));
        Assert.Contains(two.ClientLines, line => line.Contains("job 12 to store1") && line.Contains("was lost"));
    }

    /// <summary>
    /// Each connection brings a few elements and breaks: the time for coming again counts from the last of them.
    /// </summary>
    [Fact]
    public async Task A_line_that_breaks_again_and_again_is_of_use_still()
    {
        await using var two = new TwoProcesses();
        using var proxy = new FaultProxy(two.Port, number => number < 5 ? (WireFault.Cut, true, 100_000) : default);
        var (there, here) = Save(two, proxy);

        var sending = DataConnectionSpecs.Send(here, Count, Bytes);
        await Whole(there);

        await sending;
        Assert.True(proxy.Connections > 5);
    }

    [Theory]
    [InlineData("Cut")]
    [InlineData("Hole")]
    public async Task A_restore_goes_on_where_it_broke(string fault)
    {
        await using var two = new TwoProcesses();
        using var proxy = new FaultProxy(
            two.Port, number => number == 0 ? (Enum.Parse<WireFault>(fault), false, 100_000) : default);
        var there = new DataLink<RestoreBatch>(2);
        var here = two.Client.Take<RestoreBatch>(
            TwoProcesses.Through(two.Storage.Open(there, TwoProcesses.Passport()), proxy.Port),
            TwoProcesses.Passport())!;

        var sending = Task.Run(async () =>
        {
            for (var number = 0; number < Count;
                number++) await there.Write(Parcels.Batch(number, Bytes, last: number == Count - 1));
            there.Complete();
        });
        for (var number = 0; number < Count; number++)
        {
            using var batch = await DataConnectionSpecs.Next(here);
            Assert.Equal(Parcels.Content(number, Bytes)[(Bytes / 2)..], batch!.ContentOf(batch.Pieces[2]).ToArray());
        }

        Assert.Null(await DataConnectionSpecs.Next(here));
        await sending;
        Assert.True(proxy.Connections >= 2);
    }

    [Fact]
    public async Task A_connection_that_does_not_come_again_loses_the_attempt_on_both_sides_with_a_reason_to_try_again()
    {
        await using var two =
            new TwoProcesses(options => options with { ReconnectWithin = TimeSpan.FromMilliseconds(300) });
        using var proxy = new FaultProxy(
            two.Port, number => number == 0 ? (WireFault.Cut, true, 100_000) : (WireFault.Cut, true, 0));
        var (there, here) = Save(two, proxy);

        var sending = DataConnectionSpecs.Send(here, Count, Bytes);
        var reading = ReadOn(there);

        var storageLost = Assert.IsType<JobFailure.StorageLost>(
            DataConnectionSpecs.Of(await Assert.ThrowsAsync<DataLinkException>(() => sending)));
        var clientLost = Assert.IsType<JobFailure.ClientLost>(
            DataConnectionSpecs.Of(await Assert.ThrowsAsync<DataLinkException>(() => reading)));
        Assert.Equal("tapes", storageLost.Library.Value);
        Assert.Equal("web1", clientLost.Client.Value);
        Assert.Contains("did not come again", clientLost.Detail);
        Assert.Contains(two.Lines, line => line.Contains("job 12 with client web1 is given up"));
        Assert.Contains(two.ClientLines, line => line.Contains("job 12 to store1") && line.Contains("is given up"));
        Assert.Equal(0, two.Storage.OpenCount);
        Assert.True(Backup.Actors.Jobs.JobRules.IsRetryable(storageLost)
            && Backup.Actors.Jobs.JobRules.IsRetryable(clientLost));
    }

    [Fact]
    public async Task Where_nobody_listens_the_attempt_is_lost_in_time()
    {
        await using var two =
            new TwoProcesses(options => options with { ReconnectWithin = TimeSpan.FromMilliseconds(300) });
        var link = new DataLink<ArchiveChunk>(2);
        var here = two.Client.Take<ArchiveChunk>(
            TwoProcesses.Through(two.Storage.Open(link, TwoProcesses.Passport()), 1), TwoProcesses.Passport())!;

        var lost = Assert.IsType<JobFailure.StorageLost>(DataConnectionSpecs.Of(
            await Assert.ThrowsAsync<DataLinkException>(() => DataConnectionSpecs.WriteOn(here))));

        Assert.Contains("127.0.0.1:1", lost.Detail);
    }

    [Fact]
    public async Task A_session_that_ended_meanwhile_says_so_when_the_client_comes_again()
    {
        await using var two = new TwoProcesses();
        DataLink<ArchiveChunk>? there = null;
        using var proxy = new FaultProxy(two.Port, number =>
        {
            if (number > 0) there!.Fail(new JobFailureException(new JobFailure.Cancelled("the job")));
            return number == 0 ? (WireFault.Cut, true, 50_000) : default;
        });
        (there, var here) = Save(two, proxy);
        _ = ReadOn(there);

        var failure = DataConnectionSpecs.Of(
            await Assert.ThrowsAsync<DataLinkException>(() => DataConnectionSpecs.Send(here, Count, Bytes)));

        Assert.True(failure is JobFailure.Cancelled or JobFailure.StorageLost, failure.ToString());
    }

    private static DataPlaneOptions Brisk(DataPlaneOptions options) =>
        options with { HandshakeWithin = TimeSpan.FromSeconds(1) };

    private static (DataLink<ArchiveChunk> There, DataLink<ArchiveChunk> Here) Save(TwoProcesses two, FaultProxy proxy)
    {
        var there = new DataLink<ArchiveChunk>(4);
        return (there, two.Client.Take<ArchiveChunk>(
            TwoProcesses.Through(two.Storage.Open(there, TwoProcesses.Passport()), proxy.Port),
            TwoProcesses.Passport())!);
    }

    private static async Task Whole(DataLink<ArchiveChunk> link)
    {
        for (var number = 0; number < Count; number++)
        {
            using var chunk = await DataConnectionSpecs.Next(link);
            Assert.Equal(number, chunk!.Sequence);
            Assert.Equal(Parcels.Content(number, Bytes), chunk.Payload.ToArray());
        }
        Assert.Null(await DataConnectionSpecs.Next(link));
    }

    private static async Task ReadOn(DataLink<ArchiveChunk> link)
    {
        while (await DataConnectionSpecs.Next(link) is { } chunk) chunk.Dispose();
    }
}
