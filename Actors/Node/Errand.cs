using Akka.Actor;
using Backup.Messages;

namespace Backup.Actors.Node;

/// <summary>
/// One question on its way to an actor of a director, and its answer back. When the director is gone, or cannot be
/// reached, before it answered, the next one is asked; when no answer came for a while the same one is, since either
/// may have been lost on its way: reading twice changes nothing, a command is done once for its request id, and what
/// the catalog records once it records again without harm.
/// </summary>
internal sealed class Errand : ReceiveActor, IWithTimers
{
    /// <summary>As long as anybody waits who asks here.</summary>
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(5);

    private readonly string _name;
    private readonly IWireMessage _question;
    private readonly IWireMessage _otherwise;
    private readonly IActorRef _asker;
    private Address? _director;
    private TimeSpan _pause;
    private bool _ended;

    private Errand(
        string name, IWireMessage question, IWireMessage otherwise, IActorRef asker, Address director,
        TimeSpan askAgainAfter)
    {
        (_name, _question, _otherwise, _asker) = (name, question, otherwise, asker);
        (_director, _pause) = (director, askAgainAfter);
        Receive<To>(to =>
        {
            _director = to.Director;
            Ask();
        });
        Receive<AskAgain>(_ =>
        {
            _pause *= 2; // what takes long must not be done ever more often at the same time
            Ask();
        });
        Receive<IWireMessage>(End);
        Receive<GiveUp>(_ => End(_otherwise));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>An errand whose question is on its way.</summary>
    /// <param name="name">Which actor of the director.</param>
    /// <param name="question">What is asked.</param>
    /// <param name="otherwise">The answer when there is no director.</param>
    /// <param name="asker">Who gets the answer.</param>
    /// <param name="director">Where the question was sent.</param>
    /// <param name="askAgainAfter">After this long without an answer it is asked again, then after twice as long, and
    /// so on.</param>
    public static Props Props(
        string name, IWireMessage question, IWireMessage otherwise, IActorRef asker, Address director,
        TimeSpan askAgainAfter) =>
        Akka.Actor.Props.Create(() => new Errand(name, question, otherwise, asker, director, askAgainAfter));

    protected override void PreStart()
    {
        Timers.StartSingleTimer(nameof(GiveUp), GiveUp.Instance, Within);
        Timers.StartSingleTimer(nameof(AskAgain), AskAgain.Instance, _pause);
    }

    /// <summary>The cluster's actor system ends under it, and nobody will answer any more.</summary>
    protected override void PostStop()
    {
        if (!_ended) _asker.Tell(_otherwise);
    }

    private void Ask()
    {
        if (_director is null)
        {
            End(_otherwise);
            return;
        }
        Context.ActorSelection(new RootActorPath(_director) / "user" / _name).Tell(_question, Self);
        Timers.StartSingleTimer(nameof(AskAgain), AskAgain.Instance, _pause);
    }

    private void End(IWireMessage answer)
    {
        _ended = true;
        _asker.Tell(answer);
        Context.Stop(Self);
    }

    /// <summary>Whom to ask now, anew; null: nobody is there.</summary>
    public sealed record To(Address? Director) : INoSerializationVerificationNeeded;

    private sealed record AskAgain : INoSerializationVerificationNeeded
    {
        public static readonly AskAgain Instance = new();
    }

    private sealed record GiveUp : INoSerializationVerificationNeeded
    {
        public static readonly GiveUp Instance = new();
    }
}
