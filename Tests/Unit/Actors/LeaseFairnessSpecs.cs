using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>
/// Random jobs of all kinds under random limits that never stop coming. No limit is passed, nobody waits for ever among
/// those of the highest priority, and when no more come, all get their turn. A failure names the seed.
/// </summary>
public sealed class LeaseFairnessSpecs
{
    private const int Histories = 50;
    private const int ArrivalsMax = 60;

    /// <summary>Seconds; some hundred times as long as any job works.</summary>
    private const int WaitMax = 6000;

    private static readonly LibraryName Cellar = new("cellar");
    private static readonly ClientName Other = new("web2");

    [Fact]
    public void No_limit_is_passed_nobody_starves_and_no_one_blocks_another_for_ever()
    {
        var (waited, barred) = (0, 0);
        for (var seed = 0; seed < Histories; seed++)
        {
            var history = new History(seed);
            history.Run();
            (waited, barred) = (Math.Max(waited, history.LongestWait), barred + history.Barred);
        }

        // The test is worth nothing where nobody has to wait.
        Assert.InRange(waited, 100, WaitMax);
        Assert.InRange(barred, Histories, int.MaxValue);
    }

    private sealed class History
    {
        private readonly int _seed;
        private readonly Random _random;
        private readonly JobLimits _limits;
        private readonly StorageLimits _storage;
        private readonly LeaseDesk _desk;
        private readonly Dictionary<long, (int Since, int Priority)> _asked = [];
        private readonly Dictionary<long, int> _ends = [];
        private int _now;
        private long _job;

        public History(int seed)
        {
            (_seed, _random) = (seed, new Random(seed));
            _limits = new JobLimits(_random.Next(1, 4))
            {
                System = _random.Next(0, 5),
                Policies = new Dictionary<PolicyName, int> { [new PolicyName("p0")] = _random.Next(0, 3) },
            };
            _storage = new StorageLimits(_random.Next(0, 4), _random.Next(0, 3));
            _desk = new LeaseDesk(AllocatorOptions.OfCluster(1, LeaseDesk.AskAgain) with
            {
                Limits = _limits,
                QuietAtStart = TimeSpan.Zero,
            });
            _desk.Offer("s1", Client, _storage, new(Library, 0), new(Library, 1), new(Cellar, 0));
            _desk.Offer("s2", Other, null);
        }

        public int LongestWait { get; private set; }

        public int Barred { get; private set; }

        public void Run()
        {
            while (_job < ArrivalsMax)
            {
                if (_random.Next(3) == 0) Arrive();
                Go();
            }
            while (_asked.Count > 0 || _ends.Count > 0)
            {
                Go();
                Assert.True(_now < 10 * WaitMax, $"seed {_seed}: it does not come to its end.");
            }
        }

        private void Arrive()
        {
            _job++;
            var priority = _random.Next(4) == 0 ? 0 : 1;
            _asked.Add(_job, (_now, priority));
            var client = _random.Next(3) == 0 ? Other : Client;
            var library = _random.Next(3) == 0 ? Cellar : Library;
            Begin(_random.Next(4) switch
            {
                0 => _desk.Ask(_job, null, client, JobClaim.Usual with { Priority = priority }),
                1 => _desk.Ask(_job, library, client, new JobClaim(null, null, Reads: true, priority)),
                _ => _desk.Ask(_job, library, client, new JobClaim(
                    new PolicyName($"p{_random.Next(2)}"), new FileSetName($"f{_random.Next(3)}"), false, priority,
                    Mixes: _random.Next(10) > 0)),
            });
        }

        private void Go()
        {
            _now += 5;
            Begin(_desk.Later(TimeSpan.FromSeconds(5)));
            foreach (var job in _ends.Where(end => end.Value <= _now).Select(end => end.Key).ToList())
            {
                _ends.Remove(job);
                Begin(_desk.End(job));
            }
            if (_desk.Waiting.Take(1).Any(job => _desk.Why(job).Any(
                why => why.Contains("mixed-priority", StringComparison.Ordinal)))) Barred++;
            // Lower ones may have to wait for as long as higher ones come; but not when nobody works.
            Assert.True(_asked.Count == 0 || _desk.Holding.Any(), $"seed {_seed}: all wait for each other.");
            foreach (var (job, asked) in _asked.Where(asked => asked.Value.Priority == 1))
                Assert.True(_now - asked.Since < WaitMax, $"seed {_seed}: job {job} waits for ever.");
        }

        private void Begin(long[] granted)
        {
            foreach (var job in granted)
            {
                LongestWait = Math.Max(LongestWait, _now - _asked[job].Since);
                _asked.Remove(job);
                _ends.Add(job, _now + _random.Next(5, 60));
            }
            Check();
        }

        private void Check()
        {
            var held = _desk.Holding.ToList();
            Most("the system", _limits.System, held.Count);
            foreach (var client in held.GroupBy(hold => hold.Client))
                Most($"client {client.Key}", _limits.PerClient, client.Count());
            Most("policy p0", _limits.Of(new PolicyName("p0")),
                held.Count(hold => hold.Claim?.Policy?.Value == "p0"));
            Most("the node", _storage.JobsMax, held.Count(hold => hold.Drive is not null));
            Most("the node's readers", _storage.ReadsMax,
                held.Count(hold => hold is { Drive: not null, Claim.Reads: true }));
            foreach (var drive in held.Where(hold => hold.Drive is not null).GroupBy(hold => hold.Drive))
                Most($"drive {drive.Key}", 1, drive.Count());
            var backups = held.Where(hold => hold.Claim?.Policy is not null).ToList();
            foreach (var set in backups.GroupBy(hold => (hold.Client, hold.Claim!.FileSet)))
                Most($"file set {set.Key}", 1, set.Count());
            Assert.True(
                backups.All(one => backups.All(other => one.Claim!.Priority == other.Claim!.Priority
                    || (one.Claim.Mixes && other.Claim.Mixes))),
                $"seed {_seed}: priorities are mixed.");
        }

        private void Most(string of, int most, int found) => Assert.True(
            most == 0 || found <= most, $"seed {_seed}: {found} jobs of {of}, which may have {most}.");
    }
}
