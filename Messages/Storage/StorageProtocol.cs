using Backup.Messages.Clients;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Messages.Storage;

/// <summary>
/// What is said to a storage node about one job, and what it reports. Every message carries the attempt's epoch.
/// </summary>
public static class StorageProtocol
{
    /// <summary>A command to a storage node.</summary>
    public interface ICommand : IAttemptMessage;

    /// <summary>A report of a storage node to the job.</summary>
    public interface IReport : IAttemptMessage;

    /// <summary>
    /// Opens a session that takes an image. Before it is ready, all sealed fragments of earlier attempts are in the
    /// catalog.
    /// </summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt; older ones are refused from now on.</param>
    /// <param name="Spec">What is saved, and to which pool.</param>
    /// <param name="Since">The moment of the first attempt.</param>
    /// <param name="Drive">The drive that was granted.</param>
    /// <param name="Second">One more of its library, for a copy that is written with the image; null: none.</param>
    public sealed record OpenWrite(
        JobId Job, Epoch Epoch, BackupSpec Spec, DateTimeOffset Since, DriveId Drive, DriveId? Second = null)
        : ICommand;

    /// <summary>Opens a session that gives files of an image.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    /// <param name="Spec">Which.</param>
    /// <param name="Drive">The drive that was granted.</param>
    /// <param name="More">Further drives of the same library that were granted; null: none.</param>
    public sealed record OpenRead(
        JobId Job, Epoch Epoch, RestoreSpec Spec, DriveId Drive, IReadOnlyList<DriveId>? More = null) : ICommand;

    /// <summary>Re-reads all parts of an image and checks every digest.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    /// <param name="Spec">Which.</param>
    /// <param name="Drive">The drive that was granted.</param>
    public sealed record CheckMedia(JobId Job, Epoch Epoch, VerifySpec Spec, DriveId Drive) : ICommand;

    /// <summary>Reads the index files of all volumes of a library and records what they say in the catalog.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    /// <param name="Spec">Which library.</param>
    /// <param name="Drive">The drive that was granted.</param>
    public sealed record Scan(JobId Job, Epoch Epoch, ScanSpec Spec, DriveId Drive) : ICommand;

    /// <summary>Makes a full image of a chain, by one drive that reads and writes in turn.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt; older ones are refused from now on.</param>
    /// <param name="Spec">Of what, and to which pool.</param>
    /// <param name="Drive">The drive that was granted.</param>
    public sealed record Merge(JobId Job, Epoch Epoch, MergeSpec Spec, DriveId Drive) : ICommand;

    /// <summary>
    /// Copies the fragments of an image to a pool, one by one; each is in the catalog before the next but one begins.
    /// </summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt; older ones are refused from now on.</param>
    /// <param name="Spec">Of what, and to which pool.</param>
    /// <param name="Drive">The drive that was granted, which writes; where there is no other, it reads too.</param>
    /// <param name="Source">The drive that reads, of the same library; null: there is none.</param>
    public sealed record Copy(JobId Job, Epoch Epoch, CopySpec Spec, DriveId Drive, DriveId? Source = null) : ICommand;

    /// <summary>Reads volumes of a library again and compares each block with its digest.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    /// <param name="Spec">Which volumes.</param>
    /// <param name="Drive">The drive that was granted.</param>
    public sealed record Scrub(JobId Job, Epoch Epoch, ScrubSpec Spec, DriveId Drive) : ICommand;

    /// <summary>
    /// Ends the attempt and all older ones of the job. Answered by <see cref="Stopped"/> even when nothing runs.
    /// </summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    public sealed record Stop(JobId Job, Epoch Epoch) : ICommand;

    /// <summary>
    /// Asks whether the attempt runs. Answered by <see cref="Ready"/>, <see cref="Finished"/> or <see cref="Unknown"/>.
    /// </summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    /// <param name="ItemsFrom">From this number on, exceptions are told again before the answer; null: none.</param>
    public sealed record Query(JobId Job, Epoch Epoch, long? ItemsFrom = null) : ICommand;

    /// <summary>The job is over; what the node keeps of it on its own disk may go. Not answered.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">Its last attempt.</param>
    public sealed record Forget(JobId Job, Epoch Epoch) : ICommand;

    /// <summary>The job has this fragment in its journal.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    /// <param name="Fragment">The fragment.</param>
    public sealed record Noted(JobId Job, Epoch Epoch, int Fragment) : ICommand;

    /// <summary>The session takes or gives data.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    /// <param name="Address">Where the client connects.</param>
    /// <param name="Resume">Where the client begins; the beginning for a session that gives.</param>
    /// <param name="Drives">How many of the granted drives it uses, the first ones; the others may be another's. 0:
    /// one.</param>
    public sealed record Ready(JobId Job, Epoch Epoch, DataAddress Address, ResumePoint Resume, int Drives = 0)
        : IReport;

    /// <summary>The storage node knows no such attempt.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    public sealed record Unknown(JobId Job, Epoch Epoch) : IReport;

    /// <summary>How far it is; at most some a second, may be lost.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    /// <param name="Progress">What storage knows.</param>
    public sealed record Advanced(JobId Job, Epoch Epoch, JobProgress Progress) : IReport;

    /// <summary>A fragment is durable on the medium and in the catalog; repeated until <see cref="Noted"/>.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt that wrote it.</param>
    /// <param name="Fragment">What it is.</param>
    public sealed record FragmentClosed(JobId Job, Epoch Epoch, FragmentSummary Fragment) : IReport;

    /// <summary>Something on the medium is worth a line in the job's log.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    /// <param name="Severity">How bad.</param>
    /// <param name="Code">A stable code.</param>
    /// <param name="Text">The sentence.</param>
    public sealed record Said(JobId Job, Epoch Epoch, LogSeverity Severity, string Code, string Text) : IReport;

    /// <summary>Items hit by damage on the medium, told at once.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    /// <param name="Exceptions">In order.</param>
    /// <param name="First">The number of the first of them within the attempt, from 0; null from a node that does not
    /// count them.</param>
    public sealed record Excepted(
        JobId Job, Epoch Epoch, IReadOnlyList<FileException> Exceptions, long? First = null) : IReport;

    /// <summary>Storage has done its part.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    /// <param name="Result">What it did.</param>
    public sealed record Finished(JobId Job, Epoch Epoch, StorageResult Result) : IReport;

    /// <summary>The attempt has failed at the storage node.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    /// <param name="Failure">Why.</param>
    public sealed record Failed(JobId Job, Epoch Epoch, JobFailure Failure) : IReport;

    /// <summary>Nothing of the attempt runs any more; the drive is free.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    public sealed record Stopped(JobId Job, Epoch Epoch) : IReport;
}

/// <summary>What a job keeps of a closed fragment.</summary>
/// <param name="Fragment">Its number, from 0.</param>
/// <param name="Root">Its root.</param>
/// <param name="Files">Members that end in it.</param>
/// <param name="Bytes">Bytes of their content.</param>
/// <param name="StoredBytes">Bytes on the medium.</param>
/// <param name="Exceptions">Exceptions named in its index.</param>
/// <param name="Volumes">Volumes that hold it.</param>
/// <param name="Seal">True when it is the image's last.</param>
public sealed record FragmentSummary(
    int Fragment,
    Sha256Digest Root,
    long Files,
    long Bytes,
    long StoredBytes,
    long Exceptions,
    IReadOnlyList<VolumeName> Volumes,
    bool Seal);

/// <summary>What storage did in a job that reads.</summary>
/// <param name="Fragments">Fragments read or found.</param>
/// <param name="Files">Members checked, sent or found.</param>
/// <param name="Bytes">Bytes of their content.</param>
/// <param name="ReadBytes">Bytes read from the medium.</param>
/// <param name="Exceptions">Items hit by damage.</param>
/// <param name="Volumes">Volumes read, in order.</param>
/// <param name="RestoreCommand">The shell line that restores the image; null where it is not about one image.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record StorageResult(
    int Fragments,
    long Files,
    long Bytes,
    long ReadBytes,
    long Exceptions,
    IReadOnlyList<VolumeName> Volumes,
    string? RestoreCommand,
    double Seconds);
