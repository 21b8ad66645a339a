using Akka.Streams.Implementation;
using Akka.Streams.Implementation.Stages;
using Akka.Util;

namespace Akka.Streams.Dsl;

public static partial class FlowOperations
{
    public static Flow<TIn, TOut, TMat> Recover<TIn, TOut, TMat>(
        this Flow<TIn, TOut, TMat> flow, Func<Exception, Option<TOut>> partialFunc) =>
        flow.Via(Made.Flow<TOut, TOut>((shape, attributes) =>
            new RecoverLogic<TOut>(shape, attributes, partialFunc)));

    public static Flow<TIn, TOut, TMat> RecoverWithRetries<TIn, TOut, TMat>(
        this Flow<TIn, TOut, TMat> flow,
        Func<Exception, IGraph<SourceShape<TOut>, TMat>> partialFunc, int attempts) =>
        flow.Via(Made.Flow<TOut, TOut>((shape, attributes) =>
            new RecoverWithLogic<TOut, TMat>(shape, attributes, partialFunc, attempts)));

    public static Flow<TIn, TOut, TMat> SelectError<TIn, TOut, TMat>(
        this Flow<TIn, TOut, TMat> flow, Func<Exception, Exception> selector) =>
        flow.Via(Made.Flow<TOut, TOut>((shape, attributes) =>
            new SelectErrorLogic<TOut>(shape, attributes, selector)));

    /// <summary>The task tells how the stream ended at this place.</summary>
    public static Flow<TIn, TOut, TMat2> WatchTermination<TIn, TOut, TMat, TMat2>(
        this Flow<TIn, TOut, TMat> flow, Func<TMat, Task<Done>, TMat2> materializerFunction) =>
        flow.ViaMaterialized(Joins.Termination<TOut>(), materializerFunction);

    /// <summary>Goes on without a side that cancelled or failed, unless failures are to be propagated.</summary>
    public static Flow<TIn, TOut, TMat> AlsoTo<TIn, TOut, TMat>(
        this Flow<TIn, TOut, TMat> flow, IGraph<SinkShape<TOut>, TMat> that, bool propagateFailure) =>
        flow.AlsoToMaterialized(that, Keep.Left, propagateFailure);

    public static Flow<TIn, TOut, TMat> AlsoTo<TIn, TOut, TMat>(
        this Flow<TIn, TOut, TMat> flow, IGraph<SinkShape<TOut>, TMat> that) =>
        flow.AlsoTo(that, propagateFailure: false);

    public static Flow<TIn, TOut, TMat3> AlsoToMaterialized<TIn, TOut, TMat, TMat2, TMat3>(
        this Flow<TIn, TOut, TMat> flow, IGraph<SinkShape<TOut>, TMat2> that,
        Func<TMat, TMat2, TMat3> materializerFunction, bool propagateFailure) =>
        new(Joins.FanOut(flow.Plan(), new Broadcast<TOut>(2, propagateFailure), that.Plan(), materializerFunction));

    public static Flow<TIn, TOut, TMat3> AlsoToMaterialized<TIn, TOut, TMat, TMat2, TMat3>(
        this Flow<TIn, TOut, TMat> flow, IGraph<SinkShape<TOut>, TMat2> that,
        Func<TMat, TMat2, TMat3> materializerFunction) =>
        flow.AlsoToMaterialized(that, materializerFunction, propagateFailure: false);

    /// <summary>Gives the sink what it can take and drops the rest.</summary>
    public static Flow<TIn, TOut, TMat> WireTap<TIn, TOut, TMat>(
        this Flow<TIn, TOut, TMat> flow, IGraph<SinkShape<TOut>, TMat> that) =>
        flow.WireTapMaterialized(that, Keep.Left);

    public static Flow<TIn, TOut, TMat> WireTap<TIn, TOut, TMat>(
        this Flow<TIn, TOut, TMat> flow, Action<TOut> action) =>
        flow.WireTapMaterialized(Sink.ForEach(action), Keep.Left);

    public static Flow<TIn, TOut, TMat3> WireTapMaterialized<TIn, TOut, TMat, TMat2, TMat3>(
        this Flow<TIn, TOut, TMat> flow, IGraph<SinkShape<TOut>, TMat2> that,
        Func<TMat, TMat2, TMat3> materializerFunction) =>
        new(Joins.FanOut(flow.Plan(), Joins.WireTap<TOut>(), that.Plan(), materializerFunction));

    public static Flow<TIn, TOut, TMat> DivertTo<TIn, TOut, TMat>(
        this Flow<TIn, TOut, TMat> flow, IGraph<SinkShape<TOut>, TMat> that, Func<TOut, bool> when) =>
        flow.DivertToMaterialized(that, when, Keep.Left);

    public static Flow<TIn, TOut, TMat3> DivertToMaterialized<TIn, TOut, TMat, TMat2, TMat3>(
        this Flow<TIn, TOut, TMat> flow, IGraph<SinkShape<TOut>, TMat2> that, Func<TOut, bool> when,
        Func<TMat, TMat2, TMat3> materializerFunction) =>
        new(Joins.FanOut(flow.Plan(), Joins.Divert(when), that.Plan(), materializerFunction));

    public static Flow<TIn, TOut, TMat> Concat<TIn, TOut, TMat>(
        this Flow<TIn, TOut, TMat> flow, IGraph<SourceShape<TOut>, TMat> other) =>
        flow.ConcatMaterialized(other, Keep.Left);

    public static Flow<TIn, TOut2, TMat> Prepend<TIn, TOut1, TOut2, TMat>(
        this Flow<TIn, TOut1, TMat> flow, IGraph<SourceShape<TOut2>, TMat> that) where TOut1 : TOut2 =>
        new(Joins.Prepend<TOut1, TOut2, TMat>(flow.Plan(), that.Plan()));

    /// <summary>Completes with the last of the two, or eagerly with the first.</summary>
    public static Flow<TIn, TOut2, TMat> Merge<TIn, TOut1, TOut2, TMat>(
        this Flow<TIn, TOut1, TMat> flow, IGraph<SourceShape<TOut2>, TMat> other, bool eagerComplete = false)
        where TOut1 : TOut2 =>
        new(Joins.Merge<TOut1, TOut2, TMat, TMat, TMat>(flow.Plan(), other.Plan(), eagerComplete, Keep.Left));

    public static Flow<TIn, TOut2, TMat3> MergeMaterialized<TIn, TOut1, TOut2, TMat, TMat2, TMat3>(
        this Flow<TIn, TOut1, TMat> flow, IGraph<SourceShape<TOut2>, TMat2> that, Func<TMat, TMat2, TMat3> combine)
        where TOut1 : TOut2 =>
        new(Joins.Merge<TOut1, TOut2, TMat, TMat2, TMat3>(flow.Plan(), that.Plan(), eagerComplete: false, combine));

    public static Flow<T, T, TMat> OrElse<T, TMat>(
        this Flow<T, T, TMat> flow, IGraph<SourceShape<T>, TMat> secondary) =>
        new(Joins.FanIn<UniformFanInShape<T, T>, TMat, TMat, TMat>(
            flow.Plan(), secondary.Plan(), Joins.OrElse<T>(), Keep.Left));

    public static Flow<TIn, (T1, T2), TMat> Zip<TIn, T1, T2, TMat>(
        this Flow<TIn, T1, TMat> flow, IGraph<SourceShape<T2>, TMat> other) =>
        flow.ZipWith(other, (left, right) => (left, right));

    public static Flow<TIn, T3, TMat> ZipWith<TIn, T1, T2, T3, TMat>(
        this Flow<TIn, T1, TMat> flow, IGraph<SourceShape<T2>, TMat> other, Func<T1, T2, T3> combine) =>
        new(Joins.FanIn<FanInShape<T1, T2, T3>, TMat, TMat, TMat>(
            flow.Plan(), other.Plan(), Joins.Zip(combine), Keep.Left));
}
