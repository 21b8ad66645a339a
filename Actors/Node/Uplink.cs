using Akka.Actor;
using Akka.Event;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Storage;

namespace Backup.Actors.Node;

/// <summary>
/// The way from the local actor system, in which sessions work, to whichever cluster system the process has at the
/// moment. Without one, reports wait in order (progress is dropped) and questions to the catalog are answered with "try
/// again".
/// </summary>
public sealed class Uplink : ReceiveActor
{
    /// <summary>
    /// Reports that wait for a cluster system; the sessions repeat what matters, so the oldest may go.
    /// </summary>
    private const int WaitingMax = 10_000;

    private readonly Queue<IJobMessage> _waiting = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly TimeSpan _answerWithin;
    private IActorRef? _face;
    private CancellationTokenSource _asked = new();

    /// <summary>For <see cref="Props"/>.</summary>
    private Uplink(TimeSpan answerWithin)
    {
        _answerWithin = answerWithin;
        Receive<Attach>(OnAttach);
        Receive<Detach>(OnDetach);
        Receive<CatalogProtocol.IRequest>(OnRequest);
        Receive<IAttemptMessage>(OnReport);
    }

    /// <summary>The uplink of a process.</summary>
    /// <param name="answerWithin">How long a question to the catalog may take.</param>
    public static Props Props(TimeSpan answerWithin) => Akka.Actor.Props.Create(() => new Uplink(answerWithin));

    /// <inheritdoc/>
    protected override void PostStop() => _asked.Dispose();

    /// <summary>Who asked through it is told at once, and asks the next one.</summary>
    private void OnDetach(Detach detach)
    {
        if (detach.Face.Equals(_face)) Leave();
    }

    private void Leave()
    {
        _face = null;
        _asked.Cancel();
        _asked.Dispose();
        _asked = new CancellationTokenSource();
    }

    private void OnAttach(Attach attach)
    {
        if (!attach.Face.Equals(_face)) Leave();
        _face = attach.Face;
        while (_waiting.TryDequeue(out var report)) _face.Tell(report);
    }

    private void OnReport(IAttemptMessage report)
    {
        if (_face is not null)
        {
            _face.Tell(report);
            return;
        }
        if (report is ClientProtocol.Advanced or StorageProtocol.Advanced) return;
        if (_waiting.Count == WaitingMax)
            _log.Warning("No cluster system takes reports; {0} of job {1} is dropped.", _waiting.Peek().GetType().Name,
                _waiting.Dequeue().Job);
        _waiting.Enqueue(report);
    }

    private void OnRequest(CatalogProtocol.IRequest request)
    {
        if (_face is null)
        {
            Sender.Tell(NotNow("No director is connected."));
            return;
        }
        _face.Ask<CatalogProtocol.IAnswer>(request, _answerWithin, _asked.Token).PipeTo(
            Sender, Self, failure: cause => NotNow($"The catalog did not answer: {cause.Message}"));
    }

    private static CatalogProtocol.Failed NotNow(string detail) =>
        new(new JobFailure.CatalogError(detail), TryAgain: true);

    /// <summary>A face in a cluster system takes reports from now on.</summary>
    /// <param name="Face">The face.</param>
    public sealed record Attach(IActorRef Face) : INoSerializationVerificationNeeded;

    /// <summary>A face ends; ignored when another has taken its place.</summary>
    /// <param name="Face">The face.</param>
    public sealed record Detach(IActorRef Face) : INoSerializationVerificationNeeded;
}
