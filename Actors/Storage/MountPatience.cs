using Backup.Actors.Data;
using Backup.Messages;
using Backup.Messages.Volumes;

namespace Backup.Actors.Storage;

/// <summary>
/// Mounts for one session, and waits for a person where the volume is not in the library: it looks again when an
/// operator has done something there, and from time to time, since a volume may be put in without a word. Nothing of it
/// needs a director. The session holds its drive meanwhile.
/// </summary>
/// <param name="library">The library.</param>
/// <param name="job">The session's job.</param>
/// <param name="drive">Its drive.</param>
/// <param name="options">How long it waits, and how often it looks.</param>
/// <param name="clock">The clock.</param>
internal sealed class MountPatience(
    LibraryKeeper library, JobId job, DriveId drive, StorageOptions options, TimeProvider clock)
{
    private readonly CancellationTokenSource _ceased = new();
    private volatile MountRequest? _request;

    /// <summary>What is waited for; null: nothing. From any thread.</summary>
    public MountRequest? Request => _request;

    /// <summary>Mounts, now or when the volume has come.</summary>
    /// <exception cref="JobFailureException">It cannot be mounted, nobody brought it in time, or the session
    /// ends.</exception>
    public async Task<DriveProtocol.Mounted> Until(Func<Task<DriveProtocol.Mounted>> mount)
    {
        var since = clock.GetUtcNow();
        try
        {
            while (true)
            {
                var changed = library.Changed; // before it is tried: what changes meanwhile is not missed
                try
                {
                    return await mount().ConfigureAwait(false);
                }
                catch (VolumeMissingException missing) when (MayWait(since))
                {
                    library.Await(_request ??= new MountRequest(
                        job, drive, missing.Volume, missing.Pool, since, Place: missing.Place));
                }
                await Task.WhenAny(changed, Task.Delay(options.LookForVolumeEvery, clock, _ceased.Token))
                    .ConfigureAwait(false);
            }
        }
        finally
        {
            if (_request is { } request) library.AwaitNoMore(request);
            _request = null;
        }
    }

    /// <summary>The session ends: nothing is waited for any more.</summary>
    public void Cease() => _ceased.Cancel();

    private bool MayWait(DateTimeOffset since) =>
        !_ceased.IsCancellationRequested && clock.GetUtcNow() - since < options.WaitForVolume;
}
