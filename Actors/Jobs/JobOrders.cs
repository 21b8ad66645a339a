using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Storage;
using Backup.Messages.Volumes;

namespace Backup.Actors.Jobs;

/// <summary>What a job tells allocator, client and storage, made from its state alone.</summary>
public static class JobOrders
{
    /// <summary>What the allocator must hear again and again in this state; null: nothing.</summary>
    /// <param name="job">The job.</param>
    /// <param name="state">Any state.</param>
    /// <param name="awaited">The volume that it waits for; null: none.</param>
    public static IWireMessage? ToAllocator(JobId job, JobState state, MountRequest? awaited = null)
    {
        if (state.Spec is not { } spec) return null;
        var parts = JobParts.Of(spec);
        var client = parts.Client ? ClientOf(spec) : null;
        return state.Step switch
        {
            JobStep.Reserving => parts.Storage && JobLibraries.Of(state) is [var first, .. var others]
                ? new AllocatorProtocol.Reserve(
                    job, first, client, state.Turn, others.Length == 0 ? null : others, ClaimOf(spec),
                    DrivesFor(spec), spec is CopySpec copy && copy.From != copy.Library ? copy.From : null,
                    state.SpoolUse)
                : new AllocatorProtocol.Reserve(job, null, client, state.Turn, Claim: ClaimOf(spec)),
            JobStep.Scripting when state.Scripts!.Where == ScriptPlace.Director =>
                new AllocatorProtocol.Release(job, state.Turn),
            JobStep.Starting or JobStep.Opening or JobStep.Transferring or JobStep.Releasing or JobStep.Scripting =>
                new AllocatorProtocol.Hold(
                    job, state.Drive, client, state.Turn, awaited, ClaimOf(spec),
                    state.More.IsEmpty ? null : state.More),
            JobStep.Pausing or JobStep.Ending => new AllocatorProtocol.Release(job, state.Turn),
            _ => null,
        };
    }

    /// <summary>The order that opens the storage session of the newest attempt.</summary>
    /// <param name="job">The job.</param>
    /// <param name="state">A state with a drive.</param>
    public static StorageProtocol.ICommand ToStorage(JobId job, JobState state) => state.Spec switch
    {
        BackupSpec spec => new StorageProtocol.OpenWrite(
            job, state.Epoch, JobLibraries.ForStorage(spec with { Clones = null }, state), state.Since!.Value,
            state.Drive!.Value, state.More.IsEmpty ? null : state.More[0]),
        RestoreSpec spec => new StorageProtocol.OpenRead(
            job, state.Epoch, JobLibraries.ForStorage(spec, state), state.Drive!.Value,
            state.More.IsEmpty ? null : state.More),
        VerifySpec spec => new StorageProtocol.CheckMedia(job, state.Epoch, spec, state.Drive!.Value),
        MergeSpec spec => new StorageProtocol.Merge(job, state.Epoch, spec, state.Drive!.Value),
        CopySpec spec => new StorageProtocol.Copy(
            job, state.Epoch, spec, state.Drive!.Value,
            state.More is [var source, ..] && spec.From == spec.Library ? source : null),
        ScrubSpec spec => new StorageProtocol.Scrub(job, state.Epoch, spec, state.Drive!.Value),
        ScanSpec spec => new StorageProtocol.Scan(job, state.Epoch, spec, state.Drive!.Value),
        _ => throw new InvalidOperationException($"No order to storage is known for {state.Spec?.GetType().Name}."),
    };

    /// <summary>The marching orders of the newest attempt.</summary>
    /// <param name="job">The job.</param>
    /// <param name="state">A state in which the client's part can begin.</param>
    public static ClientProtocol.ICommand ToClient(JobId job, JobState state) => state.Spec switch
    {
        BackupSpec spec => new ClientProtocol.Save(
            job, state.Epoch, spec with { Clones = null }, state.Address!, state.Since!.Value, state.Resume),
        RestoreSpec spec => new ClientProtocol.Restore(
            job, state.Epoch, spec, state.Address!, state.Attempts, state.More.IsEmpty ? 0 : state.More.Count + 1),
        VerifySpec spec => new ClientProtocol.Compare(job, state.Epoch, spec),
        EstimateSpec spec => new ClientProtocol.Estimate(job, state.Epoch, spec),
        CopySpec spec => new ClientProtocol.Give(
            job, state.Epoch, spec, state.More[0], state.Address!, state.Resume.NextFragment),
        _ => throw new InvalidOperationException($"No order to a client is known for {state.Spec?.GetType().Name}."),
    };

    /// <summary>What a job is counted under and queued by.</summary>
    /// <param name="spec">Any job.</param>
    public static JobClaim ClaimOf(JobSpec spec) => spec switch
    {
        BackupSpec backup => new JobClaim(
            backup.Policy, backup.FileSet.Name, Reads: false, backup.Queue?.Priority ?? JobClaim.PriorityUsual,
            backup.Queue?.Mixes ?? true, backup.Queue?.Run, backup.Queue?.Place ?? 0, backup.Queue?.Network,
            backup.Queue?.BytesPerSecond ?? 0),
        AdminSpec { Queue: { } queue } admin => new JobClaim(admin.Policy, null, Reads: false, queue.Priority),
        RestoreSpec => new JobClaim(null, null, Reads: true, JobClaim.PriorityOfRestores),
        VerifySpec { Against: not VerifyTarget.Disk } or MergeSpec or ScanSpec or CopySpec =>
            new JobClaim(null, null, Reads: true),
        ScrubSpec => new JobClaim(null, null, Reads: true, JobClaim.PriorityOfScrubs),
        _ => JobClaim.Usual,
    };

    /// <summary>The order that runs the scripts of the client whose turn it is.</summary>
    /// <param name="job">The job.</param>
    /// <param name="state">A state in which such run.</param>
    public static ClientProtocol.RunScripts ToRunScripts(JobId job, JobState state) => new(
        job, state.Epoch, state.Scripts!.When, JobScripts.Of(state, ScriptPlace.Client, state.Scripts.When),
        JobScripts.Environment(job, state));

    /// <summary>The library that a job needs.</summary>
    /// <param name="spec">A job with a storage part.</param>
    public static LibraryName? LibraryOf(JobSpec spec) => spec switch
    {
        BackupSpec backup => backup.Library,
        RestoreSpec restore => restore.Library,
        VerifySpec verify => verify.Library,
        ScanSpec scan => scan.Library,
        MergeSpec merge => merge.Library,
        CopySpec copy => copy.Library,
        ScrubSpec scrub => scrub.Library,
        _ => null,
    };

    /// <summary>Drives of its library that a job can use at once; 0: one. A copy that heals writes to the pool from
    /// which it reads, and does not keep a volume of it in a second drive.</summary>
    private static int DrivesFor(JobSpec spec) => spec switch
    {
        RestoreSpec restore => restore.Drives,
        BackupSpec { CopiesDuring: true, CopyTo.Count: > 0 } => 2,
        CopySpec { Fragments: null, FromSpool: false } copy when copy.From == copy.Library => 2,
        _ => 0,
    };

    /// <summary>The client that a job needs.</summary>
    /// <param name="spec">Any job.</param>
    public static ClientName? ClientOf(JobSpec spec) => spec switch
    {
        BackupSpec backup => backup.Client,
        RestoreSpec restore => restore.Client,
        VerifySpec verify => verify.Client,
        EstimateSpec estimate => estimate.Client,
        AdminSpec admin => admin.Client,
        _ => null,
    };
}
