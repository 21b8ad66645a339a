namespace Akka.Streams.Implementation;

/// <summary>How (a part of) a stream is put together when it is run; every run builds afresh.</summary>
internal delegate Built Plan(Island island);

/// <summary>A chain of stages, joined within, its ends open, and its materialized value.</summary>
internal readonly record struct Built(StageLogic First, StageLogic Last, object? Value);

internal interface IPlanned
{
    Plan Plan { get; }
}

internal static class Plans
{
    public static Plan Plan<TShape>(this IGraph<TShape> graph) where TShape : Shape => ((IPlanned)graph).Plan;

    public static Plan Of(Func<StageLogic> make) => Of(() => (make(), NotUsed.Instance));

    public static Plan Of<TMat>(Func<(StageLogic, TMat)> make) => island =>
    {
        var (logic, value) = make();
        island.Add(logic);
        return new Built(logic, logic, value);
    };

    /// <summary>The outlet of one joined to the inlet of the other.</summary>
    public static Plan Then<TMat1, TMat2, TMat3>(this Plan first, Plan second, Func<TMat1, TMat2, TMat3> combine) =>
        island =>
        {
            var (a, b) = (first(island), second(island));
            var wire = a.Last.OpenOut(island);
            (wire.Up, wire.Down) = (a.Last, b.First);
            b.First.OpenIn(wire);
            return new Built(a.First, b.Last, combine((TMat1)a.Value!, (TMat2)b.Value!));
        };

    public static Plan Map<TMat, TMat2>(this Plan plan, Func<TMat, TMat2> map) => island =>
    {
        var built = plan(island);
        return built with { Value = map((TMat)built.Value!) };
    };
}
