using Backup.Actors.Data;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Media.Packets;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Xunit;
using static Backup.Tests.Unit.Data.Strangers;

namespace Backup.Tests.Unit.Data;

/// <summary>Every link ends, both sides hear why, the log names it, and nothing is left behind.</summary>
public sealed class DataEndSpecs
{
    private static readonly JobFailure.Cancelled Cancelled = new("the job");

    [Fact]
    public async Task A_mistake_of_the_storage_nodes_program_ends_the_link_on_both_sides()
    {
        await using var two = new TwoProcesses();
        var there = new DataLink<RestoreBatch>(2);
        var here = two.Client.Take<RestoreBatch>(
            two.Storage.Open(there, TwoProcesses.Passport()), TwoProcesses.Passport())!;

        // It says that it has more content than its buffer holds: nothing can send it.
        var entry = new FileEntry { Path = FilePath.FromText("a"), Kind = FileKind.Regular, Size = 1 };
        var buffer = ChunkBuffers.Rent();
        await there.Write(new RestoreBatch(
            [new RestorePiece(entry, 0, buffer.Length + 1, true, true)], buffer, last: false));

        Assert.IsType<JobFailure.Internal>(await Failure(() => DataConnectionSpecs.Next(here)));
        Assert.IsType<JobFailure.Internal>(await Failure(async () =>
        {
            for (var number = 0; ; number++) await there.Write(Parcels.Batch(number, 10));
        }));
        Assert.Contains(two.Lines, line =>
            line.Contains("job 12 with client web1 ends for a mistake of this program"));
        await DataConnectionSpecs.Until(() => two.Storage.OpenCount == 0);
    }

    [Fact]
    public async Task A_mistake_of_the_clients_program_ends_the_link_on_both_sides()
    {
        await using var two = new TwoProcesses();
        var there = new DataLink<ArchiveChunk>(2);
        var here = Take(two, two.Storage.Open(there, TwoProcesses.Passport()));

        var chunk = Parcels.Chunk(0, 10);
        chunk.Dispose(); // it was given back too early
        await here.Write(chunk);

        Assert.IsType<JobFailure.Internal>(await Failure(() => DataConnectionSpecs.Next(there)));
        Assert.IsType<JobFailure.Internal>(await Failure(() => DataConnectionSpecs.WriteOn(here)));
        Assert.Contains(two.ClientLines, line =>
            line.Contains("job 12 to store1") && line.Contains("ends for a mistake of this program"));
    }

    [Fact]
    public async Task Orders_that_no_socket_takes_end_the_link()
    {
        await using var two = new TwoProcesses();
        var address = two.Storage.Open(new DataLink<ArchiveChunk>(1), TwoProcesses.Passport());

        var here = Take(two, TwoProcesses.Through(address, 70_000));

        Assert.IsType<JobFailure.Internal>(await Failure(() => DataConnectionSpecs.WriteOn(here)));
        Assert.Contains(two.ClientLines, line => line.Contains("ends for a mistake of this program"));
    }

    [Fact]
    public async Task A_session_that_is_closed_ends_at_once_on_both_sides()
    {
        await using var two = new TwoProcesses();
        var there = new DataLink<ArchiveChunk>(2);
        var address = two.Storage.Open(there, TwoProcesses.Passport());
        var here = Take(two, address);
        await here.Write(Parcels.Chunk(0, 10));
        using var first = await DataConnectionSpecs.Next(there);

        two.Storage.Close(address.Token, Cancelled);

        Assert.Equal(Cancelled, await Failure(() => DataConnectionSpecs.Next(there)));
        Assert.Equal(Cancelled, await Failure(() => DataConnectionSpecs.WriteOn(here)));
        await DataConnectionSpecs.Until(() => two.Storage.OpenCount == 0);
        var refusal = await Answer(two.Port, Hello(address));
        Assert.Equal(RefusalReason.Ended, refusal.Reason);
        Assert.Contains("Cancelled by the job", refusal.Sentence);
    }

    /// <summary>Storage writes into a full buffer while the client does not read: nothing of that may be waited
    /// for.</summary>
    [Fact]
    public async Task A_restore_whose_client_does_not_read_is_closed_all_the_same()
    {
        await using var two = new TwoProcesses();
        var there = new DataLink<RestoreBatch>(1);
        var address = two.Storage.Open(there, TwoProcesses.Passport());
        var here = two.Client.Take<RestoreBatch>(address, TwoProcesses.Passport())!;
        var sending = Failure(async () =>
        {
            for (var number = 0; ; number++) await there.Write(Parcels.Batch(number, 10_000));
        });
        using var first = await DataConnectionSpecs.Next(here);

        two.Storage.Close(address.Token, Cancelled);

        Assert.Equal(Cancelled, await sending);
        Assert.Equal(Cancelled, await Failure(async () =>
        {
            while (await here.Read() is { } batch) batch.Dispose();
        }));
        await DataConnectionSpecs.Until(() => two.Storage.OpenCount == 0);
    }

    [Fact]
    public async Task A_session_is_closed_while_its_client_is_away()
    {
        await using var two = new TwoProcesses();
        using var proxy = new FaultProxy(
            two.Port, number => number == 0 ? default : (WireFault.Hole, true, 0)); // it cannot come again
        var there = new DataLink<ArchiveChunk>(2);
        var address = two.Storage.Open(there, TwoProcesses.Passport());
        var here = Take(two, TwoProcesses.Through(address, proxy.Port));
        await here.Write(Parcels.Chunk(0, 10));
        using var first = await DataConnectionSpecs.Next(there);
        proxy.Cut();
        await DataConnectionSpecs.Until(() => two.Lines.Any(line => line.Contains("was lost")));

        two.Storage.Close(address.Token, Cancelled);

        Assert.Equal(0, two.Storage.OpenCount);
        Assert.Equal(Cancelled, await Failure(() => DataConnectionSpecs.Next(there)));
        Assert.Contains("Cancelled by the job", (await Answer(two.Port, Hello(address))).Sentence);
        here.Fail(new JobFailureException(Cancelled));
    }

    [Fact]
    public async Task A_session_of_this_process_is_closed_too()
    {
        var plane = new DataPlane(new DataPlaneOptions());
        var link = new DataLink<ArchiveChunk>(1);
        var address = plane.Open(link, TwoProcesses.Passport());
        Assert.Same(link, plane.Take<ArchiveChunk>(address, TwoProcesses.Passport()));

        plane.Close(address.Token, Cancelled);

        Assert.Equal(Cancelled, await Failure(() => DataConnectionSpecs.Next(link)));
        Assert.Equal(0, plane.OpenCount);
    }

    [Fact]
    public async Task A_session_that_came_to_its_end_leaves_nothing_behind()
    {
        var plane = new DataPlane(new DataPlaneOptions());
        var link = new DataLink<ArchiveChunk>(2);
        var taken = plane.Take<ArchiveChunk>(plane.Open(link, TwoProcesses.Passport()), TwoProcesses.Passport())!;
        await DataConnectionSpecs.Send(taken, 1, 10);
        using var chunk = await DataConnectionSpecs.Next(link);
        Assert.Null(await DataConnectionSpecs.Next(link));
        await DataConnectionSpecs.Until(() => plane.OpenCount == 0);
    }

    [Fact]
    public async Task A_session_whose_owner_failed_before_anyone_came_leaves_nothing_behind()
    {
        await using var two = new TwoProcesses();
        var there = new DataLink<ArchiveChunk>(2);
        var address = two.Storage.Open(there, TwoProcesses.Passport());

        there.Fail(new JobFailureException(Cancelled));

        await DataConnectionSpecs.Until(() => two.Storage.OpenCount == 0);
        Assert.Contains("Cancelled by the job", (await Answer(two.Port, Hello(address))).Sentence);
    }

    [Fact]
    public async Task A_session_that_nobody_takes_is_withdrawn_and_its_owner_told()
    {
        var (time, lines) = (new ManualTime(), new List<string>());
        var plane = new DataPlane(new DataPlaneOptions { Time = time, Say = lines.Add });
        var there = new DataLink<ArchiveChunk>(2);
        plane.Open(there, TwoProcesses.Passport());

        time.Move(plane.Options.TokenLifetime - TimeSpan.FromSeconds(1));
        Assert.Equal(1, plane.OpenCount);
        time.Move(TimeSpan.FromSeconds(1));

        var lost = Assert.IsType<JobFailure.ClientLost>(await Failure(() => DataConnectionSpecs.Next(there)));
        Assert.Contains("did not connect within 1800 s", lost.Detail);
        Assert.Contains("job 12 with client web1 is given up", Assert.Single(lines));
        Assert.Equal(0, plane.OpenCount);
    }

    [Fact]
    public async Task A_client_that_shows_its_token_and_goes_holds_nothing_for_long()
    {
        await using var two = new TwoProcesses(options =>
            options with { ReconnectWithin = TimeSpan.FromMilliseconds(200) });
        var there = new DataLink<ArchiveChunk>(2);
        var address = two.Storage.Open(there, TwoProcesses.Passport());

        using (var client = await Connect(two.Port))
        {
            await Write(client, PacketKind.Hello, Hello(address).ToBytes());
            await ReadUntil(client, PacketKind.Welcome);
        }

        Assert.IsType<JobFailure.ClientLost>(await Failure(() => DataConnectionSpecs.Next(there)));
        Assert.Equal(0, two.Storage.OpenCount);
    }

    [Fact]
    public async Task A_newer_attempt_ends_the_session_of_the_older_one()
    {
        await using var two = new TwoProcesses();
        var there = new DataLink<ArchiveChunk>(2);
        var here = Take(two, two.Storage.Open(there, TwoProcesses.Passport()));
        await here.Write(Parcels.Chunk(0, 10));
        using var first = await DataConnectionSpecs.Next(there);

        two.Storage.Open(new DataLink<ArchiveChunk>(2), TwoProcesses.Passport(epoch: 2));

        var fenced = new JobFailure.Fenced(new Epoch(1), new Epoch(2));
        Assert.Equal(fenced, await Failure(() => DataConnectionSpecs.Next(there)));
        Assert.Equal(fenced, await Failure(() => DataConnectionSpecs.WriteOn(here)));
    }

    [Fact]
    public async Task A_storage_node_that_stops_tells_its_clients()
    {
        var two = new TwoProcesses();
        var there = new DataLink<ArchiveChunk>(2);
        var here = Take(two, two.Storage.Open(there, TwoProcesses.Passport()));
        await here.Write(Parcels.Chunk(0, 10));
        using var first = await DataConnectionSpecs.Next(there);

        await two.DisposeAsync();

        var lost = new JobFailure.StorageLost(new LibraryName("tapes"), "The storage node stops.");
        Assert.Equal(lost, await Failure(() => DataConnectionSpecs.Next(there)));
        Assert.Equal(lost, await Failure(() => DataConnectionSpecs.WriteOn(here)));
        Assert.Equal(0, two.Storage.OpenCount);
    }

    [Fact]
    public async Task What_was_given_and_never_arrived_is_let_go_of()
    {
        await using var two = new TwoProcesses(options =>
            options with { ReconnectWithin = TimeSpan.FromMilliseconds(300) });
        using var proxy = new FaultProxy(two.Port, number => (WireFault.Cut, true, number == 0 ? 30_000 : 0));
        var there = new DataLink<ArchiveChunk>(4);
        var here = Take(two, TwoProcesses.Through(two.Storage.Open(there, TwoProcesses.Passport()), proxy.Port));
        var given = new List<ArchiveChunk>();

        await Failure(async () =>
        {
            while (true)
            {
                given.Add(Parcels.Chunk(given.Count, 10_000));
                await here.Write(given[^1]).WaitAsync(TwoProcesses.Patience);
            }
        });

        await DataConnectionSpecs.Until(() => given.TrueForAll(IsLetGo));
        Assert.True(given.Count > 2);
    }

    [Fact]
    public async Task A_reader_that_waits_when_the_connection_ends_leaves_nothing_behind()
    {
        var link = new DataLink<ArchiveChunk>(1);
        var codec = ElementCodecs.Of<ArchiveChunk>()!;
        var channel = new Outgoing<ArchiveChunk>(link, codec, DataConnectionSpecs.Of, _ => { });
        var late = Parcels.Chunk(0, 10);
        using (var pair = await SocketPair.Connect())
        {
            var running = channel.Run(pair.Here, new WindowBody(0, 4, 4096));
            pair.There.Dispose(); // it waits for the link's first element, and hears the end of the connection
            Assert.Equal(ChannelEnd.Lost, await running.WaitAsync(TwoProcesses.Patience));
        }

        channel.Release();
        await link.Write(late);

        await DataConnectionSpecs.Until(() => IsLetGo(late));
    }

    private static bool IsLetGo(ArchiveChunk chunk)
    {
        try
        {
            return chunk.Payload.IsEmpty;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }

    private static DataLink<ArchiveChunk> Take(TwoProcesses two, DataAddress address) =>
        two.Client.Take<ArchiveChunk>(address, TwoProcesses.Passport())!;

    private static async Task<JobFailure> Failure(Func<Task> act) => DataConnectionSpecs.Of(
        await Assert.ThrowsAsync<DataLinkException>(() => act().WaitAsync(TwoProcesses.Patience)));
}
