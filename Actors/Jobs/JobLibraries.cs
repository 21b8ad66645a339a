using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Actors.Jobs;

/// <summary>
/// Which of a pool's libraries takes a backup. It may be another for each attempt as long as nothing is on a volume;
/// from then on it is the one that has the first fragment, since one restore reads one library. Which library a restore
/// reads, where there are copies in several, may be another for each attempt.
/// </summary>
internal static class JobLibraries
{
    /// <summary>
    /// The libraries that a job may use now, in order of preference: those in which it lost no attempt first, then the
    /// one in which it lost one longest ago. What is made in place of a full stays where its base is.
    /// </summary>
    /// <param name="state">A state of a job with a storage part.</param>
    public static LibraryName[] Of(JobState state) =>
        HasBaseHere(state) ? [JobOrders.LibraryOf(state.Spec!)!.Value]
        : state is { Closed.Count: 0, Asked: BackupSpec { OtherLibraries: { Count: > 0 } others } asked }
            ? [.. others.Prepend(asked.Library).OrderBy(library => state.Left.IndexOf(library))]
            : state.Asked is RestoreSpec { Others: { Count: > 0 } further } restore
            ? [.. further.Prepend(restore.Library).OrderBy(library => state.Left.IndexOf(library))]
            : [JobOrders.LibraryOf(state.Spec!)!.Value];

    /// <summary>
    /// What storage is told: of other libraries only where the job moves to one of them when this one has no volume for
    /// it, and so does not wait for one.
    /// </summary>
    /// <param name="spec">The job's.</param>
    /// <param name="state">Where the job stands.</param>
    public static BackupSpec ForStorage(BackupSpec spec, JobState state) =>
        spec.OtherLibraries is null || MayMove(state) ? spec : spec with { OtherLibraries = null };

    /// <summary>
    /// What storage is told: of other libraries only where the job moves to one of them when a volume is not in this
    /// one, and so nobody is asked for it. The second time no other one was better.
    /// </summary>
    /// <param name="spec">The job's.</param>
    /// <param name="state">Where the job stands.</param>
    public static RestoreSpec ForStorage(RestoreSpec spec, JobState state) =>
        MovesOn(spec, state) ? spec : spec with { Others = null };

    /// <summary>
    /// True when another library comes next if this one has no volume: not when it is the second time, as the others
    /// were no better then.
    /// </summary>
    /// <param name="state">A state with an attempt.</param>
    public static bool MayMove(JobState state) =>
        state is { Closed.Count: 0, Spec: BackupSpec { OtherLibraries.Count: > 0 } spec }
        && !state.Left.Contains(spec.Library) && !HasBaseHere(state);

    /// <summary>True when a restore goes to another library next, if this one fails it.</summary>
    /// <param name="spec">The job's.</param>
    /// <param name="state">Where the job stands.</param>
    public static bool MovesOn(RestoreSpec spec, JobState state) =>
        spec.Others is not null && !state.Left.Contains(spec.Library);

    private static bool HasBaseHere(JobState state) =>
        state is { IsDegraded: true, Spec: BackupSpec { Base: not null } };

    /// <summary>Whether the fault is with the library, or with the node that owns it.</summary>
    /// <param name="failure">Why an attempt was lost.</param>
    public static bool IsAtFault(JobFailure failure) => failure is JobFailure.NoVolume or JobFailure.NoDrive
        or JobFailure.LibraryError or JobFailure.StorageLost or JobFailure.VolumeError;
}
