using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>
/// Exit codes of all commands; documented in docs/operations.md. A code that is not here is a failure.
/// </summary>
internal static class ExitCode
{
    public const int Complete = 0;
    public const int Failed = 1;
    public const int Usage = 2;

    /// <summary>Done but for items that are named; also a verify that found differences.</summary>
    public const int CompleteWithExceptions = 3;

    /// <summary>No such job, image, path or name.</summary>
    public const int NothingFound = 4;

    /// <summary>Whoever asks may not have it done.</summary>
    public const int Forbidden = 5;

    /// <summary>No node answers, and no catalog can be read.</summary>
    public const int Unreachable = 6;

    /// <summary>An operator cancelled the job.</summary>
    public const int Cancelled = 20;

    /// <summary>Ctrl-C or SIGTERM ended the command.</summary>
    public const int Interrupted = 130;

    public static IReadOnlyList<(int Code, string Meaning)> Table { get; } =
    [
        (Complete, "complete"),
        (Failed, "failed, or refused in the present state"),
        (Usage, "usage or configuration is wrong; nothing was done"),
        (CompleteWithExceptions,
            "complete with exceptions: some items are named as not saved, not restored, different or damaged"),
        (NothingFound, "nothing found: no such job, image, path or name"),
        (Forbidden, "this may not be asked for at this node"),
        (Unreachable, "no node answers and no catalog can be read"),
        (Cancelled, "an operator cancelled the job"),
        (Interrupted, "interrupted; the job goes on, or waits for the next node"),
    ];

    public static int For(JobOutcome outcome) => outcome switch
    {
        JobOutcome.Complete => Complete,
        JobOutcome.CompleteWithExceptions => CompleteWithExceptions,
        JobOutcome.Cancelled => Cancelled,
        _ => Failed,
    };

    public static int For(RefusalCode code) => code switch
    {
        RefusalCode.BadRequest => Usage,
        RefusalCode.NotFound => NothingFound,
        RefusalCode.Conflict => Failed,
        RefusalCode.Forbidden => Forbidden,
        _ => Unreachable,
    };
}

/// <summary>Ends a command with an exit code and a sentence for the operator.</summary>
internal sealed class CommandFailure(int exitCode, Refused refusal) : Exception(refusal.Sentence)
{
    public CommandFailure(Refused refusal) : this(CommandLine.ExitCode.For(refusal.Code), refusal) { }

    public int ExitCode => exitCode;

    public Refused Refusal => refusal;

    public static CommandFailure Usage(string sentence) => new(new Refused(RefusalCode.BadRequest, sentence));
}
