using Akka.Actor;
using Akka.Cluster.Sharding;
using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Actors.Jobs;

/// <summary>Routes messages to the jobs of a node that is alone; in a cluster, sharding does.</summary>
public sealed class JobRegion : ReceiveActor
{
    private readonly JobNeighbours _neighbours;
    private readonly JobOptions _options;

    /// <summary>For <see cref="Props"/>.</summary>
    private JobRegion(JobNeighbours neighbours, JobOptions options)
    {
        (_neighbours, _options) = (neighbours, options);
        Receive<IJobMessage>(Route);
        Receive<Over>(over => Context.Stop(Context.Child(NameOf(over.Job))));
    }

    /// <summary>The region.</summary>
    /// <param name="neighbours">Whom the sagas talk to.</param>
    /// <param name="options">Their limits.</param>
    public static Props Props(JobNeighbours neighbours, JobOptions options) =>
        Akka.Actor.Props.Create(() => new JobRegion(neighbours, options));

    private void Route(IJobMessage message)
    {
        var known = Context.Child(NameOf(message.Job));
        if (!known.IsNobody()) known.Forward(message);
        else if (message is JobProtocol.Start)
            Context.ActorOf(JobGuard.Props(message.Job, _neighbours, _options, new Over(message.Job)),
                NameOf(message.Job)).Forward(message);
        else if (message is JobProtocol.ICommand)
            Sender.Tell(new JobProtocol.Refused(message.Job, JobProtocol.Refusal.NotRunning));
    }

    private static string NameOf(JobId job) => $"job-{job}";

    private sealed record Over(JobId Job) : INoSerializationVerificationNeeded;
}

/// <summary>The jobs of a cluster's directors: each lives on one of them, wherever that is at the moment.</summary>
public static class JobShards
{
    /// <summary>What the entities are called. All directors must agree.</summary>
    public const string TypeName = "job";

    /// <summary>How many shards there are. All directors must agree, for ever.</summary>
    private const int Shards = 100;

    /// <summary>Starts the region of a director.</summary>
    /// <param name="system">Of the cluster.</param>
    /// <param name="role">The role of those that host jobs.</param>
    /// <param name="neighbours">Whom the sagas of this node talk to.</param>
    /// <param name="options">Their limits.</param>
    /// <returns>Takes every <see cref="IJobMessage"/>.</returns>
    public static IActorRef Start(ActorSystem system, string role, JobNeighbours neighbours, JobOptions options) =>
        ClusterSharding.Get(system).Start(
            TypeName,
            job => JobGuard.Props(JobId.Parse(job), neighbours, options, new Passivate(PoisonPill.Instance)),
            // Which jobs there are stands in the catalog, and the keeper starts them; a waiting job is not idle.
            ClusterShardingSettings.Create(system).WithRole(role).WithRememberEntities(false)
                .WithPassivateIdleAfter(TimeSpan.Zero),
            new ByJob());

    private sealed class ByJob() : HashCodeMessageExtractor(Shards)
    {
        public override string? EntityId(object message) => (message as IJobMessage)?.Job.ToString();
    }
}
