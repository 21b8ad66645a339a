using Akka.Streams.Implementation;
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
        source.Stage<TOut>(() => new SelectAsyncLogic<TIn, TOut>(parallelism, asyncMapper));

    public static Source<TOut2, TMat> SelectMany<TOut1, TOut2, TMat>(
        this Source<TOut1, TMat> source, Func<TOut1, IEnumerable<TOut2>> mapConcater) =>
        source.Stage<TOut2>(() => new SelectManyLogic<TOut1, TOut2>(mapConcater));

    public static Source<TOut, TMat> Take<TOut, TMat>(this Source<TOut, TMat> source, long n) =>
        source.Stage<TOut>(() => new TakeLogic<TOut>(n));

    public static Source<TOut, TMat> Buffer<TOut, TMat>(
        this Source<TOut, TMat> source, int size, OverflowStrategy strategy) =>
        source.Stage<TOut>(() => new BufferLogic<TOut>(size));

    /// <summary>The task tells how the stream ended at this place.</summary>
    public static Source<TOut, TMat2> WatchTermination<TOut, TMat, TMat2>(
        this Source<TOut, TMat> source, Func<TMat, Task<Done>, TMat2> materializerFunction) =>
        source.ViaMaterialized(Termination<TOut>(), materializerFunction);

    private static Flow<T, T, Task<Done>> Termination<T>() => new(Plans.Of(() =>
    {
        var logic = new TerminationLogic<T>();
        return ((StageLogic)logic, logic.Ended);
    }));
}
