using Backup.Actors.Data;
using Backup.Actors.Security;
using Backup.Media.Fragments;
using Backup.Messages.Jobs;
using Backup.Tests.Unit.Data;
using Xunit;

namespace Backup.Tests.Unit.Security;

/// <summary>The data plane with certificates: who is taken and who is not, on both sides.</summary>
public sealed class DataSecuritySpecs : IDisposable
{
    private static readonly JobFailure VolumeBroke =
        new JobFailure.VolumeError(new Messages.VolumeName("D-1"), "write", "EIO.");

    private readonly Authorities _ours = new();
    private readonly Authorities _theirs = new("another");

    public void Dispose()
    {
        _ours.Dispose();
        _theirs.Dispose();
    }

    [Fact]
    public async Task Nodes_of_one_authority_talk_and_a_broken_connection_comes_again()
    {
        await using var two = Two(_ours.Security("web1", CertificateRoles.Client));
        using var proxy = new FaultProxy(two.Port, number => number == 0 ? (WireFault.Reset, true, 200_000) : default);
        var there = new DataLink<ArchiveChunk>(4);
        var address = two.Storage.Open(there, TwoProcesses.Passport());
        var here = two.Client.Take<ArchiveChunk>(TwoProcesses.Through(address, proxy.Port), TwoProcesses.Passport())!;

        var sending = DataConnectionSpecs.Send(here, 10, 100_000);
        for (var number = 0; number < 10; number++)
        {
            using var chunk = await DataConnectionSpecs.Next(there);
            Assert.Equal(Parcels.Content(number, 100_000), chunk!.Payload.ToArray());
        }

        Assert.Null(await DataConnectionSpecs.Next(there));
        await sending;
        Assert.True(address.Endpoint!.Secure);
        Assert.Equal(2, proxy.Connections);
    }

    [Fact]
    public async Task Over_TLS_a_client_hears_why_storage_ends_while_data_flows()
    {
        await using var two = Two(_ours.Security("web1", CertificateRoles.Client));
        var there = new DataLink<ArchiveChunk>(4);
        var here =
            two.Client.Take<ArchiveChunk>(two.Storage.Open(there, TwoProcesses.Passport()), TwoProcesses.Passport())!;
        await here.Write(Parcels.Chunk(0, 10));
        var sending = DataConnectionSpecs.WriteOn(here);
        using var first = await DataConnectionSpecs.Next(there);

        there.Fail(new JobFailureException(VolumeBroke));

        await AssertHeard(two, sending);
    }

    [Fact]
    public async Task Over_TLS_storage_hears_why_a_client_ends_while_data_flows()
    {
        await using var two = Two(_ours.Security("web1", CertificateRoles.Client));
        var there = new DataLink<RestoreBatch>(4);
        var here =
            two.Client.Take<RestoreBatch>(two.Storage.Open(there, TwoProcesses.Passport()), TwoProcesses.Passport())!;
        var sending = Task.Run(async () =>
        {
            for (var number = 0; ; number++) await there.Write(Parcels.Batch(number, 10_000));
        });
        using var first = await DataConnectionSpecs.Next(here);

        here.Fail(new JobFailureException(VolumeBroke));

        await AssertHeard(two, sending);
    }

    [Fact]
    public async Task A_client_of_another_authority_is_refused_in_words()
    {
        // It takes the storage node's authority for good and shows a certificate of its own.
        var mixed = File.ReadAllText(_theirs.Enrol("web1", CertificateRoles.Client))
            + File.ReadAllText(Path.Combine(_ours.Folder, "ca.crt"));
        var file = _theirs.FileOf("mixed.pem");
        File.WriteAllText(file, mixed);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await using var two = Two(new NodeSecurity(file, null, false, TimeProvider.System, _ => { }));

        Assert.Contains("was not made by this cluster's authority", await Refused(two));
        Assert.Contains("was not made by this cluster's authority", Assert.Single(two.Lines));
    }

    [Fact]
    public async Task A_client_whose_certificate_has_ended_is_refused_in_words()
    {
        await using var two =
            Two(_ours.Security("web1", CertificateRoles.Client, TimeSpan.FromDays(3), TimeSpan.FromDays(1)));

        Assert.Contains("ended on", await Refused(two));
        Assert.Contains("ended on", Assert.Single(two.Lines));
    }

    [Fact]
    public async Task A_client_without_the_role_is_refused_in_words()
    {
        await using var two = Two(_ours.Security("web1", CertificateRoles.Operator));

        Assert.Contains("is for operator, expected ", await Refused(two));
        Assert.Contains("is for operator, expected ", Assert.Single(two.Lines));
    }

    [Fact]
    public async Task A_client_with_anothers_token_is_refused_in_words()
    {
        await using var two = Two(_ours.Security("web2", CertificateRoles.Client));

        Assert.Contains("The session is for client \"web1\", the certificate for \"web2\"", await Refused(two));
    }

    [Fact]
    public async Task A_client_on_the_deny_list_is_refused_and_its_connection_is_cut()
    {
        var deny = _ours.FileOf("deny");
        File.WriteAllText(deny, "# nobody yet\n");
        var time = new ManualTime();
        time.Set(TimeProvider.System.GetUtcNow());
        var client = _ours.Security("web1", CertificateRoles.Client);
        await using var two = new TwoProcesses(
            options => options with { ReconnectWithin = TimeSpan.FromSeconds(5) },
            _ours.Security("store1", CertificateRoles.Storage, denyList: deny, time: time), client);
        var there = new DataLink<ArchiveChunk>(4);
        var here =
            two.Client.Take<ArchiveChunk>(two.Storage.Open(there, TwoProcesses.Passport()), TwoProcesses.Passport())!;
        await here.Write(Parcels.Chunk(0, 10));
        using var first = await DataConnectionSpecs.Next(there);

        File.WriteAllText(deny, $"{client.Identity.Fingerprint.ToUpperInvariant()} # stolen\n");
        time.Move(TimeSpan.FromMinutes(1));

        var failure = DataConnectionSpecs.Of(
            await Assert.ThrowsAsync<DataLinkException>(() => DataConnectionSpecs.WriteOn(here)));
        Assert.Contains("deny-list", Assert.IsType<JobFailure.StorageLost>(failure).Detail);
    }

    [Fact]
    public async Task A_client_without_a_certificate_does_not_get_past_the_door()
    {
        await using var two = Two(null);

        Assert.Contains("this node has none", await Refused(two));
        // One that is not as polite as ours:
        var address = two.Storage.Open(new DataLink<ArchiveChunk>(1), TwoProcesses.Passport());
        var rude = address with { Endpoint = address.Endpoint! with { Secure = false } };
        Assert.NotEmpty(await Refused(two, rude));
        await DataConnectionSpecs.Until(() => two.Lines.Any(line => line.Contains("No TLS came about")));
    }

    [Fact]
    public async Task A_plain_server_is_never_taken_by_a_client_with_an_identity()
    {
        await using var two = new TwoProcesses(
            options => options with { ReconnectWithin = TimeSpan.Zero, HandshakeWithin = TimeSpan.FromSeconds(1) },
            null, _ours.Security("web1", CertificateRoles.Client));

        Assert.Contains("Is its port plain", await Refused(two));
        Assert.Contains(two.Lines, line => line.Contains("as TLS does; this port is plain"));
    }

    [Theory]
    [InlineData(CertificateRoles.Client, "store1", "is for client, expected storage")]
    [InlineData(CertificateRoles.Storage, "store2", "another node's, expected \"store1\"")]
    public async Task A_client_takes_no_other_node_for_its_storage(CertificateRoles roles, string node, string words)
    {
        await using var two = new TwoProcesses(
            options => options with { ReconnectWithin = TimeSpan.Zero }, _ours.Security(node, roles),
            _ours.Security("web1", CertificateRoles.Client));

        Assert.Contains(words, await Refused(two));
    }

    [Fact]
    public async Task A_client_takes_no_storage_node_whose_certificate_has_ended()
    {
        await using var two = new TwoProcesses(
            options => options with { ReconnectWithin = TimeSpan.Zero },
            _ours.Security("store1", CertificateRoles.Storage, TimeSpan.FromDays(3), TimeSpan.FromDays(1)),
            _ours.Security("web1", CertificateRoles.Client));

        Assert.Contains("The certificate of \"store1\" ended on", await Refused(two));
        Assert.Contains("ended on", Assert.Single(two.ClientLines));
    }

    [Fact]
    public async Task A_client_takes_no_storage_node_of_another_authority()
    {
        await using var two = new TwoProcesses(
            options => options with { ReconnectWithin = TimeSpan.Zero },
            _theirs.Security("store1", CertificateRoles.Storage), _ours.Security("web1", CertificateRoles.Client));

        Assert.Contains("was not made by this cluster's authority", await Refused(two));
    }

    /// <summary>Garbage and port scans at a port that speaks TLS: one line each, and the port goes on.</summary>
    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n\r\n", false, "No TLS came about")]
    [InlineData("BKDP\u0001\u0000\u0000\u0000", false, "No TLS came about")]
    [InlineData("\u0016\u0003\u0001\u0000\u0005\u0001\u0000\u0000\u0001\u0000", false, "No TLS came about")]
    [InlineData("\u0016\u0003\u0001\u0002\u0000", false, "It did not come to its point")]
    [InlineData("", false, "It did not come to its point")]
    [InlineData("", true, "No TLS came about")]
    public async Task Who_speaks_no_TLS_costs_one_line(string garbage, bool closes, string line)
    {
        await using var two = new TwoProcesses(
            options => options with { HandshakeWithin = TimeSpan.FromSeconds(1), StrangersMax = 1 },
            _ours.Security("store1", CertificateRoles.Storage), _ours.Security("web1", CertificateRoles.Client));
        using (var stranger = await Strangers.Connect(two.Port))
        {
            await stranger.SendAsync(System.Text.Encoding.Latin1.GetBytes(garbage));
            if (closes) stranger.Shutdown(System.Net.Sockets.SocketShutdown.Send);
            await Strangers.AssertClosed(stranger);
        }

        await DataConnectionSpecs.Until(() => !two.Lines.IsEmpty);
        Assert.Contains(line, Assert.Single(two.Lines));
        var there = new DataLink<ArchiveChunk>(4);
        var here =
            two.Client.Take<ArchiveChunk>(two.Storage.Open(there, TwoProcesses.Passport()), TwoProcesses.Passport())!;
        await here.Write(Parcels.Chunk(0, 10));
        using var chunk = await DataConnectionSpecs.Next(there);
        Assert.NotNull(chunk);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("192.0.2.1", false)]
    public async Task The_host_is_checked_where_that_is_on(string host, bool taken)
    {
        await using var two = new TwoProcesses(
            options => options with { ReconnectWithin = TimeSpan.Zero },
            _ours.Security("store1", CertificateRoles.Storage, hosts: host),
            _ours.Security("web1", CertificateRoles.Client, checkHostNames: true));

        if (!taken)
        {
            Assert.Contains("does not name the host 127.0.0.1", await Refused(two));
            return;
        }
        var there = new DataLink<ArchiveChunk>(1);
        var here =
            two.Client.Take<ArchiveChunk>(two.Storage.Open(there, TwoProcesses.Passport()), TwoProcesses.Passport())!;
        await here.Write(Parcels.Chunk(0, 10));
        using var first = await DataConnectionSpecs.Next(there);
        Assert.NotNull(first);
    }

    private TwoProcesses Two(NodeSecurity? client) => new(
        options =>
            options with { ReconnectWithin = TimeSpan.FromSeconds(5), HandshakeWithin = TimeSpan.FromSeconds(3) },
        _ours.Security("store1", CertificateRoles.Storage), client);

    /// <summary>The reason itself, at once, and nobody takes its end for a mistake of this program.</summary>
    private static async Task AssertHeard(TwoProcesses two, Task sending)
    {
        var ended = await Assert.ThrowsAsync<DataLinkException>(() => sending.WaitAsync(TwoProcesses.Patience));
        Assert.Equal(VolumeBroke, DataConnectionSpecs.Of(ended));
        await DataConnectionSpecs.Until(() => two.Storage.OpenCount == 0);
        Assert.Empty(two.Lines);
        Assert.Empty(two.ClientLines);
    }

    private static async Task<string> Refused(TwoProcesses two, Messages.Clients.DataAddress? address = null)
    {
        address ??= two.Storage.Open(new DataLink<ArchiveChunk>(1), TwoProcesses.Passport());
        var here = two.Client.Take<ArchiveChunk>(address, TwoProcesses.Passport())!;
        var failure = DataConnectionSpecs.Of(
            await Assert.ThrowsAsync<DataLinkException>(() => DataConnectionSpecs.WriteOn(here)));
        return Assert.IsType<JobFailure.StorageLost>(failure).Detail;
    }
}
