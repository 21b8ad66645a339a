namespace Akka.Streams.Implementation.Stages;

/// <summary>The operators that look at one element at a time.</summary>
internal static class Steps
{
    public static IGraph<FlowShape<TIn, TOut>, NotUsed> Select<TIn, TOut>(Func<TIn, TOut> map) =>
        Stateless<TIn, TOut>((stage, x) => stage.Emit(map(x)));

    public static IGraph<FlowShape<T, T>, NotUsed> Where<T>(Predicate<T> predicate) =>
        Stateless<T, T>((stage, x) =>
        {
            if (predicate(x)) stage.Emit(x);
            else stage.Next();
        });

    public static IGraph<FlowShape<TIn, TOut>, NotUsed> Collect<TIn, TOut>(
        Func<TIn, bool> isDefined, Func<TIn, TOut> collector) =>
        Stateless<TIn, TOut>((stage, x) =>
        {
            if (isDefined(x)) stage.Emit(collector(x));
            else stage.Next();
        });

    public static IGraph<FlowShape<T, T>, NotUsed> TakeWhile<T>(Predicate<T> predicate, bool inclusive) =>
        Stateless<T, T>((stage, x) =>
        {
            var goesOn = predicate(x);
            if (goesOn || inclusive) stage.Emit(x);
            if (!goesOn) stage.Finish();
        });

    public static IGraph<FlowShape<T, T>, NotUsed> Take<T>(long count) =>
        count <= 0 ? Made.Flow<T, T>((shape, attributes) => new NothingLogic<T>(shape, attributes))
        : Stateful<T, T>(() =>
        {
            var left = count;
            return (stage, x) =>
            {
                stage.Emit(x);
                if (--left == 0) stage.Finish();
            };
        });

    public static IGraph<FlowShape<T, T>, NotUsed> Skip<T>(long count) =>
        Stateful<T, T>(() =>
        {
            var left = count;
            return (stage, x) =>
            {
                if (left <= 0) stage.Emit(x);
                else
                {
                    left--;
                    stage.Next();
                }
            };
        });

    public static IGraph<FlowShape<T, T>, NotUsed> SkipWhile<T>(Predicate<T> predicate) =>
        Stateful<T, T>(() =>
        {
            var begun = false;
            return (stage, x) =>
            {
                begun = begun || !predicate(x);
                if (begun) stage.Emit(x);
                else stage.Next();
            };
        });

    public static IGraph<FlowShape<T, T>, NotUsed> LimitWeighted<T>(long max, Func<T, long> cost) =>
        Stateful<T, T>(() =>
        {
            var left = max;
            return (stage, x) =>
            {
                left -= cost(x);
                if (left >= 0) stage.Emit(x);
                else stage.Fail(new StreamLimitReachedException(max));
            };
        });

    public static IGraph<FlowShape<T, (T, long)>, NotUsed> ZipWithIndex<T>() =>
        Stateful<T, (T, long)>(() =>
        {
            var index = 0L;
            return (stage, x) => stage.Emit((x, index++));
        });

    private static IGraph<FlowShape<TIn, TOut>, NotUsed> Stateless<TIn, TOut>(
        Action<StepLogic<TIn, TOut>, TIn> step) => Stateful(() => step);

    private static IGraph<FlowShape<TIn, TOut>, NotUsed> Stateful<TIn, TOut>(
        Func<Action<StepLogic<TIn, TOut>, TIn>> begin) =>
        Made.Flow<TIn, TOut>((shape, attributes) => new StepLogic<TIn, TOut>(shape, attributes, begin));

    /// <summary>Completes without asking for an element.</summary>
    private sealed class NothingLogic<T>(FlowShape<T, T> shape, Attributes attributes)
        : FlowLogic<T, T>(shape, attributes)
    {
        public override void PreStart() => CompleteStage();
    }
}
