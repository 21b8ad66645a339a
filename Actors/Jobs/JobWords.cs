using Backup.Messages.Jobs;
using Backup.Messages.Nodes;

namespace Backup.Actors.Jobs;

/// <summary>What a job says of itself when it is asked.</summary>
internal static class JobWords
{
    /// <summary>`waiting`, `running`, `cancelling` or `ended`.</summary>
    public static string State(JobState state, JobNews news) => state switch
    {
        { Step: JobStep.Over } => "ended",
        { Cancelling: true } => "cancelling",
        { Step: JobStep.Idle or JobStep.Reserving or JobStep.Pausing } => "waiting",
        _ when news.AwaitedIn(state) is not null || news.InUseIn(state) is not null => "waiting",
        _ => "running",
    };

    /// <summary>Why it waits, where the allocator has no part in it.</summary>
    public static IReadOnlyList<string> WaitsFor(JobState state, JobNews news, NodeProtocol.Absent? absent) =>
        (state.Step, absent) switch
        {
            _ when news.AwaitedIn(state) is { } awaited => [WaitText.Sentence(new WaitReason.VolumeAwaited(awaited))],
            _ when news.InUseIn(state) is { } used =>
                [$"volume {used.Volume}, which is in use in drive {used.Drive}"],
            (JobStep.Pausing, _) => [$"its next attempt, after: {FailureText.Sentence(state.Lost!)}"],
            (_, { Client: { } client }) =>
                [$"client {client}, of which nothing was heard for {absent.For.TotalSeconds:0} s"],
            (_, { Library: { } library }) =>
                [$"the node that owns library {library}, of which nothing was heard for {absent.For.TotalSeconds:0} s"],
            _ => [],
        };
}
