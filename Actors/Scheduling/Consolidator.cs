using Akka.Actor;
using Akka.Event;
using Backup.Actors.Catalog;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Scheduling;

/// <summary>
/// Starts the merges that policies ask for; one of them serves all directors. It holds nothing: what is due follows
/// from the catalog, and a merge is asked for under an id made of its image, so that one is made of each, whoever asks
/// and however often. One that failed is not started again by itself; the next image's is.
/// </summary>
public sealed class Consolidator : ReceiveActor, IWithTimers
{
    private const int ImagesMax = 10_000;

    private readonly IActorRef _catalog;
    private readonly IActorRef _gateway;
    private readonly Func<IReadOnlyList<MergedPolicy>> _policies;
    private readonly Func<int> _mergesMax;
    private readonly TimeSpan _lookEvery;
    private readonly TimeSpan _answerWithin;
    private readonly ITimeProvider _clock = Context.System.Scheduler;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly HashSet<ImageId> _asked = [];
    private int _begun;

    /// <summary>For <see cref="Props"/>.</summary>
    private Consolidator(
        IActorRef catalog, IActorRef gateway, Func<IReadOnlyList<MergedPolicy>> policies, Func<int> mergesMax,
        TimeSpan lookEvery, TimeSpan answerWithin)
    {
        (_catalog, _gateway, _policies, _mergesMax) = (catalog, gateway, policies, mergesMax);
        (_lookEvery, _answerWithin) = (lookEvery, answerWithin);
        Receive<Look>(_ => OnLook());
        Receive<Listed>(OnListed);
        Receive<Answered>(OnAnswered);
        Receive<Trouble>(trouble => _log.Warning("What is to be merged is not known now: {0}", trouble.Sentence));
    }

    /// <summary>How often a node looks.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(5);

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>The id under which the merge of an image is asked for.</summary>
    /// <param name="image">The newest of a chain.</param>
    public static RequestId RequestOf(ImageId image) => new($"consolidate-{image}");

    /// <summary>A consolidator.</summary>
    /// <param name="catalog">Says what there is.</param>
    /// <param name="gateway">Starts jobs.</param>
    /// <param name="policies">The policies that have a rule now.</param>
    /// <param name="mergesMax">Merges that are begun at one look; the others wait for the next. 0: no limit.</param>
    /// <param name="lookEvery">Between two looks.</param>
    /// <param name="answerWithin">How long the gateway may take.</param>
    public static Props Props(
        IActorRef catalog, IActorRef gateway, Func<IReadOnlyList<MergedPolicy>> policies, Func<int> mergesMax,
        TimeSpan lookEvery, TimeSpan answerWithin) =>
        Akka.Actor.Props.Create(
            () => new Consolidator(catalog, gateway, policies, mergesMax, lookEvery, answerWithin));

    /// <inheritdoc/>
    protected override void PreStart() => OnLook();

    private void OnLook()
    {
        Timers.StartSingleTimer(nameof(Look), Look.Instance, _lookEvery);
        _begun = 0;
        foreach (var policy in _policies())
            foreach (var client in policy.Clients)
            {
                var made = new ImageFilter(client, FileSet: policy.FileSet, State: ImageState.Sealed);
                _catalog.Read(store => store.Images.List(made, ImagesMax)).PipeTo(
                    Self,
                    success: answer => answer.Is(out var images, out var failure)
                        ? new Listed(policy, images)
                        : new Trouble(CatalogFailureText.Sentence(failure)),
                    failure: mistake => new Trouble(FailureText.Sentence(new JobFailure.Internal(mistake.Message))));
            }
    }

    private void OnListed(Listed listed)
    {
        if (listed.Policy.Rule.Due(listed.Images, listed.Policy.Policy, _clock.Now) is not { } due) return;
        var image = due.Opened.Image;
        if (_asked.Contains(image) || (_mergesMax() is > 0 and var most && _begun >= most)) return;
        _asked.Add(image);
        _begun++;
        _gateway.Ask<IReply>(new MergeImage(RequestOf(image), image.ToString()), _answerWithin).PipeTo(
            Self,
            success: reply => new Answered(image, reply),
            failure: _ => new Answered(image, null));
    }

    private void OnAnswered(Answered answered)
    {
        switch (answered.Reply)
        {
            case JobsStarted started:
                _log.Info("Image {0} and those it builds on are merged: job {1}.", answered.Image,
                    string.Join(", ", started.Jobs));
                break;
            case Refused { Code: not RefusalCode.Unavailable } refused:
                _log.Error("Image {0} cannot be merged with those it builds on: {1}", answered.Image, refused.Sentence);
                break;
            default:
                _asked.Remove(answered.Image);
                break;
        }
    }

    private sealed record Listed(MergedPolicy Policy, IReadOnlyList<ImageRecord> Images)
        : INoSerializationVerificationNeeded;

    private sealed record Answered(ImageId Image, IReply? Reply) : INoSerializationVerificationNeeded;

    private sealed record Trouble(string Sentence) : INoSerializationVerificationNeeded;

    private sealed record Look : INoSerializationVerificationNeeded
    {
        public static readonly Look Instance = new();
    }
}
