using Akka.Streams.Implementation.Stages;

namespace Akka.Streams.Dsl;

/// <summary>What can be put behind a source: the twin of FlowOperations, as C# cannot say both at once.</summary>
public static class SourceOperations
{
    public static Source<TOut, TMat> Select<TIn, TOut, TMat>(this Source<TIn, TMat> source, Func<TIn, TOut> mapper) =>
        source.Stage<TOut>(() => new SelectLogic<TIn, TOut>(mapper));

    /// <summary>Runs so many tasks at a time and keeps the order. A cancelled task completes the stream.</summary>
    public static Source<TOut, TMat> SelectAsync<TIn, TOut, TMat>(
        this Source<TIn, TMat> source, int parallelism, Func<TIn, Task<TOut>> asyncMapper) =>
        source.Stage<TOut>(() => new SelectAsyncLogic<TIn, TOut>(parallelism, ordered: true, asyncMapper));

    /// <summary>Runs so many tasks at a time and emits what is ready. A cancelled task completes the stream.</summary>
    public static Source<TOut, TMat> SelectAsyncUnordered<TIn, TOut, TMat>(
        this Source<TIn, TMat> source, int parallelism, Func<TIn, Task<TOut>> asyncMapper) =>
        source.Stage<TOut>(() => new SelectAsyncLogic<TIn, TOut>(parallelism, ordered: false, asyncMapper));

    public static Source<TOut2, TMat> SelectMany<TOut1, TOut2, TMat>(
        this Source<TOut1, TMat> source, Func<TOut1, IEnumerable<TOut2>> mapConcater) =>
        source.Stage<TOut2>(() => new SelectManyLogic<TOut1, TOut2>(mapConcater));

    public static Source<TOut, TMat> Where<TOut, TMat>(this Source<TOut, TMat> source, Predicate<TOut> predicate) =>
        source.Stage<TOut>(() => new WhereLogic<TOut>(predicate));

    public static Source<TOut, TMat> Take<TOut, TMat>(this Source<TOut, TMat> source, long n) =>
        source.Stage<TOut>(() => new TakeLogic<TOut>(n));

    /// <summary>Emits the result of all elements, at the end.</summary>
    public static Source<TOut2, TMat> Aggregate<TOut1, TOut2, TMat>(
        this Source<TOut1, TMat> source, TOut2 zero, Func<TOut2, TOut1, TOut2> fold) =>
        source.Stage<TOut2>(() => new AggregateLogic<TOut1, TOut2>(zero, fold));

    public static Source<TOut, TMat> Buffer<TOut, TMat>(
        this Source<TOut, TMat> source, int size, OverflowStrategy strategy) =>
        source.Stage<TOut>(() => new BufferLogic<TOut>(size, strategy));

    /// <summary>The task tells how the stream ended at this place.</summary>
    public static Source<TOut, TMat2> WatchTermination<TOut, TMat, TMat2>(
        this Source<TOut, TMat> source, Func<TMat, Task<Done>, TMat2> materializerFunction) =>
        source.ViaMaterialized(FlowOperations.Termination<TOut>(), materializerFunction);
}
