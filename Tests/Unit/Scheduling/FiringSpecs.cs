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
    public void Where_nobody_is_at_work_all_clients_are_asked_for_at_once() =>
        Assert.Equal(Firing.Request(Open), Assert.Single(Asked(Next(Nightly)).Requests));

    [Fact]
    public void A_client_whose_job_has_not_ended_is_left_out_and_the_others_are_asked_for()
    {
        var asked = Asked(Next(Nightly, Job(7, Db, "by-hand")));

        Assert.Equal([Firing.Request(Open) with { Client = Web }], asked.Requests);
        Assert.Equal("left out: client db, whose job 7 of the same policy had not ended", asked.LeftOut);
        var after = Firing.After(Open, asked, [new JobsStarted([new JobId(8)])], Nightly.Calendar, Due)!;
        Assert.Equal((FiringState.Started, asked.LeftOut), (after.State, after.Note));
    }

    [Fact]
    public void Where_all_clients_are_at_work_it_is_left_out() => Assert.Equal(
        "Skipped left out: client db, whose job 7 of the same policy had not ended; "
            + "client web, whose job 8 of the same policy had not ended",
        Said(Next(Nightly, Job(7, Db, "by-hand"), Job(8, Web, "by-hand"))));

    [Fact]
    public void A_client_that_the_policy_names_no_more_is_in_nobodys_way() =>
        Assert.Null(Asked(Next(Nightly, Job(7, new ClientName("gone"), "by-hand"))).LeftOut);

    [Fact]
    public void Where_it_waits_the_free_ones_start_and_the_others_when_they_are_free()
    {
        var waiting = With(OverlapRule.Wait);
        var own = Job(8, Web, Firing.RequestOf(Open, Web).Value);

        var first = Asked(Next(waiting, Job(7, Db, "by-hand")));
        var still = Firing.After(Open, first, [new JobsStarted([own.Job])], waiting.Calendar, Due)!;

        Assert.Equal([Web], first.Requests.Select(request => request.Client!.Value));
        Assert.Equal(FiringState.Open, still.State);
        Assert.Equal([own.Job], still.Jobs);
        Assert.IsType<FiringStep.Later>(Firing.Next(still, waiting, [Job(7, Db, "by-hand"), own], [own], Due));
        Assert.Equal([Firing.Request(Open)], Asked(Firing.Next(still, waiting, [own], [own], Due)).Requests);
        Assert.Equal(
            "Started left out: client db, whose job 7 of the same policy did not end in time",
            Said(Firing.Next(still, waiting, [Job(7, Db, "by-hand")], [own], Due.AddHours(9))));
    }

    [Fact]
    public void It_may_start_beside_others() =>
        Assert.Null(Asked(Next(With(OverlapRule.Start), Job(7, Db, "by-hand"))).LeftOut);

    [Theory]
    [InlineData(8.0, "asked")]
    [InlineData(8.1, "Skipped missed: 8 h late, and 8 h is the most")]
    public void However_few_are_at_work_it_does_not_start_too_late(double hours, string said) => Assert.Equal(
        said, Said(Firing.Next(Open with { NotBefore = Due.AddHours(7) }, Nightly, [], [], Due.AddHours(hours))));

    [Fact]
    public void What_was_started_stays_so_when_it_is_too_late_to_ask_again()
    {
        var own = Job(8, Web, Firing.RequestOf(Open, Web).Value);

        var noted = Assert.IsType<FiringStep.Note>(Firing.Next(Open, Nightly, [], [own], Due.AddHours(9))).Firing;

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
            Open, Nightly with { Calendar = Calendars.Of("daily at 02:00", windows: windows.Split(',')) }, [], [],
            Due.AddHours(hours))));

    [Fact]
    public void Without_a_schedule_nothing_starts() =>
        Assert.Equal("Skipped left out: its policy has no schedule", Said(Firing.Next(Open, null, [], [], Due)));

    [Theory]
    [InlineData(RefusalCode.Conflict, 0, "Skipped left out: So.")]
    [InlineData(RefusalCode.BadRequest, 0, "Refused So.")]
    [InlineData(RefusalCode.Unavailable, 0, "again")]
    [InlineData(RefusalCode.Unavailable, 9, "Refused So.")]
    public void A_refusal_is_a_plan_that_leaves_it_out_a_mistake_or_passes(RefusalCode code, int hours, string said)
    {
        var after = Firing.After(
            Open, Asked(Next(Nightly)), [new Refused(code, "So.")], Nightly.Calendar, Due.AddHours(hours));

        Assert.Equal(said, after is null ? "again" : $"{after.State} {after.Note}");
    }

    [Fact]
    public void What_nobody_answered_is_asked_again() => Assert.Null(Firing.After(
        Open, Asked(Next(Nightly)), [new JobsStarted([new JobId(8)]), null], Nightly.Calendar, Due));

    private static ScheduledPolicy With(OverlapRule overlap) =>
        Nightly with { Calendar = Nightly.Calendar with { Overlap = overlap } };

    private static FiringStep Next(ScheduledPolicy policy, params JobRecord[] working) =>
        Firing.Next(Open, policy, working, [], Due);

    private static FiringStep.Ask Asked(FiringStep step) => Assert.IsType<FiringStep.Ask>(step);

    private static string Said(FiringStep step) => step switch
    {
        FiringStep.Note { Firing: { State: FiringState.Open } later } => $"Open {later.NotBefore:HH:mm}",
        FiringStep.Note { Firing: var firing } => $"{firing.State} {firing.Note}",
        FiringStep.Ask => "asked",
        _ => "later",
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
