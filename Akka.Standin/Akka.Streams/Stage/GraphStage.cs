using Akka.Streams.Implementation;

namespace Akka.Streams.Stage;

public interface ILogicAndMaterializedValue<out TMaterialized>
{
    GraphStageLogic Logic { get; }

    TMaterialized MaterializedValue { get; }
}

public readonly struct LogicAndMaterializedValue<TMaterialized> : ILogicAndMaterializedValue<TMaterialized>
{
    public LogicAndMaterializedValue(GraphStageLogic logic, TMaterialized materializedValue) =>
        (Logic, MaterializedValue) = (logic, materializedValue);

    public GraphStageLogic Logic { get; }

    public TMaterialized MaterializedValue { get; }
}

public interface IGraphStageWithMaterializedValue<out TShape, out TMaterialized> : IGraph<TShape, TMaterialized>
    where TShape : Shape
{
    ILogicAndMaterializedValue<TMaterialized> CreateLogicAndMaterializedValue(Attributes attributes);
}

/// <summary>The blueprint of one stage: its shape, and a logic of its own for every run.</summary>
public abstract class GraphStageWithMaterializedValue<TShape, TMaterialized>
    : IGraphStageWithMaterializedValue<TShape, TMaterialized>, IPlanned where TShape : Shape
{
    protected GraphStageWithMaterializedValue() { }

    public abstract TShape Shape { get; }

    protected virtual Attributes InitialAttributes => Attributes.None;

    Plan IPlanned.Plan => AsGraph().Plan;

    public abstract ILogicAndMaterializedValue<TMaterialized> CreateLogicAndMaterializedValue(Attributes attributes);

    public IGraph<TShape, TMaterialized> WithAttributes(Attributes attributes) => AsGraph().WithAttributes(attributes);

    public IGraph<TShape, TMaterialized> AddAttributes(Attributes attributes) => AsGraph().AddAttributes(attributes);

    public IGraph<TShape, TMaterialized> Named(string name) => AsGraph().Named(name);

    public IGraph<TShape, TMaterialized> Async() => AsGraph().Async();

    private protected virtual ILogicAndMaterializedValue<TMaterialized> Create(
        Attributes attributes, ActorMaterializer materializer) => CreateLogicAndMaterializedValue(attributes);

    private Graph<TShape, TMaterialized> AsGraph()
    {
        var plan = new StagePlan(Shape, (attributes, materializer) =>
        {
            var made = Create(attributes, materializer);
            return (made.Logic, made.MaterializedValue);
        });
        return new Graph<TShape, TMaterialized>(Shape, plan.With(InitialAttributes));
    }
}

public abstract class GraphStage<TShape> : GraphStageWithMaterializedValue<TShape, NotUsed> where TShape : Shape
{
    protected GraphStage() { }

    public sealed override ILogicAndMaterializedValue<NotUsed> CreateLogicAndMaterializedValue(Attributes attributes) =>
        new LogicAndMaterializedValue<NotUsed>(CreateLogic(attributes), NotUsed.Instance);

    protected abstract GraphStageLogic CreateLogic(Attributes inheritedAttributes);
}
