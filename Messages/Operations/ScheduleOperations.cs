namespace Backup.Messages.Operations;

/// <summary>Asks what schedules start by themselves, and what became of what they were to start.</summary>
/// <param name="Days">How many days to look ahead and back, 1 to 400.</param>
/// <param name="Policy">Only this policy.</param>
/// <param name="Limit">Most runs in each list of the answer, 1 to 10,000.</param>
public sealed record ShowSchedule(int Days = 7, PolicyName? Policy = null, int Limit = 200) : IRequest;

/// <summary>What schedules start.</summary>
/// <param name="Past">Runs that were due, the last first; those that are still to be started among them.</param>
/// <param name="Coming">Runs to come, the next first.</param>
/// <param name="Unscheduled">Policies that nobody starts by himself: they have no schedule.</param>
public sealed record ScheduleShown(
    IReadOnlyList<ScheduledRun> Past,
    IReadOnlyList<ScheduledRun> Coming,
    IReadOnlyList<PolicyName> Unscheduled) : IReply;

/// <summary>A run that a schedule asks for.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="At">When it is or was due.</param>
/// <param name="State">`coming`; `due`: it will be started at <paramref name="Starts"/>, because it was missed or a
/// window is awaited; `started`; `missed`: it is left out; `refused`: it could not be started.</param>
/// <param name="Level">The level that it asks for, as `full` or `3`; null: none.</param>
/// <param name="Rule">The line of the schedule that says so.</param>
/// <param name="Starts">When it will start; null where it has, or will not.</param>
/// <param name="Jobs">The jobs that it started.</param>
/// <param name="Note">Why it is late or left out; null where there is nothing to say.</param>
public sealed record ScheduledRun(
    PolicyName Policy,
    DateTimeOffset At,
    string State,
    string? Level,
    string Rule,
    DateTimeOffset? Starts,
    IReadOnlyList<JobId> Jobs,
    string? Note);
