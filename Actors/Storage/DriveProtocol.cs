using Akka.Actor;
using Backup.Actors.Spool;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Volumes;

namespace Backup.Actors.Storage;

/// <summary>
/// What a session says to the drive that it was granted. Local to a storage node; every request carries its own answer.
/// </summary>
internal static class DriveProtocol
{
    /// <summary>A request of a session; one at a time is served, in order.</summary>
    public interface IRequest : INoSerializationVerificationNeeded
    {
        /// <summary>The session that asks; null: an operator.</summary>
        DriveHandle? By { get; }
    }

    /// <summary>
    /// An operator's work with a drive that no session uses; or whose session waits for a volume, where that is said.
    /// </summary>
    public sealed record Operate(
        bool AlsoWhileItWaits, Action Run, Action<DriveHandle> InUse, Action<Exception> Refuse) : IRequest
    {
        public DriveHandle? By => null;
    }

    /// <summary>Puts the next volume of a pool into the drive that takes data, ready to be written.</summary>
    public sealed record MountForWriting(
        DriveHandle By, PoolName Pool, RunShare? Run, TaskCompletionSource<Mounted> Answer) : IRequest;

    /// <summary>Puts a volume into the drive, ready to be read.</summary>
    public sealed record MountForReading(
        DriveHandle By, VolumeName Volume, TaskCompletionSource<Mounted> Answer) : IRequest;

    /// <summary>
    /// Does work on the drive, on a thread that may block; the work answers by itself, when it is done or refused.
    /// </summary>
    public sealed record Work(DriveHandle By, Action<ITapeDrive> Run, Action<Exception> Refuse) : IRequest;

    /// <summary>What became of the volume in the drive: it takes no more data.</summary>
    public sealed record Retire(DriveHandle By, VolumeState State, string? Error) : IRequest;

    /// <summary>The session is done with the drive; the volume is unloaded.</summary>
    public sealed record Release(DriveHandle By, TaskCompletionSource<bool>? Answer) : IRequest;

    /// <summary>Told to the storage: a drive has reported something of itself or of its volume.</summary>
    /// <param name="Job">The job that works with it; null: none.</param>
    /// <param name="Severity">How bad it is.</param>
    /// <param name="Text">The sentence.</param>
    public sealed record Reported(JobId? Job, LogSeverity Severity, string Text) : INoSerializationVerificationNeeded;

    /// <summary>A volume is in the drive.</summary>
    public sealed record Mounted(VolumeIdentity Volume);
}

/// <summary>
/// How one session uses a drive: every call waits for its turn and never keeps an actor's thread. From its first mount
/// to its release the drive is the session's, and refuses all others.
/// </summary>
/// <param name="drive">The drive's actor.</param>
/// <param name="job">The session's job.</param>
/// <param name="patience">Waits for volumes; null: what is not there now cannot be mounted.</param>
/// <param name="backup">What is written, where a backup is: a spool may take incrementals alone.</param>
/// <param name="store">What the job has sealed so far; null: nothing.</param>
internal sealed class DriveHandle(
    IActorRef drive, JobId job, MountPatience? patience, BackupSpec? backup = null, SessionStore? store = null)
{
    private volatile bool _hasLeft;

    /// <summary>The session's job.</summary>
    public JobId Job => job;

    /// <summary>How it asks for room on a spool.</summary>
    public SpoolAsk Asks => new(
        backup?.Level == 0, backup?.Instead is not null, backup?.Spool == SpoolUse.Required,
        [.. (store?.Fragments ?? []).SelectMany(fragment => fragment.Summary.Parts).Select(part => part.Volume.Name)
            .Distinct()]);

    /// <summary>
    /// True from the moment at which the drive was given back: a mount that comes later takes it no more, lest a drive
    /// be held by a session that is gone.
    /// </summary>
    public bool HasLeft => _hasLeft;

    /// <summary>The volume that the session waits for; null: none.</summary>
    public MountRequest? Awaits => patience?.Request;

    /// <summary>Mounts the next volume that takes data; where there is none, waits for one.</summary>
    /// <exception cref="Data.JobFailureException">No volume takes data, or none can be mounted.</exception>
    /// <param name="pool">Of this pool.</param>
    /// <param name="run">The run that may write some volumes only; null: the session is of none.</param>
    public Task<DriveProtocol.Mounted> MountForWriting(PoolName pool, RunShare? run = null) =>
        Patiently(() => AskForWriting(pool, run));

    /// <summary>
    /// Mounts a volume for reading, at once when it is in the drive; where it is not in the library, waits for it.
    /// </summary>
    /// <exception cref="Data.JobFailureException">It is not there, or cannot be read.</exception>
    public Task<DriveProtocol.Mounted> MountForReading(VolumeName volume) => Patiently(() => AskForReading(volume));

    /// <summary>
    /// As the other; what is not in the library now cannot be mounted: there is something else to read.
    /// </summary>
    /// <exception cref="Data.JobFailureException">It is not there, or cannot be read.</exception>
    public Task<DriveProtocol.Mounted> MountForReadingNow(VolumeName volume) => AskForReading(volume);

    /// <summary>The session ends: a mount that waits for a volume fails.</summary>
    public void Cease() => patience?.Cease();

    private Task<DriveProtocol.Mounted> Patiently(Func<Task<DriveProtocol.Mounted>> mount) =>
        patience is null ? mount() : patience.Until(mount);

    private Task<DriveProtocol.Mounted> AskForWriting(PoolName pool, RunShare? run)
    {
        var answer = New<DriveProtocol.Mounted>();
        drive.Tell(new DriveProtocol.MountForWriting(this, pool, run, answer), ActorRefs.NoSender);
        return answer.Task;
    }

    private Task<DriveProtocol.Mounted> AskForReading(VolumeName volume)
    {
        var answer = New<DriveProtocol.Mounted>();
        drive.Tell(new DriveProtocol.MountForReading(this, volume, answer), ActorRefs.NoSender);
        return answer.Task;
    }

    /// <summary>Does work on the drive.</summary>
    public Task<T> Run<T>(Func<ITapeDrive, T> work)
    {
        var answer = New<T>();
        drive.Tell(
            new DriveProtocol.Work(
                this,
                loaded =>
                {
                    try
                    {
                        answer.SetResult(work(loaded));
                    }
                    catch (Exception thrown)
                    {
                        answer.SetException(thrown); // the session's stream fails with it
                    }
                },
                answer.SetException),
            ActorRefs.NoSender);
        return answer.Task;
    }

    /// <summary>The volume in the drive takes no more data.</summary>
    public void Retire(VolumeState state, string? error) =>
        drive.Tell(new DriveProtocol.Retire(this, state, error), ActorRefs.NoSender);

    /// <summary>Unloads, behind all work that was asked for before.</summary>
    public Task Release()
    {
        _hasLeft = true;
        var answer = New<bool>();
        drive.Tell(new DriveProtocol.Release(this, answer), ActorRefs.NoSender);
        return answer.Task;
    }

    /// <summary>
    /// As <see cref="Release"/>, for a session that is gone before the answer: the drive logs what goes wrong.
    /// </summary>
    public void Leave()
    {
        _hasLeft = true;
        drive.Tell(new DriveProtocol.Release(this, null), ActorRefs.NoSender);
    }

    private static TaskCompletionSource<T> New<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
