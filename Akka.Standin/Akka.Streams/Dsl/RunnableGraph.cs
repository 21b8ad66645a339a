using Akka.Streams.Implementation;

namespace Akka.Streams.Dsl;

/// <summary>A stream with both ends; every run of it starts afresh.</summary>
public interface IRunnableGraph<TMat> : IGraph<ClosedShape, TMat>
{
    TMat Run(IMaterializer materializer);
}

public sealed class RunnableGraph<TMat> : IRunnableGraph<TMat>, IPlanned
{
    private readonly Plan _plan;

    internal RunnableGraph(Plan plan) => _plan = plan;

    Plan IPlanned.Plan => _plan;

    public TMat Run(IMaterializer materializer) => materializer.Materialize(this);
}
