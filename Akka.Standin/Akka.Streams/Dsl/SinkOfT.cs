using Akka.Streams.Implementation;

namespace Akka.Streams.Dsl;

/// <summary>The end of a stream.</summary>
public sealed class Sink<TIn, TMat> : IGraph<SinkShape<TIn>, TMat>, IPlanned
{
    private readonly Plan _plan;

    internal Sink(Plan plan) => _plan = plan;

    Plan IPlanned.Plan => _plan;

    public Sink<TIn, TMat2> MapMaterializedValue<TMat2>(Func<TMat, TMat2> fn) => new(_plan.Map(fn));
}
