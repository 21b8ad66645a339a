using Backup.Actors.Scheduling;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;
using Xunit;

namespace Backup.Tests.Unit.Scheduling;

/// <summary>
/// Ten thousand virtual firings while schedulers die between any two of their steps, take over from each other and work
/// at the same time, and answers are lost (NW-32).
/// </summary>
public sealed class ExactlyOnceSpecs
{
    private const int Policies = 5;
    private const int Ticks = 2_000;
    private static readonly ClientName Client = new("web");
    private static readonly TimeSpan Tick = TimeSpan.FromMinutes(5);
    private static readonly DateTimeOffset Start = new(2026, 10, 20, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Each_firing_starts_its_jobs_exactly_once_whatever_scheduler_dies()
    {
        var world = new World(seed: 1);
        world.Settle();

        for (var tick = 0; tick < Ticks; tick++)
        {
            world.Now += Tick;
            world.Settle();
        }

        Assert.Equal(Policies * Ticks, world.Jobs.Count);
        Assert.Equal(Policies * Ticks, world.Book.Firings.Count);
        Assert.All(world.Book.Firings.Values, firing =>
        {
            Assert.Equal(FiringState.Started, firing.State);
            Assert.Equal([world.Jobs[Firing.RequestOf(firing)]], firing.Jobs);
        });
        Assert.True(world.Deaths > 1000, $"{world.Deaths} deaths");
        Assert.True(world.Repeats > 100, $"{world.Repeats} repeats");
    }

    [Fact]
    public void After_hours_without_any_scheduler_each_firing_is_still_started_once_or_named_as_missed()
    {
        var world = new World(3);
        world.Settle();
        var random = new Random(3);

        for (var tick = 0; tick < Ticks / 4;)
        {
            var gap = random.Next(20) == 0 ? random.Next(1, 60) : 1;
            tick += gap;
            world.Now += gap * Tick;
            world.Settle();
        }

        Assert.DoesNotContain(world.Book.Firings.Values, firing => firing.State == FiringState.Open);
        Assert.Equal(world.Jobs.Count, world.Book.Firings.Values.Count(firing => firing.State == FiringState.Started));
        Assert.Equal((world.Now - Start) / Tick * Policies, world.Book.Firings.Count, 0);
        Assert.Contains(world.Book.Firings.Values, firing => firing.State == FiringState.Skipped);
    }

    /// <summary>What the catalog does, without a database: the contract of the table has tests of its own.</summary>
    private sealed class Book
    {
        private readonly Dictionary<PolicyName, ScheduleMark> _marks = [];

        public Dictionary<RequestId, FiringRecord> Firings { get; } = [];

        public ScheduleRecords Load() => new([.. _marks.Values],
            [.. Firings.Values.Where(firing => firing.State == FiringState.Open)]);

        public void Decide(ScheduleTurn turn)
        {
            if (_marks.GetValueOrDefault(turn.After.Policy) != turn.Before) return;
            _marks[turn.After.Policy] = turn.After;
            foreach (var firing in turn.Firings) Firings.TryAdd(Firing.RequestOf(firing), firing);
        }

        public void Update(FiringRecord firing)
        {
            if (Firings[Firing.RequestOf(firing)].State == FiringState.Open) Firings[Firing.RequestOf(firing)] = firing;
        }
    }

    private sealed class World
    {
        private readonly Random _random;
        private readonly IReadOnlyList<ScheduledPolicy> _policies;
        private readonly List<IEnumerator<bool>> _schedulers = [];

        public World(int seed)
        {
            _random = new Random(seed);
            _policies = [.. Enumerable.Range(0, Policies).Select(number => new ScheduledPolicy(
                new PolicyName($"p{number}"), Calendars.Of("every 5 minutes", "Europe/Berlin"), [Client]))];
        }

        public DateTimeOffset Now { get; set; } = Start;

        public Book Book { get; } = new();

        public Dictionary<RequestId, JobId> Jobs { get; } = [];

        public int Deaths { get; private set; }

        public int Repeats { get; private set; }

        /// <summary>Schedulers come, work side by side and die, until one of them finds nothing left to do.</summary>
        public void Settle()
        {
            for (var step = 0; step < 10_000; step++)
            {
                while (_schedulers.Count == 0 || (_schedulers.Count < 3 && _random.Next(4) == 0))
                    _schedulers.Add(Scheduler().GetEnumerator());
                var one = _random.Next(_schedulers.Count);
                if (_random.Next(12) == 0)
                {
                    _schedulers.RemoveAt(one);
                    Deaths++;
                }
                else if (_schedulers[one].MoveNext() && _schedulers[one].Current) return;
            }
            Assert.Fail("It does not settle.");
        }

        /// <summary>The steps of a scheduler, which may die between any two. True: nothing is left to do.</summary>
        private IEnumerable<bool> Scheduler()
        {
            while (true)
            {
                var (records, now) = (Book.Load(), Now);
                var marks = records.Marks.ToDictionary(mark => mark.Policy);
                yield return false;
                var turns = _policies
                    .Select(policy => ScheduleTurn.Of(policy, marks.GetValueOrDefault(policy.Policy), now))
                    .OfType<ScheduleTurn>().ToList();
                foreach (var turn in turns)
                {
                    Book.Decide(turn);
                    yield return false;
                }
                foreach (var firing in records.Open.Where(firing => firing.NotBefore <= now))
                {
                    var policy = _policies.Single(policy => policy.Policy == firing.Policy);
                    var asked = Assert.IsType<FiringStep.Ask>(Firing.Next(firing, policy, [], now));
                    var job = Run(asked.Request);
                    yield return false;
                    var answer = _random.Next(10) == 0 ? null : new JobsStarted([job]);
                    if (Firing.After(firing, answer) is { } after) Book.Update(after);
                    yield return false;
                }
                if (turns.Count == 0 && now == Now && Book.Load().Open.Count == 0) yield return true;
            }
        }

        /// <summary>As the gateway: one request id, one job.</summary>
        private JobId Run(RunPolicy run)
        {
            if (Jobs.TryGetValue(run.Request, out var known))
            {
                Repeats++;
                return known;
            }
            return Jobs[run.Request] = new JobId(Jobs.Count + 1);
        }
    }
}
