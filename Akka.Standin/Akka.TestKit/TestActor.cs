using System.Threading.Channels;
using Akka.Actor;
using Akka.Dispatch;

namespace Akka.TestKit;

/// <summary>Runs everything at once, on the thread that brings it.</summary>
internal sealed class CallingThreadDispatcher : MessageDispatcher
{
    internal CallingThreadDispatcher(string id) : base(id, int.MaxValue) { }

    internal override void Execute(IThreadPoolWorkItem work) => work.Execute();
}

/// <summary>A message that the test's actor got.</summary>
public abstract class MessageEnvelope
{
    private protected MessageEnvelope() { }

    public abstract object Message { get; }
    public abstract IActorRef Sender { get; }
}

public sealed class NullMessageEnvelope : MessageEnvelope
{
    public static NullMessageEnvelope Instance = new();

    private NullMessageEnvelope() { }

    public override object Message => throw new InvalidOperationException("There is no last message");
    public override IActorRef Sender => throw new InvalidOperationException("There is no last sender");

    public override string ToString() => "<null>";
}

public class RealMessageEnvelope(object message, IActorRef sender) : MessageEnvelope
{
    public override object Message { get; } = message;
    public override IActorRef Sender { get; } = sender;

    public override string ToString() => $"<{Message}> from {Sender?.ToString() ?? "NoSender"}";
}

/// <summary>Keeps every message for the test to look at.</summary>
internal sealed class InternalTestActor(ChannelWriter<MessageEnvelope> queue) : ActorBase
{
    private Func<object, bool> _ignore = _ => false;

    internal sealed record SetIgnore(Func<object, bool> Ignore) : INoSerializationVerificationNeeded;

    internal sealed record WatchFor(IActorRef Actor) : INoSerializationVerificationNeeded;

    internal sealed record Spawn(Props Props, string Name) : INoSerializationVerificationNeeded;

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case SetIgnore ignore: _ignore = ignore.Ignore ?? (_ => false); break;
            case WatchFor watch: Context.Watch(watch.Actor); break;
            case Spawn spawn: Sender.Tell(Context.ActorOf(spawn.Props, spawn.Name), Self); break;
            default: Keep(message); break;
        }
        return true;
    }

    private void Keep(object message)
    {
        var sender = ((ActorCell)Context).CurrentEnvelope.Sender;
        if (!_ignore(message)) queue.TryWrite(new RealMessageEnvelope(message, sender));
    }
}
