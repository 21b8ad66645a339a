using Akka.Actor;
using Backup.Messages;

namespace Backup.Actors.Jobs;

/// <summary>The place of a director to which nodes send what is for jobs: passes it to the region.</summary>
public sealed class JobDoor : ReceiveActor
{
    /// <summary>For <see cref="Props"/>.</summary>
    private JobDoor(IActorRef jobs) => Receive<IJobMessage>(jobs.Forward);

    /// <summary>A door.</summary>
    /// <param name="jobs">The region.</param>
    public static Props Props(IActorRef jobs) => Akka.Actor.Props.Create(() => new JobDoor(jobs));
}
