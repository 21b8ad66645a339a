using Akka.Streams.Implementation;
using Akka.Streams.Implementation.Stages;

namespace Akka.Streams.Dsl;

/// <summary>The middle of a stream.</summary>
public sealed class Flow<TIn, TOut, TMat> : IGraph<FlowShape<TIn, TOut>, TMat>, IPlanned
{
    private readonly Plan _plan;

    internal Flow(Plan plan) => _plan = plan;

    Plan IPlanned.Plan => _plan;

    public Sink<TIn, TMat3> ToMaterialized<TMat2, TMat3>(
        IGraph<SinkShape<TOut>, TMat2> sink, Func<TMat, TMat2, TMat3> combine) =>
        new(_plan.Then(sink.Plan(), combine));

    internal Flow<TIn, T2, TMat> Stage<T2>(Func<StageLogic> make) =>
        new(_plan.Then<TMat, NotUsed, TMat>(Plans.Of(make), Keep.Left));
}

public static class Flow
{
    public static Flow<T, T, NotUsed> Create<T>() => FromFunction<T, T>(element => element);

    public static Flow<TIn, TOut, NotUsed> FromFunction<TIn, TOut>(Func<TIn, TOut> function) =>
        new(Plans.Of(() => new SelectLogic<TIn, TOut>(function)));
}
