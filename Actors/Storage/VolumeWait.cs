using Backup.Actors.Data;
using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Actors.Storage;

/// <summary>
/// Puts volumes into a session's drive to be read, and waits for one that is in another drive: it is whole, only in
/// use. Not for ever, since a drive that waits is kept from others: behind that the attempt is lost and comes again.
/// For a volume that another drive of the same session reads it waits as long as that takes: that one goes on, since
/// who waits here has no volume in its drive.
/// </summary>
/// <param name="drive">The drive.</param>
/// <param name="say">Takes a line for the job's log.</param>
/// <param name="time">The clock.</param>
/// <param name="own">All drives of the session, where it has several; null: it has this one.</param>
internal sealed class VolumeWait(
    DriveHandle drive, Action<LogSeverity, string, string> say, TimeProvider time,
    IReadOnlyCollection<DriveId>? own = null)
{
    /// <summary>How often it is tried again.</summary>
    public static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(1);

    /// <summary>How long a session waits for one volume.</summary>
    public static readonly TimeSpan WaitsMost = TimeSpan.FromMinutes(15);

    private volatile JobFailure.VolumeInUse? _inUse;

    /// <summary>The drive.</summary>
    public DriveHandle Drive => drive;

    /// <summary>The volume that was mounted last; null before the first. From any thread.</summary>
    public VolumeName? Volume { get; private set; }

    /// <summary>What it waits for; null while it does not. From any thread.</summary>
    public JobFailure.VolumeInUse? InUse => _inUse;

    /// <summary>Mounts a volume.</summary>
    /// <exception cref="JobFailureException">It is not there or not readable (<see cref="JobFailure.VolumeError"/>), in
    /// use for long (<see cref="JobFailure.VolumeInUse"/>), or the library does not answer.</exception>
    /// <param name="volume">The volume.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <param name="isNeeded">False: nobody is asked for it, as there is another copy to be read.</param>
    public async Task Mount(VolumeName volume, CancellationToken cancellation, bool isNeeded = true)
    {
        using var ceases = cancellation.Register(drive.Cease); // nobody brings a volume to who has ended
        var began = time.GetTimestamp();
        try
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                try
                {
                    Volume = (await (isNeeded ? drive.MountForReading(volume) : drive.MountForReadingNow(volume))
                        .ConfigureAwait(false)).Volume.Name;
                    return;
                }
                catch (JobFailureException refused)
                    when (refused.Failure is JobFailure.VolumeInUse used && own?.Contains(used.Drive) == true)
                {
                    began = time.GetTimestamp();
                }
                catch (JobFailureException refused)
                    when (refused.Failure is JobFailure.VolumeInUse && time.GetElapsedTime(began) < WaitsMost)
                {
                    Tell((JobFailure.VolumeInUse)refused.Failure);
                }
                await Task.Delay(LookAgainAfter, time, cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            _inUse = null;
        }
    }

    private void Tell(JobFailure.VolumeInUse used)
    {
        if (_inUse is null) say(LogSeverity.Info, "volume-in-use", FailureText.Sentence(used));
        _inUse = used;
    }
}
