using Akka.Streams.Implementation.Stages;

namespace Akka.Streams.Dsl;

/// <summary>What can be put behind a flow: the twin of SourceOperations, as C# cannot say both at once.</summary>
public static class FlowOperations
{
    /// <summary>Runs so many tasks at a time and keeps the order. A cancelled task completes the stream.</summary>
    public static Flow<T, TOut, TMat> SelectAsync<T, TIn, TOut, TMat>(
        this Flow<T, TIn, TMat> flow, int parallelism, Func<TIn, Task<TOut>> asyncMapper) =>
        flow.Stage<TOut>(() => new SelectAsyncLogic<TIn, TOut>(parallelism, asyncMapper));

    /// <summary>Emits the result of all elements, at the end.</summary>
    public static Flow<TIn, TOut2, TMat> Aggregate<TIn, TOut1, TOut2, TMat>(
        this Flow<TIn, TOut1, TMat> flow, TOut2 zero, Func<TOut2, TOut1, TOut2> fold) =>
        flow.Stage<TOut2>(() => new AggregateLogic<TOut1, TOut2>(zero, fold));
}
