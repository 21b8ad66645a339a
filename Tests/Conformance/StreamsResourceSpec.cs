#nullable disable
using System;
using System.Collections.Concurrent;
using System.Linq;
using System.Threading.Tasks;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Util;
using Xunit;

namespace Akka.Conformance
{
    /// <summary>A resource is closed once, however the stream ends.</summary>
    public class StreamsResourceSpec : StreamsKit
    {
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
    }
}
