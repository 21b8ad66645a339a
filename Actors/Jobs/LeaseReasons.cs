using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Volumes;

namespace Backup.Actors.Jobs;

/// <summary>Why a request is not granted: each share that it lacks, with those who have it.</summary>
/// <param name="stock">What there is.</param>
/// <param name="leases">What jobs hold.</param>
internal sealed class LeaseReasons(LeaseStock stock, IReadOnlyDictionary<JobId, Lease> leases)
{
    /// <summary>What jobs that hold a drive ask of a person, lowest job first.</summary>
    public IReadOnlyList<MountRequest> Awaited =>
        [.. leases.Values.Select(lease => lease.Awaits).OfType<MountRequest>()];

    /// <summary>The chain, nearest reason first; a drive's holder is followed by what it waits for.</summary>
    /// <param name="ask">The request.</param>
    public IReadOnlyList<WaitReason> Of(AllocatorProtocol.Reserve ask)
    {
        var chain = new List<WaitReason>();
        foreach (var share in stock.Lacks(ask).OrderBy(share => share.Kind switch
        {
            ShareKind.FileSet => 0,
            ShareKind.Drive or ShareKind.Spool => 1,
            var kind => 2 + (int)kind,
        }))
            chain.AddRange(Of(share, ask).Where(reason => !chain.Contains(reason)));
        return chain;
    }

    public IEnumerable<JobId> HoldersOf(DriveId drive) =>
        leases.Where(pair => pair.Value.Drives.Contains(drive)).Select(pair => pair.Key);

    private IEnumerable<WaitReason> Of(Share share, AllocatorProtocol.Reserve ask) => share.Kind switch
    {
        ShareKind.ClientThere => [new WaitReason.ClientAbsent(ask.Client!.Value)],
        // The drive says so too.
        ShareKind.LibraryThere => [],
        ShareKind.Drive when ask.Also?.Value == share.Of => WhyNone(ask.Also.Value),
        ShareKind.Spool => WhyNone(stock.Wanted(ask)!.Value, ofSpool: true),
        ShareKind.Drive => LeaseStock.LibrariesOf(ask).TakeWhile(library => library != stock.Wanted(ask))
            .Append(stock.Wanted(ask)!.Value).Distinct()
            .SelectMany(library => WhyNone(library)),
        ShareKind.Priority =>
            [new WaitReason.PriorityHeld(ask.Claim!.Priority, stock.OfAnotherPriority(ask.Claim))],
        _ => Counted(share, ask),
    };

    private IEnumerable<WaitReason> Counted(Share share, AllocatorProtocol.Reserve ask)
    {
        var (max, holders) = ((int)Math.Min(int.MaxValue, stock.Max(share)), stock.Holders(share));
        yield return share.Kind switch
        {
            ShareKind.FileSet => new WaitReason.FileSetHeld(ask.Client!.Value, ask.Claim!.FileSet!.Value, holders),
            ShareKind.Client => new WaitReason.SlotsHeld(ask.Client!.Value, max, holders),
            ShareKind.Policy => new WaitReason.LimitReached(
                $"policy {share.Of}", $"policies.{share.Of}.jobs-max", max, holders),
            ShareKind.Network => new WaitReason.LimitReached(
                $"network {share.Of}", $"networks.{share.Of}.budget", max, holders),
            ShareKind.Reads => new WaitReason.LimitReached(
                $"of jobs that read, storage node {share.Of}", "storage.reads-max", max, holders),
            ShareKind.Storage => new WaitReason.LimitReached(
                $"storage node {share.Of}", "storage.jobs-max", max, holders),
            _ => new WaitReason.LimitReached("the system", "job.jobs-max", max, holders),
        };
        foreach (var request in Awaited.Where(request => holders.Contains(request.Job)))
            yield return new WaitReason.VolumeAwaited(request);
    }

    private IEnumerable<WaitReason> WhyNone(LibraryName library, bool ofSpool = false)
    {
        var drives = stock.Drives.Where(drive => drive.Library == library && drive.IsOfSpool == ofSpool)
            .OrderBy(drive => drive.Number).ToList();
        return drives.Count == 0
            ? [new WaitReason.LibraryAbsent(library)]
            : drives.SelectMany(drive => stock.Disabled.GetValueOrDefault(drive) is { } disabled
                ? [new WaitReason.DriveDisabled(disabled)] // whoever has it still: nobody gets it after them
                : AwaitedFor(drive).Prepend(new WaitReason.DriveHeld(drive, [.. HoldersOf(drive)])));
    }

    /// <summary>The next link: what the holders of a drive ask of a person.</summary>
    private IEnumerable<WaitReason> AwaitedFor(DriveId drive) =>
        Awaited.Where(request => request.Drive == drive).Select(request => new WaitReason.VolumeAwaited(request));
}
