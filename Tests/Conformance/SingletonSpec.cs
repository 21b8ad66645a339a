#nullable disable
using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Cluster.Tools.Singleton;
using Xunit;

namespace Akka.Conformance
{
    /// <summary>Ours: one actor on the oldest node, and the way to it.</summary>
    [Collection("Tools")]
    public class SingletonSpec : ClusterKit
    {
        private readonly ConcurrentQueue<string> _log = new();

        private sealed class One : ReceiveActor
        {
            private readonly ConcurrentQueue<string> _log;

            public One(ConcurrentQueue<string> log)
            {
                _log = log;
                Receive<string>(m => m == "end", _ => { _log.Enqueue("asked to end"); Context.Stop(Self); });
                ReceiveAny(_ => Sender.Tell(((ExtendedActorSystem)Context.System).Provider.DefaultAddress.Port ?? 0));
            }

            protected override void PreStart() => _log.Enqueue("start");
            protected override void PostStop() => _log.Enqueue("stop");
        }

        private IActorRef Start(ActorSystem sys, string role = null)
        {
            var log = _log;
            sys.ActorOf(ClusterSingletonManager.Props(Props.Create(() => new One(log)), "end", ClusterSingletonManagerSettings.Create(sys).WithRole(role)), "one");
            return Proxy(sys, role);
        }

        private static IActorRef Proxy(ActorSystem sys, string role = null) =>
            sys.ActorOf(ClusterSingletonProxy.Props("/user/one", ClusterSingletonProxySettings.Create(sys).WithRole(role)), "proxy");

        private static async Task<int> Where(IActorRef proxy, int seconds = 20)
        {
            var until = DateTime.UtcNow.AddSeconds(Slowness * seconds);
            while (true)
            {
                try { return await proxy.Ask<int>(new byte[1], TimeSpan.FromSeconds(1)); }
                catch (AskTimeoutException) when (DateTime.UtcNow < until) { }
            }
        }

        [Fact]
        public async Task It_runs_once_at_the_oldest_and_is_reached_from_every_node()
        {
            var (a, b) = (Node(), Node());
            await Join(a);
            await Join(a, b);
            var (pa, pb) = (Start(a), Start(b));
            Assert.Equal((AddressOf(a).Port, AddressOf(a).Port), (await Where(pa), await Where(pb)));
            Assert.Equal(new[] { "start" }, _log);
        }

        [Fact]
        public async Task It_lives_on_nodes_of_the_role_only()
        {
            var (a, b) = (Node("", "web"), Node("", "job"));
            await Join(a);
            await Join(a, b);
            Start(b, "job");
            Assert.Equal(AddressOf(b).Port, await Where(Proxy(a, "job")));
        }

        [Fact]
        public async Task When_its_node_leaves_it_is_asked_to_end_before_it_starts_at_the_next_and_requests_sent_meanwhile_arrive()
        {
            var (a, b) = (Node(), Node());
            await Join(a);
            await Join(a, b);
            var (_, pb) = (Start(a), Start(b));
            Assert.Equal(AddressOf(a).Port, await Where(pb));
            var leaving = CoordinatedShutdown.Get(a).Run(CoordinatedShutdown.ClrExitReason.Instance);
            await Soon(leaving, 20);
            Assert.Equal(AddressOf(b).Port, await Where(pb));
            Assert.Equal(new[] { "start", "asked to end", "stop", "start" }, _log);
        }

        [Fact]
        public async Task When_its_node_crashes_it_starts_at_the_next_once_the_lost_one_is_removed()
        {
            var (a, b, c) = (Mortal(), Node(), Node());
            await Join(a);
            await Join(a, b);
            await Join(a, b, c);
            var (_, pb, pc) = (Start(a), Start(b), Start(c));
            Assert.Equal(AddressOf(a).Port, await Where(pc));
            await a.Terminate();
            Assert.Equal((AddressOf(b).Port, AddressOf(b).Port), (await Where(pb, 30), await Where(pc, 30)));
            Assert.False(Knows(b, a));
            Assert.Equal(2, _log.Count(x => x == "start"));
        }
    }
}
