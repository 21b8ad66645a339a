using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;

namespace Petabridge.Cmd.Host;

/// <summary>Listens, and gives every connection a session of its own.</summary>
internal sealed class Listener : ReceiveActor, IWithTimers
{
    private const int SessionsMax = 64;
    private static readonly TimeSpan AcceptAgainAfter = TimeSpan.FromSeconds(1);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly CancellationTokenSource _stopped = new();
    private readonly PetabridgeCmd _host;
    private readonly HostSettings _settings;
    private TcpListener? _socket;
    private int _sessions;
    private long _count;

    public Listener(PetabridgeCmd host, HostSettings settings)
    {
        (_host, _settings) = (host, settings);
        Receive<Socket>(Serve);
        Receive<Terminated>(_ => _sessions--);
        Receive<Status.Failure>(failure =>
        {
            // Too many open files, for one: those who are connected go on, and it will pass.
            _log.Warning("petabridge.cmd could not accept a connection: {0}", failure.Cause.GetBaseException().Message);
            Timers.StartSingleTimer(nameof(AcceptAgain), new AcceptAgain(), AcceptAgainAfter);
        });
        Receive<AcceptAgain>(_ => Accept());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    protected override void PreStart()
    {
        if (_settings.EndPoint(out var refusal) is not { } place)
        {
            _log.Error("petabridge.cmd does not listen: {0}", refusal);
            Context.Stop(Self);
            return;
        }
        try
        {
            _socket = new TcpListener(place);
            _socket.Start();
        }
        catch (SocketException failure)
        {
            _log.Error("petabridge.cmd does not listen on {0}: {1}. `pbm` cannot reach this node; choose another port.",
                place, failure.Message);
            Context.Stop(Self);
            return;
        }
        _log.Info("petabridge.cmd host bound to [{0}]", _socket.LocalEndpoint);
        if (_settings.LogPalettes)
            _log.Info("petabridge.cmd palettes: {0}",
                string.Join(", ", _host.Palettes.Select(each => each.Palette.ModuleName)));
        Accept();
    }

    protected override void PostStop()
    {
        _stopped.Cancel();
        _socket?.Dispose();
        _stopped.Dispose();
    }

    private void Accept() => _socket!.AcceptSocketAsync(_stopped.Token).AsTask().PipeTo(Self);

    private void Serve(Socket socket)
    {
        Accept();
        if (_sessions >= SessionsMax)
        {
            _log.Warning(
                "petabridge.cmd refuses {0}: there are {1} connections already.", socket.RemoteEndPoint, _sessions);
            socket.Dispose();
            return;
        }
        _sessions++;
        Context.Watch(
            Context.ActorOf(Props.Create(() => new Session(socket, _host, _settings)), $"session-{++_count}"));
    }

    private sealed record AcceptAgain : INoSerializationVerificationNeeded;
}
