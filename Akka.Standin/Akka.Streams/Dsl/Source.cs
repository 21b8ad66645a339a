using Akka.Actor;
using Akka.Streams.Implementation;
using Akka.Streams.Implementation.Stages;
using Akka.Streams.Stage;
using Akka.Util;

namespace Akka.Streams.Dsl;

public static class Source
{
    public static Source<T, TMat> FromGraph<T, TMat>(IGraph<SourceShape<T>, TMat> source) =>
        source as Source<T, TMat> ?? new(source.Plan());

    /// <summary>Reads one element ahead and leaves the enumerator undisposed when cancelled.</summary>
    public static Source<T, NotUsed> From<T>(IEnumerable<T> enumerable) => FromEnumerator(enumerable.GetEnumerator);

    public static Source<T, NotUsed> FromEnumerator<T>(Func<IEnumerator<T>> enumeratorFactory) =>
        Of<T>(shape => new EnumerableLogic<T>(shape, enumeratorFactory));

    public static Source<T, NotUsed> From<T>(Func<IAsyncEnumerable<T>> asyncEnumerable) =>
        Of<T>(shape => new AsyncEnumerableLogic<T>(shape, asyncEnumerable));

    public static Source<T, NotUsed> FromTask<T>(Task<T> task) =>
        Of<T>(shape => new TaskLogic<T>(shape, async () => Option<T>.Create(await task.ConfigureAwait(false))));

    public static Source<T, NotUsed> Single<T>(T element) => From([element]);

    public static Source<T, NotUsed> Empty<T>() => Of<T>(shape => new EndedLogic<T>(shape, completes: true, null));

    public static Source<T, NotUsed> Never<T>() => Of<T>(shape => new EndedLogic<T>(shape, completes: false, null));

    public static Source<T, NotUsed> Failed<T>(Exception cause) =>
        Of<T>(shape => new EndedLogic<T>(shape, completes: false, cause));

    public static Source<T, NotUsed> Repeat<T>(T element) =>
        Of<T>(shape => new UnfoldLogic<T>(shape, () => Option<T>.Create(element)));

    /// <summary>Emits the result of the source that it is given, or nothing for a null.</summary>
    public static Source<T, TaskCompletionSource<T>> Maybe<T>() =>
        FromGraph(Made.Source<T, TaskCompletionSource<T>>((shape, _) =>
        {
            var promise = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
            return (new TaskLogic<T>(shape, async () =>
            {
                var element = await promise.Task.ConfigureAwait(false);
                return element is null ? Option<T>.None : Option<T>.Create(element);
            }), promise);
        }));

    public static Source<TElem, NotUsed> Unfold<TState, TElem>(
        TState state, Func<TState, Option<(TState, TElem)>> unfold) =>
        Of<TElem>(shape =>
        {
            var now = state;
            return new UnfoldLogic<TElem>(shape, () =>
            {
                var next = unfold(now);
                if (!next.HasValue) return Option<TElem>.None;
                (now, var element) = next.Value;
                return Option<TElem>.Create(element);
            });
        });

    public static Source<TElem, NotUsed> UnfoldAsync<TState, TElem>(
        TState state, Func<TState, Task<Option<(TState, TElem)>>> unfoldAsync) =>
        Of<TElem>(shape =>
        {
            var now = state;
            return new UnfoldAsyncLogic<TElem>(shape, async () =>
            {
                var next = await unfoldAsync(now).ConfigureAwait(false);
                if (!next.HasValue) return Option<TElem>.None;
                (now, var element) = next.Value;
                return Option<TElem>.Create(element);
            });
        });

    /// <summary>Reads until there is nothing; the resource is closed once, however the stream ends.</summary>
    public static Source<T, NotUsed> UnfoldResource<T, TSource>(
        Func<TSource> create, Func<TSource, Option<T>> read, Action<TSource> close) =>
        FromGraph(Made.Source<T>((shape, attributes) =>
            new ResourceLogic<T, TSource>(shape, attributes, create, read, close)));

    /// <summary>Reads until there is nothing; the resource is closed once, however the stream ends.</summary>
    public static Source<T, NotUsed> UnfoldResourceAsync<T, TSource>(
        Func<Task<TSource>> create, Func<TSource, Task<Option<T>>> read, Func<TSource, Task<Done>> close) =>
        FromGraph(Made.Source<T>((shape, attributes) =>
            new AsyncResourceLogic<T, TSource>(shape, attributes, create, read, close)));

    public static Source<T, ISourceQueueWithComplete<T>> Queue<T>(int bufferSize, OverflowStrategy overflowStrategy) =>
        FromGraph(Made.Source<T, ISourceQueueWithComplete<T>>((shape, _) =>
        {
            var logic = new QueueSourceLogic<T>(shape, bufferSize, overflowStrategy);
            return (logic, logic);
        }));

    /// <summary>Emits what the actor is told, without back-pressure.</summary>
    public static Source<T, IActorRef> ActorRef<T>(int bufferSize, OverflowStrategy overflowStrategy)
    {
        if (overflowStrategy == OverflowStrategy.Backpressure)
            throw new NotSupportedException("The source of an actor has no back-pressure.");
        return FromGraph(Made.Source<T, IActorRef>((shape, materializer) =>
        {
            var logic = new ActorLogic<T>(shape, materializer, bufferSize, overflowStrategy);
            return (logic, logic.Actor);
        }));
    }

    public static Source<T, ICancelable> Tick<T>(TimeSpan initialDelay, TimeSpan interval, T tick) =>
        FromGraph(Made.Source<T, ICancelable>((shape, materializer) =>
        {
            var cancelable = new Cancelable(materializer.System.Scheduler);
            return (new TickLogic<T>(shape, initialDelay, interval, tick, cancelable), cancelable);
        }));

    public static Source<TOut2, NotUsed> Combine<T, TOut2>(
        Source<T, NotUsed> first, Source<T, NotUsed> second,
        Func<int, IGraph<UniformFanInShape<T, TOut2>, NotUsed>> strategy, params Source<T, NotUsed>[] rest)
    {
        Plan[] inputs = [first.Plan(), second.Plan(), .. rest.Select(source => source.Plan())];
        return new(CompositePlan.FanIn(strategy(inputs.Length).Plan(), inputs, _ => NotUsed.Instance));
    }

    private static Source<T, NotUsed> Of<T>(Func<SourceShape<T>, GraphStageLogic> make) =>
        FromGraph(Made.Source<T>((shape, _) => make(shape)));
}
