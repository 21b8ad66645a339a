using Akka.Streams.Implementation;
using Akka.Streams.Implementation.Stages;
using Akka.Util;

namespace Akka.Streams.Dsl;

public static class Source
{
    /// <summary>Reads one element ahead and leaves the enumerator undisposed when cancelled.</summary>
    public static Source<T, NotUsed> From<T>(IEnumerable<T> enumerable) =>
        Of<T>(() => new EnumerableLogic<T>(enumerable.GetEnumerator));

    public static Source<T, NotUsed> From<T>(Func<IAsyncEnumerable<T>> asyncEnumerable) =>
        Of<T>(() => new AsyncEnumerableLogic<T>(asyncEnumerable));

    public static Source<T, NotUsed> Never<T>() => Of<T>(() => new NeverLogic<T>());

    public static Source<TElem, NotUsed> UnfoldAsync<TState, TElem>(
        TState state, Func<TState, Task<Option<(TState, TElem)>>> unfoldAsync) =>
        Of<TElem>(() => new UnfoldAsyncLogic<TState, TElem>(state, unfoldAsync));

    /// <summary>Reads until there is nothing; the resource is closed once, however the stream ends.</summary>
    public static Source<T, NotUsed> UnfoldResourceAsync<T, TSource>(
        Func<Task<TSource>> create, Func<TSource, Task<Option<T>>> read, Func<TSource, Task<Done>> close) =>
        Of<T>(() => new AsyncResourceLogic<T, TSource>(create, read, close));

    private static Source<T, NotUsed> Of<T>(Func<StageLogic> make) => new(Plans.Of(make));
}
