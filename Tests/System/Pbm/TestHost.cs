using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Pbm;
using Petabridge.Cmd;
using Petabridge.Cmd.Host;
using Xunit;

namespace Backup.Tests.System.Pbm;

/// <summary>
/// A test of what `pbm` and the host of Akka.Standin say to each other; Petabridge's own host speaks its own protocol.
/// </summary>
internal sealed class OnOurHostFactAttribute : FactAttribute
{
    public OnOurHostFactAttribute()
    {
        if (typeof(PetabridgeCmd).Assembly.GetType("Pbm.Wire.Frames") is null)
            Skip = "Petabridge.Cmd comes from packages here, and so should pbm.";
    }
}

/// <summary>A host with a palette of all that a handler may do wrong, in a system of its own.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    private readonly ActorSystem _system;

    public TestHost(
        string host = "127.0.0.1", int port = 0, string timeouts = "response-timeout = 20s, hello-timeout = 20s")
    {
        Port = port == 0 ? FreePorts.Take() : port;
        _system = ActorSystem.Create("tested", ConfigurationFactory.ParseString($$"""
            akka { loglevel = INFO, stdout-loglevel = OFF, loggers = ["{{typeof(KeptLog).FullName}}, {{typeof(KeptLog).Assembly.GetName().Name}}"], log-dead-letters = off }
            petabridge.cmd { host = "{{host}}", port = {{Port}}, {{timeouts}} }
            """));
        PetabridgeCmd.Get(_system).RegisterCommandPalette(new TestPalette());
        PetabridgeCmd.Get(_system).Start();
    }

    public int Port { get; }

    public ActorSystem System => _system;

    /// <summary>Warnings and errors so far, of the host.</summary>
    public IEnumerable<string> Log =>
        KeptLog.Of(_system).Where(line => line.Contains("petabridge.cmd", StringComparison.Ordinal));

    /// <summary>Waits for a line of the log, a minute at most.</summary>
    public async Task<string> Logged(string part)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            if (Log.FirstOrDefault(line => line.Contains(part, StringComparison.Ordinal)) is { } found) return found;
            if (limit.IsCancellationRequested)
                Assert.Fail($"Expected \"{part}\" in the log, found:\n{string.Join('\n', Log)}");
            await Task.Delay(10, CancellationToken.None);
        }
    }

    /// <summary>A connection without a client's manners.</summary>
    public async Task<TcpClient> Raw()
    {
        await Logged("bound to");
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port);
        return client;
    }

    public async Task<Client> Connect()
    {
        await Logged("bound to");
        return await Client.Connect("127.0.0.1", Port, CancellationToken.None);
    }

    /// <summary>Runs the program.</summary>
    public async Task<(int Code, string Output, string Error)> Run(string line, string input = "")
    {
        await Logged("bound to");
        return await RunPbm(Port, line, input);
    }

    /// <summary>Runs the program against any host.</summary>
    public static Task<(int Code, string Output, string Error)> RunPbm(int port, string line, string input = "") =>
        RunPbm("127.0.0.1", port, line, input);

    /// <summary>As the other, at another address.</summary>
    public static async Task<(int Code, string Output, string Error)> RunPbm(
        string host, int port, string line, string input = "")
    {
        var (output, error) = (new StringWriter { NewLine = "\n" }, new StringWriter { NewLine = "\n" });
        var code = await new PbmShell(output, error, new StringReader(input), line: null)
            .Run([$"{host}:{port}", .. Words.Split(line)], CancellationToken.None);
        return (code, output.ToString(), error.ToString());
    }

    public async ValueTask DisposeAsync() => await _system.Terminate();

    /// <summary>Keeps what a system logs.</summary>
    public sealed class KeptLog : DefaultLogger
    {
        private static readonly global::System.Collections.Concurrent.ConcurrentDictionary<ActorSystem, global::System.Collections.Concurrent.ConcurrentQueue<string>> Kept = new();

        public static IEnumerable<string> Of(ActorSystem system) =>
            Kept.TryGetValue(system, out var lines) ? lines : [];

        protected override void Print(LogEvent logEvent) =>
            Kept.GetOrAdd(Context.System, _ => new()).Enqueue($"{logEvent.LogLevel()} {logEvent.Message}");
    }

    private sealed class TestPalette() : CommandPaletteHandler(Commands)
    {
        public static readonly CommandPalette Commands = new("test",
        [
            Of("lines"), Of("twice"), Of("die"), Of("stop"), Of("never"), Of("late"), Of("empty"), Of("huge"),
            Of("flood"),
            new CommandDefinitionBuilder().WithName("echo").WithDescription("Echoes.")
                .WithArgument(
                    made => made.WithName("text").WithSwitch("--text").WithSwitch("-t").IsMandatory(true)
                        .WithDescription("What to say.").WithDefaultValues("yes", "yeah"))
                .WithArgument(made => made.WithName("more").WithSwitch("-m").AllowMultiple(true)).Build(),
        ]);

        public override Props HandlerProps => Props.Create(() => new TestHandler());

        private static CommandDefinition Of(string name) =>
            new CommandDefinitionBuilder().WithName(name).WithDescription($"Does {name}.").Build();
    }

    private sealed class TestHandler : CommandHandlerActor
    {
        private static readonly string Packet = new('x', 8000);

        public TestHandler() : base(TestPalette.Commands)
        {
            Process(
                "echo",
                command =>
                    Sender.Tell(new CommandResponse(
                        string.Join(" ", command.Arguments.Select(each => $"{each.Item1}={each.Item2}")))));
            Process("lines", _ => Array.ForEach(
                ["one", "two", "three"], line => Sender.Tell(new CommandResponse(line, final: line == "three"))));
            Process("twice", _ => Array.ForEach(["first", "second"], line => Sender.Tell(new CommandResponse(line))));
            Process("die", _ => throw new InvalidOperationException("on purpose"));
            Process("stop", _ => Context.Stop(Self));
            Process("never", _ => { });
            Process("late", _ => Context.System.Scheduler.ScheduleTellOnce(
                TimeSpan.FromMilliseconds(150), Sender, new CommandResponse("too late"), Self));
            Process("empty", _ => Sender.Tell(CommandResponse.Empty));
            Process("flood", _ =>
                Array.ForEach(new string[8000], _ => Sender.Tell(new CommandResponse(Packet, final: false))));
            Process("huge", _ =>
                Sender.Tell(new CommandResponse(new string('\x1b', 300_000) + new string('x', 2_000_000))));
        }
    }
}
