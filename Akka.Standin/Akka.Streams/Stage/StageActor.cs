using Akka.Actor;
using Akka.Streams.Implementation;

namespace Akka.Streams.Stage;

public static class StageActorRef
{
    public delegate void Receive((IActorRef, object) args);
}

/// <summary>An actor in whose name a stage sends and receives; what it is told runs in the stage.</summary>
public sealed class StageActor
{
    private readonly ActorMaterializerImpl _materializer;
    private StageActorRef.Receive _receive;

    internal StageActor(
        ActorMaterializerImpl materializer,
        Func<Action<(IActorRef, object)>, Action<(IActorRef, object)>> callback,
        StageActorRef.Receive receive)
    {
        (_materializer, _receive) = (materializer, receive);
        var told = callback(args => _receive(args));
        Ref = materializer.NewActor(Props.Create(() => new StageActorBody(told)));
    }

    public IActorRef Ref { get; }

    public void Watch(IActorRef actorRef) => Ref.Tell(new StageActorBody.Watch(actorRef), ActorRefs.NoSender);

    public void Unwatch(IActorRef actorRef) => Ref.Tell(new StageActorBody.Unwatch(actorRef), ActorRefs.NoSender);

    public void Become(StageActorRef.Receive receive) => _receive = receive;

    public void Stop() => _materializer.System.Stop(Ref);
}
