using Akka.Actor;
using Backup.Messages.Operations;

namespace Backup.Actors.Node;

/// <summary>
/// One request on its way to a director and its answer back. When the director is gone before it answered, the next one
/// is asked: reading twice changes nothing, and a command is done once for its request id.
/// </summary>
internal sealed class Errand : ReceiveActor
{
    private readonly IActorRef _asker;
    private bool _ended;

    /// <summary>As long as anybody waits who asks here.</summary>
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(5);

    private Errand(IRequest request, IActorRef asker)
    {
        _asker = asker;
        Receive<To>(to =>
        {
            if (to.Gateway is not null) to.Gateway.Tell(request, Self);
            else End(new Refused(
                RefusalCode.Unavailable,
                "No director of the cluster can be reached now. Try again; what runs goes on."));
        });
        Receive<IReply>(End);
        Receive<ReceiveTimeout>(_ => { _ended = true; Context.Stop(Self); });
        Context.SetReceiveTimeout(Within);
    }

    public static Props Props(IRequest request, IActorRef asker) =>
        Akka.Actor.Props.Create(() => new Errand(request, asker));

    /// <summary>The cluster's actor system ends under it, and nobody will answer any more.</summary>
    protected override void PostStop()
    {
        if (!_ended)
            _asker.Tell(new Refused(
                RefusalCode.Unavailable,
                "This node is in no cluster now and joins again; see its log. Try again; what runs goes on."));
    }

    private void End(IReply reply)
    {
        _ended = true;
        _asker.Tell(reply);
        Context.Stop(Self);
    }

    /// <summary>Whom to ask from now on; null: nobody is there.</summary>
    public sealed record To(ActorSelection? Gateway) : INoSerializationVerificationNeeded;
}
