using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Catalog;

/// <summary>
/// Jobs that read an image know where it lies from when they began: nothing of it is taken out of use under them, since
/// its volumes might be written anew.
/// </summary>
internal static class CopyReaders
{
    /// <summary>A job that reads an image now; null: none does. One that waits asks where it lies when it
    /// begins.</summary>
    /// <param name="unfinished">The jobs that have not ended.</param>
    /// <param name="image">The image.</param>
    /// <param name="job">Who asks, and so does not count.</param>
    public static JobId? Of(IReadOnlyList<JobRecord> unfinished, ImageId image, JobId job) => unfinished
        .Where(each => each.Job != job && each.Phase > JobPhase.Waiting && Reads(each.Parameters, image))
        .Select(each => (JobId?)each.Job).FirstOrDefault();

    private static bool Reads(string parameters, ImageId image) => JobSpecs.Read(parameters) switch
    {
        RestoreSpec restore => (restore.Chain ?? [restore.Image]).Contains(image),
        VerifySpec verify => (verify.Chain ?? [verify.Image]).Contains(image),
        MergeSpec merge => merge.Chain.Any(each => each.Image == image),
        CopySpec copy => copy.Image == image,
        _ => false,
    };
}
