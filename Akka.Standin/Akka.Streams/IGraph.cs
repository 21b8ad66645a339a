using Akka.Streams.Implementation;

namespace Akka.Streams;

public interface IGraph<out TShape> where TShape : Shape
{
    TShape Shape { get; }
}

/// <summary>A blueprint of (a part of) a stream: it may be run any number of times.</summary>
public interface IGraph<out TShape, out TMaterialized> : IGraph<TShape> where TShape : Shape
{
    /// <summary>The same graph with these attributes in place of those set on the whole of it before.</summary>
    IGraph<TShape, TMaterialized> WithAttributes(Attributes attributes);

    IGraph<TShape, TMaterialized> AddAttributes(Attributes attributes);

    IGraph<TShape, TMaterialized> Named(string name);

    /// <summary>The same graph, run beside its neighbours, with a buffer between.</summary>
    IGraph<TShape, TMaterialized> Async();
}

/// <summary>A graph that is no more than its plan.</summary>
internal sealed class Graph<TShape, TMat>(TShape shape, Plan plan) : IGraph<TShape, TMat>, IPlanned where TShape : Shape
{
    public TShape Shape => shape;

    public Plan Plan => plan;

    public IGraph<TShape, TMat> WithAttributes(Attributes attributes) =>
        new Graph<TShape, TMat>(shape, plan.With(attributes));

    public IGraph<TShape, TMat> AddAttributes(Attributes attributes) => WithAttributes(plan.Attributes.And(attributes));

    public IGraph<TShape, TMat> Named(string name) => AddAttributes(Attributes.CreateName(name));

    public IGraph<TShape, TMat> Async() => AddAttributes(Attributes.CreateAsyncBoundary());
}
