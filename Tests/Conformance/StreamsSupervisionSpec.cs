#nullable disable
using System;
using System.Collections.Concurrent;
using System.Linq;
using System.Threading.Tasks;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Streams.Supervision;
using Akka.Util;
using Xunit;

namespace Akka.Conformance
{
    /// <summary>What the stand-in has beyond the other files: deciders, resources, combined and other sources and sinks.</summary>
    public class StreamsSupervisionSpec : StreamsKit
    {
        private static readonly Attributes Resuming = ActorAttributes.CreateSupervisionStrategy(Deciders.ResumingDecider);
        private static readonly Attributes Restarting = ActorAttributes.CreateSupervisionStrategy(Deciders.RestartingDecider);

        private static Source<int, NotUsed> OneTo(int n) => Source.From(Enumerable.Range(1, n));

        [Fact]
        public async Task A_resuming_decider_drops_the_element_whose_function_threw()
        {
            var plain = OneTo(5).Select(x => x == 3 ? throw new Boom() : x).WithAttributes(Resuming);
            Assert.Equal(new[] { 1, 2, 4, 5 }, await Soon(plain.RunWith(Sink.Seq<int>(), Mat)));
            var tasks = OneTo(5).SelectAsync(2, async x => { await Task.Yield(); return x == 3 ? throw new Boom() : x; }).WithAttributes(Resuming);
            Assert.Equal(new[] { 1, 2, 4, 5 }, await Soon(tasks.RunWith(Sink.Seq<int>(), Mat)));
            var unordered = OneTo(5).SelectAsyncUnordered(2, async x => { await Task.Yield(); return x == 3 ? throw new Boom() : x; }).WithAttributes(Resuming);
            Assert.Equal(new[] { 1, 2, 4, 5 }, (await Soon(unordered.RunWith(Sink.Seq<int>(), Mat))).OrderBy(x => x));
        }

        [Fact]
        public async Task A_restarting_decider_also_forgets_what_was_gathered()
        {
            Task<int> Sum(Attributes attributes) => Soon(OneTo(5).Aggregate(0, (a, b) => b == 3 ? throw new Boom() : a + b).WithAttributes(attributes).RunWith(Sink.First<int>(), Mat));
            Assert.Equal(12, await Sum(Resuming));
            Assert.Equal(9, await Sum(Restarting));
        }

        [Fact]
        public async Task The_decider_of_the_materializers_settings_counts_where_no_attribute_says_otherwise()
        {
            var own = ActorMaterializer.Create(Sys, ActorMaterializerSettings.Create(Sys).WithSupervisionStrategy(Deciders.ResumingDecider));
            var bad = OneTo(3).Select(x => x == 2 ? throw new Boom() : x);
            Assert.Equal(new[] { 1, 3 }, await Soon(bad.RunWith(Sink.Seq<int>(), own)));
            var strict = bad.WithAttributes(ActorAttributes.CreateSupervisionStrategy(Deciders.StoppingDecider));
            await Assert.ThrowsAsync<Boom>(() => Soon(strict.RunWith(Sink.Seq<int>(), own)));
        }

        [Fact]
        public async Task UnfoldResource_closes_once_at_its_end_on_failure_and_when_cancelled()
        {
            var closed = 0;
            Source<int, NotUsed> Read(int failAt) => Source.UnfoldResource(() => new int[1],
                c => ++c[0] == failAt ? throw new Boom() : c[0] <= 5 ? Option<int>.Create(c[0]) : Option<int>.None, _ => closed++);
            Assert.Equal(Enumerable.Range(1, 5), await Soon(Read(0).RunWith(Sink.Seq<int>(), Mat)));
            await Eventually(() => closed == 1);
            await Assert.ThrowsAsync<Boom>(() => Soon(Read(3).RunWith(Sink.Seq<int>(), Mat)));
            await Eventually(() => closed == 2);
            Assert.Equal(1, await Soon(Read(0).RunWith(Sink.First<int>(), Mat)));
            await Eventually(() => closed == 3);
        }

        [Fact]
        public async Task UnfoldResourceAsync_opens_reads_and_closes_with_tasks()
        {
            var log = new ConcurrentQueue<string>();
            Source<int, NotUsed> Read() => Source.UnfoldResourceAsync(
                async () => { await Task.Yield(); log.Enqueue("open"); return new int[1]; },
                async c => { await Task.Yield(); return ++c[0] <= 3 ? Option<int>.Create(c[0]) : Option<int>.None; },
                async _ => { await Task.Yield(); log.Enqueue("close"); return Done.Instance; });
            Assert.Equal(new[] { 1, 2, 3 }, await Soon(Read().RunWith(Sink.Seq<int>(), Mat)));
            Assert.Equal(1, await Soon(Read().RunWith(Sink.First<int>(), Mat)));
            await Eventually(() => log.Count == 4);
            Assert.Equal(new[] { "open", "close", "open", "close" }, log);
        }

        [Fact]
        public async Task Combine_joins_sources_by_merge_or_concat()
        {
            var merged = Source.Combine(OneTo(3), OneTo(3), n => new Merge<int>(n), OneTo(3));
            Assert.Equal(new[] { 1, 1, 1, 2, 2, 2, 3, 3, 3 }, (await Soon(merged.RunWith(Sink.Seq<int>(), Mat))).OrderBy(x => x));
            var chained = Source.Combine(OneTo(2), Source.Empty<int>(), n => new Concat<int, int>(n), Source.Single(9));
            Assert.Equal(new[] { 1, 2, 9 }, await Soon(chained.RunWith(Sink.Seq<int>(), Mat)));
        }

        [Fact]
        public async Task Maybe_emits_what_it_is_given_and_Tick_ticks_until_cancelled()
        {
            var (promise, result) = Source.Maybe<string>().ToMaterialized(Sink.Seq<string>(), Keep.Both).Run(Mat);
            promise.SetResult("given");
            Assert.Equal(new[] { "given" }, await Soon(result));

            var seen = 0;
            var (cancel, done) = Source.Tick(Ms(0), Ms(10), 1).ToMaterialized(Sink.ForEach<int>(_ => seen++), Keep.Both).Run(Mat);
            await Eventually(() => seen >= 3);
            cancel.Cancel();
            await Soon(done);
        }

        [Fact]
        public async Task Last_OnComplete_Cancelled_and_the_sinks_of_nothing()
        {
            Assert.Equal(3, await Soon(OneTo(3).RunWith(Sink.Last<int>(), Mat)));
            Assert.Equal(0, await Soon(Source.Empty<int>().RunWith(Sink.LastOrDefault<int>(), Mat)));
            Assert.Equal(0, await Soon(Source.Empty<int>().RunWith(Sink.FirstOrDefault<int>(), Mat)));
            await Assert.ThrowsAsync<NoSuchElementException>(() => Soon(Source.Empty<int>().RunWith(Sink.First<int>(), Mat)));
            Assert.Equal(6, await Soon(OneTo(3).RunAggregate(0, (a, b) => a + b, Mat)));
            Assert.Equal(6, await Soon(OneTo(3).RunWith(Sink.AggregateAsync<int, int>(0, async (a, b) => { await Task.Yield(); return a + b; }), Mat)));

            var complete = Signal();
            OneTo(3).RunWith(Sink.OnComplete<int>(() => complete.TrySetResult(), e => complete.TrySetException(e)), Mat);
            await Soon(complete.Task);
            await Soon(Source.From(Naturals()).WatchTermination(Keep.Right).To(Sink.Cancelled<int>()).Run(Mat));
        }

        [Fact]
        public async Task MergeMany_runs_so_many_sources_at_a_time_and_BackpressureTimeout_watches_demand()
        {
            var all = await Soon(OneTo(4).MergeMany(2, x => Source.From(Enumerable.Repeat(x, x))).RunWith(Sink.Seq<int>(), Mat));
            Assert.Equal(new[] { 1, 2, 2, 3, 3, 3, 4, 4, 4, 4 }, all.OrderBy(x => x));
            var gate = Signal();
            var slow = OneTo(100).BackpressureTimeout(Ms(100)).SelectAsync(1, async x => { await gate.Task; return x; }).RunWith(Sink.Ignore<int>(), Mat);
            await Assert.ThrowsAsync<TimeoutException>(() => Soon(slow));
            gate.SetResult();
        }
    }
}
