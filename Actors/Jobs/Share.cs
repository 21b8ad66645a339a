using Backup.Messages;

namespace Backup.Actors.Jobs;

/// <summary>
/// What a job needs a share of. The order is the one in which a job that has waited for long keeps what is free: what
/// costs others little to go without stands in front, drives stand last.
/// </summary>
internal enum ShareKind
{
    /// <summary>That the client's node is there.</summary>
    ClientThere,

    /// <summary>That a node with the library is there.</summary>
    LibraryThere,

    /// <summary>The one backup of a file set of a client.</summary>
    FileSet,

    /// <summary>A slot of a client.</summary>
    Client,

    /// <summary>One of a policy's backups.</summary>
    Policy,

    /// <summary>A part of what a network carries.</summary>
    Network,

    /// <summary>One of a storage node's jobs that read.</summary>
    Reads,

    /// <summary>One of a storage node's jobs.</summary>
    Storage,

    /// <summary>One of the system's jobs.</summary>
    System,

    /// <summary>A drive of a library.</summary>
    Drive,

    /// <summary>A drive of a library's spool.</summary>
    Spool,

    /// <summary>That no backup of another priority works which it, or that one, does not work beside.</summary>
    Priority,
}

/// <summary>Something of which there is only so much.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Of">Whose.</param>
internal readonly record struct Share(ShareKind Kind, string Of = "");

/// <summary>
/// What is kept for jobs that have waited for long. Of those that wait for the same, the first keeps what it found
/// before that, in the order of <see cref="ShareKind"/>, from all that stand behind it: otherwise jobs that need the
/// one or the other alone could go on taking turns, and it would never find all at once. Since all keep in one order,
/// nobody keeps what another one needs who keeps what he needs. A job that waits for nothing but the end of backups of
/// another priority lets nobody behind it begin.
/// </summary>
internal sealed class KeptShares
{
    private readonly Dictionary<Share, List<JobId>> _kept = [];
    private readonly HashSet<Share> _awaited = [];

    /// <summary>Who lets nobody behind it begin; null: nobody.</summary>
    public JobId? Barrier { get; private set; }

    /// <summary>Those for whom a share is kept.</summary>
    public IReadOnlyList<JobId> Of(Share share) => _kept.TryGetValue(share, out var jobs) ? jobs : [];

    /// <summary>A job is not granted what it needs.</summary>
    /// <param name="job">The job.</param>
    /// <param name="needs">What it needs, in order.</param>
    /// <param name="lacks">What of it is not free, in order; at least one.</param>
    /// <param name="isOfAge">It has waited for long.</param>
    public void Pass(JobId job, IEnumerable<Share> needs, IReadOnlyList<Share> lacks, bool isOfAge)
    {
        if (lacks is [{ Kind: ShareKind.Priority }]) Barrier = job;
        else if (isOfAge && _awaited.Add(lacks[0]))
        {
            foreach (var share in needs.TakeWhile(share => share != lacks[0])) Keep(share, job);
            // Of what a network carries a part may be free, which is enough for others and never for this one
            if (lacks[0].Kind == ShareKind.Network) Keep(lacks[0], job);
        }
    }

    private void Keep(Share share, JobId job)
    {
        if (!_kept.TryGetValue(share, out var jobs)) _kept.Add(share, jobs = []);
        jobs.Add(job);
    }
}
