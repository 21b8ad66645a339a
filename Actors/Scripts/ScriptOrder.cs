using Akka.Actor;
using Backup.Messages.Jobs;

namespace Backup.Actors.Scripts;

/// <summary>Scripts to be run one after the other, and what they are told.</summary>
/// <param name="When">Before the work, or after it.</param>
/// <param name="Scripts">In order.</param>
/// <param name="Environment">All of their environment but PATH and HOME.</param>
/// <param name="Place">Where they run, for sentences: `client web1`.</param>
/// <param name="Allowed">What may be run here.</param>
/// <param name="Key">The key that says so.</param>
internal sealed record ScriptOrder(
    ScriptMoment When,
    IReadOnlyList<JobScript> Scripts,
    IReadOnlyDictionary<string, string> Environment,
    string Place,
    IReadOnlyList<string> Allowed,
    string Key);

/// <summary>A line for a job's log.</summary>
/// <param name="Severity">How bad.</param>
/// <param name="Code">A stable code.</param>
/// <param name="Text">Safe to print.</param>
internal sealed record ScriptLine(LogSeverity Severity, string Code, string Text) : INoSerializationVerificationNeeded;
