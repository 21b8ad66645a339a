using System.Text.Json.Serialization;

namespace Backup.Messages.Jobs;

/// <summary>What stands around the work of a job (docs/scripts.md).</summary>
/// <param name="Scripts">In the order in which they run.</param>
/// <param name="RunTimeMax">From the beginning of its first attempt; then it is cancelled. Null: no limit.</param>
/// <param name="ByLevel">Of a backup, by its level, in its place; null: that counts for all.</param>
/// <param name="FromDueMax">From the moment for which its schedule meant it, or at which it was asked for; then it is
/// cancelled, however little of it has begun. Null: no limit.</param>
/// <param name="Messages">What tells of its end, of the directors and behind their scripts that run after; null:
/// nothing does.</param>
public sealed record JobFrame(
    IReadOnlyList<JobScript> Scripts,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] TimeSpan? RunTimeMax = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] LevelRunTimes? ByLevel = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] TimeSpan? FromDueMax = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<JobScript>? Messages = null)
{
    /// <summary>All that runs around the work, in order.</summary>
    [JsonIgnore]
    public IReadOnlyList<JobScript> All => Messages is null ? Scripts : [.. Scripts, .. Messages];
}

/// <summary>How long backups of a level may run; null: as all jobs of the policy.</summary>
/// <param name="Full">Level 0.</param>
/// <param name="Differential">Level 1.</param>
/// <param name="Incremental">Levels 2 to 9, and level 1 of one that was asked for as incremental.</param>
public sealed record LevelRunTimes(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] TimeSpan? Full = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] TimeSpan? Differential = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] TimeSpan? Incremental = null);

/// <summary>A program that runs before or after the work of a job; no shell reads its arguments.</summary>
/// <param name="Where">On which node.</param>
/// <param name="When">Before or after.</param>
/// <param name="Command">The absolute path of the program, and its arguments; at least one.</param>
/// <param name="On">Of one that runs after: in which cases.</param>
/// <param name="AbortOnError">Its failure counts: of one that runs before, the job fails.</param>
/// <param name="TimeLimit">It is killed after this time, and has failed.</param>
public sealed record JobScript(
    ScriptPlace Where,
    ScriptMoment When,
    IReadOnlyList<string> Command,
    ScriptCondition On,
    bool AbortOnError,
    TimeSpan TimeLimit);

/// <summary>On which node a script runs.</summary>
public enum ScriptPlace
{
    /// <summary>On the job's client, around each of its attempts.</summary>
    Client,

    /// <summary>On the director that has the job, around the job as a whole.</summary>
    Director,
}

/// <summary>When a script runs.</summary>
public enum ScriptMoment
{
    /// <summary>Before the work.</summary>
    Before,

    /// <summary>After the work, however it ended.</summary>
    After,
}

/// <summary>In which cases a script that runs after the work does so.</summary>
public enum ScriptCondition
{
    /// <summary>In any.</summary>
    Always,

    /// <summary>When the work is done.</summary>
    Success,

    /// <summary>When it is not: the attempt was lost, or the job was cancelled.</summary>
    Failure,

    /// <summary>Unless it is done without any exception: as <see cref="Failure"/>, and besides when items could not be
    /// saved or a script after the work failed. Of messages alone.</summary>
    Exceptions,
}
