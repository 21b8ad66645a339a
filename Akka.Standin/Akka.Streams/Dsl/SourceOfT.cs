using Akka.Streams.Implementation;

namespace Akka.Streams.Dsl;

/// <summary>The beginning of a stream.</summary>
public sealed class Source<TOut, TMat> : IGraph<SourceShape<TOut>, TMat>, IPlanned
{
    private readonly Plan _plan;

    internal Source(Plan plan) => _plan = plan;

    Plan IPlanned.Plan => _plan;

    public Source<TOut2, TMat3> ViaMaterialized<TOut2, TMat2, TMat3>(
        IGraph<FlowShape<TOut, TOut2>, TMat2> flow, Func<TMat, TMat2, TMat3> combine) =>
        new(_plan.Then(flow.Plan(), combine));

    public IRunnableGraph<TMat> To<TMat2>(IGraph<SinkShape<TOut>, TMat2> sink) =>
        ToMaterialized<TMat2, TMat>(sink, Keep.Left);

    public IRunnableGraph<TMat3> ToMaterialized<TMat2, TMat3>(
        IGraph<SinkShape<TOut>, TMat2> sink, Func<TMat, TMat2, TMat3> combine) =>
        new RunnableGraph<TMat3>(_plan.Then(sink.Plan(), combine));

    public TMat2 RunWith<TMat2>(IGraph<SinkShape<TOut>, TMat2> sink, IMaterializer materializer) =>
        ToMaterialized(sink, Keep.Right).Run(materializer);

    internal Source<T2, TMat> Stage<T2>(Func<StageLogic> make) =>
        new(_plan.Then<TMat, NotUsed, TMat>(Plans.Of(make), Keep.Left));
}
