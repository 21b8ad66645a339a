using System.Net.Sockets;
using System.Threading.Channels;
using Akka.Actor;
using Akka.Event;
using Pbm.Wire;

namespace Petabridge.Cmd.Host;

/// <summary>
/// One connection. It does one command at a time, each in an <see cref="Exchange"/> of its own. Whatever is wrong with
/// it ends it alone, with one line in the log.
/// </summary>
internal sealed class Session : ReceiveActor, IWithTimers
{
    /// <summary>What a client may leave unread before it is given up.</summary>
    private const long UnreadBytesMax = 16 << 20;

    private const int ArgumentsMax = 1000;
    private const int NameMax = 200;
    private static readonly TimeSpan GoodbyeWithin = TimeSpan.FromSeconds(1);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Channel<byte[]> _out = Channel.CreateUnbounded<byte[]>();
    private readonly CancellationTokenSource _stopped = new();
    private readonly Dictionary<string, IActorRef> _handlers = new(StringComparer.Ordinal);
    private readonly Socket _socket;
    private readonly string _client;
    private readonly PetabridgeCmd _host;
    private readonly HostSettings _settings;
    private readonly NetworkStream _stream;
    private bool _greeted;
    private bool _ended;
    private long _running;
    private long _unreadBytes;

    public Session(Socket socket, PetabridgeCmd host, HostSettings settings)
    {
        (_socket, _host, _settings) = (socket, host, settings);
        _client = $"{socket.RemoteEndPoint}";
        _stream = new NetworkStream(socket);
        Receive<Frame>(Handle);
        Receive<Ended>(ended => End(ended.Why));
        Receive<Late>(_ => End($"it said nothing for {_settings.HelloTimeout.TotalSeconds:0} s"));
        Receive<Answer>(Reply);
        Receive<Terminated>(gone => _handlers.Remove(_handlers.First(each => each.Value.Equals(gone.ActorRef)).Key));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    // A handler that throws is gone, which ends its command with an error; the next command gets a new one.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    protected override void PreStart()
    {
        Timers.StartSingleTimer(nameof(Late), new Late(), _settings.HelloTimeout);
        _ = Write();
        ReadNext();
    }

    protected override void PostStop()
    {
        if (_running > 0)
            Send(new Frame(Answer: new Answer(_running, "The host stops.", IsError: true, IsFinal: true)));
        _out.Writer.TryComplete();
        _stopped.Cancel();
    }

    // One frame is read ahead and no more: a client that floods waits on its own socket.
    private void ReadNext() => Frames.Read(_stream, _greeted ? Frames.BytesMax : Frames.HelloBytesMax, _stopped.Token)
        .PipeTo(Self, success: frame => frame is null ? new Ended("") : frame,
            failure: cause => new Ended(cause.GetBaseException().Message));

    private void Handle(Frame frame)
    {
        switch (frame)
        {
            case { Hello: { } hello } when !_greeted && hello.Version == Frames.Version:
                _greeted = true;
                Timers.CancelAll();
                Send(new Frame(Welcome: new Welcome(
                    Frames.Version, Context.System.Name, [.. _host.Palettes.Select(each => Describe(each.Palette))])));
                break;
            case { Hello: { } hello } when !_greeted:
                Send(new Frame(
                    Refusal: new Refusal(
                        $"This host speaks version {Frames.Version}, the client {hello.Version}. Use the `pbm` that "
                            + "came with the host.")));
                End($"it speaks version {hello.Version}");
                return;
            case { Ask: { } ask } when _greeted && _running == 0:
                Begin(ask);
                break;
            case { Ask: { } ask } when _greeted:
                Send(new Frame(Answer: new Answer(
                    ask.Id, "A connection does one command at a time.", IsError: true, IsFinal: true)));
                break;
            default:
                End("it sent what only a host sends, or a command before its hello");
                return;
        }
        ReadNext();
    }

    private void Begin(Ask ask)
    {
        if (Refuse(ask) is { } refusal)
        {
            Send(new Frame(Answer: new Answer(ask.Id, refusal, IsError: true, IsFinal: true)));
            return;
        }
        if (!_handlers.TryGetValue(ask.Palette, out var handler))
            _handlers.Add(ask.Palette, handler = Context.Watch(Context.ActorOf(_host.Find(ask.Palette)!.HandlerProps)));
        _running = ask.Id;
        var command = new Command(
            ask.Palette, ask.Command, ask.Arguments.Select(each => Tuple.Create(each.Switch, each.Value)));
        Context.ActorOf(Props.Create(() => new Exchange(ask.Id, command, handler, _settings.ResponseTimeout)));
    }

    private void Reply(Answer answer)
    {
        if (answer.IsFinal) _running = 0;
        Send(new Frame(Answer: answer));
    }

    private string? Refuse(Ask ask)
    {
        if (ask.Id <= 0) return "A command's number begins at 1.";
        if (ask.Arguments.Count > ArgumentsMax || ask.Arguments.Select(each => each.Switch).Append(ask.Palette)
            .Append(ask.Command).Any(name => name.Length > NameMax))
            return $"Expected at most {ArgumentsMax} arguments, and names of at most {NameMax} letters.";
        if (_host.Find(ask.Palette) is not { Palette: var palette })
            return $"There is no palette {ask.Palette}; there are "
                + $"{string.Join(", ", _host.Palettes.Select(each => each.Palette.ModuleName))}.";
        if (palette.Commands.FirstOrDefault(each => each.Name == ask.Command) is not { } command)
            return $"There is no command {ask.Palette} {ask.Command}; there are "
                + $"{string.Join(", ", palette.Commands.Select(each => each.Name))}.";
        foreach (var given in ask.Arguments)
        {
            if (command.Arguments.FirstOrDefault(each => each.Switch.Contains(given.Switch)) is not { } argument)
                return $"{ask.Palette} {ask.Command} does not take {given.Switch}; see: help {ask.Palette} "
                    + $"{ask.Command}";
            if (!argument.AllowMultiple && ask.Arguments.Count(each => argument.Switch.Contains(each.Switch)) > 1)
                return $"{ask.Palette} {ask.Command} takes {given.Switch} once.";
        }
        var missing = command.Arguments.FirstOrDefault(each =>
            each.IsMandatory && !ask.Arguments.Any(given => each.Switch.Contains(given.Switch)));
        return missing is null
            ? null
            : $"{ask.Palette} {ask.Command} needs {missing.Switch.First()} ({missing.Name}); see: help {ask.Palette} "
                + $"{ask.Command}";
    }

    private static PaletteInfo Describe(
        CommandPalette palette) => new(palette.ModuleName, [.. palette.Commands.Select(command =>
        new CommandInfo(command.Name, command.Description, [.. command.Arguments.Select(argument => new ArgumentInfo(
            argument.Name, argument.Description, [.. argument.Switch], argument.IsMandatory, argument.AllowMultiple,
            argument.DefaultValues))]))]);

    private void Send(Frame frame)
    {
        if (_ended) return;
        var bytes = Frames.Bytes(frame);
        if (Interlocked.Add(ref _unreadBytes, bytes.Length) > UnreadBytesMax) End("it does not read what it asked for");
        else _out.Writer.TryWrite(bytes);
    }

    private void End(string why)
    {
        if (why.Length > 0 && !_ended) _log.Warning("petabridge.cmd closes the connection of {0}: {1}.", _client, why);
        _ended = true;
        Context.Stop(Self);
    }

    /// <summary>Writes until the session is over; then what is left, for a second at most, and closes.</summary>
    private async Task Write()
    {
        using var late = new CancellationTokenSource();
        using var over = _stopped.Token.Register(() => late.CancelAfter(GoodbyeWithin));
        try
        {
            await foreach (var bytes in _out.Reader.ReadAllAsync(late.Token).ConfigureAwait(false))
            {
                await _stream.WriteAsync(bytes, late.Token).ConfigureAwait(false);
                Interlocked.Add(ref _unreadBytes, -bytes.Length);
            }
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception gone) when (gone is IOException or SocketException or OperationCanceledException)
        {
            // The client went away or reads nothing: the read that is under way ends with it, and the session with
            // that.
        }
        finally
        {
            await _stream.DisposeAsync().ConfigureAwait(false);
            _socket.Dispose();
        }
    }

    /// <param name="Why">Empty: the client closed it.</param>
    private sealed record Ended(string Why) : INoSerializationVerificationNeeded;

    private sealed record Late : INoSerializationVerificationNeeded;
}
