using Akka.Actor;

namespace Akka.Streams.Implementation;

/// <summary>Passes to its stage whatever it is told, and at last that it is gone.</summary>
internal sealed class StageActorBody(Action<(IActorRef, object)> told) : UntypedActor
{
    internal sealed record Watch(IActorRef Target) : INoSerializationVerificationNeeded;

    internal sealed record Unwatch(IActorRef Target) : INoSerializationVerificationNeeded;

    internal sealed record Gone : INoSerializationVerificationNeeded;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Watch watch: Context.Watch(watch.Target); break;
            case Unwatch unwatch: Context.Unwatch(unwatch.Target); break;
            default: told((Sender, message)); break;
        }
    }

    protected override void PostStop()
    {
        // When the whole system ends, its streams end abruptly and not as if this one were complete.
        if (CoordinatedShutdown.Get(Context.System).ShutdownReason is null) told((Self, new Gone()));
    }
}
