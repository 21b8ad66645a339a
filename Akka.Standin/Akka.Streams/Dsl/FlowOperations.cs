using Akka.Streams.Implementation;
using Akka.Streams.Implementation.Stages;

namespace Akka.Streams.Dsl;

/// <summary>What can be put behind a flow: the twin of SourceOperations, as C# cannot say both at once.</summary>
public static class FlowOperations
{
    public static Flow<T, TOut, TMat> Select<T, TIn, TOut, TMat>(
        this Flow<T, TIn, TMat> flow, Func<TIn, TOut> mapper) =>
        flow.Stage<TOut>(() => new SelectLogic<TIn, TOut>(mapper));

    /// <summary>Runs so many tasks at a time and keeps the order. A cancelled task completes the stream.</summary>
    public static Flow<T, TOut, TMat> SelectAsync<T, TIn, TOut, TMat>(
        this Flow<T, TIn, TMat> flow, int parallelism, Func<TIn, Task<TOut>> asyncMapper) =>
        flow.Stage<TOut>(() => new SelectAsyncLogic<TIn, TOut>(parallelism, ordered: true, asyncMapper));

    /// <summary>Runs so many tasks at a time and emits what is ready. A cancelled task completes the stream.</summary>
    public static Flow<T, TOut, TMat> SelectAsyncUnordered<T, TIn, TOut, TMat>(
        this Flow<T, TIn, TMat> flow, int parallelism, Func<TIn, Task<TOut>> asyncMapper) =>
        flow.Stage<TOut>(() => new SelectAsyncLogic<TIn, TOut>(parallelism, ordered: false, asyncMapper));

    public static Flow<T, TOut, TMat> SelectMany<T, TIn, TOut, TMat>(
        this Flow<T, TIn, TMat> flow, Func<TIn, IEnumerable<TOut>> mapConcater) =>
        flow.Stage<TOut>(() => new SelectManyLogic<TIn, TOut>(mapConcater));

    public static Flow<TIn, TOut, TMat> Where<TIn, TOut, TMat>(
        this Flow<TIn, TOut, TMat> flow, Predicate<TOut> predicate) =>
        flow.Stage<TOut>(() => new WhereLogic<TOut>(predicate));

    public static Flow<TIn, TOut, TMat> Take<TIn, TOut, TMat>(this Flow<TIn, TOut, TMat> flow, long n) =>
        flow.Stage<TOut>(() => new TakeLogic<TOut>(n));

    /// <summary>Emits the result of all elements, at the end.</summary>
    public static Flow<TIn, TOut2, TMat> Aggregate<TIn, TOut1, TOut2, TMat>(
        this Flow<TIn, TOut1, TMat> flow, TOut2 zero, Func<TOut2, TOut1, TOut2> fold) =>
        flow.Stage<TOut2>(() => new AggregateLogic<TOut1, TOut2>(zero, fold));

    public static Flow<TIn, TOut, TMat> Buffer<TIn, TOut, TMat>(
        this Flow<TIn, TOut, TMat> flow, int size, OverflowStrategy strategy) =>
        flow.Stage<TOut>(() => new BufferLogic<TOut>(size, strategy));

    /// <summary>The task tells how the stream ended at this place.</summary>
    public static Flow<TIn, TOut, TMat2> WatchTermination<TIn, TOut, TMat, TMat2>(
        this Flow<TIn, TOut, TMat> flow, Func<TMat, Task<Done>, TMat2> materializerFunction) =>
        flow.ViaMaterialized(Termination<TOut>(), materializerFunction);

    internal static Flow<T, T, Task<Done>> Termination<T>() => new(Plans.Of(() =>
    {
        var logic = new TerminationLogic<T>();
        return ((StageLogic)logic, logic.Ended);
    }));
}
