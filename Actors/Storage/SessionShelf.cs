using System.Globalization;
using Backup.Messages;

namespace Backup.Actors.Storage;

/// <summary>The directories in which a storage node keeps what must outlive it, one a job. All calls block.</summary>
/// <param name="directory">Where they are.</param>
internal sealed class SessionShelf(string directory)
{
    /// <summary>
    /// What is kept of a job that the catalog does not know stays for this long after its last change: its catalog was
    /// lost, and may come back from a copy. All of it lies sealed on the media too.
    /// </summary>
    public static readonly TimeSpan UnknownFor = TimeSpan.FromDays(30);

    /// <summary>How often a running node looks for what it missed.</summary>
    public static readonly TimeSpan LookAgainAfter = TimeSpan.FromDays(1);

    private const string Prefix = "job-";

    /// <summary>A job's directory, whether it is there or not.</summary>
    public string DirectoryOf(JobId job) => Path.Combine(directory, Prefix + job);

    /// <summary>The jobs of which something is kept, oldest first.</summary>
    public IReadOnlyList<JobId> Jobs() => !Directory.Exists(directory)
        ? []
        :
        [
            .. Directory.EnumerateDirectories(directory, Prefix + "*")
                .Select(
                    kept =>
                        long.TryParse(Path.GetFileName(kept)[Prefix.Length..], NumberStyles.None,
                            CultureInfo.InvariantCulture, out var job) ? job : 0)
                .Where(job => job > 0).Order().Select(job => new JobId(job)),
        ];

    /// <summary>Removes what is kept of a job that is over.</summary>
    public void Remove(JobId job)
    {
        if (Directory.Exists(DirectoryOf(job))) Directory.Delete(DirectoryOf(job), recursive: true);
    }

    /// <summary>
    /// Removes what is kept of a job that nobody knows, when it has not changed for <see cref="UnknownFor"/>.
    /// </summary>
    /// <returns>True when it was.</returns>
    public bool RemoveOld(JobId job, DateTimeOffset now)
    {
        // A session puts every file in place by a rename, which its directory's time tells.
        if (!Directory.Exists(DirectoryOf(job)) || now - Directory.GetLastWriteTimeUtc(DirectoryOf(job)) < UnknownFor)
            return false;
        Remove(job);
        return true;
    }
}
