namespace Backup.Messages.Jobs;

/// <summary>What the allocator counts a job under and queues it by, besides its drive and its client.</summary>
/// <param name="Policy">The policy of a backup, or of a job that runs its scripts alone; null for any other
/// job.</param>
/// <param name="FileSet">What a backup saves of its client: one backup at a time does. Null for any other job.</param>
/// <param name="Reads">It reads volumes: a restore, a verification of media, a merge, a scan.</param>
/// <param name="Priority">0 to 1000: of those that wait, the greater goes before.</param>
/// <param name="Mixes">False: a backup that does not work beside backups of another priority.</param>
/// <param name="Run">The run of a plan of which it is one of several backups; null: none.</param>
/// <param name="Place">Which of these it is, from 1: of equal priority they begin in this order.</param>
/// <param name="Network">The network of whose budget a backup takes a part; null: of none.</param>
/// <param name="BytesPerSecond">What it takes of that; 0: nobody knows.</param>
public sealed record JobClaim(
    PolicyName? Policy, FileSetName? FileSet, bool Reads, int Priority = JobClaim.PriorityUsual, bool Mixes = true,
    string? Run = null, int Place = 0, string? Network = null, long BytesPerSecond = 0)
{
    /// <summary>Where nothing is said.</summary>
    public const int PriorityUsual = 1;

    /// <summary>Of restores: somebody waits for the files.</summary>
    public const int PriorityOfRestores = 100;

    /// <summary>Of volumes that are read again: everything else goes first.</summary>
    public const int PriorityOfScrubs = 0;

    /// <summary>Of a backup of paths that a user chose: it is small, and somebody waits for it.</summary>
    public const int PriorityOfUsers = 50;

    /// <summary>The greatest priority.</summary>
    public const int PriorityMax = 1000;

    /// <summary>A job of which nothing is said.</summary>
    public static readonly JobClaim Usual = new(null, null, Reads: false);
}

/// <summary>How many jobs a storage node takes at a time; 0 is no limit.</summary>
/// <param name="JobsMax">Jobs of any kind that use its drives.</param>
/// <param name="ReadsMax">Of these, jobs that read volumes.</param>
public sealed record StorageLimits(int JobsMax, int ReadsMax);
