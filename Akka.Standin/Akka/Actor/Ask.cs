using System.Diagnostics;
using Akka.Actor.Internal;
using Akka.Dispatch.SysMsg;

namespace Akka.Actor;

/// <summary>Asking: telling with a temporary actor as sender, whose first message is the answer.</summary>
public static class Futures
{
    public static Task<object> Ask(this ICanTell self, object message, TimeSpan? timeout = null) =>
        self.Ask<object>(message, timeout, CancellationToken.None);

    public static Task<T> Ask<T>(this ICanTell self, object message, TimeSpan? timeout = null) =>
        self.Ask<T>(message, timeout, CancellationToken.None);

    public static Task<T> Ask<T>(this ICanTell self, object message, CancellationToken cancellationToken) =>
        self.Ask<T>(message, null, cancellationToken);

    public static Task<T> Ask<T>(
        this ICanTell self, object message, TimeSpan? timeout, CancellationToken cancellationToken) =>
        self.Ask<T>(_ => message, timeout, cancellationToken);

    public static async Task<T> Ask<T>(
        this ICanTell self, Func<IActorRef, object> messageFactory, TimeSpan? timeout,
        CancellationToken cancellationToken)
    {
        var provider = ProviderOf(self)
            ?? throw new ArgumentException("Unable to resolve the target Provider", nameof(self));
        var within = timeout ?? provider.Settings.AskTimeout;
        using var promise = new PromiseActorRef(provider);
        self.Tell(messageFactory(promise), promise);
        object answer;
        try
        {
            answer = await promise.Answer
                .WaitAsync(within > TimeSpan.Zero ? within : Timeout.InfiniteTimeSpan, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new AskTimeoutException($"Timeout after {within} seconds");
        }
        return answer switch
        {
            T typed => typed,
            null => default,
            Status.Failure failure => throw failure.Cause
                ?? new TaskCanceledException("Task cancelled by actor via Failure message."),
            _ => throw new ArgumentException(
                $"Received message of type [{answer.GetType()}] - Ask expected message of type [{typeof(T)}]"),
        };
    }

    internal static IActorRefProvider ProviderOf(ICanTell target) => target switch
    {
        ActorSelection selection => selection.Anchor.Inner().Provider,
        IInternalActorRef actorRef => actorRef.Provider,
        _ => null,
    } ?? InternalCurrentActorCellKeeper.Current?.SystemImpl.Provider;
}

/// <summary>A reference whose first message completes a task.</summary>
internal sealed class PromiseActorRef : ActorRefBase, IDisposable
{
    private readonly TaskCompletionSource<object> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IActorRefProvider _provider;

    internal PromiseActorRef(IActorRefProvider provider)
    {
        _provider = provider;
        Path = provider.TempPath();
        provider.RegisterTempActor(this, Path);
    }

    internal Task<object> Answer => _answer.Task;
    public override ActorPath Path { get; }
    internal override IActorRefProvider ProviderOrNull => _provider;
    internal override IInternalActorRef ParentRef => _provider.TempContainer;

    protected override void TellInternal(object message, IActorRef sender)
    {
        if (message is ActorSelectionMessage selection) message = selection.Message;
        if (message is Identify identify)
            sender?.Tell(new ActorIdentity(identify.MessageId, this), this);
        else if (!_answer.TrySetResult(message))
            _provider.DeadLetters.Tell(message, sender);
    }

    internal override void ReceiveSystem(SystemMessage message)
    {
        if (message is DeathWatchNotification gone)
            TellInternal(new Terminated(gone.Actor, gone.ExistenceConfirmed, gone.AddressTerminated), gone.Actor);
        else if (message is Watch watch)
            watch.Watcher.Inner().SendSystemMessage(new DeathWatchNotification(this, true, false));
    }

    public void Dispose() => _provider.UnregisterTempActor(Path);
}

public static class PipeToSupport
{
    public static Task PipeTo<T>(
        this Task<T> taskToPipe, ICanTell recipient, IActorRef sender = null, Func<T, object> success = null,
        Func<Exception, object> failure = null) =>
        Pipe(taskToPipe, () => taskToPipe.GetAwaiter().GetResult() is var result && success is not null
            ? success(result) : result, recipient, sender, failure);

    public static Task PipeTo(
        this Task taskToPipe, ICanTell recipient, IActorRef sender = null, Func<object> success = null,
        Func<Exception, object> failure = null) =>
        Pipe(taskToPipe, success, recipient, sender, failure);

    private static async Task Pipe(
        Task task, Func<object> success, ICanTell recipient, IActorRef sender, Func<Exception, object> failure)
    {
        object message;
        try
        {
            await task.ConfigureAwait(false);
            if (success is null) return;
            message = success();
        }
        catch (Exception e)
        {
            message = failure is not null ? failure(e) : new Status.Failure(e);
        }
        recipient.Tell(message, sender);
    }
}

public static class GracefulStopSupport
{
    public static Task<bool> GracefulStop(this IActorRef target, TimeSpan timeout) =>
        target.GracefulStop(timeout, PoisonPill.Instance);

    public static async Task<bool> GracefulStop(this IActorRef target, TimeSpan timeout, object stopMessage)
    {
        var inner = target.Inner();
        using var promise = new PromiseActorRef(inner.Provider);
        inner.SendSystemMessage(new Watch(target, promise));
        target.Tell(stopMessage, ActorRefs.NoSender);
        var asked = Stopwatch.GetTimestamp();
        try
        {
            // By the clock too: on a busy thread pool the timer may come behind an answer that is too late.
            return await promise.Answer.WaitAsync(timeout).ConfigureAwait(false) is Terminated
                && Stopwatch.GetElapsedTime(asked) <= timeout;
        }
        catch (TimeoutException)
        {
            inner.SendSystemMessage(new Unwatch(target, promise));
            return false;
        }
    }
}

internal static class WatchSupport
{
    /// <summary>Completes when the actor has ended.</summary>
    internal static async Task Ended(this IActorRef target)
    {
        using var promise = new PromiseActorRef(target.Inner().Provider);
        target.Inner().SendSystemMessage(new Watch(target, promise));
        await promise.Answer.ConfigureAwait(false);
    }
}
