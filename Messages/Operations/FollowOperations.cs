using Backup.Messages.Jobs;

namespace Backup.Messages.Operations;

/// <summary>The door of a system for other actor systems.</summary>
public static class GatewayDoor
{
    /// <summary>
    /// Where the gateway is on every director, for `ClusterClient.Send`. It answers each <see cref="IRequest"/> once,
    /// and each <see cref="FollowJob"/> with <see cref="JobNews"/> for a time.
    /// </summary>
    public const string Path = "/user/gateway";
}

/// <summary>
/// Asks for news of a job, now and as it goes on, for a time. Sent again it goes on for another time, to whoever sent
/// it last; so a follower that sends it every few seconds survives the loss of its contact and of the gateway. Answered
/// by <see cref="JobNews"/> at once, or by <see cref="Refused"/>.
/// </summary>
/// <param name="Request">Names the subscription; another id is another subscription.</param>
/// <param name="Job">The job.</param>
/// <param name="LogAfter">Log lines with a greater number: the last one that the follower has; 0: all.</param>
/// <param name="For">How long news are sent, <see cref="ForMax"/> at most; zero: once, and no more.</param>
public sealed record FollowJob(RequestId Request, JobId Job, long LogAfter, TimeSpan For) : IWireMessage
{
    /// <summary>The longest time; a follower that has gone costs no more than this.</summary>
    public static readonly TimeSpan ForMax = TimeSpan.FromMinutes(5);
}

/// <summary>
/// News of a job, in order, at least every five seconds. Log lines have numbers: when
/// <paramref name="LogAfter"/> is greater than the last that the
/// follower has, some were lost, and it asks again from there. The last news have the report.
/// </summary>
/// <param name="Request">The subscription.</param>
/// <param name="LogAfter">The lines begin after this number.</param>
/// <param name="Now">The job, with new log lines only.</param>
public sealed record JobNews(RequestId Request, long LogAfter, JobDetails Now) : IWireMessage;
