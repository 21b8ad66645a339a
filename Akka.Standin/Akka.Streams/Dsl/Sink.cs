using System.Collections.Immutable;
using Akka.Actor;
using Akka.Streams.Implementation;
using Akka.Streams.Implementation.Stages;

namespace Akka.Streams.Dsl;

public static class Sink
{
    public static Sink<TIn, TMat> FromGraph<TIn, TMat>(IGraph<SinkShape<TIn>, TMat> graph) =>
        graph as Sink<TIn, TMat> ?? new(graph.Plan());

    public static Sink<TIn, Task<IImmutableList<TIn>>> Seq<TIn>() =>
        FromGraph(Made.Sink<TIn, Task<IImmutableList<TIn>>>((shape, _) =>
        {
            var logic = new SeqLogic<TIn>(shape);
            return (logic, logic.All);
        }));

    public static Sink<TIn, Task<TIn>> First<TIn>() => One<TIn>(first: true, null);

    public static Sink<TIn, Task<TIn>> FirstOrDefault<TIn>() => One<TIn>(first: true, () => default!);

    public static Sink<TIn, Task<TIn>> Last<TIn>() => One<TIn>(first: false, null);

    public static Sink<TIn, Task<TIn>> LastOrDefault<TIn>() => One<TIn>(first: false, () => default!);

    public static Sink<TIn, Task<Done>> Ignore<TIn>() => ForEach<TIn>(_ => { });

    public static Sink<TIn, Task<Done>> ForEach<TIn>(Action<TIn> action) =>
        FromGraph(Made.Sink<TIn, Task<Done>>((shape, attributes) =>
        {
            var logic = new EachLogic<TIn>(shape, attributes, action);
            return (logic, logic.Finished);
        }));

    public static Sink<TIn, Task<Done>> ForEachAsync<TIn>(int parallelism, Func<TIn, Task> action) =>
        Flow.Create<TIn>()
            .SelectAsyncUnordered(parallelism, element => After(action(element)))
            .ToMaterialized(Ignore<NotUsed>(), Keep.Right);

    public static Sink<TIn, Task<TOut>> Aggregate<TIn, TOut>(TOut zero, Func<TOut, TIn, TOut> aggregate) =>
        Flow.Create<TIn>().Aggregate(zero, aggregate).ToMaterialized(First<TOut>(), Keep.Right);

    public static Sink<TIn, Task<TOut>> AggregateAsync<TIn, TOut>(TOut zero, Func<TOut, TIn, Task<TOut>> aggregate) =>
        Flow.Create<TIn>().AggregateAsync(zero, aggregate).ToMaterialized(First<TOut>(), Keep.Right);

    public static Sink<TIn, ISinkQueue<TIn>> Queue<TIn>() =>
        FromGraph(Made.Sink<TIn, ISinkQueue<TIn>>((shape, attributes) =>
        {
            var size = attributes.GetMandatoryAttribute<Attributes.InputBuffer>().Max;
            var logic = new QueueSinkLogic<TIn>(shape, size);
            return (logic, logic);
        }));

    public static Sink<TIn, NotUsed> Cancelled<TIn>() =>
        FromGraph(Made.Sink<TIn, NotUsed>((shape, _) => (new CancelledLogic<TIn>(shape), NotUsed.Instance)));

    public static Sink<TIn, NotUsed> OnComplete<TIn>(Action success, Action<Exception> failure) =>
        FromGraph(Made.Sink<TIn, NotUsed>((shape, _) =>
            (new OnCompleteLogic<TIn>(shape, success, failure), NotUsed.Instance)));

    /// <summary>Tells the actor one element at a time, each after the acknowledgement of the one before.</summary>
    public static Sink<TIn, NotUsed> ActorRefWithAck<TIn>(
        IActorRef actorRef, object onInitMessage, object ackMessage, object onCompleteMessage,
        Func<Exception, object>? onFailureMessage = null) =>
        FromGraph(Made.Sink<TIn, NotUsed>((shape, _) =>
            (new AckLogic<TIn>(shape, actorRef, onInitMessage, ackMessage, onCompleteMessage, onFailureMessage),
                NotUsed.Instance)));

    private static Sink<TIn, Task<TIn>> One<TIn>(bool first, Func<TIn>? whenEmpty) =>
        FromGraph(Made.Sink<TIn, Task<TIn>>((shape, _) =>
        {
            var logic = new OneLogic<TIn>(shape, first, whenEmpty);
            return (logic, logic.One);
        }));

    private static async Task<NotUsed> After(Task task)
    {
        await task.ConfigureAwait(false);
        return NotUsed.Instance;
    }
}
