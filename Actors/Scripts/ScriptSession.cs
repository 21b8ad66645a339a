using Akka.Actor;
using Backup.Messages.Jobs;

namespace Backup.Actors.Scripts;

/// <summary>
/// Runs some scripts for its parent, which it tells <see cref="ScriptLine"/>s and at last <see cref="Ended"/>. When it
/// stops before, the one that runs is killed.
/// </summary>
internal sealed class ScriptSession : ReceiveActor
{
    private readonly ScriptOrder _order;
    private readonly CancellationTokenSource _stop = new();

    /// <summary>For <see cref="Props"/>.</summary>
    private ScriptSession(ScriptOrder order)
    {
        _order = order;
        Receive<ScriptLine>(line => Context.Parent.Tell(line));
        Receive<Stop>(_ => _stop.Cancel());
        Receive<Ended>(ended =>
        {
            Context.Parent.Tell(ended);
            Context.Stop(Self);
        });
    }

    /// <summary>A session.</summary>
    /// <param name="order">What it runs.</param>
    public static Props Props(ScriptOrder order) => Akka.Actor.Props.Create(() => new ScriptSession(order));

    /// <inheritdoc/>
    protected override void PreStart()
    {
        var (self, order, stop) = (Self, _order, _stop.Token);
        Task.Run(() => ScriptRun.All(order, line => self.Tell(line), stop), CancellationToken.None).PipeTo(
            self,
            success: failure => new Ended(failure),
            failure: mistake => new Ended(new JobFailure.Internal(mistake.Message)));
    }

    /// <inheritdoc/>
    protected override void PostStop() => _stop.Cancel();

    /// <summary>Kills the one that runs; <see cref="Ended"/> follows.</summary>
    internal sealed record Stop : INoSerializationVerificationNeeded
    {
        /// <summary>The only one.</summary>
        public static readonly Stop Instance = new();
    }

    /// <summary>None of them runs any more.</summary>
    /// <param name="Failure">The first failure that counts; null: there was none.</param>
    internal sealed record Ended(JobFailure? Failure) : INoSerializationVerificationNeeded;
}
