namespace Backup.Messages.Jobs;

/// <summary>
/// How a job ended; the same words on the medium, in the catalog, in the journal and to the operator.
/// </summary>
public enum JobOutcome
{
    /// <summary>All that was asked for was done.</summary>
    Complete = 1,

    /// <summary>Done but for some items, each of them named in the catalog.</summary>
    CompleteWithExceptions = 2,

    /// <summary>Stopped before its end; what is closed is kept, and the job can be taken up again.</summary>
    Incomplete = 3,

    /// <summary>It could not be done; the failure says why.</summary>
    Failed = 4,

    /// <summary>An operator or another system stopped it.</summary>
    Cancelled = 5,
}
