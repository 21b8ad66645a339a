using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Runtime.Serialization;
using System.Security.Authentication;
using System.Security.Cryptography;
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Dispatch;
using Akka.Event;
using Akka.Remote.Transport;
using Akka.Serialization.Wire;

namespace Akka.Remote;

/// <summary>Listens, connects, and passes messages between the systems at the ends.</summary>
internal sealed class Remoting
{
    private const int HandshakesMax = 256;

    private readonly ActorSystemImpl _system;
    private readonly RemoteActorRefProvider _provider;
    private readonly ILoggingAdapter _log;
    private readonly ConcurrentDictionary<Address, Association> _associations = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Socket _listener;
    private int _handshakes;

    internal Remoting(ActorSystemImpl system, RemoteActorRefProvider provider)
    {
        (_system, _provider) = (system, provider);
        _log = new BusLogging(system.EventStream, "remoting", typeof(Remoting));
        Settings = new TransportSettings(system);
        Uid = AddressUidExtension.Uid(system);
        var end = Settings.BindTo();
        _listener = new Socket(end.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _listener.Bind(end);
            _listener.Listen(Settings.Backlog);
        }
        catch (SocketException e)
        {
            _listener.Dispose();
            throw new RemoteTransportException($"Cannot listen on {end}: {e.Message}", e);
        }
        var port = ((System.Net.IPEndPoint)_listener.LocalEndPoint!).Port;
        LocalAddress = new Address(Settings.Protocol, system.Name, Settings.PublicHost, Settings.PublicPort > 0
            ? Settings.PublicPort : port);
    }

    internal TransportSettings Settings { get; }
    internal Address LocalAddress { get; }
    internal int Uid { get; }

    internal static bool IsOfConnection(Exception e) => e is IOException or SocketException or TimeoutException
        or OperationCanceledException or InvalidOperationException or SerializationException or AuthenticationException
        or CryptographicException or FormatException or ArgumentException or NotSupportedException;

    internal void Note(string what) => _log.Debug(what);

    internal void Warn(string what) => _log.Warning(what);

    internal void Later(TimeSpan delay, Action action)
    {
        if (!_stopping.IsCancellationRequested) _system.Scheduler.Advanced.ScheduleOnce(delay, action);
    }

    internal void Accept()
    {
        _log.Debug("Remoting now listens on [{0}]", LocalAddress);
        Task.Run(AcceptAll);
    }

    private async Task AcceptAll()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener.AcceptAsync(_stopping.Token).ConfigureAwait(false);
                if (Interlocked.Increment(ref _handshakes) <= HandshakesMax) _ = Welcome(socket);
                else
                {
                    Interlocked.Decrement(ref _handshakes);
                    socket.Dispose();
                }
            }
            catch (SocketException e) when (!_stopping.IsCancellationRequested)
            {
                // Out of descriptors, say: others may end meanwhile.
                _log.Warning("Cannot accept a connection: {0}", e.Message);
                await Task.Delay(100).ConfigureAwait(false);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return;
            }
        }
    }

    private async Task Welcome(Socket socket)
    {
        string from = null;
        Link link = null;
        try
        {
            from = socket.RemoteEndPoint?.ToString();
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            limit.CancelAfter(Settings.HandshakeTimeout);
            Settings.Prepare(socket);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            if (Settings.Tls is not null) stream = await Settings.Tls.Serve(stream, limit.Token).ConfigureAwait(false);
            var hello = Hello.Read(await Link.NextFrame(stream, Hello.BytesMax, limit.Token).ConfigureAwait(false)
                ?? throw new EndOfStreamException("It said nothing."));
            Settings.Tls?.CheckClaim(stream, hello.From.Host);
            var association = AssociationFor(hello.From);
            var answer = !hello.To.Equals(LocalAddress)
                ? association.Greeting() with { Status = HelloStatus.NotMe } : association.Greeted(hello);
            await stream.WriteAsync(answer.ToFrame(), limit.Token).ConfigureAwait(false);
            await stream.FlushAsync(limit.Token).ConfigureAwait(false);
            if (answer.Status == HelloStatus.Welcome)
                link = new Link(this, association, socket, stream, hello.Uid, isInbound: true);
            else _log.Warning($"Refused a connection from {from}: {hello.From} wanted {hello.To}, {answer.Status}");
            if (link is not null) association.Linked(link);
        }
        catch (Exception e) when (IsOfConnection(e))
        {
            if (!_stopping.IsCancellationRequested) _log.Warning("Closed a connection from {0}: {1}", from, e.Message);
        }
        finally
        {
            Interlocked.Decrement(ref _handshakes);
            if (link is null) socket.Dispose();
        }
        if (link is not null) await link.Run().ConfigureAwait(false);
    }

    internal async Task Dial(Association association)
    {
        var peer = association.Peer;
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        Link link;
        try
        {
            if (peer.Protocol != Settings.Protocol)
                throw new IOException($"This system speaks {Settings.Protocol} only.");
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            limit.CancelAfter(Settings.ConnectTimeout);
            Settings.Prepare(socket);
            await socket.ConnectAsync(peer.Host, peer.Port ?? 0, limit.Token).ConfigureAwait(false);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            if (Settings.Tls is not null) stream = await Settings.Tls.Connect(stream, peer.Host, limit.Token)
                .ConfigureAwait(false);
            await stream.WriteAsync(association.Greeting().ToFrame(), limit.Token).ConfigureAwait(false);
            await stream.FlushAsync(limit.Token).ConfigureAwait(false);
            var hello = await Answer(stream, limit.Token).ConfigureAwait(false);
            if (hello.Status == HelloStatus.Quarantined) QuarantinedBy(peer);
            if (hello.Status != HelloStatus.Welcome) throw new IOException($"It refused: {hello.Status}.");
            if (association.Greeted(hello).Status != HelloStatus.Welcome) throw new IOException("It is quarantined.");
            link = new Link(this, association, socket, stream, hello.Uid, isInbound: false);
        }
        catch (Exception e) when (IsOfConnection(e))
        {
            socket.Dispose();
            association.DialFailed(e.Message);
            return;
        }
        association.Linked(link);
        await link.Run().ConfigureAwait(false);
    }

    private async Task<Hello> Answer(Stream stream, CancellationToken token)
    {
        try
        {
            return Hello.Read(await Link.NextFrame(stream, Hello.BytesMax, token).ConfigureAwait(false)
                ?? throw new EndOfStreamException("the connection ended"));
        }
        catch (IOException e)
        {
            // TLS 1.3: who connects has shown its certificate and gone on before the other side has looked at it.
            throw new IOException((Settings.Tls is null
                ? "It did not answer; a system with TLS answers none without"
                : "It did not answer; it may not accept the certificate of this system, and its log then says why")
                + $" ({e.Message}).", e);
        }
    }

    private Association AssociationFor(Address peer) =>
        _associations.GetOrAdd(peer, static (address, self) => new Association(self, address), this);

    internal void Send(RemoteActorRef recipient, object message, IActorRef sender)
    {
        byte[] frame;
        try
        {
            var to = Frame.Begin(FrameType.User);
            to.Text(recipient.WirePath);
            to.Text(sender is null ? null : Akka.Serialization.Serialization.SerializedActorPath(sender));
            _system.Serialization.WriteNested(to, message);
            frame = Frame.End(to);
        }
        catch (Exception e)
        {
            _log.Error(e, $"Cannot write a {message.GetType()} for {recipient}; it is dropped");
            return;
        }
        if (frame.Length - 4 > Settings.FrameBytesMax)
            _log.Error($"A {message.GetType()} of {frame.Length} bytes for {recipient} is larger than "
                + $"maximum-frame-size = {Settings.FrameBytesMax}; it is dropped");
        else if (!AssociationFor(recipient.Path.Address).Send(frame, message is IUrgentMessage))
            _provider.DeadLetters.Tell(new DeadLetter(message, sender ?? _provider.DeadLetters, recipient), sender);
    }

    internal bool SendSystem(RemoteActorRef recipient, SystemKind kind, IActorRef other, bool flag)
    {
        var to = Frame.Begin(FrameType.System);
        to.Int64(0); // its number, put in by the association
        to.Byte((byte)kind);
        to.Text(recipient.WirePath);
        to.Text(other is null ? null : Akka.Serialization.Serialization.SerializedActorPath(other));
        to.Byte(flag ? (byte)1 : (byte)0);
        return AssociationFor(recipient.Path.Address).SendSystem(Frame.End(to));
    }

    internal void DeliverSystem(WireReader from)
    {
        var (kind, recipient, other, flag) = ((SystemKind)from.Byte(), from.Text(), from.Text(), from.Byte() != 0);
        _provider.ReceiveSystem(kind, _provider.ResolveActorRef(recipient), other is null
            ? null : _provider.ResolveActorRef(other), flag);
    }

    internal void Deliver(byte[] body, Dictionary<string, IActorRef> refs)
    {
        var from = new WireReader(body.AsMemory(1));
        IActorRef recipient = null;
        try
        {
            recipient = Resolve(from.Text(), refs);
            var sender = from.Text() is { } path ? Resolve(path, refs) : ActorRefs.NoSender;
            var message = _system.Serialization.ReadNested(from);
            if (recipient.Inner().IsLocal) recipient.Tell(message, sender);
        }
        catch (Exception e)
        {
            // The frame was whole, so the next one can be read whatever is wrong with this.
            _log.Error(e, $"Cannot read a message for {recipient}; it is dropped");
        }
    }

    private IActorRef Resolve(string path, Dictionary<string, IActorRef> refs)
    {
        if (refs.TryGetValue(path, out var known)) return known;
        var found = _provider.ResolveActorRef(path);
        if (found is RemoteActorRef || (found is LocalActorRef && found.Path.Uid != 0 && path.Contains('#')))
            refs[path] = found;
        return found;
    }

    internal void Quarantine(Address peer, int uid, string why)
    {
        if (!AssociationFor(peer).Quarantine(uid)) return;
        _log.Warning("[{0}] of uid {1} is quarantined: {2}", peer, uid, why);
        _provider.Watcher.Tell(new RemoteWatcher.AddressGone(peer), ActorRefs.NoSender);
    }

    internal void QuarantinedBy(Address peer)
    {
        var quarantined = new ThisActorSystemQuarantinedEvent(LocalAddress, peer);
        _system.EventStream.Publish(quarantined);
        _log.Warning("{0}", quarantined);
    }

    internal void Prune()
    {
        foreach (var (address, association) in _associations)
            if (association.Prune()) _associations.TryRemove(new(address, association));
    }

    internal async Task Shutdown()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        foreach (var association in _associations.Values) association.Finish();
        for (var left = Settings.FlushWait; left > TimeSpan.Zero
            && _associations.Values.Any(each => each.HasLinks); left -= TimeSpan.FromMilliseconds(10))
            await Task.Delay(10).ConfigureAwait(false);
        foreach (var association in _associations.Values) association.CloseLinks();
    }
}
