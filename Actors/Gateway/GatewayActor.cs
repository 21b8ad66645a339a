using Akka.Actor;
using Akka.Event;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;

namespace Backup.Actors.Gateway;

/// <summary>
/// The public door: every face (command line, HTTP, console, other actor systems) asks here, and each request gets
/// exactly one answer. Who follows a job gets its news for a time.
/// </summary>
public sealed class GatewayActor : ReceiveActor
{
    /// <summary>A follower costs a question to the saga each second.</summary>
    private const int FollowersMax = 1000;

    private readonly Func<Asking, Task<IReply>> _answer;
    private readonly FollowPace _pace;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly AnswerSize _size = new(Context.System);
    private readonly Dictionary<RequestId, IActorRef> _followers = [];

    /// <summary>For <see cref="Props(GuardedDesk)"/>.</summary>
    private GatewayActor(Func<Asking, Task<IReply>> answer, FollowPace pace)
    {
        (_answer, _pace) = (answer, pace);
        Receive<NodeProtocol.Asked>(asked => Answer(new Asking(asked.Request, asked.By, From)));
        Receive<IRequest>(request => Answer(new Asking(request, null, From)));
        Receive<FollowJob>(Follow);
        Receive<Terminated>(ended =>
        {
            foreach (var (request, follower) in _followers.ToArray())
                if (follower.Equals(ended.ActorRef)) _followers.Remove(request);
        });
    }

    /// <summary>A gateway.</summary>
    /// <param name="desk">Answers.</param>
    public static Props Props(GuardedDesk desk) => Props(desk, FollowPace.Usual);

    /// <summary>A gateway.</summary>
    /// <param name="desk">Answers.</param>
    /// <param name="pace">How often followers get news.</param>
    internal static Props Props(GuardedDesk desk, FollowPace pace) =>
        Akka.Actor.Props.Create(() => new GatewayActor(desk.Answer, pace));

    /// <summary>A gateway.</summary>
    /// <param name="answer">Answers.</param>
    /// <param name="pace">How often followers get news.</param>
    internal static Props Props(Func<IRequest, Task<IReply>> answer, FollowPace pace) =>
        Akka.Actor.Props.Create(() => new GatewayActor(asking => answer(asking.Request), pace));

    /// <summary>Null: this one.</summary>
    private Address? From => Sender.Path.Address is { HasGlobalScope: true } elsewhere ? elsewhere : null;

    private void Answer(Asking asking)
    {
        var (asker, size) = (Sender, _size);
        _answer(asking).PipeTo(asker, Self,
            success: reply => AnswerSize.IsElsewhere(asker) ? size.Fit(reply) : reply,
            failure: cause =>
            {
                _log.Error(cause, "{0} could not be answered.", asking.Request.GetType().Name);
                return new Refused(
                    RefusalCode.Unavailable, $"The node could not answer: {cause.GetBaseException().Message}");
            });
    }

    private void Follow(FollowJob follow)
    {
        if (_followers.TryGetValue(follow.Request, out var known))
        {
            known.Forward(follow);
            return;
        }
        if (_followers.Count == FollowersMax)
        {
            Sender.Tell(new Refused(RefusalCode.Unavailable,
                $"{FollowersMax} followers are served, and no more. Ask `ShowJob` from time to time."));
            return;
        }
        var (answer, from) = (_answer, From);
        var follower = Context.Watch(Context.ActorOf(JobFollower.Props(
            request => answer(new Asking(request, null, from)), _size, _pace)));
        _followers.Add(follow.Request, follower);
        follower.Forward(follow);
    }
}
