using Backup.Messages;
using Backup.Persistence.Catalog;
using Xunit;

namespace Backup.Tests.Unit.Persistence;

public abstract class ScheduleTableContract(ICatalogFixture fixture) : IDisposable
{
    private static readonly PolicyName Nightly = new("nightly");
    private static readonly DateTimeOffset Due = new(2026, 11, 4, 2, 0, 0, TimeSpan.Zero);
    private static readonly ScheduleMark Mark = new(Nightly, "daily", Due.AddDays(-1));
    private readonly ScheduleTable _schedules = fixture.Store.Schedules;

    public void Dispose()
    {
        fixture.Dispose();
        GC.SuppressFinalize(this);
    }

    [ContractFact]
    public void What_was_decided_is_found_as_it_was()
    {
        var firing = Firing() with { Level = "full", Note = "5 h late", Jobs = [] };
        _schedules.Decide(null, Mark, [firing, Firing(FiringState.Skipped, 1)]);

        var records = _schedules.Load().Value;

        Assert.Equal([Mark], records.Marks);
        Assert.Equivalent(firing, Assert.Single(records.Open), strict: true);
    }

    [ContractFact]
    public void Who_did_not_know_the_last_mark_decides_nothing()
    {
        var next = Mark with { DecidedUntil = Due };
        _schedules.Decide(null, Mark, []);
        _schedules.Decide(Mark, next, [Firing()]);

        var late = _schedules.Decide(Mark, Mark with { DecidedUntil = Due.AddMinutes(1) }, [Firing(hours: 1)]);
        var first = _schedules.Decide(null, Mark, []);

        Assert.IsType<CatalogFailure.Contradiction>(late.Failure);
        Assert.IsType<CatalogFailure.Contradiction>(first.Failure);
        Assert.Equal(next, Assert.Single(_schedules.Load().Value.Marks));
        Assert.Single(_schedules.Load().Value.Open);
        Assert.Equal(Recorded.Before, _schedules.Decide(Mark, next, []).Value);
    }

    [ContractFact]
    public void The_mark_of_a_schedule_that_is_no_more_goes_unless_somebody_decided_since()
    {
        _schedules.Decide(null, Mark, [Firing(FiringState.Skipped)]);

        Assert.Equal(Recorded.Before, _schedules.Drop(Mark with { DecidedUntil = Due }).Value);
        Assert.Single(_schedules.Load().Value.Marks);
        Assert.Equal(Recorded.Now, _schedules.Drop(Mark).Value);

        Assert.Empty(_schedules.Load().Value.Marks);
        Assert.Single(_schedules.List(null, Due, 10).Value);
    }

    [ContractFact]
    public void Of_many_that_decide_at_the_same_moment_one_does()
    {
        _schedules.Decide(null, Mark, []);
        var answers = new CatalogAnswer<Recorded>[16];

        Parallel.For(0, answers.Length, number => answers[number] = _schedules.Decide(
            Mark, Mark with { DecidedUntil = Due.AddTicks(number) }, [Firing() with { Note = $"{number}" }]));

        Assert.Single(answers, answer => answer.Is(out _, out _));
        Assert.Single(_schedules.Load().Value.Open);
    }

    [ContractFact]
    public void A_run_is_decided_once_also_when_the_clock_was_put_back()
    {
        var back = Mark with { DecidedUntil = Due.AddDays(-2) };
        _schedules.Decide(null, Mark, [Firing(), Firing(FiringState.Skipped, 1), Firing(hours: 2)]);
        _schedules.Update(Firing() with { State = FiringState.Started, Jobs = [new JobId(7)] });

        _schedules.Decide(Mark, back, []);
        _schedules.Decide(back, Mark, [Firing(), Firing(hours: 1), Firing(FiringState.Skipped, 2)]);

        // What was left out while the clock was ahead comes when it is due; what was started does not come again.
        Assert.Equal([Due.AddHours(1), Due.AddHours(2)], _schedules.Load().Value.Open.Select(open => open.DueAt));
        Assert.Equal([new JobId(7)], _schedules.List(Nightly, Due, 10).Value[^1].Jobs);
    }

    [ContractFact]
    public void What_became_of_a_run_is_recorded_once()
    {
        _schedules.Decide(null, Mark, [Firing()]);
        var started = Firing() with { State = FiringState.Started, Jobs = [new JobId(7), new JobId(8)] };

        Assert.Equal(Recorded.Now, _schedules.Update(started).Value);
        Assert.Equal(Recorded.Before, _schedules.Update(started).Value);
        Assert.Equal(Recorded.Before, _schedules.Update(Firing(FiringState.Refused)).Value);

        Assert.Empty(_schedules.Load().Value.Open);
        Assert.Equivalent(started, Assert.Single(_schedules.List(null, Due, 10).Value), strict: true);
    }

    [ContractFact]
    public void Runs_are_listed_last_first_by_policy_and_time()
    {
        var other = new PolicyName("other");
        _schedules.Decide(null, Mark, [Firing(), Firing(hours: 1), Firing(hours: -1)]);
        _schedules.Decide(null, Mark with { Policy = other }, [Firing() with { Policy = other }]);

        Assert.Equal([Due.AddHours(1), Due, Due], _schedules.List(null, Due, 10).Value.Select(run => run.DueAt));
        Assert.Equal([Due.AddHours(1)], _schedules.List(Nightly, Due, 1).Value.Select(run => run.DueAt));
        Assert.Equal([other], _schedules.List(other, Due, 10).Value.Select(run => run.Policy));
    }

    [ContractFact]
    public void What_is_long_over_is_forgotten_and_what_is_open_is_not()
    {
        _schedules.Decide(null, Mark, [Firing(), Firing(FiringState.Skipped, 1), Firing(FiringState.Skipped, 2)]);

        _schedules.Forget(Due.AddHours(2));

        Assert.Equal([Due.AddHours(2), Due], _schedules.List(null, Due, 10).Value.Select(run => run.DueAt));
    }

    private static FiringRecord Firing(FiringState state = FiringState.Open, int hours = 0) => new(
        Nightly, Due.AddHours(hours), "daily at 02:00", null, state, Due.AddHours(hours), Due, null, []);
}
