using Akka.Actor;
using Akka.Event;
using Backup.Actors.Catalog;
using Backup.Actors.Data;
using Backup.Actors.Node;
using Backup.Actors.Scripts;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;

namespace Backup.Actors.Clients;

/// <summary>
/// The client of a node, in its local actor system: one child session an attempt of a job. It knows the newest epoch of
/// each job it works for and refuses older ones; sessions report to the job by the uplink.
/// </summary>
public sealed class ClientActor : ReceiveActor
{
    private const string PreviewPrefix = "preview-";

    private const int PreviewsMax = 4;

    private ClientOptions _options;
    private readonly DataPlane _plane;
    private readonly IActorRef _uplink;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly AttemptTable _attempts;
    private readonly ClientScripts _scripts;
    private readonly EventRing _ring = new(TimeProvider.System, "idle");

    /// <summary>For <see cref="Props"/>.</summary>
    private ClientActor(ClientOptions options, DataPlane plane, IActorRef uplink)
    {
        (_options, _plane, _uplink) = (options, plane, uplink);
        _attempts = new AttemptTable(Words, report => uplink.Tell(report), Context.Stop, new SessionEvents(_ring));
        _scripts = new ClientScripts(report =>
        {
            if (report is ClientProtocol.ScriptsEnded ended)
                _ring.Note(
                    "scripts-ended", $"The scripts of job {ended.Job} {WordOf(ended.When)} the work have ended.");
            uplink.Tell(report);
        });
        Receive<ClientProtocol.Stop>(stop => { if (!_scripts.Holds(stop)) _attempts.Stop(stop); });
        Receive<ClientProtocol.RunScripts>(order => { if (_scripts.Admits(order)) Begin(order); });
        Receive<ScriptLine>(line => _scripts.Tell(Sender, line));
        Receive<ScriptSession.Ended>(ended => OnScriptsEnded(Sender, ended.Failure));
        Receive<ClientProtocol.Query>(_attempts.Answer);
        Receive<ClientProtocol.Save>(
            save => !_scripts.HavePrepared(save),
            save => uplink.Tell(new ClientProtocol.Unknown(save.Job, save.Epoch)));
        Receive<ClientProtocol.ICommand>(order => { if (_attempts.Admits(order)) Begin(order); });
        Receive<ClientProtocol.IReport>(_attempts.Take);
        Receive<NodeProtocol.Look>(look => Sender.Tell(new NodeProtocol.Looked(
            look.Name == _options.Client.Value ? _ring.Show(look.Kind, look.Name, look.EventsMax) : null)));
        Receive<NodeProtocol.Preview>(OnPreview);
        Receive<ClientOptions>(changed => _options = changed); // of sessions that begin from now on
        Receive<Terminated>(OnTerminated);
    }

    /// <summary>A client.</summary>
    /// <param name="options">Its limits.</param>
    /// <param name="plane">Where its sessions connect.</param>
    /// <param name="uplink">The way to the jobs.</param>
    public static Props Props(ClientOptions options, DataPlane plane, IActorRef uplink) =>
        Akka.Actor.Props.Create(() => new ClientActor(options, plane, uplink));

    /// <inheritdoc/>
    protected override void PostStop() => IdleMemory.End(_attempts.Working); // they end too, and nobody hears of it

    /// <summary>A session that throws is stopped: its attempt is lost, the job decides about the next.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(thrown =>
    {
        _log.Error(thrown, "A client session failed.");
        return Directive.Stop;
    });

    /// <summary>Walks of previews are no jobs and take no slot: so there are few at a time.</summary>
    private void OnPreview(NodeProtocol.Preview asked)
    {
        var known = Context.Child(PreviewPrefix + asked.Walk);
        if (!known.IsNobody()) known.Forward(asked);
        else if (!_options.Commands.HasFlag(ClientCommands.Estimate))
            Sender.Tell(new Refused(
                RefusalCode.Conflict,
                FailureText.Sentence(new JobFailure.NotAllowed(_options.Client, ClientCommandWords.Estimate))));
        else if (asked.Spec is not { } spec)
            Sender.Tell(new Refused(
                RefusalCode.Conflict, $"Client {_options.Client} has no such preview any more. Begin it again."));
        else if (Context.GetChildren().Count(child => child.Path.Name.StartsWith(
            PreviewPrefix, StringComparison.Ordinal)) >= PreviewsMax)
            Sender.Tell(new Refused(
                RefusalCode.Unavailable,
                $"Client {_options.Client} walks for {PreviewsMax} previews already. Try again in a minute."));
        else
            Context.ActorOf(
                PreviewSession.Props(asked, spec, _options, _uplink), PreviewPrefix + asked.Walk).Forward(asked);
    }

    private void OnTerminated(Terminated ended)
    {
        if (_attempts.Ended(ended.ActorRef)) IdleMemory.End();
        else OnScriptsEnded(ended.ActorRef, new JobFailure.Internal(Words.Silence));
    }

    private void OnScriptsEnded(IActorRef session, JobFailure? failure)
    {
        if (_scripts.Ended(session, failure) is { } stop) _attempts.Stop(stop);
    }

    private void Begin(ClientProtocol.RunScripts order)
    {
        _ring.Note("scripts-began", $"The scripts of job {order.Job} {WordOf(order.When)} the work have begun.");
        var session = ScriptSession.Props(new ScriptOrder(
            order.When, order.Scripts, order.Environment, $"client {_options.Client}", _options.Scripts,
            "client.scripts"));
        _scripts.Begin(order, Context.Watch(Context.ActorOf(
            session, $"job-{order.Job}-epoch-{order.Epoch}-{order.When}".ToLowerInvariant())));
    }

    private void Begin(ClientProtocol.ICommand order)
    {
        if (_options.Commands.Refusal(order, _options.Client) is { } refusal)
        {
            _ring.Note("refused", $"Job {order.Job} was refused: {FailureText.Sentence(refusal)}");
            _attempts.Refuse(order, refusal);
            return;
        }
        if (ProcessRoom.Lack($"Client {_options.Client}") is { } lack)
        {
            _ring.Note("refused", $"Job {order.Job} was refused: {lack.Detail}");
            _attempts.Refuse(order, lack);
            return;
        }
        var props = order switch
        {
            ClientProtocol.Save save => SaveSession.Props(save, _options, _plane, _uplink),
            ClientProtocol.Restore restore => RestoreSession.Props(
                restore, _options, _plane, _options.Inquiry(_uplink)),
            ClientProtocol.Compare { Spec.State: StateUse.Record } record => TreeSession.Props(
                record, new RecordWork(record, _options, _options.Inquiry(_uplink)), _options),
            ClientProtocol.Compare compare => TreeSession.Props(
                compare, new CompareWork(compare, _options, _options.Inquiry(_uplink)), _options),
            ClientProtocol.Estimate estimate => TreeSession.Props(
                estimate, new EstimateWork(estimate, _options, _options.Inquiry(_uplink)), _options),
            _ => throw new InvalidOperationException($"No session is known for {order.GetType().Name}."),
        };
        var session = Context.Watch(Context.ActorOf(props, $"job-{order.Job}-epoch-{order.Epoch}"));
        IdleMemory.Begin();
        _attempts.Begin(order, session, new ClientProtocol.Begun(order.Job, order.Epoch));
    }

    private static string WordOf(ScriptMoment when) => when.ToString().ToLowerInvariant();

    private static readonly AttemptWords Words = new(
        (job, epoch) => new ClientProtocol.Unknown(job, epoch),
        (job, epoch) => new ClientProtocol.Stopped(job, epoch),
        (job, epoch, failure) => new ClientProtocol.Failed(job, epoch, failure),
        IsKept: report => report is ClientProtocol.Finished or ClientProtocol.Failed,
        IsLast: report => report is ClientProtocol.Finished or ClientProtocol.Failed,
        "The client's session stopped without a word; see the node's log.");
}

/// <summary>Limits of a client; told to a running one, they hold for its next sessions.</summary>
/// <param name="Client">Its name.</param>
/// <param name="WorkDirectory">For temporary files.</param>
/// <param name="Compressors">Chunks that are compressed at the same time, 1 or more.</param>
/// <param name="ProgressEvery">Between two reports of progress.</param>
/// <param name="CatalogWithin">How long a question to the catalog may take.</param>
/// <param name="FifoWait">How long to wait for a writer of a FIFO that is to be read, and for what it writes
/// next.</param>
public sealed record ClientOptions(
    ClientName Client, string WorkDirectory, int Compressors, TimeSpan ProgressEvery, TimeSpan CatalogWithin,
    TimeSpan FifoWait)
    : INoSerializationVerificationNeeded
{
    /// <summary>What is done here for directors; anything else is refused.</summary>
    public ClientCommands Commands { get; init; } = ClientCommands.All;

    /// <summary>Programs, and directories of such, that jobs may run here; absolute paths.</summary>
    public IReadOnlyList<string> Scripts { get; init; } = [];

    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(5);

    /// <summary>How a session asks the catalog.</summary>
    /// <param name="uplink">The way to it.</param>
    internal CatalogInquiry Inquiry(IActorRef uplink) => CatalogInquiry.OfSession(uplink, CatalogWithin, AskAgainAfter);
}
