using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Volumes;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>
/// An allocator's book without an actor. Who waits asks again, and who holds says so, as time goes on; each call gives
/// the jobs that were granted by it.
/// </summary>
internal sealed class LeaseDesk(AllocatorOptions options)
{
    public static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(15);

    private readonly LeaseBook<long> _book = new(options, TimeSpan.Zero);
    private readonly SortedDictionary<long, AllocatorProtocol.Reserve> _waiting = [];
    private readonly SortedDictionary<long, AllocatorProtocol.Hold> _holding = [];
    private TimeSpan _now;

    public IEnumerable<AllocatorProtocol.Hold> Holding => _holding.Values;

    public IEnumerable<long> Waiting => _waiting.Keys;

    public static LeaseDesk Of(
        int drives, int slots = 100, Func<JobLimits, JobLimits>? limits = null, StorageLimits? storage = null) =>
        new(AllocatorOptions.OfOneNode(
            [.. Enumerable.Range(0, drives).Select(number => new DriveId(Library, number))], Client, slots,
            AskAgain) with
        {
            Limits = (limits ?? (same => same))(new JobLimits(slots)),
            Node = new NodeName("s1"),
            Storage = storage,
        });

    /// <summary>A backup; by default of a file set of its own.</summary>
    public long[] Backup(
        long job, string policy = "daily", string? set = null, int priority = 1, bool mixes = true, int turn = 1,
        string? run = null, int place = 0, string? network = null, long rate = 0) =>
        Ask(job, Library, Client,
            new JobClaim(
                new PolicyName(policy), new FileSetName(set ?? $"set{job}"), false, priority, mixes, run, place,
                network, rate), turn);

    public long[] Restore(long job) => Ask(job, Library, Client, JobOrders.ClaimOf(JobSamples.Restore));

    public long[] Ask(
        long job, LibraryName? library, ClientName? client, JobClaim? claim = null, int turn = 1,
        LibraryName[]? others = null, SpoolUse spool = SpoolUse.None)
    {
        var ask = new AllocatorProtocol.Reserve(
            new JobId(job), library, client, turn, others, claim, Spool: spool);
        _waiting[job] = ask;
        return _book.Reserve(ask, job, _now) is { } failure
            ? throw new InvalidOperationException(FailureText.Sentence(failure))
            : Granted();
    }

    public long[] End(long job)
    {
        var turn = _holding.Remove(job, out var held) ? held.Turn : _waiting[job].Turn;
        _waiting.Remove(job);
        _book.Release(new AllocatorProtocol.Release(new JobId(job), turn));
        return Granted();
    }

    public void Awaits(long job, VolumeName? volume) => _book.Hold(
        _holding[job] = _holding[job] with
        {
            Awaits = volume is null ? null
                : new MountRequest(new JobId(job), _holding[job].Drive!.Value, volume.Value, null, At),
        },
        _now);

    public long[] Offer(string node, ClientName? client, StorageLimits? limits, params DriveId[] drives)
    {
        _book.Offer(
            new AllocatorProtocol.Offer(new NodeName(node), client, drives, TimeSpan.FromDays(1), limits), _now);
        return Granted();
    }

    public long[] Later(TimeSpan time)
    {
        var (granted, until) = (new List<long>(), _now + time);
        while (_now < until)
        {
            _now = until - _now < AskAgain ? until : _now + AskAgain;
            foreach (var hold in _holding.Values) _book.Hold(hold, _now);
            foreach (var (job, ask) in _waiting)
                _book.Reserve(ask, job, _now);
            granted.AddRange(Granted());
        }
        return [.. granted];
    }

    public string[] Why(long job) => [.. _book.WhyWaits(new JobId(job), _now).Select(WaitText.Sentence)];

    private long[] Granted()
    {
        var grants = _book.Grants(_now);
        foreach (var (job, granted) in grants)
        {
            var ask = _waiting[job];
            _waiting.Remove(job);
            _holding[job] = new AllocatorProtocol.Hold(
                granted.Job, granted.Drive, ask.Client, granted.Turn, Claim: ask.Claim);
        }
        return [.. grants.Select(grant => grant.Asker)];
    }
}
