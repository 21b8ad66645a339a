using Akka.Streams.Implementation;
using Akka.Streams.Implementation.Stages;

namespace Akka.Streams.Dsl;

public static partial class SourceOperations
{
    public static Source<IEnumerable<TOut>, TMat> Grouped<TOut, TMat>(this Source<TOut, TMat> source, int n) =>
        source.Via(Made.Flow<TOut, IEnumerable<TOut>>((shape, attributes) =>
            new GroupedLogic<TOut>(shape, attributes, n)));

    public static Source<IEnumerable<TOut>, TMat> GroupedWithin<TOut, TMat>(
        this Source<TOut, TMat> source, int n, TimeSpan timeout) =>
        source.Via(Made.Flow<TOut, IEnumerable<TOut>>((shape, attributes) =>
            new GroupedWithinLogic<TOut>(shape, attributes, n, n, timeout, _ => 1)));

    public static Source<IEnumerable<TOut>, TMat> GroupedWeightedWithin<TOut, TMat>(
        this Source<TOut, TMat> source,
        long maxWeight, int maxNumber, TimeSpan interval, Func<TOut, long> costFn) =>
        source.Via(Made.Flow<TOut, IEnumerable<TOut>>((shape, attributes) =>
            new GroupedWithinLogic<TOut>(shape, attributes, maxWeight, maxNumber, interval, costFn)));

    public static Source<IEnumerable<TOut>, TMat> GroupedWeightedWithin<TOut, TMat>(
        this Source<TOut, TMat> source, long maxWeight, TimeSpan interval, Func<TOut, long> costFn) =>
        source.Via(Made.Flow<TOut, IEnumerable<TOut>>((shape, attributes) =>
            new GroupedWithinLogic<TOut>(shape, attributes, maxWeight, int.MaxValue, interval, costFn)));

    public static Source<TOut2, TMat> Batch<TOut, TOut2, TMat>(
        this Source<TOut, TMat> source, long max, Func<TOut, TOut2> seed, Func<TOut2, TOut, TOut2> aggregate) =>
        source.Via(Made.Flow<TOut, TOut2>((shape, attributes) =>
            new BatchLogic<TOut, TOut2>(shape, attributes, max, _ => 1, seed, aggregate)));

    public static Source<TOut2, TMat> BatchWeighted<TOut, TOut2, TMat>(
        this Source<TOut, TMat> source,
        long max, Func<TOut, long> costFunction, Func<TOut, TOut2> seed, Func<TOut2, TOut, TOut2> aggregate) =>
        source.Via(Made.Flow<TOut, TOut2>((shape, attributes) =>
            new BatchLogic<TOut, TOut2>(shape, attributes, max, costFunction, seed, aggregate)));

    public static Source<TOut, TMat> Conflate<TOut, TMat>(
        this Source<TOut, TMat> source, Func<TOut, TOut, TOut> aggregate) =>
        source.Via(Made.Flow<TOut, TOut>((shape, attributes) =>
            new BatchLogic<TOut, TOut>(shape, attributes, 1, _ => 0, first => first, aggregate)));

    public static Source<TSeed, TMat> ConflateWithSeed<TOut, TMat, TSeed>(
        this Source<TOut, TMat> source, Func<TOut, TSeed> seed, Func<TSeed, TOut, TSeed> aggregate) =>
        source.Via(Made.Flow<TOut, TSeed>((shape, attributes) =>
            new BatchLogic<TOut, TSeed>(shape, attributes, 1, _ => 0, seed, aggregate)));

    public static Source<TOut2, TMat> Expand<TOut1, TOut2, TMat>(
        this Source<TOut1, TMat> source, Func<TOut1, IEnumerator<TOut2>> extrapolate) =>
        source.Via(Made.Flow<TOut1, TOut2>((shape, attributes) =>
            new ExpandLogic<TOut1, TOut2>(shape, attributes, extrapolate)));

    public static Source<TOut, TMat> Buffer<TOut, TMat>(
        this Source<TOut, TMat> source, int size, OverflowStrategy strategy) =>
        source.Via(Made.Flow<TOut, TOut>((shape, attributes) =>
            new BufferLogic<TOut>(shape, attributes, size, strategy)));

    public static Source<TOut, TMat> Throttle<TOut, TMat>(
        this Source<TOut, TMat> source, int elements, TimeSpan per, int maximumBurst, ThrottleMode mode) =>
        source.Via(Made.Flow<TOut, TOut>((shape, attributes) =>
            new ThrottleLogic<TOut>(shape, attributes, elements, per, maximumBurst, _ => 1, mode)));

    public static Source<TOut, TMat> Throttle<TOut, TMat>(
        this Source<TOut, TMat> source,
        int cost, TimeSpan per, int maximumBurst, Func<TOut, int> calculateCost, ThrottleMode mode) =>
        source.Via(Made.Flow<TOut, TOut>((shape, attributes) =>
            new ThrottleLogic<TOut>(shape, attributes, cost, per, maximumBurst, calculateCost, mode)));

    public static Source<TOut, TMat> InitialTimeout<TOut, TMat>(
        this Source<TOut, TMat> source, TimeSpan timeout) =>
        source.Via(Made.Flow<TOut, TOut>((shape, attributes) =>
            new TimeoutLogic<TOut>(shape, attributes, Deadline.Initial, timeout)));

    public static Source<TOut, TMat> CompletionTimeout<TOut, TMat>(
        this Source<TOut, TMat> source, TimeSpan timeout) =>
        source.Via(Made.Flow<TOut, TOut>((shape, attributes) =>
            new TimeoutLogic<TOut>(shape, attributes, Deadline.Completion, timeout)));

    public static Source<TOut, TMat> IdleTimeout<TOut, TMat>(this Source<TOut, TMat> source, TimeSpan timeout) =>
        source.Via(Made.Flow<TOut, TOut>((shape, attributes) =>
            new TimeoutLogic<TOut>(shape, attributes, Deadline.Idle, timeout)));

    public static Source<TOut, TMat> BackpressureTimeout<TOut, TMat>(
        this Source<TOut, TMat> source, TimeSpan timeout) =>
        source.Via(Made.Flow<TOut, TOut>((shape, attributes) =>
            new TimeoutLogic<TOut>(shape, attributes, Deadline.Backpressure, timeout)));
}
