#nullable disable
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Backup.Tests;
using Xunit;

namespace Akka.Conformance
{
    /// <summary>Ours: connections that break. Every system stands behind a relay that can be cut.</summary>
    [Collection("Remote")]
    public class RemoteBreakSpec : RemoteKit
    {
        /// <summary>Passes bytes on to a port, or nothing at all.</summary>
        private sealed class Relay : IDisposable
        {
            private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
            private readonly ConcurrentBag<TcpClient> _open = [];
            private volatile bool _isCut;

            public Relay(int to)
            {
                _listener.Start();
                _ = Accept(to);
            }

            public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

            public void Cut()
            {
                _isCut = true;
                while (_open.TryTake(out var each)) each.Close();
            }

            public void Mend() => _isCut = false;

            public void Dispose()
            {
                Cut();
                _listener.Stop();
            }

            private async Task Accept(int to)
            {
                try
                {
                    while (true)
                    {
                        var (from, on) = (await _listener.AcceptTcpClientAsync(), new TcpClient());
                        var isCut = _isCut;
                        if (!isCut) await on.ConnectAsync(IPAddress.Loopback, to);
                        _open.Add(from);
                        _open.Add(on);
                        if (!isCut && !_isCut) _ = Task.WhenAll(Pass(from, on), Pass(on, from));
                        else
                        {
                            from.Close();
                            on.Close();
                        }
                    }
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
                {
                    // the test is over
                }
            }

            private static async Task Pass(TcpClient from, TcpClient to)
            {
                try
                {
                    await from.GetStream().CopyToAsync(to.GetStream());
                }
                catch (Exception e) when (e is System.IO.IOException or ObjectDisposedException or InvalidOperationException)
                {
                    // cut
                }
                from.Close();
                to.Close();
            }
        }

        private (ActorSystem System, Relay Relay) Behind(string name)
        {
            var port = FreePorts.Take();
            var relay = new Relay(port);
            var system = Remoting(name, $@"akka.remote {{
                retry-gate-closed-for = 200ms
                dot-netty.tcp {{ public-hostname = 127.0.0.1, public-port = {relay.Port} }}
            }}
            ", port);
            return (system, relay);
        }

        [Fact]
        public async Task After_a_cut_the_systems_find_each_other_again()
        {
            var ((a, relayA), (b, relayB)) = (Behind("left"), Behind("right"));
            using var cutA = relayA;
            using var cutB = relayB;
            Assert.Equal(relayB.Port, AddressOf(b).Port);
            Echo(b);
            var echo = await Resolve(a, b, "/user/echo");
            for (var i = 0; i < 3; i++)
            {
                relayA.Cut();
                relayB.Cut();
                await Assert.ThrowsAsync<AskTimeoutException>(() => Soon(echo.Ask<string>("lost", TimeSpan.FromMilliseconds(500))));
                relayA.Mend();
                relayB.Mend();
                string answer = null;
                for (var tries = 0; tries < 40 && answer is null; tries++)
                {
                    try { answer = await echo.Ask<string>("again", TimeSpan.FromMilliseconds(500)); }
                    catch (AskTimeoutException) { }
                }
                Assert.Equal("again", answer);
            }
        }

        [Fact]
        public async Task The_end_of_a_watched_actor_is_told_even_if_it_ended_while_nothing_got_through()
        {
            var ((a, relayA), (b, relayB)) = (Behind("left"), Behind("right"));
            using var cutA = relayA;
            using var cutB = relayB;
            var victims = Enumerable.Range(0, 20).Select(i => Echo(b, "victim" + i)).ToArray();
            var remotes = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Resolve(a, b, "/user/victim" + i)));
            var watcher = Listen(a, onStart: c => { foreach (var remote in remotes) c.Watch(remote); });
            Assert.Equal("ready", await Soon(remotes[0].Ask<string>("ready")));

            relayA.Cut();
            relayB.Cut();
            foreach (var victim in victims) b.Stop(victim);
            Assert.True(await Soon(victims[19].GracefulStop(TimeSpan.FromSeconds(5))));
            Assert.Empty(watcher.Of<Terminated>());
            relayA.Mend();
            relayB.Mend();

            await Eventually(() => watcher.Of<Terminated>().Count() == 20, "all reported", 20);
            Assert.Equal(remotes.ToHashSet(), watcher.Of<Terminated>().Select(t => t.ActorRef).ToHashSet());
            Assert.All(watcher.Of<Terminated>(), t => Assert.False(t.AddressTerminated));
        }

        [Fact]
        public async Task What_gets_through_while_connections_are_cut_in_the_middle_is_whole_in_order_and_not_twice()
        {
            var ((a, relayA), (b, relayB)) = (Behind("left"), Behind("right"));
            using var cutA = relayA;
            using var cutB = relayB;
            var inbox = Listen(b, "sink");
            var sink = await Resolve(a, b, "/user/sink");
            var number = 0;
            for (var round = 0; round < 5; round++)
            {
                var before = inbox.Messages.Count;
                for (var i = 0; i < 5000; i++) sink.Tell(number++);
                // What was sent into a connection that is already cut, and not known to be, is lost.
                await Eventually(
                    () =>
                    {
                        sink.Tell(number++);
                        return inbox.Messages.Count > before;
                    },
                    "some came", 20);
                relayB.Cut();
                relayB.Mend();
            }
            var first = number;
            await Eventually(() =>
            {
                sink.Tell(number++);
                return inbox.Of<int>().Any(each => each >= first);
            }, "the link is there again", 20);
            var got = inbox.Of<int>().ToArray();
            Assert.Equal(got.Order().Distinct(), got);
        }
    }
}
