using Backup.Actors.Planning;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;
using Backup.Tests.Unit.Persistence;
using Xunit;

namespace Backup.Tests.Unit.Planning;

/// <summary>What the planner takes from backups that were made, and from walks.</summary>
public sealed class SetPastSpecs
{
    private static readonly DateOnly Today = Pasts.Clock.Today;

    [Fact]
    public void A_full_is_as_the_last_three_were()
    {
        var past = Pasts.Of(Pasts.Images("01 0 9000", "08 0 1000", "15 0 1300", "21 0 1600"));

        Assert.Equal(new KnownSize(1300, "history"), past.SizeOf(0, Today));
        Assert.Equal(0.5, past.History.FullRatio);
        Assert.Null(past.History.IncrementalRatio);
    }

    [Fact]
    public void An_incremental_is_what_changes_in_the_days_since_its_base()
    {
        // 20 in one day, 40 in two, 30 in one: 22.5 a day
        var past = Pasts.Of(Pasts.Images("15 0 1000", "16 1 20", "17 1 40", "18 2 30"));

        Assert.Equal(new KnownSize((long)(22.5 * 7), "history"), past.SizeOf(1, Today));
        Assert.Equal(new KnownSize((long)(22.5 * 5), "history"), past.SizeOf(2, Today));
        Assert.Equal(new KnownSize((long)(22.5 * 4), "history"), past.SizeOf(3, Today));
        // No more than there is.
        Assert.Equal(1000, past.SizeOf(1, Today.AddDays(90))!.Bytes);
        Assert.Equal((2, 1), (past.History.LastLevel, past.History.RunsAtLevel));
    }

    [Fact]
    public void Where_no_incremental_was_made_it_is_a_guess_and_where_nothing_was_nothing()
    {
        Assert.Equal(new KnownSize(60, "guess"), Pasts.Of(Pasts.Images("19 0 1000")).SizeOf(1, Today));
        Assert.Null(Pasts.Of([]).SizeOf(0, Today));
        Assert.Null(Pasts.Of([]).SizeOf(1, Today));
        Assert.Null(Pasts.Of([]).History.LastLevel);
    }

    [Fact]
    public void What_was_measured_since_the_newest_backup_counts_more()
    {
        var images = Pasts.Images("19 0 1000", "20 1 50");

        Assert.Equal(
            ("walk", 2000L), Known(Pasts.Of(images, Pasts.Walk("2026-11-22T12:00Z", "0 2000", "1 7")), 0));
        Assert.Equal(
            ("history", 1000L), Known(Pasts.Of(images, Pasts.Walk("2026-11-20T12:00Z", "0 2000")), 0));
        Assert.Equal(
            ("walk", 3L), Known(
                Pasts.Of(images, Pasts.Walk("2026-11-22T12:00Z", "1 7"), Pasts.Walk("2026-11-22T13:00Z", "1 3")), 1));
        // Two days old is too old.
        Assert.Equal(
            ("guess", 60L), Known(
                Pasts.Of(Pasts.Images("19 0 1000"), Pasts.Walk("2026-11-20T17:00Z", "1 7")), 1));
    }

    [Fact]
    public void What_was_made_today_or_is_not_recorded_changes_nothing()
    {
        var past = Pasts.Of(
            Pasts.Images("19 0 1000", "20 0 5000 archive", "22 1 900"), Pasts.Walk("2026-11-22T21:00Z", "1 7"));

        Assert.Equal((0, 1000L), (past.History.LastLevel, past.FullBytes));
        Assert.Equal("guess", past.SizeOf(1, Today)!.From);
        Assert.Equal(1, Pasts.Of(Pasts.Images("19 0 1000", "22 1 900"), Today.AddDays(1), Pasts.Clock)
            .History.LastLevel);
    }

    [Fact]
    public void A_day_is_the_zones()
    {
        // 20:00 UTC on the 21st is the 22nd in Tokyo: today, and so not before it.
        var clock = Pasts.Clock with
        {
            Now = Pasts.At("2026-11-21T21:00Z"),
            Zone = TimeZoneInfo.FindSystemTimeZoneById("Asia/Tokyo"),
        };

        Assert.Null(Pasts.Of(Pasts.Images("21 0 1000"), clock.Today, clock).History.LastLevel);
        Assert.Equal(0, Pasts.Of(Pasts.Images("21 0 1000")).History.LastLevel);
    }

    private static (string From, long Bytes) Known(SetPast past, int level) =>
        past.SizeOf(level, Today) is { } size ? (size.From, size.Bytes) : default;

    [Theory]
    [InlineData(JobPhase.Ended, JobOutcome.Failed, "its estimate (job 99) failed (The client is away)")]
    [InlineData(JobPhase.Ended, JobOutcome.Cancelled, "its estimate (job 99) did not come in time, or was cancelled")]
    [InlineData(JobPhase.Waiting, null, "its estimate (job 99) has not ended")]
    [InlineData(JobPhase.Ended, JobOutcome.Complete, null)]
    public void Why_nobody_measured_it_is_known_as_long_as_that_matters(
        JobPhase phase, JobOutcome? outcome, string? why)
    {
        var images = Pasts.Images("20 0 1000");
        var walk = Pasts.Walk("2026-11-22T17:00Z") with
        {
            Phase = phase,
            Outcome = outcome,
            Report = null,
            ErrorText = "The client is away.",
        };

        Assert.Equal(why, Pasts.Of(images, walk).Unmeasured);
        // Another has measured since; or it was before the newest backup, or days ago
        var other = Pasts.Walk("2026-11-22T17:30Z", "0 1") with { Job = new JobId(100) };
        Assert.Null(Pasts.Of(images, walk, other).Unmeasured);
        Assert.Null(Pasts.Of(Pasts.Images("20 0 1000", "21 1 10"), walk with
        {
            CreatedAt = Pasts.At("2026-11-21T19:00Z"),
        }).Unmeasured);
        Assert.Null(Pasts.Of(images, walk with { CreatedAt = Pasts.At("2026-11-20T20:01Z").AddDays(-1) }).Unmeasured);
    }

    [Fact]
    public void Its_speed_is_that_of_earlier_backups()
    {
        var images = Pasts.Images("20 0 1000", "21 1 200");
        Assert.Null(Pasts.Of(images).BytesPerSecond);

        var sealedImages = images.Select(image => image with
        {
            Seal = CatalogSamples.Seal(1) with { At = image.Opened.Since.AddSeconds(10) },
        }).ToList();
        Assert.Equal(60, Pasts.Of(sealedImages).BytesPerSecond);
    }
}
