using Backup.Actors.Scheduling;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;
using Xunit;

namespace Backup.Tests.Unit.Scheduling;

/// <summary>What is done about a run that is to be started, and what its answers mean.</summary>
public sealed class FiringSpecs
{
    private static readonly ClientName Web = new("web");
    private static readonly ClientName Db = new("db");
    private static readonly DateTimeOffset Due = Calendars.At("2026-11-04T02:00Z");

    private static readonly FiringRecord Open = new(
        new PolicyName("nightly"), Due, "daily at 02:00", "full", FiringState.Open, Due, Due, null, []);

    private static readonly ScheduledPolicy Nightly = new(Open.Policy, Calendars.Of("daily at 02:00"), [Web, Db]);

    [Fact]
    public void All_clients_are_asked_for_at_once_as_by_the_schedule()
    {
        var asked = Assert.IsType<FiringStep.Ask>(Firing.Next(Open, Nightly, [], Due)).Request;

        Assert.Equal(new RunPolicy(Firing.RequestOf(Open), Open.Policy, Level: "full", Scheduled: true, DueAt: Due), asked);
        Assert.Equal(
            50, Firing.Request(Open with { Rule = "full first sunday at 02:00 priority 50" }).Priority);
        var other = Firing.Request(Open with
        {
            Rule = "full first sunday at 02:00 select-by Time-stamps pool Off-Site no-record",
        });
        Assert.Equal(
            (new PoolName("Off-Site"), true, SelectBy.TimeStamps), (other.ToPool, other.NoRecord, other.SelectBy));
        var told = Firing.Request(Open with { Rule = "daily at 02:00 Spool never messages Ops" });
        Assert.Equal(("Ops", SpoolUse.None), (told.Messages, told.Spool));
    }

    [Fact]
    public void What_its_plan_measures_first_is_waited_for_and_leaves_no_note()
    {
        var late = Open with { Note = "5 min late: it was missed" };

        var waiting = Firing.After(late, new JobsStarted(
            [new JobId(7)], ["it measures first: plan x waits"], Due.AddMinutes(30)))!;
        Assert.Equal(
            (FiringState.Open, "5 min late: it was missed; it measures first: plan x waits"),
            (waiting.State, waiting.Note));
        waiting = Firing.After(waiting, new JobsStarted(
            [new JobId(7)], ["it measures first: plan x still waits"], Due.AddMinutes(30)))!;
        Assert.Equal("5 min late: it was missed; it measures first: plan x still waits", waiting.Note);

        var started = Firing.After(waiting, new JobsStarted([new JobId(8)]))!;
        Assert.Equal((FiringState.Started, "5 min late: it was missed"), (started.State, started.Note));
        Assert.Equal([new JobId(7), new JobId(8)], started.Jobs);
    }

    [Theory]
    [InlineData(0.5, true, "asked")]
    [InlineData(0.6, true, "Skipped missed: 36 min late, and 1 min is the most")]
    [InlineData(0.4, false, "Skipped missed: 24 min late, and 1 min is the most")]
    public void What_began_to_measure_in_time_is_not_late_for_as_long_as_that_may_take(
        double hours, bool measures, string said) => Assert.Equal(said, Said(Firing.Next(
            Open with { Jobs = measures ? [new JobId(7)] : [] },
            Nightly with
            {
                Calendar = Calendars.Of("daily at 02:00", catchUp: TimeSpan.Zero),
                EstimateTimeout = TimeSpan.FromMinutes(30),
            }, [], Due.AddHours(hours))));

    [Fact]
    public void What_has_measured_for_longer_than_its_window_is_open_waits_for_the_next() => Assert.Equal(
        "Open 08:00", Said(Firing.Next(
            Open with { Jobs = [new JobId(7)] },
            Nightly with
            {
                Calendar = Calendars.Of("daily at 02:00", windows: ["00:00-02:10", "08:00-09:00"]),
                EstimateTimeout = TimeSpan.FromMinutes(30),
            }, [], Due.AddMinutes(20))));

    [Fact]
    public void Who_is_left_out_of_it_is_noted_and_it_is_not_asked_again()
    {
        const string left = "Client db is left out: job 7 of the same policy had not ended.";

        var after = Firing.After(
            Open with { Note = "5 min late: it was missed" }, new JobsStarted([new JobId(8)], [left]))!;

        Assert.Equal((FiringState.Started, $"5 min late: it was missed; {left}"), (after.State, after.Note));
        Assert.Equal([new JobId(8)], after.Jobs);
    }

    [Theory]
    [InlineData(8.0, "asked")]
    [InlineData(8.1, "Skipped missed: 8 h late, and 8 h is the most")]
    public void However_few_are_at_work_it_does_not_start_too_late(double hours, string said) => Assert.Equal(
        said, Said(Firing.Next(Open with { NotBefore = Due.AddHours(7) }, Nightly, [], Due.AddHours(hours))));

    [Fact]
    public void What_was_started_stays_so_when_it_is_too_late_to_ask_again()
    {
        var own = Job(8, Web, Firing.RequestOf(Open, Web).Value);

        var noted = Assert.IsType<FiringStep.Note>(Firing.Next(Open, Nightly, [own], Due.AddHours(9))).Firing;

        Assert.Equal(FiringState.Started, noted.State);
        Assert.Equal([own.Job], noted.Jobs);
    }

    [Theory]
    [InlineData("22:00-04:00", 1, "asked")]
    [InlineData("22:00-04:00", 3, "Skipped missed: no window for starts opens in time")]
    [InlineData("00:00-04:00,08:00-09:00", 3, "Open 08:00")]
    [InlineData("2026-11-01..2026-11-04 00:00-04:00", 3, "Skipped missed: its windows never open again")]
    public void What_starts_later_than_it_was_due_starts_in_a_window(string windows, int hours, string said) =>
        Assert.Equal(said, Said(Firing.Next(
            Open, Nightly with { Calendar = Calendars.Of("daily at 02:00", windows: windows.Split(',')) }, [],
            Due.AddHours(hours))));

    [Fact]
    public void Without_a_schedule_nothing_starts() =>
        Assert.Equal("Skipped left out: its policy has no schedule", Said(Firing.Next(Open, null, [], Due)));

    [Theory]
    [InlineData(RefusalCode.Conflict, "Skipped So.")]
    [InlineData(RefusalCode.BadRequest, "Refused So.")]
    [InlineData(RefusalCode.Unavailable, "again")]
    public void A_refusal_is_a_plan_that_leaves_it_out_a_mistake_or_passes(RefusalCode code, string said)
    {
        var after = Firing.After(Open, new Refused(code, "So."));

        Assert.Equal(said, after is null ? "again" : $"{after.State} {after.Note}");
    }

    [Fact]
    public void What_nobody_answered_is_asked_again() => Assert.Null(Firing.After(Open, null));

    private static string Said(FiringStep step) => step switch
    {
        FiringStep.Note { Firing: { State: FiringState.Open } later } => $"Open {later.NotBefore:HH:mm}",
        FiringStep.Note { Firing: var firing } => $"{firing.State} {firing.Note}",
        _ => "asked",
    };

    private static JobRecord Job(long number, ClientName client, string request) => new()
    {
        Job = new JobId(number),
        Request = new RequestId(request),
        Kind = JobKind.Backup,
        Client = client,
        Phase = JobPhase.Waiting,
        CreatedAt = Due,
    };
}
