using Akka.Streams.Dsl;
using Akka.Streams.Implementation.Stages;

namespace Akka.Streams.Implementation;

/// <summary>What the operators of sources and of flows have in common when they join two graphs.</summary>
internal static class Joins
{
    public static Plan FanIn<TShape, TMat, TMat2, TMat3>(
        Plan left, Plan right, IGraph<TShape, NotUsed> stage, Func<TMat, TMat2, TMat3> combine) where TShape : Shape =>
        CompositePlan.FanIn(stage.Plan(), [left, right], values => combine((TMat)values[0]!, (TMat2)values[1]!));

    public static Plan FanOut<T, TMat, TMat2, TMat3>(
        Plan main, IGraph<UniformFanOutShape<T, T>, NotUsed> stage, Plan side, Func<TMat, TMat2, TMat3> combine) =>
        CompositePlan.FanOut(main, stage.Plan(), side, (left, right) => combine((TMat)left!, (TMat2)right!));

    public static Plan Merge<T1, T2, TMat, TMat2, TMat3>(
        Plan left, Plan right, bool eagerComplete, Func<TMat, TMat2, TMat3> combine) where T1 : T2 =>
        FanIn(Widen<T1, T2>(left), right, new Merge<T2, T2>(2, eagerComplete), combine);

    public static Plan Prepend<T1, T2, TMat>(Plan plan, Plan before) where T1 : T2 =>
        FanIn<UniformFanInShape<T2, T2>, TMat, TMat, TMat>(
            before, Widen<T1, T2>(plan), new Concat<T2, T2>(), Keep.Right);

    public static IGraph<UniformFanInShape<T, T>, NotUsed> OrElse<T>() =>
        Made.Fan(new UniformFanInShape<T, T>(2), shape => new OrElseLogic<T>(shape));

    public static IGraph<UniformFanOutShape<T, T>, NotUsed> WireTap<T>() =>
        Made.Fan(new UniformFanOutShape<T, T>(2), shape => new WireTapLogic<T>(shape));

    public static IGraph<UniformFanOutShape<T, T>, NotUsed> Divert<T>(Func<T, bool> when) =>
        Made.Fan(new UniformFanOutShape<T, T>(2), shape => new DivertLogic<T>(shape, when));

    public static IGraph<FanInShape<T1, T2, T3>, NotUsed> Zip<T1, T2, T3>(Func<T1, T2, T3> zip) =>
        Made.Fan(
            new FanInShape<T1, T2, T3>(new Outlet<T3>("out"), new Inlet<T1>("in0"), new Inlet<T2>("in1")),
            shape => new ZipLogic<T1, T2, T3>(shape, zip));

    public static IGraph<FlowShape<T, T>, Task<Done>> Termination<T>() =>
        Made.Flow<T, T, Task<Done>>((shape, attributes) =>
        {
            var logic = new TerminationLogic<T>(shape, attributes);
            return (logic, logic.Ended);
        });

    public static Flow<T, T, NotUsed> Intersperse<T>(T inject) =>
        Flow.Create<T>().StatefulSelectMany<T, T, T, NotUsed>(() =>
        {
            var begun = false;
            return element =>
            {
                IEnumerable<T> emitted = begun ? [inject, element] : [element];
                begun = true;
                return emitted;
            };
        });

    public static Flow<T, T, NotUsed> Intersperse<T>(T start, T inject, T end) =>
        Intersperse(inject).Prepend(Source.Single(start)).Concat(Source.Single(end));

    private static Plan Widen<T1, T2>(Plan plan) where T1 : T2 =>
        typeof(T1) == typeof(T2) ? plan
        : CompositePlan.Chain(plan, Steps.Select<T1, T2>(element => element).Plan(), (value, _) => value);
}
