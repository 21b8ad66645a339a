using Akka.Actor;
using Akka.Event;
using Backup.Actors.Data;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Actors.Clients;

/// <summary>
/// An attempt of a job that only looks at the client's trees and needs no storage: runs one piece of work from its
/// beginning to its end, tells how far it is, what it could not look at, and what came out.
/// </summary>
internal sealed class TreeSession : ReceiveActor, IWithTimers
{
    private readonly IAttemptMessage _orders;
    private readonly ITreeWork _work;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly CancellationTokenSource _stop = new();
    private readonly UntoldExceptions _untold;
    private readonly DateTimeOffset _began;
    private bool _stopping;

    /// <summary>For <see cref="Props"/>.</summary>
    private TreeSession(IAttemptMessage orders, ITreeWork work, ClientOptions options)
    {
        (_orders, _work) = (orders, work);
        _began = Context.System.Scheduler.Now;
        var self = Self;
        _untold = new UntoldExceptions(() => self.Tell(Tick.Instance));
        Receive<Tick>(_ => TellProgress());
        Receive<TreeResult>(OnDone);
        Receive<Status.Failure>(failure => Fail(failure.Cause));
        Receive<ClientProtocol.Stop>(_ => { _stopping = true; _stop.Cancel(); });
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, options.ProgressEvery);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>A session.</summary>
    /// <param name="orders">Names job and epoch.</param>
    /// <param name="work">What is to be done, once.</param>
    /// <param name="options">Limits.</param>
    public static Props Props(IAttemptMessage orders, ITreeWork work, ClientOptions options) =>
        Akka.Actor.Props.Create(() => new TreeSession(orders, work, options));

    /// <inheritdoc/>
    protected override void PreStart()
    {
        var clock = Context.System.Scheduler;
        _work.Run(_untold.Add, () => clock.Now, _stop.Token).PipeTo(Self);
    }

    /// <summary>However it ends, its thread does not walk on for nobody.</summary>
    protected override void PostStop()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private void TellProgress()
    {
        if (_untold.TellSome(Tell)) Self.Tell(Tick.Instance);
        var (items, bytes) = _work.Progress;
        Context.Parent.Tell(new ClientProtocol.Advanced(_orders.Job, _orders.Epoch, new JobProgress(
            _work.Phase, items, bytes, 0, 0, _untold.Tally.Total, null, null, null, null,
            Context.System.Scheduler.Now)));
    }

    private void Tell(IReadOnlyList<FileException> exceptions) =>
        Context.Parent.Tell(new ClientProtocol.Excepted(_orders.Job, _orders.Epoch, exceptions));

    private void OnDone(TreeResult result)
    {
        _untold.TellAll(Tell);
        Context.Parent.Tell(new ClientProtocol.Finished(_orders.Job, _orders.Epoch, new ClientResult(
            new Dictionary<string, long> { [result.Word] = result.Items },
            result.Bytes,
            _untold.Tally.Total,
            _untold.Tally.ByKind,
            new Dictionary<string, long>(),
            (Context.System.Scheduler.Now - _began).TotalSeconds,
            result.Sizes)));
        Context.Stop(Self);
    }

    private void Fail(Exception cause)
    {
        if (!_stopping)
        {
            _untold.TellAll(Tell);
            var failure = JobFailureException.Of(
                cause, posix => new JobFailure.ClientError(_work.Client, posix.Operation, posix.Message));
            if (failure is JobFailure.Internal)
                _log.Error(cause, "Job {0} failed while {1}.", _orders.Job, _work.Phase);
            Context.Parent.Tell(new ClientProtocol.Failed(_orders.Job, _orders.Epoch, failure));
        }
        Context.Stop(Self);
    }

    private sealed record Tick : INoSerializationVerificationNeeded
    {
        public static readonly Tick Instance = new();
    }
}

/// <summary>What a session that looks at trees does.</summary>
internal interface ITreeWork
{
    /// <summary>What it does, in a word for people: `verifying`.</summary>
    string Phase { get; }

    /// <summary>Whose trees.</summary>
    ClientName Client { get; }

    /// <summary>Where it is; from any thread.</summary>
    (long Items, long Bytes) Progress { get; }

    /// <summary>Does it.</summary>
    /// <param name="onException">Takes what could not be looked at; from any thread.</param>
    /// <param name="clock">The clock of this node.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="JobFailureException">It cannot be done.</exception>
    Task<TreeResult> Run(
        Action<FileException> onException, Func<DateTimeOffset> clock, CancellationToken cancellation);
}

/// <summary>What came out.</summary>
/// <param name="Word">What was done with the items: `Compared`.</param>
/// <param name="Items">How many.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Sizes">Of an estimate: by level.</param>
internal sealed record TreeResult(
    string Word, long Items, long Bytes, IReadOnlyList<LevelSize>? Sizes = null) : INoSerializationVerificationNeeded;
