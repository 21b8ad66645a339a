using System.Net.Sockets;
using System.Text;
using Pbm;
using Pbm.Wire;
using Petabridge.Cmd;
using Petabridge.Cmd.Host;
using Xunit;

namespace Backup.Tests.System.Pbm;

/// <summary>What comes over the wire never harms more than its own connection.</summary>
public sealed class HostProtocolSpecs
{
    private static readonly byte[] Hello = Frames.Bytes(new Frame(Hello: new Hello(Frames.Version)));

    public static TheoryData<string, byte[]> Garbage => new()
    {
        { "a port scan", [] },
        { "another protocol", Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: here\r\n\r\n") },
        { "TLS", [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03] },
        { "a length of nothing", [0, 0, 0, 0] },
        { "a huge length", [0x7f, 0xff, 0xff, 0xff] },
        { "a length below zero", [0xff, 0xff, 0xff, 0xff, 1] },
        { "half a length", [0, 0] },
        { "half a frame", Hello[..^3] },
        { "no JSON", [0, 0, 0, 3, 1, 2, 3] },
        { "empty JSON", Framed("{}") },
        { "null", Framed("null") },
        { "two messages", Framed("""{"hello":{"version":1},"refusal":{"why":""}}""") },
        { "a command before the hello",
            Framed("""{"ask":{"id":1,"palette":"test","command":"echo","arguments":[]}}""") },
        { "more than a hello may be", Framed(new string(' ', 300)) },
        { "a host's words", [.. Hello, .. Framed("""{"answer":{"id":1,"text":"","isError":false,"isFinal":true}}""")] },
        { "a second hello", [.. Hello, .. Hello] },
        { "an argument that is null",
            [.. Hello, .. Framed("""{"ask":{"id":1,"palette":"test","command":"echo","arguments":[null]}}""")] },
        { "a huge length after the hello", [.. Hello, 0x00, 0x10, 0x00, 0x01] },
    };

    [OnOurHostTheory]
    [MemberData(nameof(Garbage))]
    public async Task Garbage_closes_its_own_connection_with_a_line_at_most(string what, byte[] bytes)
    {
        await using var host = new TestHost();
        using var other = await host.Connect();

        using (var bad = await host.Raw())
        {
            await WriteAll(bad, bytes);
        }

        Assert.Equal(["-t=still"], await Answers(other, "echo", new Argument("-t", "still")));
        if (bytes.Length > 0) await host.Logged("closes the connection");
        Assert.True(host.Log.Count(line => line.StartsWith("Warning", StringComparison.Ordinal)) <= 1,
            $"{what}: {string.Join('\n', host.Log)}");
    }

    [OnOurHostFact]
    public async Task Random_bytes_after_a_hello_leave_the_host_alive()
    {
        await using var host = new TestHost();
        var random = new Random(20261122);
        for (var round = 0; round < 50; round++)
        {
            using var bad = await host.Raw();
            var bytes = new byte[random.Next(1, 400)];
            random.NextBytes(bytes);
            // A length that fits, so that the body is looked at.
            if (round % 2 == 0 && bytes.Length > 4)
                (bytes[0], bytes[1], bytes[2], bytes[3]) =
                    (0, 0, (byte)((bytes.Length - 4) >> 8), (byte)(bytes.Length - 4));
            await WriteAll(bad, [.. Hello, .. bytes]);
        }

        using var good = await host.Connect();
        Assert.Equal(["-t=alive"], await Answers(good, "echo", new Argument("-t", "alive")));
    }

    [OnOurHostFact]
    public async Task A_client_of_another_version_is_refused_in_words()
    {
        await using var host = new TestHost();
        using var old = await host.Raw();

        await old.GetStream().WriteAsync(Frames.Bytes(new Frame(Hello: new Hello(7))));

        var answer = await Frames.Read(old.GetStream(), Frames.BytesMax, CancellationToken.None);
        Assert.Contains("the client 7", answer!.Refusal!.Why, StringComparison.Ordinal);
        Assert.Null(await Frames.Read(old.GetStream(), Frames.BytesMax, CancellationToken.None));
    }

    [OnOurHostFact]
    public async Task A_frame_that_comes_byte_by_byte_is_read()
    {
        await using var host = new TestHost();
        using var slow = await host.Raw();

        foreach (var each in Hello) await slow.GetStream().WriteAsync((byte[])[each]);

        var welcome = await Frames.Read(slow.GetStream(), Frames.BytesMax, CancellationToken.None);
        Assert.Equal(["actor", "test"], welcome!.Welcome!.Palettes.Select(palette => palette.Name));
    }

    [OnOurHostFact]
    public async Task Who_says_nothing_is_shown_out()
    {
        await using var host = new TestHost(timeouts: "hello-timeout = 100ms");
        using var silent = await host.Raw();

        Assert.Equal(0, await ReadToEnd(silent.GetStream()));

        await host.Logged("it said nothing");
    }

    [OnOurHostFact]
    public async Task What_is_too_long_is_refused_in_words()
    {
        await using var host = new TestHost();
        using var client = await host.Connect();
        var many = Enumerable.Repeat(new Argument("-m", "x"), 1001).Append(new Argument("-t", "x")).ToArray();

        Assert.StartsWith("Expected at most", Assert.Single(await Answers(client, new string('\x1', 100_000))),
            StringComparison.Ordinal);
        Assert.StartsWith(
            "Expected at most", Assert.Single(await Answers(client, "echo", many)), StringComparison.Ordinal);
        Assert.Equal(["-t=x"], await Answers(client, "echo", new Argument("-t", "x")));
    }

    [OnOurHostFact]
    public async Task Who_does_not_read_is_given_up()
    {
        await using var host = new TestHost();
        using var deaf = await host.Raw();

        await deaf.GetStream().WriteAsync((byte[])[.. Hello, .. Frames.Bytes(Asked(1, "flood"))]);

        await host.Logged("does not read");
        using var other = await host.Connect();
        Assert.Equal(["-t=x"], await Answers(other, "echo", new Argument("-t", "x")));
    }

    [OnOurHostFact]
    public async Task Two_clients_do_not_see_each_others_answers()
    {
        await using var host = new TestHost();
        using var one = await host.Connect();
        using var two = await host.Connect();
        var waiting = one.Run("test", "never", [], _ => { }, CancellationToken.None);

        for (var round = 0; round < 20;
            round++) Assert.Equal([$"-t={round}"], await Answers(two, "echo", new Argument("-t", $"{round}")));

        Assert.False(waiting.IsCompleted);
    }

    [OnOurHostFact]
    public async Task A_second_command_meanwhile_is_refused_and_the_first_goes_on()
    {
        await using var host = new TestHost(timeouts: "response-timeout = 300ms");
        using var client = await host.Raw();
        await client.GetStream()
            .WriteAsync((byte[])[.. Hello, .. Frames.Bytes(Asked(1, "never")), .. Frames.Bytes(Asked(2, "lines"))]);

        Assert.NotNull((await Frames.Read(client.GetStream(), Frames.BytesMax, CancellationToken.None))!.Welcome);
        var second = (await Frames.Read(client.GetStream(), Frames.BytesMax, CancellationToken.None))!.Answer!;
        var first = (await Frames.Read(client.GetStream(), Frames.BytesMax, CancellationToken.None))!.Answer!;

        Assert.Equal((2, true, true), (second.Id, second.IsError, second.IsFinal));
        Assert.Equal((1, true, true), (first.Id, first.IsError, first.IsFinal));
    }

    [OnOurHostFact]
    public async Task A_stopping_host_ends_the_command_that_runs()
    {
        await using var host = new TestHost();
        using var client = await host.Connect();
        var answers = new List<Answer>();
        var running = client.Run("test", "never", [], answers.Add, CancellationToken.None);
        Assert.Equal(["-t=x"], await Answers(await host.Connect(), "echo", new Argument("-t", "x")));

        await host.System.Terminate();

        // Its last word, or the end of the connection: the command is over either way.
        try
        {
            Assert.False(await running.WaitAsync(TimeSpan.FromMinutes(1)));
            Assert.Equal("The host stops.", Assert.Single(answers).Text);
        }
        catch (HostException gone)
        {
            Assert.Contains("went away", gone.Message, StringComparison.Ordinal);
        }
    }

    [OnOurHostFact]
    public async Task A_port_that_is_taken_is_logged_and_the_system_goes_on()
    {
        await using var first = new TestHost();
        await first.Logged("bound to");

        await using var second = new TestHost(port: first.Port);

        Assert.StartsWith("Error", await second.Logged("does not listen"), StringComparison.Ordinal);
        Assert.False(second.System.WhenTerminated.IsCompleted);
    }

    [OnOurHostFact]
    public async Task The_host_listens_on_loopback_alone()
    {
        await using var host = new TestHost(host: "0.0.0.0");

        Assert.Contains("loopback", await host.Logged("does not listen"), StringComparison.Ordinal);
        await Assert.ThrowsAsync<HostException>(() => Client.Connect("127.0.0.1", host.Port, CancellationToken.None));
    }

    [OnOurHostFact]
    public async Task A_palette_is_registered_once()
    {
        await using var host = new TestHost();
        var palette = new Twin();
        PetabridgeCmd.Get(host.System).RegisterCommandPalette(palette);

        Assert.Throws<ArgumentException>(() => PetabridgeCmd.Get(host.System).RegisterCommandPalette(palette));
    }

    internal static async Task<IReadOnlyList<string>> Answers(
        Client client, string command, params Argument[] arguments)
    {
        var answers = new List<Answer>();
        await client.Run("test", command, arguments, answers.Add, CancellationToken.None)
            .WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(1, answers.Count(answer => answer.IsFinal));
        return [.. answers.Select(answer => answer.Text)];
    }

    private static Frame Asked(long id, string command) => new(Ask: new Ask(id, "test", command, []));

    private static byte[] Framed(string json) =>
        [0, 0, (byte)(json.Length >> 8), (byte)json.Length, .. Encoding.ASCII.GetBytes(json)];

    /// <summary>Writes, says that nothing more comes, and waits until the host has closed.</summary>
    private static async Task WriteAll(TcpClient client, byte[] bytes)
    {
        var stream = client.GetStream();
        try
        {
            await stream.WriteAsync(bytes);
            client.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception gone) when (gone is IOException or SocketException)
        {
            // The host closed after the first bytes.
        }
        await ReadToEnd(stream);
    }

    /// <summary>Bytes that came before the host closed, or reset, the connection; a minute at most.</summary>
    private static async Task<int> ReadToEnd(NetworkStream stream)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var (buffer, all) = (new byte[4096], 0);
        try
        {
            for (int got; (got = await stream.ReadAsync(buffer, limit.Token)) > 0;) all += got;
        }
        catch (IOException)
        {
            // What it had not read was thrown away: also an end.
        }
        return all;
    }

    private sealed class Twin() : CommandPaletteHandler(new CommandPalette("twin", []))
    {
        public override Akka.Actor.Props HandlerProps => Akka.Actor.Props.Create(() => new Idle());
    }

    private sealed class Idle : Akka.Actor.ReceiveActor;
}
