using Akka.Util;

namespace Akka.Streams.Implementation;

internal sealed class StreamEnumerable<T>(Func<CancellationToken, IAsyncEnumerator<T>> run) : IAsyncEnumerable<T>
{
    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        run(cancellationToken);
}

/// <summary>Pulls a running stream, and ends it when disposed.</summary>
internal sealed class StreamEnumerator<T>(IKillSwitch kill, ISinkQueue<T> queue, CancellationToken token)
    : IAsyncEnumerator<T>
{
    public T Current { get; private set; } = default!;

    public async ValueTask<bool> MoveNextAsync()
    {
        var next = await queue.PullAsync().WaitAsync(token).ConfigureAwait(false);
        if (next.HasValue) Current = next.Value;
        return next.HasValue;
    }

    public ValueTask DisposeAsync()
    {
        kill.Shutdown();
        return default;
    }
}
