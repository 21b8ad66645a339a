using Backup.Actors.Data;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Jobs;
using Xunit;

namespace Backup.Tests.Unit.Data;

/// <summary>Two processes and nothing goes wrong between them.</summary>
public sealed class DataConnectionSpecs : IAsyncLifetime
{
    private readonly TwoProcesses _two = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _two.DisposeAsync();

    [Fact]
    public async Task Chunks_arrive_whole_in_order_and_then_the_end()
    {
        var (there, here) = Save(4);

        var sending = Send(here, 40, 300_000);
        for (var number = 0; number < 40; number++)
        {
            using var chunk = await Next(there);
            Assert.Equal(number, chunk!.Sequence);
            Assert.Equal(Parcels.Content(number, 300_000), chunk.Payload.ToArray());
            Assert.Equal(number, chunk.Members[0].Entry.Size);
            Assert.Equal(number == 39, chunk.EndsImage);
        }

        Assert.Null(await Next(there));
        await sending;
    }

    [Fact]
    public async Task Batches_go_the_other_way()
    {
        var there = new DataLink<RestoreBatch>(2);
        var here =
            _two.Client.Take<RestoreBatch>(_two.Storage.Open(there, TwoProcesses.Passport()), TwoProcesses.Passport())!;

        var sending = Task.Run(async () =>
        {
            for (var number = 0; number < 20;
                number++) await there.Write(Parcels.Batch(number, number * 50_000, last: number == 19));
            there.Complete();
        });
        for (var number = 0; number < 20; number++)
        {
            using var batch = await Next(here);
            var content = Parcels.Content(number, number * 50_000);
            Assert.Equal(content[..(content.Length / 2)], batch!.ContentOf(batch.Pieces[1]).ToArray());
            Assert.Equal(content[(content.Length / 2)..], batch.ContentOf(batch.Pieces[2]).ToArray());
            Assert.Same(batch.Pieces[1].Entry, batch.Pieces[2].Entry);
            Assert.Equal(number == 19, batch.Last);
        }

        Assert.Null(await Next(here));
        await sending;
    }

    [Fact]
    public async Task Information_that_is_larger_than_a_packet_arrives()
    {
        var (there, here) = Save(2);

        var sending = Task.Run(async () =>
        {
            await here.Write(Parcels.Chunk(0, 10, pathBytes: 9 << 20));
            await here.Write(Parcels.Chunk(1, 10, last: true));
            here.Complete();
        });

        using var first = await Next(there);
        using var second = await Next(there);
        Assert.Equal((9 << 20) + 7, first!.Members[0].Entry.Path.Bytes.Length);
        Assert.True(second!.EndsImage);
        await sending;
    }

    /// <summary>What has arrived is told for a few elements together, but to a sender that waits for just
    /// that.</summary>
    [Fact]
    public async Task Information_that_is_larger_than_its_window_arrives_behind_elements_that_were_not_told_yet()
    {
        var (there, here) = Save(16);

        var sending = Task.Run(async () =>
        {
            await here.Write(Parcels.Chunk(0, 10));
            await here.Write(Parcels.Chunk(1, 10));
            await here.Write(Parcels.Chunk(2, 10, last: true, pathBytes: 9 << 20));
            here.Complete();
        });

        using var first = await Next(there);
        using var second = await Next(there);
        using var third = await Next(there);
        Assert.Equal((9 << 20) + 7, third!.Members[0].Entry.Path.Bytes.Length);
        await sending;
    }

    [Fact]
    public async Task A_slow_reader_stops_the_writer_and_nothing_grows()
    {
        const int capacity = 4;
        var (there, here) = Save(capacity);
        var written = 0;

        var sending = Task.Run(async () =>
        {
            for (; written < 200; written++) await here.Write(Parcels.Chunk(written, 100_000, last: written == 199));
            here.Complete();
        });
        for (var number = 0; number < 200; number++)
        {
            using var chunk = await Next(there);
            // The storage's buffer, the client's, one being sent, one being written.
            Assert.InRange(Volatile.Read(ref written), number, number + 1 + capacity + here.Capacity + 2);
        }

        await sending;
    }

    [Fact]
    public async Task Silence_for_many_heartbeats_loses_nothing()
    {
        using var proxy = new FaultProxy(_two.Port, _ => default);
        var (there, here) = Save(1, through: proxy);
        await here.Write(Parcels.Chunk(0, 10));
        using var first = await Next(there);

        await proxy.Beats(_two.Storage.Options.Silence * 3 / _two.Client.Options.Heartbeat);
        await here.Write(Parcels.Chunk(1, 10, last: true));
        here.Complete();

        using var second = await Next(there);
        Assert.True(second!.EndsImage);
        Assert.Null(await Next(there));
    }

    [Fact]
    public async Task A_sealed_fragment_is_acknowledged_to_the_client()
    {
        var (there, here) = Save(4, confirmsEnd: true);
        await Send(here, 3, 1000);
        for (var number = 0; number < 3; number++) (await Next(there))!.Dispose();

        there.Acknowledge(0, Sha256Digest.Of("root"u8));
        Assert.Null(await Next(there));
        there.ConfirmEnd();

        await Until(() => here.SealedFragment == 0);
        Assert.Equal(Sha256Digest.Of("root"u8), here.Sealed!.Root);
    }

    [Fact]
    public async Task A_failure_of_storage_reaches_the_client_as_it_is()
    {
        var (there, here) = Save(4);
        await here.Write(Parcels.Chunk(0, 10));
        using var first = await Next(there);
        var failure = new JobFailure.VolumeError(new VolumeName("D-1"), "write", "No space left");

        there.Fail(new JobFailureException(failure));

        Assert.Equal(failure, Of(await Assert.ThrowsAsync<DataLinkException>(() => WriteOn(here))));
    }

    [Fact]
    public async Task A_failure_of_the_client_reaches_storage_as_it_is()
    {
        var (there, here) = Save(4);
        await here.Write(Parcels.Chunk(0, 10));
        using var first = await Next(there);
        var failure = new JobFailure.SourceMissing(new ClientName("web1"), ["/srv"]);

        here.Fail(new JobFailureException(failure));

        Assert.Equivalent(failure, Of(await Assert.ThrowsAsync<DataLinkException>(() => Next(there))), strict: true);
    }

    [Fact]
    public async Task A_client_of_the_same_process_gets_the_link_itself()
    {
        var link = new DataLink<ArchiveChunk>(1);
        var address = _two.Storage.Open(link, TwoProcesses.Passport());

        Assert.Same(link, _two.Storage.Take<ArchiveChunk>(address, TwoProcesses.Passport()));
        Assert.Null(_two.Storage.Take<ArchiveChunk>(address, TwoProcesses.Passport()));
        await Task.CompletedTask;
    }

    [Fact]
    public async Task Many_sessions_run_side_by_side()
    {
        await Task.WhenAll(Enumerable.Range(1, 20).Select(async job =>
        {
            var passport = TwoProcesses.Passport() with { Job = new JobId(job) };
            var there = new DataLink<ArchiveChunk>(2);
            var here = _two.Client.Take<ArchiveChunk>(_two.Storage.Open(there, passport), passport)!;
            var sending = Send(here, 10, 10_000 + job);
            for (var number = 0; number < 10; number++)
            {
                using var chunk = await Next(there);
                Assert.Equal(Parcels.Content(number, 10_000 + job), chunk!.Payload.ToArray());
            }
            Assert.Null(await Next(there));
            await sending;
        }));
    }

    internal static async Task Send(DataLink<ArchiveChunk> link, int count, int bytes)
    {
        for (var number = 0; number < count;
            number++) await link.Write(Parcels.Chunk(number, bytes, last: number == count - 1))
                .WaitAsync(TwoProcesses.Patience);
        link.Complete();
    }

    internal static async Task<T?> Next<T>(DataLink<T> link)
        where T : class, IDisposable => await link.Read().WaitAsync(TwoProcesses.Patience);

    /// <summary>Writes until it is refused: it may take a moment until this side has heard.</summary>
    internal static async Task WriteOn(DataLink<ArchiveChunk> link)
    {
        for (var number = 1; ; number++) await link.Write(Parcels.Chunk(number, 10)).WaitAsync(TwoProcesses.Patience);
    }

    internal static JobFailure Of(Exception thrown) =>
        JobFailureException.Of(thrown, posix => new JobFailure.Internal(posix.Message));

    internal static async Task Until(Func<bool> holds)
    {
        using var patience = new CancellationTokenSource(TwoProcesses.Patience);
        while (!holds()) await Task.Delay(10, patience.Token);
    }

    private (DataLink<ArchiveChunk> There, DataLink<ArchiveChunk> Here) Save(
        int capacity, bool confirmsEnd = false, FaultProxy? through = null)
    {
        var there = new DataLink<ArchiveChunk>(capacity, confirmsEnd);
        var address = _two.Storage.Open(there, TwoProcesses.Passport());
        if (through is not null) address = TwoProcesses.Through(address, through.Port);
        return (there, _two.Client.Take<ArchiveChunk>(address, TwoProcesses.Passport())!);
    }
}
