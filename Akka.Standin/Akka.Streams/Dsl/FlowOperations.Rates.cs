using Akka.Streams.Implementation;
using Akka.Streams.Implementation.Stages;

namespace Akka.Streams.Dsl;

public static partial class FlowOperations
{
    public static Flow<TIn, IEnumerable<TOut>, TMat> Grouped<TIn, TOut, TMat>(
        this Flow<TIn, TOut, TMat> flow, int n) =>
        flow.Via(Made.Flow<TOut, IEnumerable<TOut>>((shape, attributes) =>
            new GroupedLogic<TOut>(shape, attributes, n)));

    public static Flow<TIn, IEnumerable<TOut>, TMat> GroupedWithin<TIn, TOut, TMat>(
        this Flow<TIn, TOut, TMat> flow, int n, TimeSpan timeout) =>
        flow.Via(Made.Flow<TOut, IEnumerable<TOut>>((shape, attributes) =>
            new GroupedWithinLogic<TOut>(shape, attributes, n, n, timeout, _ => 1)));

    public static Flow<TIn, IEnumerable<TOut>, TMat> GroupedWeightedWithin<TIn, TOut, TMat>(
        this Flow<TIn, TOut, TMat> flow,
        long maxWeight, int maxNumber, TimeSpan interval, Func<TOut, long> costFn) =>
        flow.Via(Made.Flow<TOut, IEnumerable<TOut>>((shape, attributes) =>
            new GroupedWithinLogic<TOut>(shape, attributes, maxWeight, maxNumber, interval, costFn)));

    public static Flow<TIn, TOut2, TMat> Batch<TIn, TOut, TOut2, TMat>(
        this Flow<TIn, TOut, TMat> flow, long max, Func<TOut, TOut2> seed, Func<TOut2, TOut, TOut2> aggregate) =>
        flow.Via(Made.Flow<TOut, TOut2>((shape, attributes) =>
            new BatchLogic<TOut, TOut2>(shape, attributes, max, _ => 1, seed, aggregate)));

    public static Flow<TIn, TOut2, TMat> BatchWeighted<TIn, TOut, TOut2, TMat>(
        this Flow<TIn, TOut, TMat> flow,
        long max, Func<TOut, long> costFunction, Func<TOut, TOut2> seed, Func<TOut2, TOut, TOut2> aggregate) =>
        flow.Via(Made.Flow<TOut, TOut2>((shape, attributes) =>
            new BatchLogic<TOut, TOut2>(shape, attributes, max, costFunction, seed, aggregate)));

    public static Flow<TIn, TOut, TMat> Conflate<TIn, TOut, TMat>(
        this Flow<TIn, TOut, TMat> flow, Func<TOut, TOut, TOut> aggregate) =>
        flow.Via(Made.Flow<TOut, TOut>((shape, attributes) =>
            new BatchLogic<TOut, TOut>(shape, attributes, 1, _ => 0, first => first, aggregate)));

    public static Flow<TIn, TSeed, TMat> ConflateWithSeed<TIn, TOut, TMat, TSeed>(
        this Flow<TIn, TOut, TMat> flow, Func<TOut, TSeed> seed, Func<TSeed, TOut, TSeed> aggregate) =>
        flow.Via(Made.Flow<TOut, TSeed>((shape, attributes) =>
            new BatchLogic<TOut, TSeed>(shape, attributes, 1, _ => 0, seed, aggregate)));

    public static Flow<TIn, TOut2, TMat> Expand<TIn, TOut1, TOut2, TMat>(
        this Flow<TIn, TOut1, TMat> flow, Func<TOut1, IEnumerator<TOut2>> extrapolate) =>
        flow.Via(Made.Flow<TOut1, TOut2>((shape, attributes) =>
            new ExpandLogic<TOut1, TOut2>(shape, attributes, extrapolate)));

    public static Flow<TIn, TOut, TMat> Buffer<TIn, TOut, TMat>(
        this Flow<TIn, TOut, TMat> flow, int size, OverflowStrategy strategy) =>
        flow.Via(Made.Flow<TOut, TOut>((shape, attributes) =>
            new BufferLogic<TOut>(shape, attributes, size, strategy)));

    public static Flow<TIn, TOut, TMat> Throttle<TIn, TOut, TMat>(
        this Flow<TIn, TOut, TMat> flow, int elements, TimeSpan per, int maximumBurst, ThrottleMode mode) =>
        flow.Via(Made.Flow<TOut, TOut>((shape, attributes) =>
            new ThrottleLogic<TOut>(shape, attributes, elements, per, maximumBurst, _ => 1, mode)));

    public static Flow<TIn, TOut, TMat> Throttle<TIn, TOut, TMat>(
        this Flow<TIn, TOut, TMat> flow,
        int cost, TimeSpan per, int maximumBurst, Func<TOut, int> calculateCost, ThrottleMode mode) =>
        flow.Via(Made.Flow<TOut, TOut>((shape, attributes) =>
            new ThrottleLogic<TOut>(shape, attributes, cost, per, maximumBurst, calculateCost, mode)));

    public static Flow<TIn, TOut, TMat> InitialTimeout<TIn, TOut, TMat>(
        this Flow<TIn, TOut, TMat> flow, TimeSpan timeout) =>
        flow.Via(Made.Flow<TOut, TOut>((shape, attributes) =>
            new TimeoutLogic<TOut>(shape, attributes, Deadline.Initial, timeout)));

    public static Flow<TIn, TOut, TMat> CompletionTimeout<TIn, TOut, TMat>(
        this Flow<TIn, TOut, TMat> flow, TimeSpan timeout) =>
        flow.Via(Made.Flow<TOut, TOut>((shape, attributes) =>
            new TimeoutLogic<TOut>(shape, attributes, Deadline.Completion, timeout)));

    public static Flow<TIn, TOut, TMat> IdleTimeout<TIn, TOut, TMat>(
        this Flow<TIn, TOut, TMat> flow, TimeSpan timeout) =>
        flow.Via(Made.Flow<TOut, TOut>((shape, attributes) =>
            new TimeoutLogic<TOut>(shape, attributes, Deadline.Idle, timeout)));

    public static Flow<TIn, TOut, TMat> BackpressureTimeout<TIn, TOut, TMat>(
        this Flow<TIn, TOut, TMat> flow, TimeSpan timeout) =>
        flow.Via(Made.Flow<TOut, TOut>((shape, attributes) =>
            new TimeoutLogic<TOut>(shape, attributes, Deadline.Backpressure, timeout)));
}
