using Akka.Streams.Implementation;
using Akka.Streams.Implementation.Stages;

namespace Akka.Streams.Dsl;

public static partial class SourceOperations
{
    public static Source<TOut, TMat> Select<TIn, TOut, TMat>(
        this Source<TIn, TMat> source, Func<TIn, TOut> mapper) =>
        source.Via(Steps.Select(mapper));

    /// <summary>Runs so many tasks at a time and keeps the order. A cancelled task completes the stream.</summary>
    public static Source<TOut, TMat> SelectAsync<TIn, TOut, TMat>(
        this Source<TIn, TMat> source, int parallelism, Func<TIn, Task<TOut>> asyncMapper) =>
        source.Via(Made.Flow<TIn, TOut>((shape, attributes) =>
            new SelectAsyncLogic<TIn, TOut>(shape, attributes, parallelism, asyncMapper)));

    /// <summary>Runs so many tasks at a time and emits what is ready. A cancelled task completes the stream.</summary>
    public static Source<TOut, TMat> SelectAsyncUnordered<TIn, TOut, TMat>(
        this Source<TIn, TMat> source, int parallelism, Func<TIn, Task<TOut>> asyncMapper) =>
        source.Via(Made.Flow<TIn, TOut>((shape, attributes) =>
            new SelectAsyncUnorderedLogic<TIn, TOut>(shape, attributes, parallelism, asyncMapper)));

    public static Source<TOut2, TMat> SelectMany<TOut1, TOut2, TMat>(
        this Source<TOut1, TMat> source, Func<TOut1, IEnumerable<TOut2>> mapConcater) =>
        source.Via(Made.Flow<TOut1, TOut2>((shape, attributes) =>
            new SelectManyLogic<TOut1, TOut2>(shape, attributes, () => mapConcater)));

    /// <summary>The function is made anew for every run.</summary>
    public static Source<TOut2, TMat> StatefulSelectMany<TOut1, TOut2, TMat>(
        this Source<TOut1, TMat> source, Func<Func<TOut1, IEnumerable<TOut2>>> mapConcaterFactory) =>
        source.Via(Made.Flow<TOut1, TOut2>((shape, attributes) =>
            new SelectManyLogic<TOut1, TOut2>(shape, attributes, mapConcaterFactory)));

    /// <summary>Runs the sources one after another.</summary>
    public static Source<TOut2, TMat> ConcatMany<TOut1, TOut2, TMat>(
        this Source<TOut1, TMat> source, Func<TOut1, IGraph<SourceShape<TOut2>, TMat>> mapConcater) =>
        source.Via(Made.Flow<TOut1, TOut2>((shape, attributes) =>
            new FlattenLogic<TOut1, TOut2, TMat>(shape, attributes, 1, mapConcater)));

    public static Source<TOut2, TMat> MergeMany<TOut1, TOut2, TMat>(
        this Source<TOut1, TMat> source, int breadth, Func<TOut1, IGraph<SourceShape<TOut2>, TMat>> flatten) =>
        source.Via(Made.Flow<TOut1, TOut2>((shape, attributes) =>
            new FlattenLogic<TOut1, TOut2, TMat>(shape, attributes, breadth, flatten)));

    public static Source<TOut, TMat> Where<TOut, TMat>(
        this Source<TOut, TMat> source, Predicate<TOut> predicate) =>
        source.Via(Steps.Where(predicate));

    public static Source<TOut, TMat> WhereNot<TOut, TMat>(
        this Source<TOut, TMat> source, Predicate<TOut> predicate) =>
        source.Via(Steps.Where<TOut>(element => !predicate(element)));

    public static Source<TOut2, TMat> Collect<TOut1, TOut2, TMat>(
        this Source<TOut1, TMat> source, Func<TOut1, bool> isDefined, Func<TOut1, TOut2> collector) =>
        source.Via(Steps.Collect(isDefined, collector));

    public static Source<TOut, TMat> Take<TOut, TMat>(this Source<TOut, TMat> source, long n) =>
        source.Via(Steps.Take<TOut>(n));

    public static Source<TOut, TMat> TakeWhile<TOut, TMat>(
        this Source<TOut, TMat> source, Predicate<TOut> predicate, bool inclusive = false) =>
        source.Via(Steps.TakeWhile(predicate, inclusive));

    public static Source<TOut, TMat> Skip<TOut, TMat>(this Source<TOut, TMat> source, long n) =>
        source.Via(Steps.Skip<TOut>(n));

    public static Source<TOut, TMat> SkipWhile<TOut, TMat>(
        this Source<TOut, TMat> source, Predicate<TOut> predicate) =>
        source.Via(Steps.SkipWhile(predicate));

    public static Source<T, TMat> Limit<T, TMat>(this Source<T, TMat> source, long max) =>
        source.Via(Steps.LimitWeighted<T>(max, _ => 1));

    public static Source<T, TMat> LimitWeighted<T, TMat>(
        this Source<T, TMat> source, long max, Func<T, long> costFunc) =>
        source.Via(Steps.LimitWeighted(max, costFunc));

    public static Source<(TOut1, long), TMat> ZipWithIndex<TOut1, TMat>(this Source<TOut1, TMat> source) =>
        source.Via(Steps.ZipWithIndex<TOut1>());

    public static Source<TOut, TMat> Intersperse<TOut, TMat>(this Source<TOut, TMat> source, TOut inject) =>
        source.Via(Joins.Intersperse(inject));

    public static Source<TOut, TMat> Intersperse<TOut, TMat>(
        this Source<TOut, TMat> source, TOut start, TOut inject, TOut end) =>
        source.Via(Joins.Intersperse(start, inject, end));

    public static Source<TOut2, TMat> Aggregate<TOut1, TOut2, TMat>(
        this Source<TOut1, TMat> source, TOut2 zero, Func<TOut2, TOut1, TOut2> fold) =>
        source.Via(Made.Flow<TOut1, TOut2>((shape, attributes) =>
            new AggregateLogic<TOut1, TOut2>(shape, attributes, zero, fold)));

    public static Source<TOut2, TMat> AggregateAsync<TOut1, TOut2, TMat>(
        this Source<TOut1, TMat> source, TOut2 zero, Func<TOut2, TOut1, Task<TOut2>> fold) =>
        source.Via(Made.Flow<TOut1, TOut2>((shape, attributes) =>
            new AggregateAsyncLogic<TOut1, TOut2>(shape, attributes, zero, fold)));

    /// <summary>Emits the zero first.</summary>
    public static Source<TOut2, TMat> Scan<TOut1, TOut2, TMat>(
        this Source<TOut1, TMat> source, TOut2 zero, Func<TOut2, TOut1, TOut2> scan) =>
        source.Via(Made.Flow<TOut1, TOut2>((shape, attributes) =>
            new ScanLogic<TOut1, TOut2>(shape, attributes, zero, scan)));
}
