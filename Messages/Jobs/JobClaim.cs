namespace Backup.Messages.Jobs;

/// <summary>What the allocator counts a job under and queues it by, besides its drive and its client.</summary>
/// <param name="Policy">The policy of a backup; null for any other job.</param>
/// <param name="FileSet">What a backup saves of its client: one backup at a time does. Null for any other job.</param>
/// <param name="Reads">It reads volumes: a restore, a verification of media, a merge, a scan.</param>
/// <param name="Priority">0 to 1000: of those that wait, the greater goes before.</param>
/// <param name="Mixes">False: a backup that does not work beside backups of another priority.</param>
public sealed record JobClaim(
    PolicyName? Policy, FileSetName? FileSet, bool Reads, int Priority = JobClaim.PriorityUsual, bool Mixes = true)
{
    /// <summary>Where nothing is said.</summary>
    public const int PriorityUsual = 1;

    /// <summary>Of restores: somebody waits for the files.</summary>
    public const int PriorityOfRestores = 100;

    /// <summary>The greatest priority.</summary>
    public const int PriorityMax = 1000;

    /// <summary>A job of which nothing is said.</summary>
    public static readonly JobClaim Usual = new(null, null, Reads: false);
}

/// <summary>How many jobs a storage node takes at a time; 0 is no limit.</summary>
/// <param name="JobsMax">Jobs of any kind that use its drives.</param>
/// <param name="ReadsMax">Of these, jobs that read volumes.</param>
public sealed record StorageLimits(int JobsMax, int ReadsMax);
