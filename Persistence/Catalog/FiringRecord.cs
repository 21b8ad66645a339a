using Backup.Messages;

namespace Backup.Persistence.Catalog;

/// <summary>Up to when it is decided what a policy's schedule starts.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Text">The schedule by which it was decided. Another schedule begins anew.</param>
/// <param name="DecidedUntil">What is due up to this moment, itself included, is decided.</param>
public sealed record ScheduleMark(PolicyName Policy, string Text, DateTimeOffset DecidedUntil);

/// <summary>A run that a schedule asked for: one for a policy and a moment.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="DueAt">The moment at which it was due.</param>
/// <param name="Rule">The line of the schedule that says so.</param>
/// <param name="Level">The level asked for, as `full` or `3`; null: none.</param>
/// <param name="State">What became of it.</param>
/// <param name="NotBefore">When it may start, in the state <see cref="FiringState.Open"/>.</param>
/// <param name="DecidedAt">When this was decided.</param>
/// <param name="Note">Why it was not started, or so late; null where there is nothing to say.</param>
/// <param name="Jobs">The jobs that it started.</param>
public sealed record FiringRecord(
    PolicyName Policy,
    DateTimeOffset DueAt,
    string Rule,
    string? Level,
    FiringState State,
    DateTimeOffset NotBefore,
    DateTimeOffset DecidedAt,
    string? Note,
    IReadOnlyList<JobId> Jobs);

/// <summary>What became of a run that a schedule asked for.</summary>
public enum FiringState
{
    /// <summary>It is to be started.</summary>
    Open = 1,

    /// <summary>Its jobs were accepted.</summary>
    Started = 2,

    /// <summary>It is left out, for a reason that its note says.</summary>
    Skipped = 3,

    /// <summary>Nobody would start it, for a reason that its note says.</summary>
    Refused = 4,
}

/// <summary>What a scheduler needs to go on.</summary>
/// <param name="Marks">Of the policies that have a schedule.</param>
/// <param name="Open">Runs that are to be started, oldest first.</param>
public sealed record ScheduleRecords(IReadOnlyList<ScheduleMark> Marks, IReadOnlyList<FiringRecord> Open);
