using Akka.Actor;
using Backup.Messages.Operations;

namespace Backup.Actors.Node;

/// <summary>
/// One request on its way to a director and its answer back. When the director is gone before it answered, the next one
/// is asked; when no answer came for a while the same one is, since either may have been lost on its way: reading twice
/// changes nothing, and a command is done once for its request id.
/// </summary>
internal sealed class Errand : ReceiveActor, IWithTimers
{
    /// <summary>As long as anybody waits who asks here.</summary>
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(5);

    private readonly IRequest _request;
    private readonly IActorRef _asker;
    private ActorSelection? _gateway;
    private TimeSpan _pause;
    private bool _ended;

    private Errand(IRequest request, IActorRef asker, TimeSpan askAgainAfter)
    {
        (_request, _asker, _pause) = (request, asker, askAgainAfter);
        Receive<To>(to =>
        {
            _gateway = to.Gateway;
            Ask();
        });
        Receive<AskAgain>(_ =>
        {
            _pause *= 2; // what takes long must not be done ever more often at the same time
            Ask();
        });
        Receive<IReply>(End);
        Receive<GiveUp>(_ => End(new Refused(
            RefusalCode.Unavailable, "No director answered within five minutes; see the log. What runs goes on.")));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="request">The request.</param>
    /// <param name="asker">Gets the answer.</param>
    /// <param name="askAgainAfter">After this long without an answer it is asked again, then after twice as long, and
    /// so on.</param>
    public static Props Props(IRequest request, IActorRef asker, TimeSpan askAgainAfter) =>
        Akka.Actor.Props.Create(() => new Errand(request, asker, askAgainAfter));

    protected override void PreStart() => Timers.StartSingleTimer(nameof(GiveUp), GiveUp.Instance, Within);

    /// <summary>The cluster's actor system ends under it, and nobody will answer any more.</summary>
    protected override void PostStop()
    {
        if (!_ended)
            _asker.Tell(new Refused(
                RefusalCode.Unavailable,
                "This node is in no cluster now and joins again; see its log. Try again; what runs goes on."));
    }

    private void Ask()
    {
        if (_gateway is null)
        {
            End(new Refused(
                RefusalCode.Unavailable,
                "No director of the cluster can be reached now. Try again; what runs goes on."));
            return;
        }
        _gateway.Tell(_request, Self);
        Timers.StartSingleTimer(nameof(AskAgain), AskAgain.Instance, _pause);
    }

    private void End(IReply reply)
    {
        _ended = true;
        _asker.Tell(reply);
        Context.Stop(Self);
    }

    /// <summary>Whom to ask from now on; null: nobody is there.</summary>
    public sealed record To(ActorSelection? Gateway) : INoSerializationVerificationNeeded;

    private sealed record AskAgain : INoSerializationVerificationNeeded
    {
        public static readonly AskAgain Instance = new();
    }

    private sealed record GiveUp : INoSerializationVerificationNeeded
    {
        public static readonly GiveUp Instance = new();
    }
}
