using Akka.Streams.Stage;

namespace Akka.Streams.Implementation;

internal interface IPlanned
{
    Plan Plan { get; }
}

/// <summary>An open inlet of a graph that is being put together: of a stage, or of a stage's inner sink.</summary>
internal sealed record InEnd(Region Region, Action<Wire> Attach);

/// <summary>An open outlet of a graph that is being put together.</summary>
internal sealed record OutEnd(Region Region, GraphStageLogic Logic, Outlet Port)
{
    public void To(InEnd inlet)
    {
        if (Region.Island == inlet.Region.Island) Join(inlet);
        else Port.Bridge(this, inlet, Region.BufferSize ?? inlet.Region.BufferSize ?? Region.Materializer.BufferSize);
    }

    public void Join(InEnd inlet)
    {
        var wire = Port.NewWire(Region.Island);
        Logic.Attach(Port, wire);
        inlet.Attach(wire);
    }
}

internal readonly record struct Built(InEnd[] Ins, OutEnd[] Outs, object? Value);

/// <summary>How a graph is put together when it is run; every run builds afresh.</summary>
internal abstract class Plan
{
    public Attributes Attributes { get; private set; } = Attributes.None;

    public static Plan Of<TShape>(IGraph<TShape> graph) where TShape : Shape => ((IPlanned)graph).Plan;

    public Plan With(Attributes attributes)
    {
        var copy = (Plan)MemberwiseClone();
        copy.Attributes = attributes;
        return copy;
    }

    public Built Build(Region region, Attributes inherited)
    {
        var within = Attributes.Contains(Attributes.AsyncBoundary.Instance)
            ? region.Beside(Attributes.GetAttribute<Attributes.InputBuffer>()?.Max)
            : region;
        return BuildWithin(within, inherited.And(Attributes));
    }

    protected abstract Built BuildWithin(Region region, Attributes attributes);
}

internal sealed class StagePlan(
    Shape shape, Func<Attributes, ActorMaterializer, (GraphStageLogic Logic, object? Value)> create) : Plan
{
    protected override Built BuildWithin(Region region, Attributes attributes)
    {
        for (var i = 0; i < shape.Inlets.Length; i++) shape.Inlets[i].Index = i;
        for (var i = 0; i < shape.Outlets.Length; i++) shape.Outlets[i].Index = i;
        var (logic, value) = create(attributes, region.Materializer);
        region.Island.Add(logic);
        return new Built(
            [.. shape.Inlets.Select(port => new InEnd(region, wire => logic.Attach(port, wire)))],
            [.. shape.Outlets.Select(port => new OutEnd(region, logic, port))],
            value);
    }
}

/// <summary>A graph made of others; the function builds and joins them.</summary>
internal sealed class CompositePlan(Func<Region, Attributes, Built> build) : Plan
{
    /// <summary>The only outlet of one joined to the only inlet of the other.</summary>
    public static Plan Chain(Plan first, Plan second, Func<object?, object?, object?> combine) =>
        new CompositePlan((region, attributes) =>
        {
            var (a, b) = (first.Build(region, attributes), second.Build(region, attributes));
            a.Outs[0].To(b.Ins[0]);
            return new Built(a.Ins, b.Outs, combine(a.Value, b.Value));
        });

    /// <summary>A stage with as many inlets as there are graphs, the outlet of each joined to one.</summary>
    public static Plan FanIn(Plan stage, Plan[] inputs, Func<object?[], object?> combine) =>
        new CompositePlan((region, attributes) =>
        {
            var built = Array.ConvertAll(inputs, input => input.Build(region, attributes));
            var joint = stage.Build(region, attributes);
            for (var i = 0; i < built.Length; i++) built[i].Outs[0].To(joint.Ins[i]);
            return new Built([.. built.SelectMany(b => b.Ins)], joint.Outs,
                combine(Array.ConvertAll(built, b => b.Value)));
        });

    /// <summary>A stage with two outlets behind a graph, the second of them joined to a sink.</summary>
    public static Plan FanOut(Plan main, Plan stage, Plan side, Func<object?, object?, object?> combine) =>
        new CompositePlan((region, attributes) =>
        {
            var (a, b) = (main.Build(region, attributes), side.Build(region, attributes));
            var fork = stage.Build(region, attributes);
            a.Outs[0].To(fork.Ins[0]);
            fork.Outs[1].To(b.Ins[0]);
            return new Built(a.Ins, [fork.Outs[0]], combine(a.Value, b.Value));
        });

    public static Plan Map(Plan plan, Func<object?, object?> map) =>
        new CompositePlan((region, attributes) =>
        {
            var built = plan.Build(region, attributes);
            return built with { Value = map(built.Value) };
        });

    protected override Built BuildWithin(Region region, Attributes attributes) => build(region, attributes);
}
