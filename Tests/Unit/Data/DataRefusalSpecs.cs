using System.Net.Sockets;
using System.Text;
using Backup.Actors.Data;
using Backup.Media.Fragments;
using Backup.Media.Packets;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Xunit;
using static Backup.Tests.Unit.Data.Strangers;

namespace Backup.Tests.Unit.Data;

/// <summary>Who has no right to a session, or no idea of the protocol.</summary>
public sealed class DataRefusalSpecs : IAsyncLifetime
{
    private readonly ManualTime _time = new();
    private readonly TwoProcesses _two;

    public DataRefusalSpecs() => _two = new TwoProcesses(options => options with
    {
        HandshakeWithin = TimeSpan.FromMilliseconds(400),
        StrangersPerAddressMax = 4,
        StrangersMax = 4,
        RefusalLinesPerMinute = 5,
    });

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _two.DisposeAsync();

    [Fact]
    public async Task An_unknown_token_is_refused_in_words()
    {
        var address = Open(out _) with { Token = new string('a', 64) };

        Assert.Contains("No session of this node has this token", (await Lost(address)).Detail);
        Assert.Contains("No session of this node has this token", Assert.Single(_two.Lines));
    }

    [Fact]
    public async Task A_token_is_used_once()
    {
        var address = Open(out var there);
        var first = _two.Client.Take<ArchiveChunk>(address, TwoProcesses.Passport())!;
        await first.Write(Parcels.Chunk(0, 10));
        using var chunk = await DataConnectionSpecs.Next(there);

        Assert.Contains("was used before", (await Lost(address)).Detail);

        await first.Write(Parcels.Chunk(1, 10, last: true)); // and the first goes on
        using var next = await DataConnectionSpecs.Next(there);
        Assert.True(next!.EndsImage);
    }

    [Fact]
    public async Task A_token_that_was_closed_is_over()
    {
        var address = Open(out _);
        _two.Storage.Close(address.Token, new JobFailure.Cancelled("the job"));

        Assert.Contains("session is over", (await Lost(address)).Detail);
    }

    [Fact]
    public async Task A_token_that_was_not_used_in_time_is_void()
    {
        await using var two = new TwoProcesses(options => options with { Time = _time });
        var address = two.Storage.Open(new DataLink<ArchiveChunk>(1), TwoProcesses.Passport());
        _time.Move(two.Storage.Options.TokenLifetime + TimeSpan.FromSeconds(1));

        var hello = Hello(address);

        Assert.Equal(RefusalReason.ExpiredToken, (await Answer(two.Port, hello)).Reason);
        Assert.Equal(RefusalReason.ExpiredToken, (await Answer(two.Port, hello)).Reason);
    }

    [Fact]
    public async Task An_attempt_that_another_took_over_from_is_fenced()
    {
        var old = Open(out _);
        Open(out _, epoch: 2);

        var here = _two.Client.Take<ArchiveChunk>(old, TwoProcesses.Passport())!;
        var failure = DataConnectionSpecs.Of(
            await Assert.ThrowsAsync<DataLinkException>(() => DataConnectionSpecs.WriteOn(here)));

        Assert.Equal(new JobFailure.Fenced(new Epoch(1), new Epoch(2)), failure);
    }

    [Fact]
    public async Task A_token_is_for_its_job_its_attempt_and_its_direction()
    {
        var address = Open(out _);

        Assert.Equal(
            RefusalReason.WrongSession, (await Answer(_two.Port, Hello(address) with { Job = new JobId(13) })).Reason);
        Assert.Equal(RefusalReason.WrongSession,
            (await Answer(_two.Port, Hello(address) with { Purpose = ConnectionPurpose.Restore })).Reason);
        Assert.Equal(
            RefusalReason.WrongSession, (await Answer(_two.Port, Hello(address) with { Node = "web2" })).Reason);
        Assert.Equal(RefusalReason.WrongSession, (await Answer(_two.Port, Hello(address), epoch: 2)).Reason);
    }

    [Theory]
    [InlineData(Handshake.Version + 1, 9)]
    [InlineData(0, 0)]
    public async Task Another_version_is_refused_and_both_are_named(int min, int max)
    {
        var refusal = await Answer(_two.Port, Hello(Open(out _)) with { VersionMin = min, VersionMax = max });

        Assert.Equal((RefusalReason.Version, Handshake.VersionMin, Handshake.Version),
            (refusal.Reason, refusal.VersionMin, refusal.VersionMax));
        Assert.Contains($"{min} to {max}", refusal.Sentence);
        Assert.Contains($"the client {min} to {max}. Upgrade the older one.", Assert.Single(_two.Lines));
    }

    [Fact]
    public async Task A_hello_of_a_version_to_come_is_refused_for_its_version()
    {
        using var stranger = await Connect(_two.Port);
        await Write(stranger, PacketKind.Hello, [9, 0, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8]);

        Assert.Equal(RefusalReason.Version, (await ReadRefusal(stranger)).Reason);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "begins otherwise, as HTTP does")]
    [InlineData("\u0016\u0003\u0001\u0002\u0000", "begins otherwise, as TLS does; this port is plain")]
    [InlineData("\u0003\u0000\u0000\u0013\u000e", "begins otherwise")]
    [InlineData("BKDP....................................", "checksum is wrong")]
    [InlineData("BK", "It did not come to its point")]
    [InlineData("", "It did not come to its point")]
    public async Task Garbage_costs_one_line_and_nothing_else(string garbage, string line)
    {
        using var stranger = await Connect(_two.Port);
        await stranger.SendAsync(Encoding.Latin1.GetBytes(garbage));

        await AssertClosed(stranger);
        await DataConnectionSpecs.Until(() => !_two.Lines.IsEmpty);
        Assert.Contains(line, Assert.Single(_two.Lines));
        await AssertWorks();
    }

    [Fact]
    public async Task A_port_scan_costs_one_line()
    {
        (await Connect(_two.Port)).Dispose();

        await DataConnectionSpecs.Until(() => !_two.Lines.IsEmpty);
        await AssertWorks();
        Assert.Single(_two.Lines);
    }

    [Fact]
    public async Task Too_many_strangers_are_closed_at_once_and_their_lines_are_few()
    {
        var strangers = new List<Socket>();
        for (var number = 0; number < 40; number++) strangers.Add(await Connect(_two.Port));
        // The first four at their deadline, the others at once
        foreach (var stranger in strangers) await AssertClosed(stranger);
        foreach (var stranger in strangers) stranger.Dispose();

        await DataConnectionSpecs.Until(() => _two.Lines.Any(line => line.Contains("too many")));
        Assert.InRange(_two.Lines.Count, 1, 12); // five a minute, and a minute may end meanwhile
        await AssertWorks();
    }

    [Fact]
    public async Task A_client_that_sends_more_than_there_is_room_for_is_cut()
    {
        var address = Open(out _);
        using var stranger = await Connect(_two.Port);
        await Write(stranger, PacketKind.Hello, Hello(address).ToBytes());
        using var chunk = Parcels.Chunk(0, 10);
        for (var number = 0; number < 5; number++)
        {
            await Write(stranger, PacketKind.Information, ChunkInformation.Write(chunk), sequence: number);
            await Write(stranger, PacketKind.Chunk, chunk.Payload.ToArray(), sequence: number);
        }

        await AssertClosed(stranger);
    }

    [Fact]
    public async Task A_client_that_sends_an_element_that_cannot_be_loses_its_attempt()
    {
        var address = Open(out var there);
        using var stranger = await Connect(_two.Port);
        await Write(stranger, PacketKind.Hello, Hello(address).ToBytes());
        await Write(stranger, PacketKind.Information, [1, 2, 3]);
        await Write(stranger, PacketKind.Chunk, new byte[10]);

        Assert.IsType<JobFailure.Internal>(
            DataConnectionSpecs.Of(await Assert.ThrowsAsync<DataLinkException>(() => DataConnectionSpecs.Next(there))));
    }

    private DataAddress Open(out DataLink<ArchiveChunk> there, long epoch = 1) =>
        _two.Storage.Open(there = new DataLink<ArchiveChunk>(2), TwoProcesses.Passport(epoch));

    private async Task<JobFailure.StorageLost> Lost(DataAddress address)
    {
        var here = _two.Client.Take<ArchiveChunk>(address, TwoProcesses.Passport())!;
        return Assert.IsType<JobFailure.StorageLost>(DataConnectionSpecs.Of(
            await Assert.ThrowsAsync<DataLinkException>(() => DataConnectionSpecs.WriteOn(here))));
    }

    private async Task AssertWorks()
    {
        var passport = TwoProcesses.Passport() with { Job = new JobId(99) };
        var there = new DataLink<ArchiveChunk>(2);
        var here = _two.Client.Take<ArchiveChunk>(_two.Storage.Open(there, passport), passport)!;
        var sending = DataConnectionSpecs.Send(here, 3, 1000);
        for (var number = 0; number < 3; number++) (await DataConnectionSpecs.Next(there))!.Dispose();
        Assert.Null(await DataConnectionSpecs.Next(there));
        await sending;
    }
}
