#nullable disable
using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;
using Xunit;

namespace Akka.Conformance
{
    /// <summary>Ours: death watch between systems, and what strangers on the port can do.</summary>
    [Collection("Remote")]
    public class RemoteWatchSpec : RemoteKit
    {
        private const string FastWatch = @"
            akka.remote.watch-failure-detector { heartbeat-interval = 200ms, acceptable-heartbeat-pause = 1s, unreachable-nodes-reaper-interval = 200ms, expected-response-after = 200ms }
            akka.coordinated-shutdown.run-by-actor-system-terminate = off
            ";

        [Fact]
        public async Task A_watched_actor_of_another_system_that_stops_is_reported()
        {
            var (a, b) = (Remoting("left"), Remoting("right"));
            var victim = Listen(b, "victim", on: (_, _, _) => { });
            var remote = await Resolve(a, b, "/user/victim");
            var watching = new TaskCompletionSource();
            var watcher = Listen(a, onStart: c => { c.Watch(remote); watching.SetResult(); });
            await watching.Task;
            remote.Tell("not yet");
            await Eventually(() => victim.Messages.Count == 1);
            Assert.Empty(watcher.Messages);

            b.Stop(victim.Ref);

            await Eventually(() => watcher.Of<Terminated>().Any());
            var gone = watcher.Of<Terminated>().Single();
            Assert.Equal((remote, true, false), (gone.ActorRef, gone.ExistenceConfirmed, gone.AddressTerminated));
        }

        [Fact]
        public async Task Watching_what_has_ended_already_is_answered_at_once()
        {
            var (a, b) = (Remoting("left"), Remoting("right"));
            var victim = Echo(b, "victim");
            var remote = await Resolve(a, b, "/user/victim");
            Assert.True(await Soon(victim.GracefulStop(TimeSpan.FromSeconds(5))));

            var watcher = Listen(a, onStart: c => c.Watch(remote));

            await Eventually(() => watcher.Of<Terminated>().Any());
            Assert.False(watcher.Of<Terminated>().Single().ExistenceConfirmed);
        }

        [Fact]
        public async Task All_watched_actors_of_a_system_that_is_gone_are_reported()
        {
            var (a, b) = (Remoting("left", FastWatch), Remoting("right", FastWatch));
            Echo(b, "one");
            var remote = await Resolve(a, b, "/user/one");
            var never = a.ActorSelection(PathAt(b, "/user/one")).Anchor;
            var watcher = Listen(a, onStart: c => c.Watch(remote));
            Assert.Equal("hello", await Soon(remote.Ask<string>("hello")));
            Assert.NotNull(never);

            await Soon(b.Terminate());

            await Eventually(() => watcher.Of<Terminated>().Any(), "terminated", 20);
            Assert.Equal(remote, watcher.Of<Terminated>().Single().ActorRef);
        }

        [Fact]
        public async Task Garbage_on_the_port_ends_only_that_connection_and_is_logged_once()
        {
            var (a, b) = (Remoting("left"), Remoting("right", "akka.loglevel = WARNING\n"));
            var warnings = Listen(b);
            b.EventStream.Subscribe(warnings.Ref, typeof(Warning));
            Echo(b);
            var echo = await Resolve(a, b, "/user/echo");

            foreach (var garbage in new[] { "GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), [0xFF, 0xFF, 0xFF, 0x7F, 1, 2, 3], [8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], [2, 0, 0, 0, 200, 1] })
            {
                var before = warnings.Messages.Count;
                using var stranger = new TcpClient();
                await Soon(stranger.ConnectAsync("127.0.0.1", AddressOf(b).Port ?? 0));
                await Soon(stranger.GetStream().WriteAsync(garbage).AsTask());
                try
                {
                    Assert.Equal(0, await Soon(stranger.GetStream().ReadAsync(new byte[1]).AsTask()));
                }
                catch (System.IO.IOException)
                {
                    // closed so fast that what was on the way was refused
                }
                await Eventually(() => warnings.Messages.Count == before + 1);
            }

            Assert.Equal("still here", await Soon(echo.Ask<string>("still here")));
        }
    }
}
