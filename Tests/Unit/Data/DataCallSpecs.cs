using System.Net;
using Backup.Actors.Data;
using Backup.Actors.Security;
using Backup.Media.Fragments;
using Backup.Media.Packets;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Tests.Unit.Security;
using Xunit;
using static Backup.Tests.Unit.Data.Strangers;

namespace Backup.Tests.Unit.Data;

/// <summary>CL-40: a storage node connects to a client that cannot reach it, and the data go over that.</summary>
public sealed class DataCallSpecs : IAsyncLifetime, IDisposable
{
    private readonly Dictionary<ClientName, DnsEndPoint> _places = [];
    private readonly Authorities _ours = new();
    private TwoProcesses _two = null!;
    private CallPort _port = null!;

    public Task InitializeAsync()
    {
        Start();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _port.DisposeAsync();
        await _two.DisposeAsync();
    }

    public void Dispose() => _ours.Dispose();

    [Fact]
    public async Task Chunks_arrive_over_a_connection_that_storage_made()
    {
        var (there, here) = Save(out var address);

        await AssertArrive(there, here);

        Assert.Equal((true, _port.Place.Port), (address.Endpoint!.Calls, address.Endpoint.Port));
        Assert.Empty(_two.Lines);
        Assert.Empty(_two.ClientLines);
    }

    [Fact]
    public async Task A_restore_goes_over_it_too()
    {
        var there = new DataLink<RestoreBatch>(2);
        var here =
            _two.Client.Take<RestoreBatch>(_two.Storage.Open(there, TwoProcesses.Passport()), TwoProcesses.Passport())!;

        var sending = Task.Run(async () =>
        {
            for (var number = 0; number < 3; number++) await there.Write(Parcels.Batch(number, 50_000, number == 2));
            there.Complete();
        });
        for (var number = 0; number < 3; number++)
        {
            using var batch = await DataConnectionSpecs.Next(here);
            Assert.Equal(number == 2, batch!.Last);
        }

        Assert.Null(await DataConnectionSpecs.Next(here));
        await sending;
    }

    [Fact]
    public async Task A_call_that_comes_before_the_orders_is_kept_for_them()
    {
        var link = new DataLink<ArchiveChunk>(4);
        var address = _two.Storage.Open(link, TwoProcesses.Passport());
        await DataConnectionSpecs.Until(() => _two.Client.Calls!.KeptCount == 1);

        var here = _two.Client.Take<ArchiveChunk>(address, TwoProcesses.Passport())!;

        await AssertArrive(link, here);
        Assert.Equal(0, _two.Client.Calls!.KeptCount);
    }

    [Fact]
    public async Task Many_sessions_of_one_client_are_not_mixed_up() => await Task.WhenAll(
        Enumerable.Range(1, 20).Select(async job =>
        {
            var passport = TwoProcesses.Passport() with { Job = new JobId(job) };
            var there = new DataLink<ArchiveChunk>(2);
            var here = _two.Client.Take<ArchiveChunk>(_two.Storage.Open(there, passport), passport)!;
            await here.Write(Parcels.Chunk(0, 100 + job, last: true));
            here.Complete();
            using var chunk = await DataConnectionSpecs.Next(there);
            Assert.Equal(100 + job, chunk!.Payload.Length);
            Assert.Null(await DataConnectionSpecs.Next(there));
        }));

    [Fact]
    public async Task A_connection_that_breaks_is_made_again_by_storage()
    {
        using var proxy = new FaultProxy(
            _port.Place.Port, number => number == 0 ? (WireFault.Reset, false, 200_000) : default);
        _places[new ClientName("web1")] = new DnsEndPoint("127.0.0.1", proxy.Port);
        var (there, here) = Save(out _);

        await AssertArrive(there, here);

        Assert.Equal(2, proxy.Connections);
    }

    [Fact]
    public async Task With_certificates_both_are_examined_as_ever()
    {
        await Restart(_ours.Security("store1", CertificateRoles.Storage),
            _ours.Security("web1", CertificateRoles.Client, checkHostNames: true));
        var (there, here) = Save(out var address);

        await AssertArrive(there, here);

        Assert.True(address.Endpoint!.Secure);
    }

    [Fact]
    public async Task Who_answers_a_call_with_another_clients_certificate_gets_nothing()
    {
        await Restart(_ours.Security("store1", CertificateRoles.Storage),
            _ours.Security("web2", CertificateRoles.Client));
        var (_, here) = Save(out _);

        var failure = DataConnectionSpecs.Of(
            await Assert.ThrowsAsync<DataLinkException>(() => DataConnectionSpecs.WriteOn(here)));

        Assert.Contains("the certificate for \"web2\"", Assert.IsType<JobFailure.StorageLost>(failure).Detail);
        Assert.Contains(_two.Lines, line => line.Contains("the certificate for \"web2\""));
    }

    [Fact]
    public async Task Who_calls_with_another_nodes_certificate_is_told_nothing()
    {
        await Restart(_ours.Security("store2", CertificateRoles.Storage),
            _ours.Security("web1", CertificateRoles.Client), within: TimeSpan.Zero);
        var (_, here) = Save(out _);

        var failure = DataConnectionSpecs.Of(
            await Assert.ThrowsAsync<DataLinkException>(() => DataConnectionSpecs.WriteOn(here)));

        Assert.Contains("is another node's, expected \"store1\"",
            Assert.IsType<JobFailure.StorageLost>(failure).Detail);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n", "What came is no call of a storage node.")]
    [InlineData("BKDP", "It made no call in time.")]
    public async Task Who_connects_to_the_call_port_and_does_not_call_is_refused(string words, string line)
    {
        await Restart(handshake: TimeSpan.FromMilliseconds(400));
        using var stranger = await Connect(_port.Place.Port);
        await stranger.SendAsync(global::System.Text.Encoding.ASCII.GetBytes(words));

        await AssertClosed(stranger);

        await DataConnectionSpecs.Until(() => !_two.ClientLines.IsEmpty);
        Assert.Contains($"to the call port was refused: {line}", Assert.Single(_two.ClientLines));
        var (there, here) = Save(out _);
        await AssertArrive(there, here);
    }

    /// <summary>Nobody hears a token who did not know it.</summary>
    [Fact]
    public async Task A_call_for_no_session_is_held_and_closed_without_a_word()
    {
        await Restart(handshake: TimeSpan.FromMilliseconds(400));
        using var stranger = await Connect(_port.Place.Port);
        await Write(stranger, PacketKind.Call, Sha256Digest.Of("guessed"u8).ToArray());

        Assert.Equal(0, await stranger.ReceiveAsync(new byte[1]).WaitAsync(TwoProcesses.Patience));

        Assert.Equal(0, _two.Client.Calls!.KeptCount);
    }

    [Fact]
    public async Task A_client_that_is_called_and_does_not_listen_says_so()
    {
        await Restart(within: TimeSpan.Zero);
        await _port.DisposeAsync();
        var (_, here) = Save(out _);

        var failure = DataConnectionSpecs.Of(
            await Assert.ThrowsAsync<DataLinkException>(() => DataConnectionSpecs.WriteOn(here)));

        Assert.Contains("listens for no calls (backup.client.call-port)",
            Assert.IsType<JobFailure.StorageLost>(failure).Detail);
        await DataConnectionSpecs.Until(() => _two.Lines.Any(line =>
            line.StartsWith("The call of client web1 at 127.0.0.1:", StringComparison.Ordinal)));
    }

    /// <summary>A copy is another storage node's, which listens for no calls, whosever the image is.</summary>
    [Fact]
    public async Task What_another_storage_node_takes_is_not_brought_to_the_client()
    {
        var passport = TwoProcesses.Passport() with { AnyNode = true };
        var there = new DataLink<ArchiveChunk>(4);
        var address = _two.Storage.Open(there, passport);

        Assert.Equal((false, _two.Port), (address.Endpoint!.Calls, address.Endpoint.Port));
        await AssertArrive(there, _two.Client.Take<ArchiveChunk>(address, passport)!);
        Assert.Empty(_two.Lines);
    }

    /// <summary>Where nobody listens at the address that the others are told.</summary>
    [Fact]
    public async Task A_client_that_is_told_another_host_connects_there()
    {
        await using var two = new TwoProcesses(options => options with
        {
            AdvertisedHost = "127.0.0.2",
            HostOf = new Dictionary<ClientName, string> { [new ClientName("web1")] = "127.0.0.1" },
        });
        var there = new DataLink<ArchiveChunk>(4);
        var here =
            two.Client.Take<ArchiveChunk>(two.Storage.Open(there, TwoProcesses.Passport()), TwoProcesses.Passport())!;

        await AssertArrive(there, here);

        var other = TwoProcesses.Passport(client: "web2") with { Job = new JobId(13) };
        var address = two.Storage.Open(new DataLink<ArchiveChunk>(4), other);
        Assert.Equal("127.0.0.2", address.Endpoint!.Host);
    }

    private (DataLink<ArchiveChunk> There, DataLink<ArchiveChunk> Here) Save(out DataAddress address)
    {
        var there = new DataLink<ArchiveChunk>(4);
        address = _two.Storage.Open(there, TwoProcesses.Passport());
        // What the orders say, whoever the port is.
        return (there, _two.Client.Take<ArchiveChunk>(address with { Node = "store1" }, TwoProcesses.Passport())!);
    }

    private static async Task AssertArrive(DataLink<ArchiveChunk> there, DataLink<ArchiveChunk> here)
    {
        var sending = DataConnectionSpecs.Send(here, 10, 100_000);
        for (var number = 0; number < 10; number++)
        {
            using var chunk = await DataConnectionSpecs.Next(there);
            Assert.Equal(Parcels.Content(number, 100_000), chunk!.Payload.ToArray());
        }
        Assert.Null(await DataConnectionSpecs.Next(there));
        await sending;
    }

    private async Task Restart(NodeSecurity? storage = null, NodeSecurity? client = null, TimeSpan? within = null,
        TimeSpan? handshake = null)
    {
        await DisposeAsync();
        Start(storage, client, within, handshake);
    }

    private void Start(NodeSecurity? storage = null, NodeSecurity? client = null, TimeSpan? within = null,
        TimeSpan? handshake = null)
    {
        _two = new TwoProcesses(
            options => options with
            {
                CallOf = _places,
                ListenForCalls = new IPEndPoint(IPAddress.Loopback, 0),
                ReconnectWithin = within ?? options.ReconnectWithin,
                HandshakeWithin = handshake ?? options.HandshakeWithin,
            },
            storage, client);
        _port = CallPort.Start(_two.Client);
        _places[new ClientName("web1")] = new DnsEndPoint("127.0.0.1", _port.Place.Port);
    }
}
