using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using Akka.Cluster.Tools.Client;
using Akka.Cluster.Tools.Singleton;
using Backup.Actors.Gateway;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Tests.Unit.Actors;
using RunAndRestore;
using Xunit;

namespace Backup.Tests.Unit.Wire;

/// <summary>
/// Akka's own parts work although plain objects are refused, and a system outside of the cluster is served, by another
/// node when its contact is gone.
/// </summary>
public sealed class ClusterWireSpecs : IAsyncDisposable
{
    private const string Timings = """
        akka {
          actor.provider = cluster
          remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }
          coordinated-shutdown { run-by-clr-shutdown-hook = off, run-by-actor-system-terminate = off }
          cluster {
            roles = [director]
            seed-node-timeout = 1s
            gossip-interval = 200ms
            leader-actions-interval = 200ms
            periodic-tasks-initial-delay = 200ms
            pub-sub.gossip-interval = 200ms
            failure-detector { heartbeat-interval = 200ms, acceptable-heartbeat-pause = 2s }
            # Of two, the one that is left may be the one that has to give way: not while a test runs.
            split-brain-resolver.stable-after = 60s
            sharding { state-store-mode = ddata, distributed-data.durable.keys = [], retry-interval = 200ms }
            singleton.hand-over-retry-interval = 200ms
            singleton-proxy.singleton-identification-interval = 200ms
            client.receptionist { heartbeat-interval = 200ms, failure-detection-interval = 200ms }
          }
        }
        """;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);
    private static readonly JobId Job = new(7);
    private readonly WireSystem _systems = new();
    private readonly ScriptedJob _job = new(Job);

    [Fact]
    public async Task Sharding_singletons_and_their_proxies_work_where_plain_objects_are_refused()
    {
        var (one, two) = await Cluster();
        var regions = new[] { one, two }.Select(system => ClusterSharding.Get(system).Start(
            "jobs", _ => Props.Create(() => new Answerer()), ClusterShardingSettings.Create(system),
            new JobExtractor())).ToList();
        foreach (var system in new[] { one, two })
            system.ActorOf(ClusterSingletonManager.Props(Props.Create(() => new Answerer()), PoisonPill.Instance,
                ClusterSingletonManagerSettings.Create(system)), "planner");
        var proxy = two.ActorOf(
            ClusterSingletonProxy.Props("/user/planner", ClusterSingletonProxySettings.Create(two)), "proxy");

        for (var job = 1; job <= 20; job++)
            Assert.Equal(new JobProtocol.Accepted(new JobId(job)), await regions[job % 2].Ask<JobProtocol.Accepted>(
                new JobProtocol.Ask(new JobId(job)), Soon));
        Assert.Equal(new JobProtocol.Accepted(new JobId(3)),
            await proxy.Ask<JobProtocol.Accepted>(new JobProtocol.Ask(new JobId(3)), Soon));
    }

    [Fact]
    public async Task A_follower_outside_goes_on_with_another_contact_when_its_own_is_gone()
    {
        var (one, two) = await Cluster();
        Serve(one);
        var outside = _systems.Start("""
            akka {
              actor.provider = remote
              remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }
              cluster.client {
                establishing-get-contacts-interval = 300ms
                refresh-contacts-interval = 300ms
                heartbeat-interval = 200ms
                acceptable-heartbeat-pause = 1s
              }
            }
            """, "outside");
        // The second one serves only when the first has been found.
        var contacts = new[] { one, two }.Select(system => ActorPath.Parse($"{AddressOf(system)}/system/receptionist"));
        var gateway = new RemoteGateway(outside, outside.ActorOf(ClusterClient.Props(ClusterClientSettings
            .Create(outside).WithInitialContacts(contacts.ToImmutableHashSet<ActorPath>())), "client"));
        var lines = new List<long>();
        var (first, second) = (new TaskCompletionSource(), new TaskCompletionSource());

        var started = await gateway.Ask<JobsStarted>(new RunPolicy(RequestId.New(), new PolicyName("daily")));
        var ended = gateway.Follow(started.Jobs[0], news =>
        {
            lines.AddRange(news.Log.Select(line => line.Number));
            if (lines.Contains(1)) first.TrySetResult();
            if (lines.Contains(3)) second.TrySetResult();
        });
        _job.Log();
        await first.Task.WaitAsync(Soon);
        Serve(two);
        await one.Terminate();
        _job.Log(2);
        await second.Task.WaitAsync(Soon);
        _job.Log();
        _job.End();

        Assert.NotNull((await ended.WaitAsync(Soon)).Report);
        Assert.Equal([1, 2, 3, 4], lines);
        await Assert.ThrowsAsync<RefusedException>(() => gateway.Follow(new JobId(99), _ => { }).WaitAsync(Soon));
    }

    public ValueTask DisposeAsync() => _systems.DisposeAsync();

    private void Serve(ActorSystem system) => ClusterClientReceptionist.Get(system).RegisterService(system.ActorOf(
        GatewayActor.Props(_job.Answer, new FollowPace(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1))),
        "gateway"));

    private async Task<(ActorSystem, ActorSystem)> Cluster()
    {
        var systems = new[] { _systems.Start(Timings, "backup"), _systems.Start(Timings, "backup") };
        var up = systems.Select(_ => new TaskCompletionSource()).ToArray();
        foreach (var (system, done) in systems.Zip(up))
        {
            Akka.Cluster.Cluster.Get(system).RegisterOnMemberUp(() => done.TrySetResult());
            Akka.Cluster.Cluster.Get(system).Join(AddressOf(systems[0]));
        }
        await Task.WhenAll(up.Select(done => done.Task)).WaitAsync(Soon);
        return (systems[0], systems[1]);
    }

    private static Address AddressOf(ActorSystem system) => ((ExtendedActorSystem)system).Provider.DefaultAddress;

    private sealed class Answerer : ReceiveActor
    {
        public Answerer() => Receive<JobProtocol.Ask>(ask => Sender.Tell(new JobProtocol.Accepted(ask.Job)));
    }

    private sealed class JobExtractor() : HashCodeMessageExtractor(10)
    {
        public override string? EntityId(object message) => (message as IJobMessage)?.Job.ToString();
    }
}
