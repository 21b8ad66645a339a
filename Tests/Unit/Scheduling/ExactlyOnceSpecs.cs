using System.Globalization;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Backup.Actors.Catalog;
using Backup.Actors.Scheduling;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;
using Backup.Tests.Unit.Persistence;
using Xunit;

namespace Backup.Tests.Unit.Scheduling;

/// <summary>
/// The real scheduler on the real tables, by a clock that the test moves, while schedulers are stopped between any two
/// of their messages, take over from each other and work at the same time, and answers are lost (NW-32).
/// </summary>
public sealed class ExactlyOnceSpecs : ActorKit
{
    private const int Policies = 5;
    private const int NamedMax = 100_000;
    private static readonly ClientName Client = new("web");
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private readonly SqliteFixture _fixture = new();
    private readonly PolicyCalendar _calendar = Calendars.Of("hourly", "Europe/Berlin");
    private readonly IReadOnlyList<ScheduledPolicy> _policies;
    private readonly Chance _chance;
    private readonly IActorRef _catalog;
    private readonly IActorRef _gateway;

    public ExactlyOnceSpecs() : base(TestScheduled)
    {
        _policies = [.. Enumerable.Range(0, Policies).Select(number => new ScheduledPolicy(
            new PolicyName($"p{number}"), _calendar, [Client]) { EstimateTimeout = TimeSpan.FromMinutes(30) })];
        _chance = new Chance(seed: 1, Sys);
        _catalog = Sys.ActorOf(Props.Create(() => new Catalog(_fixture.Store, _chance)));
        _gateway = Sys.ActorOf(Props.Create(() => new Gateway(_fixture.Store, _chance)));
    }

    /// <summary>How many firings; ten thousand with BACKUP_FIRINGS=10000.</summary>
    private static int Firings { get; } = int.Parse(
        Environment.GetEnvironmentVariable("BACKUP_FIRINGS") ?? "500", CultureInfo.InvariantCulture);

    private TestScheduler Time => (TestScheduler)Sys.Scheduler;

    private ScheduleTable Schedules => _fixture.Store.Schedules;

    [Fact]
    public void Each_firing_starts_its_jobs_exactly_once_whatever_scheduler_dies()
    {
        var begun = Begin();
        var half = new DateTimeOffset(Time.Now.Year, 2, 3, 4, 30, 0, TimeSpan.Zero);

        for (var tick = 1; tick <= Firings / Policies; tick++)
        {
            // Half an hour from any run: what settling takes must not add up until two come at once
            Time.AdvanceTo(half + (tick * Hour));
            Settle();
        }

        var expected = Due(begun, Time.Now);
        Assert.InRange(expected.Count, Firings - Policies, int.MaxValue);
        var found = Found();
        Assert.Equal(expected, found.Select(firing => (firing.Policy, firing.DueAt)));
        var jobs = new HashSet<JobId>();
        Assert.All(found, firing =>
        {
            Assert.Equal(FiringState.Started, firing.State);
            var made = Assert.Single(_fixture.Store.Jobs.MadeBy([Firing.RequestOf(firing, Client)]).Value);
            Assert.Equal([made.Job], firing.Jobs.Where(job => job != Gateway.Estimate));
            Assert.DoesNotContain("measures", firing.Note ?? "", StringComparison.Ordinal);
            Assert.True(jobs.Add(made.Job), $"job {made.Job} twice");
        });
        Assert.Equal(jobs.Count, _chance.Made);
        Assert.True(_chance.Waits > Firings / 50, $"{_chance.Waits} times measured first");
        Assert.True(_chance.Deaths > Firings / 5, $"{_chance.Deaths} deaths");
        Assert.True(_chance.Repeats > Firings / 50, $"{_chance.Repeats} repeats");
        Assert.True(_chance.Pairs > Firings / 50, $"{_chance.Pairs} times two at once");
    }

    [Fact]
    public void After_hours_without_any_scheduler_each_firing_is_still_started_once_or_named_as_missed()
    {
        var begun = Begin();
        var random = new Random(3);

        for (var tick = 0; tick < Firings / Policies / 5; tick++)
        {
            if (random.Next(3) == 0)
            {
                _chance.StopAll();
                Time.Advance(random.Next(1, 20) * Hour);
            }
            Time.Advance(Hour);
            Settle();
        }

        var found = Found();
        Assert.Equal(Due(begun, Time.Now), found.Select(firing => (firing.Policy, firing.DueAt)));
        Assert.DoesNotContain(found, firing => firing.State == FiringState.Open);
        Assert.Equal(_chance.Made, found.Count(firing => firing.State == FiringState.Started));
        Assert.Contains(found, firing => firing.State == FiringState.Skipped);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _fixture.Dispose();
    }

    /// <summary>From when on each policy's runs are decided.</summary>
    private Dictionary<PolicyName, DateTimeOffset> Begin()
    {
        // On no hour: what is due at the moment of the first look itself would be decided or not
        Time.AdvanceTo(new DateTimeOffset(Time.Now.Year + 1, 2, 3, 4, 30, 0, TimeSpan.Zero));
        Settle();
        return Schedules.Load().Value.Marks.ToDictionary(mark => mark.Policy, mark => mark.DecidedUntil);
    }

    private List<(PolicyName, DateTimeOffset)> Due(
        Dictionary<PolicyName, DateTimeOffset> begun, DateTimeOffset until) =>
        [.. begun.SelectMany(policy => _calendar.Between(policy.Value, until)
            .Select(run => (Policy: policy.Key, At: run.At.ToUniversalTime())))
            .OrderBy(due => due.Policy.Value, StringComparer.Ordinal).ThenBy(due => due.At)];

    private List<FiringRecord> Found() =>
        [.. Schedules.List(null, default, NamedMax).Value
            .OrderBy(firing => firing.Policy.Value, StringComparer.Ordinal).ThenBy(firing => firing.DueAt)];

    /// <summary>Schedulers come, work side by side and die, until nothing is left to do.</summary>
    private void Settle()
    {
        var now = Time.Now;
        AwaitAssert(
            () =>
            {
                _chance.Start(() => Sys.ActorOf(Scheduler.Props(
                    _catalog, _gateway, () => _policies, SchedulerOptions.Usual)));
                // No second passes before these have come so far: on a busy machine the next hour would be due before
                // the last one is decided, and that one be missed
                foreach (var busy in (IActorRef[])[_catalog, _gateway])
                {
                    busy.Tell(new Identify(null), TestActor);
                    ExpectMsg<ActorIdentity>();
                }
                Time.Advance(TimeSpan.FromSeconds(1));
                var known = Schedules.Load().Value;
                Assert.Equal(Policies, known.Marks.Count);
                Assert.Empty(known.Open);
                Assert.All(known.Marks, mark => Assert.Empty(_calendar.Between(mark.DecidedUntil, now).Take(1)));
            },
            TimeSpan.FromSeconds(60), TimeSpan.FromMilliseconds(1));
    }

    /// <summary>Who lives, who dies and what is lost, whichever thread asks.</summary>
    private sealed class Chance(int seed, ActorSystem system)
    {
        private readonly Random _random = new(seed);
        private readonly List<IActorRef> _schedulers = [];

        public int Deaths { get; private set; }

        public int Repeats { get; private set; }

        public int Pairs { get; private set; }

        public int Made { get; private set; }

        public int Waits { get; private set; }

        /// <summary>Whether a run waits once more for what is measured before it.</summary>
        public bool MeasuresFirst()
        {
            lock (_random)
            {
                if (_random.Next(4) > 0) return false;
                Waits++;
                return true;
            }
        }

        public void Start(Func<IActorRef> start)
        {
            lock (_random)
            {
                while (_schedulers.Count == 0 || (_schedulers.Count < 2 && _random.Next(8) == 0))
                {
                    _schedulers.Add(start());
                    if (_schedulers.Count == 2) Pairs++;
                }
            }
        }

        public void StopAll()
        {
            lock (_random)
            {
                _schedulers.ForEach(system.Stop);
                _schedulers.Clear();
            }
        }

        /// <summary>Between two messages: one of those that live may die.</summary>
        public void Border()
        {
            lock (_random)
            {
                if (_schedulers.Count == 0 || _random.Next(12) != 0) return;
                var one = _random.Next(_schedulers.Count);
                system.Stop(_schedulers[one]);
                _schedulers.RemoveAt(one);
                Deaths++;
            }
        }

        public bool IsLost()
        {
            lock (_random) return _random.Next(10) == 0;
        }

        public void Counted(bool isNew)
        {
            lock (_random) _ = isNew ? Made++ : Repeats++;
        }
    }

    private sealed class Catalog : ReceiveActor
    {
        public Catalog(CatalogStore store, Chance chance) => Receive<CatalogWork>(work =>
        {
            chance.Border();
            work.Run(store);
            chance.Border();
        });
    }

    /// <summary>As the gateway: one request id of a client, one job. Of some it says that it could not, and before some
    /// it measures.</summary>
    private sealed class Gateway : ReceiveActor
    {
        public static readonly JobId Estimate = new(1_000_000);

        public Gateway(CatalogStore store, Chance chance) => Receive<RunPolicy>(run =>
        {
            chance.Border();
            var request = new RequestId($"{run.Request}/{Client}");
            if (store.Jobs.MadeBy([request]).Value.Count == 0 && chance.MeasuresFirst())
            {
                Sender.Tell(new JobsStarted(
                    [Estimate], ["it measures first: wait"], Context.System.Scheduler.Now.AddMinutes(30)));
                return;
            }
            chance.Counted(store.Jobs.MadeBy([request]).Value.Count == 0);
            var job = store.Jobs.Create(new NewJob(
                request, JobKind.Backup, Client, Context.System.Scheduler.Now, run.Policy)).Value.Job;
            chance.Border();
            Sender.Tell(chance.IsLost()
                ? new Refused(RefusalCode.Unavailable, "The answer is lost.") : new JobsStarted([job]));
        });
    }
}
