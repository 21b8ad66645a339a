using Backup.Actors.Scheduling;
using Backup.Messages;
using Backup.Persistence.Catalog;
using Xunit;

namespace Backup.Tests.Unit.Scheduling;

/// <summary>What is decided at one moment.</summary>
public sealed class ScheduleTurnSpecs
{
    private static readonly PolicyName Nightly = new("nightly");

    [Fact]
    public void A_schedule_begins_when_it_is_first_seen()
    {
        var turn = Turn(Calendars.Of("daily at 02:00"), decided: null, "2026-11-03T12:00Z")!;

        Assert.Empty(turn.Firings);
        Assert.Equal(Calendars.At("2026-11-03T12:00Z"), turn.After.DecidedUntil);
    }

    [Fact]
    public void Another_schedule_begins_anew()
    {
        var turn = ScheduleTurn.Of(
            new ScheduledPolicy(Nightly, Calendars.Of("daily at 01:00"), []),
            new ScheduleMark(Nightly, "daily at 02:00", Calendars.At("2026-11-01T00:00Z")),
            Calendars.At("2026-11-03T12:00Z"))!;

        Assert.Empty(turn.Firings);
        Assert.Equal("daily at 01:00", turn.After.Text);
    }

    [Fact]
    public void Before_its_time_there_is_nothing_to_decide() =>
        Assert.Null(Turn(Calendars.Of("daily at 02:00"), "2026-11-03T02:00Z", "2026-11-04T01:59:59Z"));

    [Fact]
    public void At_its_time_it_is_to_be_started() => Assert.Equal(
        "11-04 02:00 full Open 11-04 02:00:01 -",
        Said(Turn(Calendars.Of("full daily at 02:00"), "2026-11-03T02:00Z", "2026-11-04T02:00:01Z")));

    [Fact]
    public void What_was_missed_is_started_late() => Assert.Equal(
        "11-04 02:00  Open 11-04 07:00:00 5 h late: it was missed",
        Said(Turn(Calendars.Of("daily at 02:00"), "2026-11-03T02:00Z", "2026-11-04T07:00:00Z")));

    [Fact]
    public void What_was_missed_too_long_ago_is_left_out() => Assert.Equal(
        "11-04 02:00  Skipped 11-04 12:00:00 missed: 10 h late, and 8 h is the most",
        Said(Turn(Calendars.Of("daily at 02:00"), "2026-11-03T02:00Z", "2026-11-04T12:00:00Z")));

    [Fact]
    public void Without_catching_up_a_minute_is_the_most()
    {
        var calendar = Calendars.Of("daily at 02:00", catchUp: TimeSpan.Zero);

        Assert.Contains("Open", Said(Turn(calendar, "2026-11-03T02:00Z", "2026-11-04T02:00:59Z")));
        Assert.Contains("Skipped", Said(Turn(calendar, "2026-11-03T02:00Z", "2026-11-04T02:01:01Z")));
    }

    [Fact]
    public void Of_several_that_were_missed_one_is_started_at_the_level_that_saves_most() => Assert.Equal(
        "11-07 02:00 incremental Skipped 11-09 12:00:00 missed: the run of 2026-11-08 02:00Z is started for it\n"
        + "11-08 02:00 full Open 11-09 12:00:00 34 h late: it was missed\n"
        + "11-09 02:00 incremental Skipped 11-09 12:00:00 missed: the run of 2026-11-08 02:00Z is started for it",
        Said(Turn(
            Calendars.Of("incremental mon-sat at 02:00; full sun at 02:00", catchUp: TimeSpan.FromDays(3)),
            "2026-11-06T12:00Z", "2026-11-09T12:00:00Z")));

    [Fact]
    public void What_was_missed_waits_for_the_next_window() => Assert.Equal(
        "11-04 02:00  Open 11-04 22:00:00 20 h late: it was missed",
        Said(Turn(
            Calendars.Of("daily at 02:00", windows: ["22:00-06:00"], catchUp: TimeSpan.FromDays(1)),
            "2026-11-03T12:00Z", "2026-11-04T09:00:00Z")));

    [Fact]
    public void What_was_missed_is_left_out_where_no_window_opens_in_time() => Assert.Equal(
        "11-04 02:00  Skipped 11-04 09:00:00 missed: no window for starts opens in time",
        Said(Turn(Calendars.Of("daily at 02:00", windows: ["22:00-06:00"]), "2026-11-03T12:00Z",
            "2026-11-04T09:00:00Z")));

    [Fact]
    public void What_was_missed_is_left_out_where_the_windows_never_open_again() => Assert.Equal(
        "11-04 20:00  Skipped 11-05 01:00:00 missed: its windows never open again",
        Said(Turn(
            Calendars.Of("daily at 20:00", windows: ["2026-11-01..2026-11-04 20:00-24:00"]), "2026-11-04T12:00Z",
            "2026-11-05T01:00:00Z")));

    [Fact]
    public void What_is_due_as_a_window_closes_is_in_time() => Assert.Equal(
        "11-04 05:59  Open 11-04 06:00:00 -",
        Said(Turn(Calendars.Of("daily at 05:59", windows: ["22:00-06:00"]), "2026-11-03T12:00Z",
            "2026-11-04T06:00:00Z")));

    [Fact]
    public void A_clock_that_was_ahead_by_weeks_does_not_stop_the_schedule()
    {
        var calendar = Calendars.Of("daily at 02:00");

        var turn = Turn(calendar, "2026-12-24T12:00Z", "2026-11-04T12:00Z")!;

        Assert.Equal(Calendars.At("2026-11-04T12:00Z"), turn.After.DecidedUntil);
        Assert.Single(Turn(calendar, "2026-11-04T12:00Z", "2026-11-05T02:00Z")!.Firings);
    }

    [Fact]
    public void A_long_absence_names_the_last_runs_only()
    {
        var turn = Turn(Calendars.Of("hourly"), "2020-01-01T00:00Z", "2026-11-04T12:30Z")!;

        Assert.Equal(100, turn.Firings.Count);
        Assert.Equal(FiringState.Open, turn.Firings[^1].State);
    }

    private static ScheduleTurn? Turn(PolicyCalendar calendar, string? decided, string now) => ScheduleTurn.Of(
        new ScheduledPolicy(Nightly, calendar, []),
        decided is null ? null : new ScheduleMark(Nightly, calendar.Text, Calendars.At(decided)),
        Calendars.At(now));

    private static string Said(ScheduleTurn? turn) => string.Join('\n', turn!.Firings.Select(firing =>
        $"{firing.DueAt:MM-dd HH:mm} {firing.Level} {firing.State} {firing.NotBefore:MM-dd HH:mm:ss} "
        + $"{firing.Note ?? "-"}"));
}
