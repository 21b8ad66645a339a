using Backup.Actors.Gateway;
using Backup.Messages;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;
using Backup.Tests.Unit.Persistence;
using Xunit;

namespace Backup.Tests.Unit.Scheduling;

public sealed class ScheduleQueriesSpecs : IDisposable
{
    private static readonly PolicyName Nightly = new("nightly");
    private static readonly DateTimeOffset Now = Calendars.At("2026-11-04T07:00Z");
    private readonly SqliteFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void What_comes_what_was_started_and_what_will_be_caught_up_are_shown()
    {
        var calendar = Calendars.Of("daily at 02:00");
        var mark = new ScheduleMark(Nightly, calendar.Text, Calendars.At("2026-11-03T02:00Z"));
        _fixture.Store.Schedules.Decide(null, mark, [new FiringRecord(
            Nightly, mark.DecidedUntil, "daily at 02:00", null, FiringState.Started, mark.DecidedUntil,
            mark.DecidedUntil, null, [new JobId(7)])]);

        var shown = Show(new ShowSchedule(2));

        Assert.Equal(["11-04 02:00 due 07:00 5 h late: it was missed", "11-03 02:00 started  "],
            shown.Past.Select(Said));
        Assert.Equal(["11-05 02:00 coming 02:00 ", "11-06 02:00 coming 02:00 "], shown.Coming.Select(Said));
        Assert.Equal([new PolicyName("by-hand")], shown.Unscheduled);
        // Asking is not deciding.
        Assert.Equal([mark], _fixture.Store.Schedules.Load().Value.Marks);
    }

    [Fact]
    public void A_question_that_makes_no_sense_is_refused()
    {
        Assert.Equal("Expected a number of days from 1 to 400, found 0.", Refusal(new ShowSchedule(0)));
        Assert.Equal("Expected a limit from 1 to 10,000, found 0.", Refusal(new ShowSchedule(1, null, 0)));
        Assert.Equal("There is no policy \"x\". Configured are: by-hand, nightly.",
            Refusal(new ShowSchedule(1, new PolicyName("x"))));
    }

    private ScheduleShown Show(ShowSchedule show) => Assert.IsType<ScheduleShown>(Queries.Show(show));

    private string Refusal(ShowSchedule show) => Assert.IsType<Refused>(Queries.Show(show)).Sentence;

    private ScheduleQueries Queries => new(
        _fixture.Store,
        [
            new PolicyDefinition(Nightly, [], _ => throw new InvalidOperationException())
            {
                Calendar = Calendars.Of("daily at 02:00"),
            },
            new PolicyDefinition(new PolicyName("by-hand"), [], _ => throw new InvalidOperationException()),
        ],
        Now);

    private static string Said(ScheduledRun run) =>
        $"{run.At:MM-dd HH:mm} {run.State} {run.Starts:HH:mm} {run.Note}";
}
