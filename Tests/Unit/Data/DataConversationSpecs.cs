using System.Net.Sockets;
using Backup.Actors.Data;
using Backup.Media.Fragments;
using Backup.Media.Packets;
using Backup.Messages.Clients;
using Xunit;
using static Backup.Tests.Unit.Data.Strangers;

namespace Backup.Tests.Unit.Data;

/// <summary>The protocol by hand, against a storage node's port: what it says, and what it does not take.</summary>
public sealed class DataConversationSpecs : IAsyncLifetime
{
    private const long InformationWindow = 4 << 20;

    private readonly TwoProcesses _two = new();
    private readonly DataLink<ArchiveChunk> _there = new(2);
    private DataAddress _address = null!;

    public Task InitializeAsync()
    {
        _address = _two.Storage.Open(_there, TwoProcesses.Passport());
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _two.DisposeAsync();

    /// <summary>The server has used the token up and its answer is lost: the client has nothing but the
    /// token.</summary>
    [Fact]
    public async Task Who_showed_the_token_first_comes_again_with_it_and_nobody_else_does()
    {
        using (var first = await Connect(_two.Port)) await Greet(first);

        using var again = await Connect(_two.Port);
        Assert.Equal(0, (await Greet(again)).Window.Next);

        var another = Hello(_address) with { Nonce = [.. Enumerable.Repeat((byte)7, Handshake.SecretSize)] };
        Assert.Equal(RefusalReason.UsedToken, (await Answer(_two.Port, another)).Reason);
        await Element(again, 0);
        using var chunk = await DataConnectionSpecs.Next(_there); // it was not disturbed
        Assert.NotNull(chunk);
    }

    [Fact]
    public async Task A_connection_that_comes_again_ends_the_one_before()
    {
        using var first = await Connect(_two.Port);
        await Greet(first);
        await Element(first, 0);
        using var chunk = await DataConnectionSpecs.Next(_there);

        using var again = await Connect(_two.Port);

        Assert.Equal(1, (await Greet(again)).Window.Next);
        await AssertClosed(first);
    }

    /// <summary>The window counts from the beginning of a connection: what came on the one before is not
    /// added.</summary>
    [Fact]
    public async Task Each_connection_has_the_whole_information_window_and_no_more()
    {
        using (var first = await Connect(_two.Port))
        {
            Assert.Equal(InformationWindow, (await Greet(first)).Window.InformationRoom);
            await Element(first, 0);
            using var chunk = await DataConnectionSpecs.Next(_there);
            await Write(first, PacketKind.Information, new byte[1000], sequence: 1); // and its chunk never comes
        }

        using var again = await Connect(_two.Port);
        var window = (await Greet(again)).Window;

        Assert.Equal((1, InformationWindow), (window.Next, window.InformationRoom));
        await Element(again, 1);
        using var next = await DataConnectionSpecs.Next(_there);
        Assert.Equal(10, next!.Length); // the half of the one before is forgotten
    }

    [Fact]
    public async Task An_element_behind_the_end_cuts_the_connection_and_nothing_waits_for_ever()
    {
        using var client = await Connect(_two.Port);
        await Greet(client);
        await Element(client, 0);
        var end = new byte[EndBody.Size];
        new EndBody(1, 10).WriteTo(end);
        await Write(client, PacketKind.End, end, sequence: 1);
        await Element(client, 1);

        await AssertClosed(client);
        using var chunk = await DataConnectionSpecs.Next(_there);
        Assert.Null(await DataConnectionSpecs.Next(_there));
        await DataConnectionSpecs.Until(() => _two.Lines.Any(line => line.Contains("behind its end")));
    }

    [Fact]
    public async Task A_welcome_names_the_newest_version_that_both_speak()
    {
        using var client = await Connect(_two.Port);
        await Write(client, PacketKind.Hello, (Hello(_address) with { VersionMax = 9 }).ToBytes());

        Assert.Equal(Handshake.Version, Welcome.VersionOf(await ReadUntil(client, PacketKind.Welcome)));
    }

    [Fact]
    public async Task A_first_packet_that_is_no_hello_is_refused_before_its_payload_is_read()
    {
        using var stranger = await Connect(_two.Port);
        var head = new byte[PacketHeader.Size];
        new PacketHeader(PacketKind.Batch, PacketFlags.None, new Messages.Epoch(1), 0, PacketHeader.BatchMax, 0)
            .WriteTo(head);
        await stranger.SendAsync(head);

        await AssertClosed(stranger);
        await DataConnectionSpecs.Until(() => _two.Lines.Any(line => line.Contains("(Batch) that is no hello")));
    }

    [Theory]
    [InlineData(typeof(IOException), true)]
    [InlineData(typeof(SocketException), true)]
    [InlineData(typeof(OperationCanceledException), true)]
    [InlineData(typeof(ObjectDisposedException), true)]
    [InlineData(typeof(System.Security.Authentication.AuthenticationException), true)]
    [InlineData(typeof(InvalidOperationException), false)]
    [InlineData(typeof(NotSupportedException), false)]
    [InlineData(typeof(ArgumentException), false)]
    public void A_mistake_of_the_program_is_no_loss_of_the_connection(Type thrown, bool loss)
    {
        var exception = thrown == typeof(ObjectDisposedException)
            ? new ObjectDisposedException("socket") : (Exception)Activator.CreateInstance(thrown)!;

        Assert.Equal(loss, PacketSocket.IsLoss(exception));
    }

    private async Task<Welcome> Greet(Socket client)
    {
        await Write(client, PacketKind.Hello, Hello(_address).ToBytes());
        return Welcome.Read(await ReadUntil(client, PacketKind.Welcome))!;
    }

    private static async Task Element(Socket client, int number)
    {
        using var chunk = Parcels.Chunk(number, 10);
        await Write(client, PacketKind.Information, ChunkInformation.Write(chunk), sequence: number);
        await Write(client, PacketKind.Chunk, chunk.Payload.ToArray(), sequence: number);
    }
}
