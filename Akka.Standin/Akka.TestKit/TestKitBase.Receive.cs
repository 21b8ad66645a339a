using System.Runtime.CompilerServices;
using Akka.Actor;

namespace Akka.TestKit;

public abstract partial class TestKitBase
{
    private async ValueTask<MessageEnvelope> ReadAsync(TimeSpan limit, CancellationToken token, bool peek)
    {
        var until = limit == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : Now + limit;
        while (true)
        {
            if (peek ? _queue.Reader.TryPeek(out var envelope) : _queue.Reader.TryRead(out envelope)) return envelope;
            var left = until - Now;
            if (left <= TimeSpan.Zero) return null;
            try
            {
                var wait = left.TotalMilliseconds > int.MaxValue - 1 ? Timeout.InfiniteTimeSpan : left;
                await _queue.Reader.WaitToReadAsync(token).AsTask().WaitAsync(wait, token).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                if (!HasMessages) return null;
            }
        }
    }

    public object ReceiveOne(TimeSpan? max = null, CancellationToken cancellationToken = default) =>
        Block(ReceiveOneAsync(max, cancellationToken));

    public async ValueTask<object> ReceiveOneAsync(TimeSpan? max = null,
        CancellationToken cancellationToken = default) =>
        (await ReadTrackedAsync(RemainingOrDilated(max), cancellationToken).ConfigureAwait(false))?.Message;

    public IReadOnlyCollection<object> ReceiveN(int numberOfMessages, CancellationToken cancellationToken = default) =>
        ReceiveN(numberOfMessages, RemainingOrDefault, cancellationToken);

    public IReadOnlyCollection<object> ReceiveN(
        int numberOfMessages, TimeSpan max, CancellationToken cancellationToken = default) =>
        Block(ReceiveAllAsync(numberOfMessages, max, cancellationToken));

    private async Task<List<object>> ReceiveAllAsync(int count, TimeSpan max, CancellationToken token)
    {
        var until = Now + Dilated(max);
        var messages = new List<object>();
        while (messages.Count < count)
        {
            var next = await ReadTrackedAsync(until - Now, token).ConfigureAwait(false);
            if (next is null)
                _assertions.Fail("Timeout ({0}) while expecting {1} messages. Only got {2} after {0}.", max, count,
                    messages.Count);
            messages.Add(next!.Message);
        }
        return messages;
    }

    private async ValueTask<MessageEnvelope> ReadTrackedAsync(TimeSpan limit, CancellationToken token)
    {
        var taken = await ReadAsync(limit > TimeSpan.Zero ? limit : TimeSpan.Zero, token,
            peek: false).ConfigureAwait(false);
        if (taken is not null) _last = taken;
        return taken;
    }

    public object FishForMessage(
        Predicate<object> isMessage, TimeSpan? max = null, string hint = "",
            CancellationToken cancellationToken = default) =>
        FishForMessage<object>(isMessage, max, hint, cancellationToken);

    public T FishForMessage<T>(
        Predicate<T> isMessage, TimeSpan? max = null, string hint = "",
            CancellationToken cancellationToken = default) =>
        Block(FishForMessageAsync(isMessage, max, hint, cancellationToken));

    public async ValueTask<T> FishForMessageAsync<T>(
        Predicate<T> isMessage, TimeSpan? max = null, string hint = "", CancellationToken cancellationToken = default)
    {
        var limit = RemainingOrDilated(max);
        var until = Now + limit;
        while (true)
        {
            var next = await ReadTrackedAsync(until - Now, cancellationToken).ConfigureAwait(false);
            if (next is null) _assertions.Fail("Timeout ({0}) during fishForMessage, hint: {1}", limit, hint);
            if (next!.Message is T message && isMessage(message)) return message;
        }
    }

    public IReadOnlyList<T> ReceiveWhile<T>(
        Predicate<T> shouldContinue, TimeSpan? max = null, TimeSpan? idle = null, int msgs = int.MaxValue,
        bool shouldIgnoreOtherMessageTypes = true, CancellationToken cancellationToken = default) =>
        Block(CollectWhileAsync(shouldContinue, max, idle, msgs, shouldIgnoreOtherMessageTypes, cancellationToken));

    /// <summary>
    /// Takes messages until one is not to be taken (it stays in the queue), or time or patience is over.
    /// </summary>
    private async Task<List<T>> CollectWhileAsync<T>(
        Predicate<T> shouldContinue, TimeSpan? max, TimeSpan? idle, int count, bool ignoresOthers,
        CancellationToken token)
    {
        var until = Now + RemainingOrDilated(max);
        var idleMax = idle is { } given && given > TimeSpan.Zero ? given : TimeSpan.MaxValue;
        var taken = new List<T>();
        while (taken.Count < count)
        {
            var left = until - Now;
            var wait = left < idleMax ? left : idleMax;
            var next = await ReadAsync(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, token,
                peek: true).ConfigureAwait(false);
            if (next is null) break;
            if (next.Message is T typed)
            {
                if (!shouldContinue(typed)) break;
                taken.Add(typed);
            }
            else if (!ignoresOthers) break;
            if (_queue.Reader.TryRead(out next)) _last = next;
        }
        return taken;
    }
}
