using Akka.Streams.Stage;

namespace Akka.Streams.Implementation;

/// <summary>A blueprint that is no more than a shape and a function that makes the logic of a run.</summary>
internal sealed class MadeStage<TShape, TMat>(
    TShape shape, Func<TShape, Attributes, ActorMaterializer, (GraphStageLogic, TMat)> make)
    : GraphStageWithMaterializedValue<TShape, TMat> where TShape : Shape
{
    public override TShape Shape => shape;

    public override ILogicAndMaterializedValue<TMat> CreateLogicAndMaterializedValue(Attributes attributes) =>
        throw new NotSupportedException("This stage needs its materializer.");

    private protected override ILogicAndMaterializedValue<TMat> Create(
        Attributes attributes, ActorMaterializer materializer)
    {
        var (logic, value) = make(shape, attributes, materializer);
        return new LogicAndMaterializedValue<TMat>(logic, value);
    }
}

internal static class Made
{
    public static SourceShape<T> SourceShape<T>() => new(new Outlet<T>("out"));

    public static FlowShape<TIn, TOut> FlowShape<TIn, TOut>() => new(new Inlet<TIn>("in"), new Outlet<TOut>("out"));

    public static SinkShape<T> SinkShape<T>() => new(new Inlet<T>("in"));

    public static MadeStage<SourceShape<T>, NotUsed> Source<T>(
        Func<SourceShape<T>, Attributes, GraphStageLogic> make) =>
        new(SourceShape<T>(), (shape, attributes, _) => (make(shape, attributes), NotUsed.Instance));

    public static MadeStage<SourceShape<T>, TMat> Source<T, TMat>(
        Func<SourceShape<T>, ActorMaterializer, (GraphStageLogic, TMat)> make) =>
        new(SourceShape<T>(), (shape, _, materializer) => make(shape, materializer));

    public static MadeStage<FlowShape<TIn, TOut>, NotUsed> Flow<TIn, TOut>(
        Func<FlowShape<TIn, TOut>, Attributes, GraphStageLogic> make) =>
        new(FlowShape<TIn, TOut>(), (shape, attributes, _) => (make(shape, attributes), NotUsed.Instance));

    public static MadeStage<FlowShape<TIn, TOut>, TMat> Flow<TIn, TOut, TMat>(
        Func<FlowShape<TIn, TOut>, Attributes, (GraphStageLogic, TMat)> make) =>
        new(FlowShape<TIn, TOut>(), (shape, attributes, _) => make(shape, attributes));

    public static MadeStage<SinkShape<T>, TMat> Sink<T, TMat>(
        Func<SinkShape<T>, Attributes, (GraphStageLogic, TMat)> make) =>
        new(SinkShape<T>(), (shape, attributes, _) => make(shape, attributes));

    public static MadeStage<TShape, NotUsed> Fan<TShape>(TShape shape, Func<TShape, GraphStageLogic> make)
        where TShape : Shape =>
        new(shape, (s, _, _) => (make(s), NotUsed.Instance));

    public static Plan Plan<TShape, TMat>(this IGraph<TShape, TMat> graph) where TShape : Shape =>
        Implementation.Plan.Of(graph);
}
