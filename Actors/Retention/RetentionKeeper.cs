using Akka.Actor;
using Akka.Event;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Actors.Retention;

/// <summary>
/// Enforces what policies say of their images, one for all directors: from time to time, and when somebody asks. It
/// holds nothing that another director would need; what is left to do stands in the catalog.
/// </summary>
public sealed class RetentionKeeper : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan FirstAfter = TimeSpan.FromMinutes(5);

    private readonly RetentionSetup _setup;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Queue<(RunRetention Run, IActorRef? Asker)> _waiting = new();
    private DateTimeOffset _swept = DateTimeOffset.MinValue;
    private bool _busy;
    private string? _trouble;

    /// <summary>For <see cref="Props"/>.</summary>
    private RetentionKeeper(RetentionSetup setup)
    {
        _setup = setup;
        Receive<RunRetention>(run => Take(run, Sender));
        Receive<Look>(_ => OnLook());
        Receive<Ended>(OnEnded);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>A keeper.</summary>
    /// <param name="setup">What it works with.</param>
    public static Props Props(RetentionSetup setup) => Akka.Actor.Props.Create(() => new RetentionKeeper(setup));

    /// <inheritdoc/>
    protected override void PreStart() =>
        Timers.StartSingleTimer(nameof(Look), Look.Instance, Shortest(FirstAfter, _setup.Terms().Every));

    private static TimeSpan Shortest(TimeSpan one, TimeSpan other) =>
        other > TimeSpan.Zero && other < one ? other : one;

    private void OnLook()
    {
        var every = _setup.Terms().Every;
        // Off by hand alone is looked at again: the configuration may change
        Timers.StartSingleTimer(nameof(Look), Look.Instance, every > TimeSpan.Zero ? every : FirstAfter);
        if (every > TimeSpan.Zero
            && (_setup.PoolRules().Count > 0 || _setup.Policies().Any(policy => !policy.Retention.IsEverything)))
            Take(new RunRetention(RequestId.New()), null);
    }

    private void Take(RunRetention run, IActorRef? asker)
    {
        if (_busy && asker is null) return;
        _waiting.Enqueue((run, asker));
        Next();
    }

    private void Next()
    {
        if (_busy || !_waiting.TryDequeue(out var next)) return;
        _busy = true;
        var (setup, swept) = (_setup, _swept);
        Task.Run(() => new RetentionRound(setup).Run(next.Run, swept)).PipeTo(
            Self,
            success: done => new Ended(next.Asker, done.Reply, done.Swept),
            failure: mistake => new Ended(
                next.Asker,
                new Refused(
                    RefusalCode.Unavailable, $"Retention failed: {mistake.GetBaseException().Message}"), swept));
    }

    private void OnEnded(Ended ended)
    {
        (_busy, _swept) = (false, ended.Swept);
        ended.Asker?.Tell(ended.Reply);
        Tell(ended.Reply);
        Next();
    }

    /// <summary>What keeps it from its work is told once, until it is another.</summary>
    private void Tell(IReply reply)
    {
        var trouble = reply switch
        {
            Refused refused => refused.Sentence,
            RetentionDone { Notes: { Count: > 0 } notes } => string.Join(" ", notes),
            _ => null,
        };
        if (trouble is not null && trouble != _trouble) _log.Warning("Retention: {0}", trouble);
        _trouble = trouble;
        if (reply is RetentionDone { Condemned: var condemned, Purged: var purged } done
            && (condemned > 0 || purged > 0 || done.CopiesExpired > 0 || done.VolumesFreed.Count > 0))
            _log.Info(
                "Retention: {0} images condemned, {1}.", condemned,
                $"{purged} removed, {done.CopiesExpired} copies taken out of use, "
                    + $"{done.VolumesFreed.Count} volumes may be used again");
    }

    private sealed record Ended(IActorRef? Asker, IReply Reply, DateTimeOffset Swept)
        : INoSerializationVerificationNeeded;

    private sealed record Look : INoSerializationVerificationNeeded
    {
        public static readonly Look Instance = new();
    }
}
