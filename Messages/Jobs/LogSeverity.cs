namespace Backup.Messages.Jobs;

/// <summary>How much a line of a job's log matters.</summary>
public enum LogSeverity
{
    /// <summary>What happened, as planned.</summary>
    Info = 1,

    /// <summary>One item or one try went wrong; the job goes on.</summary>
    Warning = 2,

    /// <summary>The attempt or the job ends because of it.</summary>
    Error = 3,
}
