using Akka.Actor;
using Akka.Event;
using Backup.Actors.Data;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;

namespace Backup.Actors.Clients;

/// <summary>
/// The client of a node, in its local actor system: one child session an attempt of a job. It knows the newest epoch of each job it works
/// for and refuses older ones; sessions report to the job by the uplink.
/// </summary>
public sealed class ClientActor : ReceiveActor
{
    private readonly ClientOptions _options;
    private readonly DataPlane _plane;
    private readonly IActorRef _uplink;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<JobId, Attempt> _attempts = [];

    /// <summary>For <see cref="Props"/>.</summary>
    private ClientActor(ClientOptions options, DataPlane plane, IActorRef uplink)
    {
        (_options, _plane, _uplink) = (options, plane, uplink);
        Receive<ClientProtocol.Stop>(OnStop);
        Receive<ClientProtocol.Query>(OnQuery);
        Receive<ClientProtocol.ICommand>(OnOrder);
        Receive<ClientProtocol.IReport>(OnReport);
        Receive<Terminated>(OnEnded);
    }

    /// <summary>A client.</summary>
    /// <param name="options">Its limits.</param>
    /// <param name="plane">Where its sessions connect.</param>
    /// <param name="uplink">The way to the jobs.</param>
    public static Props Props(ClientOptions options, DataPlane plane, IActorRef uplink) =>
        Akka.Actor.Props.Create(() => new ClientActor(options, plane, uplink));

    /// <summary>A session that throws is stopped: its attempt is lost, the job decides about the next.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(thrown =>
    {
        _log.Error(thrown, "A client session failed.");
        return Directive.Stop;
    });

    private void OnOrder(ClientProtocol.ICommand order)
    {
        if (_attempts.TryGetValue(order.Job, out var known))
        {
            if (order.Epoch.Value < known.Epoch.Value)
                _uplink.Tell(new ClientProtocol.Failed(order.Job, order.Epoch, new JobFailure.Fenced(order.Epoch, known.Epoch)));
            else if (order.Epoch == known.Epoch) Repeat(known);
            else if (known.Session is not null) Context.Stop(known.Session); // the job asks again when the old session is gone
            else Begin(order);
            return;
        }
        Begin(order);
    }

    private void Begin(ClientProtocol.ICommand order)
    {
        var props = order switch
        {
            ClientProtocol.Save save => SaveSession.Props(save, _options, _plane, _uplink),
            ClientProtocol.Restore restore => RestoreSession.Props(restore, _options, _plane),
            ClientProtocol.Compare compare => CompareSession.Props(compare, _options, _uplink),
            _ => throw new InvalidOperationException($"No session is known for {order.GetType().Name}."),
        };
        var session = Context.Watch(Context.ActorOf(props, $"job-{order.Job}-epoch-{order.Epoch}"));
        _attempts[order.Job] = new Attempt(order.Epoch, session, new ClientProtocol.Begun(order.Job, order.Epoch));
        _uplink.Tell(new ClientProtocol.Begun(order.Job, order.Epoch));
    }

    /// <summary>The job may not have heard what was reported: the last word again.</summary>
    private void Repeat(Attempt known) => _uplink.Tell(known.LastWord);

    private void OnQuery(ClientProtocol.Query query)
    {
        if (_attempts.TryGetValue(query.Job, out var known) && known.Epoch == query.Epoch) Repeat(known);
        else _uplink.Tell(new ClientProtocol.Unknown(query.Job, query.Epoch));
    }

    private void OnStop(ClientProtocol.Stop stop)
    {
        if (!_attempts.TryGetValue(stop.Job, out var known))
        {
            _uplink.Tell(new ClientProtocol.Stopped(stop.Job, stop.Epoch));
            return;
        }
        if (stop.Epoch.Value < known.Epoch.Value) return;
        if (known.Session is null)
        {
            _attempts.Remove(stop.Job);
            _uplink.Tell(new ClientProtocol.Stopped(stop.Job, stop.Epoch));
            return;
        }
        _attempts[stop.Job] = known with { Stopping = stop };
        known.Session.Tell(stop);
    }

    private void OnReport(ClientProtocol.IReport report)
    {
        if (!_attempts.TryGetValue(report.Job, out var known) || known.Epoch != report.Epoch) return;
        if (report is ClientProtocol.Finished or ClientProtocol.Failed) _attempts[report.Job] = known with { LastWord = report };
        _uplink.Tell(report);
    }

    private void OnEnded(Terminated ended)
    {
        var (job, known) = _attempts.FirstOrDefault(pair => ended.ActorRef.Equals(pair.Value.Session));
        if (known is null) return;
        if (known.Stopping is { } stop)
        {
            _attempts.Remove(job);
            _uplink.Tell(new ClientProtocol.Stopped(job, stop.Epoch));
            return;
        }
        var word = known.LastWord;
        if (word is ClientProtocol.Begun)
        {
            word = new ClientProtocol.Failed(job, known.Epoch, new JobFailure.Internal("The client's session stopped without a word; see the node's log."));
            _uplink.Tell(word);
        }
        _attempts[job] = known with { Session = null, LastWord = word };
    }

    private sealed record Attempt(
        Epoch Epoch, IActorRef? Session, ClientProtocol.IReport LastWord, ClientProtocol.Stop? Stopping = null);
}

/// <summary>Limits of a client.</summary>
/// <param name="Client">Its name.</param>
/// <param name="WorkDirectory">For temporary files.</param>
/// <param name="Compressors">Chunks that are compressed at the same time, 1 or more.</param>
/// <param name="ProgressEvery">Between two reports of progress.</param>
/// <param name="CatalogWithin">How long a question to the catalog may take.</param>
public sealed record ClientOptions(ClientName Client, string WorkDirectory, int Compressors, TimeSpan ProgressEvery, TimeSpan CatalogWithin);
