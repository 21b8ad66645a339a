using System.Runtime.CompilerServices;
using Akka.Actor;

namespace Akka.TestKit;

public abstract partial class TestKitBase
{
    public T ExpectMsg<T>(TimeSpan? duration = null, string hint = null,
        CancellationToken cancellationToken = default) =>
        Block(ExpectMsgAsync<T>(duration, hint, cancellationToken));

    public T ExpectMsg<T>(
        T message, TimeSpan? timeout = null, string hint = null, CancellationToken cancellationToken = default) =>
        Block(ExpectMsgAsync(message, timeout, hint, cancellationToken));

    public T ExpectMsg<T>(
        Predicate<T> isMessage, TimeSpan? timeout = null, string hint = null,
        CancellationToken cancellationToken = default) =>
        Block(ExpectMsgAsync(isMessage, timeout, hint, cancellationToken));

    public ValueTask<T> ExpectMsgAsync<T>(
        TimeSpan? duration = null, string hint = null, CancellationToken cancellationToken = default) =>
        ExpectAsync<T>(duration, hint, cancellationToken, (_, _) => { });

    public ValueTask<T> ExpectMsgAsync<T>(
        T message, TimeSpan? timeout = null, string hint = null, CancellationToken cancellationToken = default) =>
        ExpectAsync<T>(timeout, hint, cancellationToken, (actual, _) =>
            _assertions.AssertEqual(message, actual, hint ?? ""));

    public ValueTask<T> ExpectMsgAsync<T>(
        Predicate<T> isMessage, TimeSpan? timeout = null, string hint = null,
        CancellationToken cancellationToken = default) =>
        ExpectAsync<T>(timeout, hint, cancellationToken, (actual, _) =>
            _assertions.AssertTrue(isMessage(actual),
                "Got a message of the expected type <{2}> from {4}, but expected {0}. Message: {{{1}}} of type <{3}>",
                hint ?? "the predicate to return true", actual, typeof(T), actual?.GetType(), LastSender));

    public ValueTask<T> ExpectMsgAsync<T>(
        Action<T> assert, TimeSpan? timeout = null, string hint = null,
            CancellationToken cancellationToken = default) =>
        ExpectAsync<T>(timeout, hint, cancellationToken, (actual, _) => assert(actual));

    private async ValueTask<T> ExpectAsync<T>(
        TimeSpan? timeout, string hint, CancellationToken token, Action<T, IActorRef> check)
    {
        var limit = RemainingOrDilated(timeout);
        var envelope = await ReadTrackedAsync(limit, token).ConfigureAwait(false);
        var about = string.IsNullOrEmpty(hint) ? "" : $" [Hint: {hint}]";
        if (envelope is null)
            _assertions.Fail("Failed: Timeout {0} while waiting for a message of type {1}{2}", limit, typeof(T), about);
        if (envelope!.Message is not T message)
        {
            _assertions.Fail("Failed: Expected a message of type {0}, but received {{{1}}} (type {2}) from {3}{4}",
                typeof(T), envelope.Message, envelope.Message.GetType(), envelope.Sender, about);
            return default;
        }
        check(message, envelope.Sender);
        return message;
    }

    public Terminated ExpectTerminated(
        IActorRef target, TimeSpan? timeout = null, string hint = null,
            CancellationToken cancellationToken = default) =>
        Block(ExpectTerminatedAsync(target, timeout, hint, cancellationToken));

    public ValueTask<Terminated> ExpectTerminatedAsync(
        IActorRef target, TimeSpan? timeout = null, string hint = null,
            CancellationToken cancellationToken = default) =>
        ExpectMsgAsync<Terminated>(message => _assertions.AssertEqual(target, message.ActorRef, hint ?? ""), timeout,
            hint, cancellationToken);

    public void ExpectNoMsg(TimeSpan duration, CancellationToken cancellationToken = default) =>
        Block(ExpectNoMsgAsync(duration, cancellationToken).AsTask());

    public void ExpectNoMsg(int milliseconds, CancellationToken cancellationToken = default) =>
        ExpectNoMsg(TimeSpan.FromMilliseconds(milliseconds), cancellationToken);

    public ValueTask ExpectNoMsgAsync(TimeSpan duration, CancellationToken cancellationToken = default) =>
        ExpectNothingAsync(Dilated(duration), cancellationToken);

    private async ValueTask ExpectNothingAsync(TimeSpan duration, CancellationToken token)
    {
        var envelope = await ReadTrackedAsync(duration, token).ConfigureAwait(false);
        if (envelope is not null)
            _assertions.Fail("Failed: Expected no messages during {0}, instead we received {1}", duration, envelope);
    }

    public IReadOnlyCollection<T> ExpectMsgAllOf<T>(
        IReadOnlyCollection<T> messages, CancellationToken cancellationToken = default) =>
        ExpectMsgAllOf(RemainingOrDefault, messages, cancellationToken);

    public IReadOnlyCollection<T> ExpectMsgAllOf<T>(
        TimeSpan max, IReadOnlyCollection<T> messages, CancellationToken cancellationToken = default)
    {
        var received = ReceiveN(messages.Count, max, cancellationToken);
        var missing = messages.ToList();
        var unexpected = received.Where(message => message is not T typed || !missing.Remove(typed)).ToList();
        _assertions.AssertTrue(missing.Count == 0 && unexpected.Count == 0,
            "Not found [{0}], found unexpected [{1}]", string.Join(", ", missing), string.Join(", ", unexpected));
        return [.. received.Cast<T>()];
    }
}
