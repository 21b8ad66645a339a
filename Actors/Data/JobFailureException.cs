using Backup.Messages.Jobs;
using Backup.Media.Posix;

namespace Backup.Actors.Data;

/// <summary>
/// Carries a failure through a stream or a data connection, so that both ends tell the job the same reason.
/// </summary>
public class JobFailureException : Exception
{
    /// <summary>With the failure.</summary>
    /// <param name="failure">Why the flow ends.</param>
    public JobFailureException(JobFailure failure)
        : base(FailureText.Sentence(failure)) => Failure = failure;

    /// <summary>Why the flow ends.</summary>
    public JobFailure Failure { get; }

    /// <summary>The failure that an exception of a stream stands for, however streams have wrapped it.</summary>
    /// <param name="thrown">What the stream ended with.</param>
    /// <param name="otherwise">The failure for a system call that failed.</param>
    public static JobFailure Of(Exception thrown, Func<PosixException, JobFailure> otherwise)
    {
        for (var cause = thrown; cause is not null; cause = cause.InnerException)
        {
            if (cause is JobFailureException known) return known.Failure;
            if (cause is PosixException { Errno: var errno } full && Errno.IsOutOfDescriptors(errno))
                return new JobFailure.NodeShort(full.Message);
            if (cause is PosixException posix) return otherwise(posix);
        }
        return new JobFailure.Internal(
            $"{thrown.GetBaseException().GetType().Name}: {thrown.GetBaseException().Message}");
    }
}
