using System.Globalization;
using Backup.Messages.Volumes;

namespace Backup.Messages.Jobs;

/// <summary>
/// A link of the chain from a job that waits to what it waits for, and to the jobs that have it. <see
/// cref="WaitText"/> makes the sentence.
/// </summary>
public abstract record WaitReason
{
    private WaitReason()
    {
    }

    /// <summary>The allocator has just started and hears what the jobs hold before it grants anything.</summary>
    public sealed record AllocatorIsNew : WaitReason;

    /// <summary>No node that owns the library is connected.</summary>
    /// <param name="Library">The library.</param>
    public sealed record LibraryAbsent(LibraryName Library) : WaitReason;

    /// <summary>No node that is the client is connected.</summary>
    /// <param name="Client">The client.</param>
    public sealed record ClientAbsent(ClientName Client) : WaitReason;

    /// <summary>A drive that would do is another job's.</summary>
    /// <param name="Drive">The drive.</param>
    /// <param name="Holders">The jobs that hold it, lowest first; more than one only until a wrong grant is given
    /// up.</param>
    public sealed record DriveHeld(DriveId Drive, IReadOnlyList<JobId> Holders) : WaitReason;

    /// <summary>A drive that would do was taken out of use.</summary>
    /// <param name="Disabled">Since when, by whom and why.</param>
    public sealed record DriveDisabled(DisabledDrive Disabled) : WaitReason;

    /// <summary>A job that holds a drive waits for a person to bring a volume.</summary>
    /// <param name="Request">What it asks for.</param>
    public sealed record VolumeAwaited(MountRequest Request) : WaitReason;

    /// <summary>As many jobs work on the client as may.</summary>
    /// <param name="Client">The client.</param>
    /// <param name="SlotsMax">How many may.</param>
    /// <param name="Holders">Those that do, lowest first.</param>
    public sealed record SlotsHeld(ClientName Client, int SlotsMax, IReadOnlyList<JobId> Holders) : WaitReason;

    /// <summary>A backup of the same file set of the same client works: one at a time does.</summary>
    /// <param name="Client">The client.</param>
    /// <param name="FileSet">The file set.</param>
    /// <param name="Holders">Who saves it, lowest first.</param>
    public sealed record FileSetHeld(ClientName Client, FileSetName FileSet, IReadOnlyList<JobId> Holders)
        : WaitReason;

    /// <summary>As many jobs work as a limit of the configuration lets.</summary>
    /// <param name="Of">What is limited, as `policy nightly`, `storage node s1`, `the system`.</param>
    /// <param name="Key">The configuration's key.</param>
    /// <param name="Max">How many may.</param>
    /// <param name="Holders">Those that do, lowest first.</param>
    public sealed record LimitReached(string Of, string Key, int Max, IReadOnlyList<JobId> Holders) : WaitReason;

    /// <summary>Backups of another priority work, and the job or they do not work beside such.</summary>
    /// <param name="Priority">The job's.</param>
    /// <param name="Holders">The others, lowest first.</param>
    public sealed record PriorityHeld(int Priority, IReadOnlyList<JobId> Holders) : WaitReason;

    /// <summary>
    /// Jobs of a higher priority, or older ones, wait for nothing but what this one waits for too, and get it first; or
    /// they have waited for so long that what they need is kept for them.
    /// </summary>
    /// <param name="Jobs">Those jobs, lowest first.</param>
    public sealed record Behind(IReadOnlyList<JobId> Jobs) : WaitReason;
}

/// <summary>The sentences of <see cref="WaitReason"/>.</summary>
public static class WaitText
{
    /// <summary>Jobs that a sentence names; of a long queue nobody reads more.</summary>
    private const int NamedMax = 10;

    /// <summary>Why a job waits, for the operator, without a full stop.</summary>
    /// <param name="reason">The reason.</param>
    public static string Sentence(WaitReason reason) => reason switch
    {
        WaitReason.AllocatorIsNew => "the allocator has just started and waits to hear what running jobs hold",
        WaitReason.LibraryAbsent absent => $"no node that owns library {absent.Library} is connected",
        WaitReason.ClientAbsent absent => $"no node that is client {absent.Client} is connected",
        WaitReason.DriveHeld held => $"drive {held.Drive} is held by {Named(held.Holders)}",
        WaitReason.DriveDisabled { Disabled: var drive } =>
            $"drive {drive.Drive} is {drive.Sentence()} (`backup drive {drive.Drive} enable`)",
        WaitReason.VolumeAwaited { Request: { Volume: { } volume, Place: { } place } request } =>
            $"job {request.Job} waits for volume {volume}, which was taken to {place}: bring it to library "
                + $"{request.Drive.Library}, and say so with `backup vault in {volume}`{Asked(request.AssignedTo)}",
        WaitReason.VolumeAwaited { Request: { Volume: { } volume } request } =>
            $"job {request.Job} waits for volume {volume}, which is not in library {request.Drive.Library}: put it "
                + $"there, or into a drive with `backup mount {volume}`{Asked(request.AssignedTo)}",
        WaitReason.VolumeAwaited { Request: var request } =>
            $"job {request.Job} waits for a volume of pool {request.Pool} that takes data in library "
                + $"{request.Drive.Library}: label one with `backup label --pool {request.Pool}`, or put one there"
                + Asked(request.AssignedTo),
        WaitReason.SlotsHeld held =>
            $"client {held.Client} runs {Named(held.Holders)}, as many as it may ({held.SlotsMax})",
        WaitReason.FileSetHeld held =>
            $"file set {held.FileSet} of client {held.Client} is being saved by {Named(held.Holders)}, and one job at "
                + "a time does that",
        WaitReason.LimitReached limit =>
            $"{limit.Of} runs {Named(limit.Holders)}, as many as it may ({limit.Key} = {limit.Max})",
        WaitReason.PriorityHeld held =>
            $"{Named(held.Holders)} of another priority than {held.Priority} must end first (mixed-priority = off)",
        WaitReason.Behind { Jobs.Count: 1 } behind => $"{Named(behind.Jobs)} waits for the same and comes first",
        WaitReason.Behind behind => $"{Named(behind.Jobs)} wait for the same and come first",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "No sentence is known for this reason."),
    };

    private static string Asked(Assignment? assigned) => assigned is null ? "" : string.Create(
        CultureInfo.InvariantCulture,
        $", asked of {assigned.Person} since {assigned.At.UtcDateTime:yyyy-MM-dd HH:mm}Z");

    private static string Named(IReadOnlyList<JobId> jobs) =>
        string.Join(", ", jobs.Take(NamedMax).Select(job => $"job {job}"))
        + (jobs.Count > NamedMax ? $" and {jobs.Count - NamedMax} more" : "");
}
