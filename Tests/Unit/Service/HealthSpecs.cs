using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Backup.Host.Http;
using Backup.Host.Service;
using Backup.Tests.Unit.CommandLine;
using Backup.Tests.Unit.Data;
using Xunit;

namespace Backup.Tests.Unit.Service;

public sealed class HealthSpecs : IDisposable
{
    private static readonly TimeSpan Within = TimeSpan.FromMilliseconds(200);
    private readonly ManualTime _clock = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("health-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Every_check_says_what_is_wrong_and_none_keeps_the_others_from_it()
    {
        var silent = new TaskCompletionSource<string?>();
        var checks = new CheckList(
            [
                Check("good", null),
                Check("bad", "The disk is full."),
                new HealthCheck("throws", _ => throw new InvalidOperationException("on purpose")),
                new HealthCheck("fails", _ => Task.FromException<string?>(new IOException("later"))),
                new HealthCheck("silent", _ => silent.Task),
            ],
            Within, TimeSpan.Zero, _clock);

        var report = await checks.Look();

        Assert.False(report.Ok);
        Assert.Equal(
            [
                new("good", true, null), new("bad", false, "The disk is full."),
                new("throws", false, "on purpose"), new("fails", false, "later"),
                new CheckResult("silent", false, "No answer within 0.2 s."),
            ],
            report.Checks);
    }

    [Fact]
    public async Task However_many_ask_there_is_one_look_at_a_time_and_it_is_good_for_a_while()
    {
        var (looks, looked) = (0, new TaskCompletionSource<string?>());
        var checks = new CheckList(
            [new HealthCheck("slow", _ =>
            {
                Interlocked.Increment(ref looks);
                return looked.Task;
            })],
            TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(5), _clock);

        var asked = Enumerable.Range(0, 20).Select(_ => checks.Look()).ToList();
        _clock.Move(TimeSpan.FromMinutes(1));
        asked.Add(checks.Look());
        looked.SetResult(null);
        await Task.WhenAll(asked);
        Assert.Equal(1, looks);

        await checks.Look(); // older than five seconds by now
        Assert.Equal(2, looks);
        _clock.Move(TimeSpan.FromSeconds(4));
        await checks.Look();
        Assert.Equal(2, looks);
        _clock.Move(TimeSpan.FromSeconds(1));
        await checks.Look();
        Assert.Equal(3, looks);
    }

    [Fact]
    public async Task A_node_that_starts_or_stops_lives_and_is_not_ready()
    {
        var health = new NodeHealth(_clock);
        Assert.Equal((true, false), ((await health.Alive()).Ok, (await health.Ready()).Ok));
        Assert.Equal("node: It starts.", (await health.Ready()).Troubles);

        health.Watch([Check("system", null)], [Check("catalog", null)]);
        Assert.Equal(["system", "catalog"], (await health.Ready()).Checks.Select(check => check.Name));
        Assert.Equal((true, true), ((await health.Alive()).Ok, (await health.Ready()).Ok));

        health.Stopping();
        Assert.Equal((true, false), ((await health.Alive()).Ok, (await health.Ready()).Ok));
        Assert.Equal("node: It stops.", (await health.Ready()).Troubles);
    }

    [Fact]
    public async Task Both_pages_are_on_the_socket_and_on_the_port_with_status_and_reasons()
    {
        var health = new NodeHealth(_clock);
        health.Watch([Check("system", null)], [Check("libraries", "/srv/tapes is gone.")]);
        var socket = Path.Combine(_folder, "backup.sock");
        await using var server = await NodeServer.Start(new ScriptedNode(Replies.Answer), socket, health);
        await using var page = await HealthServer.Start(health, IPAddress.Loopback, 0);

        foreach (var client in new[] { OfSocket(socket), new HttpClient { BaseAddress = new Uri(page.Address) } })
        {
            using (client)
            {
                using var alive = await client.GetAsync(new Uri("/healthz", UriKind.Relative));
                using var ready = await client.GetAsync(new Uri("/readyz", UriKind.Relative));

                Assert.Equal((HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable),
                    (alive.StatusCode, ready.StatusCode));
                Assert.Equal("application/json", ready.Content.Headers.ContentType?.MediaType);
                Assert.True((bool)JsonNode.Parse(await alive.Content.ReadAsStringAsync())!["ok"]!);
                Assert.Equal(
                    """{"schema":"backup/HealthReport/1","ok":false,"checks":[{"name":"system","ok":true,"trouble":null},"""
                        + """{"name":"libraries","ok":false,"trouble":"/srv/tapes is gone."}]}""" + "\n",
                    await ready.Content.ReadAsStringAsync());
            }
        }
    }

    [Fact]
    public async Task The_port_answers_nothing_but_the_two_pages()
    {
        await using var page = await HealthServer.Start(new NodeHealth(_clock), IPAddress.Loopback, 0);
        using var client = new HttpClient { BaseAddress = new Uri(page.Address) };

        using var operations = await client.GetAsync(new Uri("/v1/operations", UriKind.Relative));
        using var command = await client.PostAsync(new Uri("/v1/operations/list-jobs", UriKind.Relative), null);

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (operations.StatusCode, command.StatusCode));
    }

    private static HealthCheck Check(string name, string? trouble) => new(name, _ => Task.FromResult(trouble));

    private static HttpClient OfSocket(string path) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellation) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = new Uri("http://node"),
    };
}
