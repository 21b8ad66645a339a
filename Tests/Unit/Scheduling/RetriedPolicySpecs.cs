using Backup.Actors.Scheduling;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;
using Xunit;

namespace Backup.Tests.Unit.Scheduling;

public sealed class RetriedPolicySpecs
{
    private static readonly DateTimeOffset Ended = new(2026, 11, 16, 22, 0, 0, TimeSpan.Zero);

    private static readonly RetriedPolicy Policy =
        new(new PolicyName("nightly"), [new ClientName("web")], 3, TimeSpan.FromMinutes(30));

    [Fact]
    public void A_job_that_failed_is_done_again_behind_pauses_that_grow()
    {
        var first = Policy.Next(Job(4), Ended)!;
        Assert.Equal((1, "retry-1-of-4", Ended.AddMinutes(30)), (first.Number, first.Request.Value, first.At));

        var second = Policy.Next(Job(9, "retry-1-of-4/web"), Ended)!;
        Assert.Equal(
            (2, "retry-2-of-4", Ended.AddHours(1), new JobId(9), new JobId(4)),
            (second.Number, second.Request.Value, second.At, second.Job, second.First));
        Assert.Equal(Ended.AddHours(2), Policy.Next(Job(11, "retry-2-of-4/web"), Ended)!.At);
        Assert.Null(Policy.Next(Job(12, "retry-3-of-4/web"), Ended));
    }

    [Fact]
    public void A_pause_is_a_day_at_most_unless_it_begins_with_more()
    {
        var often = Policy with { Retries = 100 };
        Assert.Equal(Ended.AddDays(1), often.Next(Job(9, "retry-60-of-4/web"), Ended)!.At);
        Assert.Equal(Ended.AddDays(3),
            (often with { After = TimeSpan.FromDays(3) }).Next(Job(9, "retry-2-of-4/web"), Ended)!.At);
    }

    [Theory]
    [InlineData(JobOutcome.Complete, false)]
    [InlineData(JobOutcome.CompleteWithExceptions, false)]
    [InlineData(JobOutcome.Cancelled, false)]
    [InlineData(JobOutcome.Incomplete, true)]
    [InlineData(JobOutcome.Failed, true)]
    public void Only_what_failed_is_done_again(JobOutcome outcome, bool again)
    {
        Assert.Equal(again, Policy.Next(Job(4) with { Outcome = outcome }, Ended) is not null);
        Assert.Null(Policy.Next(Job(4) with { Outcome = null, EndedAt = null }, Ended));
    }

    [Fact]
    public void A_retry_that_nobody_could_start_for_hours_is_none_any_more()
    {
        Assert.NotNull(Policy.Next(Job(4), Ended.AddMinutes(30).AddHours(8)));
        Assert.Null(Policy.Next(Job(4), Ended.AddMinutes(31).AddHours(8)));
    }

    private static JobRecord Job(long id, string request = "by-hand/web") => new()
    {
        Job = new JobId(id),
        Request = new RequestId(request),
        Kind = JobKind.Backup,
        Client = new ClientName("web"),
        Phase = JobPhase.Ended,
        Outcome = JobOutcome.Failed,
        CreatedAt = Ended.AddHours(-1),
        EndedAt = Ended,
    };
}
