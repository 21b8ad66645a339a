using Backup.Actors.Scheduling;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;
using Backup.Tests.Unit.Persistence;
using Xunit;

namespace Backup.Tests.Unit.Scheduling;

/// <summary>PL-03: rules that count from the last backup.</summary>
public sealed class SinceLastSpecs : IDisposable
{
    private const string Rule = "full 7 days after the last";
    private static readonly PolicyName Daily = new("daily");
    private readonly SqliteFixture _fixture = new();

    [Theory]
    // So long behind the last backup, and not before; no sooner than an hour behind what was asked for
    [InlineData("11-02 01:00", null, "11-09 00:59", "11-09 01:00")]
    [InlineData("11-02 01:00", "11-02 00:59", "11-02 02:00", "11-09 01:00")]
    [InlineData("11-02 01:00", "11-09 01:00", "11-09 01:30", "11-09 02:00")]
    // What has no backup, or was due while nobody looked, is due now
    [InlineData(null, null, "11-09 00:59", "11-09 00:59")]
    [InlineData("10-02 01:00", null, "11-09 00:59", "11-09 00:59")]
    public void It_comes_so_long_behind_the_last_backup(string? backup, string? asked, string now, string due) =>
        Assert.Equal(due, Next(Calendars.Of(Rule), backup, asked, now));

    [Theory]
    [InlineData("full mon-fri 7 days after the last backup", null, null, "11-09 01:00")]
    [InlineData("full sat,sun 7 days after the last backup", null, null, "11-14 00:00")]
    [InlineData(Rule, "20:00-06:00", null, "11-09 01:00")]
    [InlineData(Rule, "22:00-24:00", null, "11-09 22:00")]
    [InlineData(Rule, "22:00-24:00", "2026-11-09..2026-11-10", "11-11 22:00")]
    public void It_comes_on_its_days_in_a_window_and_on_no_excluded_day(
        string rule, string? windows, string? exclude, string due) =>
        Assert.Equal(due, Next(
            Calendars.Of(rule, "UTC", windows is null ? null : [windows], exclude is null ? null : [exclude]),
            "11-02 01:00", null, "11-03 00:00"));

    [Fact]
    public void A_turn_starts_what_is_due_once_and_the_full_of_two()
    {
        var calendar = Calendars.Of($"incremental 20 hours after the last; {Rule}");
        var now = At("11-09 12:00");
        var lasts = calendar.SinceLast.Select(rule => new SinceLast(rule.Text, null, null)).ToList();
        var scheduled = new ScheduledPolicy(Daily, calendar, []);
        var mark = new ScheduleMark(Daily, calendar.Text, At("11-09 11:59"));

        var turn = ScheduleTurn.Of(scheduled, mark, now, lasts)!;

        var firing = Assert.Single(turn.Firings);
        Assert.Equal((FiringState.Open, "full"), (firing.State, firing.Level));
        Assert.Null(ScheduleTurn.Of(
            scheduled, turn.After, now.AddSeconds(30),
            [.. lasts.Select(last => last with { Asked = firing.DueAt, Backup = now })]));
    }

    [Fact]
    public void What_counts_is_the_newest_that_saved_as_much_of_the_client_that_was_saved_longest_ago()
    {
        Done("web1", "1", level: 0, "11-02 01:00");
        Done("web1", "2", level: 1, "11-03 01:00");
        Done("web1", "3", level: 0, "11-04 01:00", JobOutcome.Failed);
        Done("web2", "4", level: 0, "11-03 05:00");
        var calendar = Calendars.Of($"{Rule}; incremental 20 hours after the last; differential 3 days after the last");

        Assert.Equal([At("11-02 01:00"), At("11-03 01:00"), At("11-03 01:00")], Read(calendar, "web1", "web2"));
        Assert.Equal([null, null, null], Read(calendar, "web1", "web3"));
        // One that waits counts from when it was asked for, and a user's choice does not count
        var waits = CatalogSamples.Job("5", "web1") with { At = At("11-05 01:00") };
        Assert.True(_fixture.Store.Jobs.Create(waits).Is(out _, out _));
        Done("web1", "6", level: 0, "11-06 01:00", fileSet: "etc:chosen");
        Assert.Equal([At("11-05 01:00")], Read(Calendars.Of(Rule), "web1"));
    }

    [Fact]
    public void What_was_asked_for_last_is_what_was_decided_on_by_the_same_line()
    {
        var calendar = Calendars.Of(Rule);
        _fixture.Store.Schedules.Decide(
            null, new ScheduleMark(Daily, calendar.Text, At("11-09 12:00")),
            [Fired("11-08 01:00", Rule), Fired("11-07 01:00", Rule), Fired("11-09 01:00", "daily at 01:00")]);

        Assert.True(SinceLast.Read(_fixture.Store, new ScheduledPolicy(Daily, calendar, []))
            .Is(out var lasts, out _));

        Assert.Equal(At("11-08 01:00"), Assert.Single(lasts).Asked);
    }

    [Theory]
    [InlineData("full 7 days after")]
    [InlineData("7 after the last")]
    [InlineData("5 minutes after the last")]
    [InlineData("400 days after the last")]
    [InlineData("x hours after the last")]
    [InlineData("7 days after the first")]
    public void What_is_no_such_rule_is_refused(string text)
    {
        Assert.False(ScheduleText.TryRule(text, "daily", TimeZoneInfo.Utc, out _, out var problem));
        Assert.Equal(
            "\"after\" belongs into N minutes, hours, days or weeks after the last, of 10 minutes to 366 days",
            problem);
    }

    [Fact]
    public void One_whose_windows_never_open_is_vain_and_others_are_not()
    {
        Assert.Empty(Calendars.Of(Rule).Vain());
        Assert.Empty(Calendars.Of(Rule).Over(At("11-09 12:00")));
        Assert.Single(Calendars.Of("full 2026-11-09 2 hours after the last").Over(At("11-10 12:00")));
        Assert.Single(Calendars.Of(Rule, windows: ["day 30 of feb 10:00-11:00"]).Vain());
        Assert.Null(Calendars.Of(Rule).Next(At("11-09 12:00")));
    }

    public void Dispose() => _fixture.Dispose();

    private static string Next(PolicyCalendar calendar, string? backup, string? asked, string now)
    {
        var last = new SinceLast(
            calendar.Rules[0].Text, backup is null ? null : At(backup), asked is null ? null : At(asked));
        return $"{SinceLast.Coming(calendar, [last], At("11-01 00:00"), At(now)).Single().At:MM-dd HH:mm}";
    }

    private IReadOnlyList<DateTimeOffset?> Read(PolicyCalendar calendar, params string[] clients)
    {
        var scheduled = new ScheduledPolicy(Daily, calendar, [.. clients.Select(client => new ClientName(client))])
        {
            Kind = JobKind.Backup,
        };
        Assert.True(SinceLast.Read(_fixture.Store, scheduled).Is(out var lasts, out _));
        return [.. lasts.Select(last => last.Backup)];
    }

    private void Done(string client, string request, int level, string at, JobOutcome outcome = JobOutcome.Complete,
        string fileSet = "etc")
    {
        var job = CatalogSamples.Job(request, client) with { FileSet = new FileSetName(fileSet) };
        Assert.True(_fixture.Store.Jobs.Create(job).Is(out var made, out _));
        Assert.True(_fixture.Store.Jobs.Update(made.Job, default, new JobUpdate(JobPhase.Ended)
        {
            StartedAt = At(at),
            Level = level,
            Outcome = outcome,
        }).Is(out _, out _));
    }

    private static FiringRecord Fired(string due, string rule) => new(
        Daily, At(due), rule, "full", FiringState.Started, At(due), At(due), null, []);

    private static DateTimeOffset At(string moment) => Calendars.At($"2026-{moment.Replace(" ", "T")}Z");
}
