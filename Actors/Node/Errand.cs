using Akka.Actor;
using Backup.Messages.Operations;

namespace Backup.Actors.Node;

/// <summary>
/// One request on its way to a director and its answer back. When the director is gone before it answered, the next one
/// is asked: reading twice changes nothing, and a command is done once for its request id.
/// </summary>
internal sealed class Errand : ReceiveActor
{
    /// <summary>As long as anybody waits who asks here.</summary>
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(5);

    private Errand(IRequest request, IActorRef asker)
    {
        Receive<To>(to =>
        {
            if (to.Gateway is not null) to.Gateway.Tell(request, Self);
            else End(asker, new Refused(
                RefusalCode.Unavailable,
                "No director of the cluster can be reached now. Try again; what runs goes on."));
        });
        Receive<IReply>(reply => End(asker, reply));
        Receive<ReceiveTimeout>(_ => Context.Stop(Self));
        Context.SetReceiveTimeout(Within);
    }

    public static Props Props(IRequest request, IActorRef asker) =>
        Akka.Actor.Props.Create(() => new Errand(request, asker));

    private void End(IActorRef asker, IReply reply)
    {
        asker.Tell(reply);
        Context.Stop(Self);
    }

    /// <summary>Whom to ask from now on; null: nobody is there.</summary>
    public sealed record To(ActorSelection? Gateway) : INoSerializationVerificationNeeded;
}
