using Akka.Streams.Implementation;
using Akka.Streams.Implementation.Stages;
using Akka.Util;

namespace Akka.Streams.Dsl;

public static partial class SourceOperations
{
    public static Source<TOut, TMat> Recover<TOut, TMat>(
        this Source<TOut, TMat> source, Func<Exception, Option<TOut>> partialFunc) =>
        source.Via(Made.Flow<TOut, TOut>((shape, attributes) =>
            new RecoverLogic<TOut>(shape, attributes, partialFunc)));

    public static Source<TOut, TMat> RecoverWithRetries<TOut, TMat>(
        this Source<TOut, TMat> source,
        Func<Exception, IGraph<SourceShape<TOut>, TMat>> partialFunc, int attempts) =>
        source.Via(Made.Flow<TOut, TOut>((shape, attributes) =>
            new RecoverWithLogic<TOut, TMat>(shape, attributes, partialFunc, attempts)));

    public static Source<TOut, TMat> SelectError<TOut, TMat>(
        this Source<TOut, TMat> source, Func<Exception, Exception> selector) =>
        source.Via(Made.Flow<TOut, TOut>((shape, attributes) =>
            new SelectErrorLogic<TOut>(shape, attributes, selector)));

    /// <summary>The task tells how the stream ended at this place.</summary>
    public static Source<TOut, TMat2> WatchTermination<TOut, TMat, TMat2>(
        this Source<TOut, TMat> source, Func<TMat, Task<Done>, TMat2> materializerFunction) =>
        source.ViaMaterialized(Joins.Termination<TOut>(), materializerFunction);

    /// <summary>Goes on without a side that cancelled or failed, unless failures are to be propagated.</summary>
    public static Source<TOut, TMat> AlsoTo<TOut, TMat>(
        this Source<TOut, TMat> source, IGraph<SinkShape<TOut>, TMat> that, bool propagateFailure) =>
        source.AlsoToMaterialized(that, Keep.Left, propagateFailure);

    public static Source<TOut, TMat> AlsoTo<TOut, TMat>(
        this Source<TOut, TMat> source, IGraph<SinkShape<TOut>, TMat> that) =>
        source.AlsoTo(that, propagateFailure: false);

    public static Source<TOut, TMat3> AlsoToMaterialized<TOut, TMat, TMat2, TMat3>(
        this Source<TOut, TMat> source, IGraph<SinkShape<TOut>, TMat2> that,
        Func<TMat, TMat2, TMat3> materializerFunction, bool propagateFailure) =>
        new(Joins.FanOut(source.Plan(), new Broadcast<TOut>(2, propagateFailure), that.Plan(), materializerFunction));

    public static Source<TOut, TMat3> AlsoToMaterialized<TOut, TMat, TMat2, TMat3>(
        this Source<TOut, TMat> source, IGraph<SinkShape<TOut>, TMat2> that,
        Func<TMat, TMat2, TMat3> materializerFunction) =>
        source.AlsoToMaterialized(that, materializerFunction, propagateFailure: false);

    /// <summary>Gives the sink what it can take and drops the rest.</summary>
    public static Source<TOut, TMat> WireTap<TOut, TMat>(
        this Source<TOut, TMat> source, IGraph<SinkShape<TOut>, TMat> that) =>
        source.WireTapMaterialized(that, Keep.Left);

    public static Source<TOut, TMat> WireTap<TOut, TMat>(this Source<TOut, TMat> source, Action<TOut> action) =>
        source.WireTapMaterialized(Sink.ForEach(action), Keep.Left);

    public static Source<TOut, TMat3> WireTapMaterialized<TOut, TMat, TMat2, TMat3>(
        this Source<TOut, TMat> source, IGraph<SinkShape<TOut>, TMat2> that,
        Func<TMat, TMat2, TMat3> materializerFunction) =>
        new(Joins.FanOut(source.Plan(), Joins.WireTap<TOut>(), that.Plan(), materializerFunction));

    public static Source<TOut, TMat> DivertTo<TOut, TMat>(
        this Source<TOut, TMat> source, IGraph<SinkShape<TOut>, TMat> that, Func<TOut, bool> when) =>
        source.DivertToMaterialized(that, when, Keep.Left);

    public static Source<TOut, TMat3> DivertToMaterialized<TOut, TMat, TMat2, TMat3>(
        this Source<TOut, TMat> source, IGraph<SinkShape<TOut>, TMat2> that, Func<TOut, bool> when,
        Func<TMat, TMat2, TMat3> materializerFunction) =>
        new(Joins.FanOut(source.Plan(), Joins.Divert(when), that.Plan(), materializerFunction));

    public static Source<TOut, TMat> Concat<TOut, TMat>(
        this Source<TOut, TMat> source, IGraph<SourceShape<TOut>, TMat> other) =>
        source.ConcatMaterialized(other, Keep.Left);

    public static Source<TOut2, TMat> Prepend<TOut1, TOut2, TMat>(
        this Source<TOut1, TMat> source, IGraph<SourceShape<TOut2>, TMat> that) where TOut1 : TOut2 =>
        new(Joins.Prepend<TOut1, TOut2, TMat>(source.Plan(), that.Plan()));

    /// <summary>Completes with the last of the two, or eagerly with the first.</summary>
    public static Source<TOut2, TMat> Merge<TOut1, TOut2, TMat>(
        this Source<TOut1, TMat> source, IGraph<SourceShape<TOut2>, TMat> other, bool eagerComplete = false)
        where TOut1 : TOut2 =>
        new(Joins.Merge<TOut1, TOut2, TMat, TMat, TMat>(source.Plan(), other.Plan(), eagerComplete, Keep.Left));

    public static Source<TOut2, TMat3> MergeMaterialized<TOut1, TOut2, TMat, TMat2, TMat3>(
        this Source<TOut1, TMat> source, IGraph<SourceShape<TOut2>, TMat2> that, Func<TMat, TMat2, TMat3> combine)
        where TOut1 : TOut2 =>
        new(Joins.Merge<TOut1, TOut2, TMat, TMat2, TMat3>(source.Plan(), that.Plan(), eagerComplete: false, combine));

    public static Source<T, TMat> OrElse<T, TMat>(
        this Source<T, TMat> source, IGraph<SourceShape<T>, TMat> secondary) =>
        new(Joins.FanIn<UniformFanInShape<T, T>, TMat, TMat, TMat>(
            source.Plan(), secondary.Plan(), Joins.OrElse<T>(), Keep.Left));

    public static Source<(T1, T2), TMat> Zip<T1, T2, TMat>(
        this Source<T1, TMat> source, IGraph<SourceShape<T2>, TMat> other) =>
        source.ZipWith(other, (left, right) => (left, right));

    public static Source<T3, TMat> ZipWith<T1, T2, T3, TMat>(
        this Source<T1, TMat> source, IGraph<SourceShape<T2>, TMat> other, Func<T1, T2, T3> combine) =>
        new(Joins.FanIn<FanInShape<T1, T2, T3>, TMat, TMat, TMat>(
            source.Plan(), other.Plan(), Joins.Zip(combine), Keep.Left));
}
