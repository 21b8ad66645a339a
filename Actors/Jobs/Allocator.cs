using Akka.Actor;
using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Actors.Jobs;

/// <summary>
/// Grants a job its drive and its client slot at once, in the order of the requests, so that no job holds one and waits
/// for the other.
/// Holds nothing durable: after a restart the jobs ask again. An attempt that should go on all the same keeps its
/// drive: the drive itself
/// refuses a second session, and the job that was granted it tries again.
/// </summary>
public sealed class Allocator : ReceiveActor
{
    private readonly SortedDictionary<JobId, AllocatorProtocol.Reserve> _waiting = new(JobOrder);
    private readonly Dictionary<JobId, IActorRef> _askers = [];
    private readonly Dictionary<DriveId, JobId?> _drives = [];
    private readonly Dictionary<ClientName, HashSet<JobId>> _slots;
    private readonly int _slotsPerClient;

    private static readonly Comparer<JobId> JobOrder =
        Comparer<JobId>.Create((left, right) => left.Value.CompareTo(right.Value));

    /// <summary>For <see cref="Props"/>.</summary>
    private Allocator(IReadOnlyList<DriveId> drives, IReadOnlyList<ClientName> clients, int slotsPerClient)
    {
        foreach (var drive in drives) _drives[drive] = null;
        _slots = clients.ToDictionary(client => client, _ => new HashSet<JobId>());
        _slotsPerClient = slotsPerClient;
        Receive<AllocatorProtocol.Reserve>(OnReserve);
        Receive<AllocatorProtocol.Release>(OnRelease);
        Receive<AllocatorProtocol.Why>(why => Sender.Tell(new AllocatorProtocol.Reasons(why.Job, ReasonsOf(why.Job))));
        Receive<AllocatorProtocol.List>(_ =>
            Sender.Tell(new AllocatorProtocol.Holders([.. _drives.Select(pair => (pair.Key, pair.Value))])));
    }

    /// <summary>An allocator of these drives and clients.</summary>
    /// <param name="drives">Every drive of every library.</param>
    /// <param name="clients">Every client.</param>
    /// <param name="slotsPerClient">Jobs that may work on one client at a time, 1 or more.</param>
    public static Props Props(IReadOnlyList<DriveId> drives, IReadOnlyList<ClientName> clients, int slotsPerClient) =>
        Akka.Actor.Props.Create(() => new Allocator(drives, clients, slotsPerClient));

    private void OnReserve(AllocatorProtocol.Reserve ask)
    {
        if (ask.Library is { } library && !_drives.Keys.Any(drive => drive.Library == library))
        {
            Sender.Tell(new AllocatorProtocol.Refused(ask.Job, new JobFailure.NoDrive(library)));
            return;
        }
        if (ask.Client is { } client && !_slots.ContainsKey(client))
        {
            Sender.Tell(new AllocatorProtocol.Refused(
                ask.Job, new JobFailure.ClientError(client, "find", "It is not configured on this node.")));
            return;
        }
        _askers[ask.Job] = Sender;
        _waiting[ask.Job] = ask;
        Grant();
    }

    private void OnRelease(AllocatorProtocol.Release release)
    {
        _waiting.Remove(release.Job);
        _askers.Remove(release.Job);
        FreeWhatIsHeldBy(release.Job);
        Grant();
    }

    private void FreeWhatIsHeldBy(JobId job)
    {
        foreach (var drive in _drives.Where(pair => pair.Value == job).Select(pair => pair.Key).ToList())
            _drives[drive] = null;
        foreach (var slot in _slots.Values) slot.Remove(job);
    }

    private void Grant()
    {
        foreach (var ask in _waiting.Values.ToList())
        {
            FreeWhatIsHeldBy(ask.Job); // a repeated request replaces what an earlier one got
            var drive = FreeDrive(ask.Library);
            if ((ask.Library is not null && drive is null) || !HasSlot(ask.Client)) continue;
            if (drive is { } taken) _drives[taken] = ask.Job;
            if (ask.Client is { } client) _slots[client].Add(ask.Job);
            _waiting.Remove(ask.Job);
            _askers[ask.Job].Tell(new AllocatorProtocol.Granted(ask.Job, drive));
            _askers.Remove(ask.Job);
        }
    }

    private DriveId? FreeDrive(LibraryName? library) => library is null
        ? null
        : _drives.Where(pair => pair.Key.Library == library && pair.Value is null)
            .OrderBy(pair => pair.Key.Number).Select(pair => (DriveId?)pair.Key).FirstOrDefault();

    private bool HasSlot(ClientName? client) => client is not { } name || _slots[name].Count < _slotsPerClient;

    private List<string> ReasonsOf(JobId job)
    {
        if (!_waiting.TryGetValue(job, out var ask)) return [];
        var reasons = new List<string>();
        if (ask.Library is { } library && FreeDrive(library) is null)
            reasons.AddRange(_drives.Where(pair => pair.Key.Library == library)
                .Select(pair => $"drive {pair.Key} is held by job {pair.Value}"));
        if (ask.Client is { } client && !HasSlot(client))
            reasons.Add(
                $"client {client} runs job {string.Join(", job ", _slots[client])}, as many as it may "
                    + $"({_slotsPerClient})");
        var before =
            _waiting.Values.Where(other => other.Job.Value < job.Value && other.Library == ask.Library).ToList();
        if (before.Count > 0)
            reasons.Add(
                $"{before.Count} older jobs wait before it: job "
                    + $"{string.Join(", job ", before.Select(other => other.Job))}");
        return reasons;
    }
}
