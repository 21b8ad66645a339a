using System.Collections.Immutable;
using Akka.Streams.Implementation;
using Akka.Streams.Implementation.Stages;

namespace Akka.Streams.Dsl;

public static class Sink
{
    public static Sink<TIn, Task<IImmutableList<TIn>>> Seq<TIn>() => Of(() => new SeqLogic<TIn>());

    public static Sink<TIn, Task<TIn>> First<TIn>() => Of(() => new FirstLogic<TIn>());

    public static Sink<TIn, Task<Done>> Ignore<TIn>() => ForEach<TIn>(_ => { });

    public static Sink<TIn, Task<Done>> ForEach<TIn>(Action<TIn> action) => Of(() => new EachLogic<TIn>(action));

    public static Sink<TIn, Task<TOut>> Aggregate<TIn, TOut>(TOut zero, Func<TOut, TIn, TOut> aggregate) =>
        Flow.Create<TIn>().Aggregate(zero, aggregate).ToMaterialized(First<TOut>(), Keep.Right);

    private static Sink<TIn, Task<TResult>> Of<TIn, TResult>(Func<ResultLogic<TIn, TResult>> make) =>
        new(Plans.Of(() =>
        {
            var logic = make();
            return ((StageLogic)logic, logic.Result);
        }));
}
