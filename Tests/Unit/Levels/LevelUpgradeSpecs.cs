using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;
using Backup.Tests.Unit.Actors;
using Xunit;

namespace Backup.Tests.Unit.Levels;

public sealed class LevelUpgradeSpecs
{
    private static readonly DateTimeOffset Monday = new(2026, 11, 16, 22, 0, 0, TimeSpan.Zero);
    private static readonly LevelRule Incremental = new(LevelWord.Incremental, RerunFailed: true);

    [Fact]
    public void The_lowest_level_that_failed_is_made_up_for()
    {
        var (rule, why) = Of(Incremental, [Image(0, 0)], Job(3, 1), Job(2, 0), Job(1, 2));

        Assert.Equal(LevelWord.Full, rule.Level);
        Assert.Equal(
            "Level incremental was asked for; this backup is a full one: job 2, which was to have that level, failed, "
                + "and nothing was saved at it since.",
            why);
        Assert.Equal("1", Of(Incremental, [Image(0, 0)], Job(3, 1)).Rule.Level.Word);
        var third = Incremental with { Level = new LevelWord("3") };
        Assert.Equal("1", Of(third, [Image(0, 0)], Job(3, 1)).Rule.Level.Word);
    }

    [Fact]
    public void What_was_saved_since_at_that_level_or_a_lower_one_makes_up_for_it()
    {
        Assert.Null(Of(Incremental, [Image(4, 1)], Job(3, 1)).Why);
        Assert.Null(Of(Incremental, [Image(4, 0)], Job(3, 1)).Why);
        Assert.NotNull(Of(Incremental, [Image(4, 2), Image(2, 0)], Job(3, 1)).Why);
    }

    [Fact]
    public void What_was_cancelled_never_began_was_no_base_or_had_no_lower_level_is_not_made_up_for()
    {
        Assert.Null(Of(Incremental, [], Job(3, 0) with { Outcome = JobOutcome.Cancelled }).Why);
        Assert.Null(Of(Incremental, [], Job(3, 0) with { Attempts = 0 }).Why);
        Assert.Null(Of(Incremental, [], Job(3, 0, noRecord: true)).Why);
        Assert.Null(Of(Incremental with { Level = LevelWord.Differential }, [], Job(3, 1)).Why);
        Assert.Null(Of(Incremental with { RerunFailed = false }, [], Job(3, 0)).Why);
    }

    [Fact]
    public void An_incremental_behind_an_old_differential_is_one()
    {
        var rule = new LevelRule(LevelWord.Incremental, DifferentialAgeMax: TimeSpan.FromDays(3));
        ImageRecord[] week = [Image(2, 2), Image(1, 1), Image(0, 0)];

        Assert.Null(LevelUpgrade.Of(rule, week, [], Monday.AddDays(4)).Why);
        var (upgraded, why) = LevelUpgrade.Of(rule, week, [], Monday.AddDays(4).AddSeconds(1));
        Assert.Equal("1", upgraded.Level.Word);
        Assert.Contains("is older than 3 days", why);
        Assert.Null(LevelUpgrade.Of(rule with { Level = new LevelWord("5") }, week, [], Monday.AddDays(9)).Why);
        Assert.Null(LevelUpgrade.Of(rule, [], [], Monday.AddDays(9)).Why);
    }

    private static (LevelRule Rule, string? Why) Of(LevelRule rule, ImageRecord[] recorded, params JobRecord[] ended) =>
        LevelUpgrade.Of(rule, recorded, ended, Monday.AddDays(9));

    private static JobRecord Job(int day, int level, bool noRecord = false) => new()
    {
        Job = new JobId(day),
        Request = new RequestId("x"),
        Kind = JobKind.Backup,
        Client = new ClientName("web"),
        Phase = JobPhase.Ended,
        Outcome = JobOutcome.Failed,
        Level = level,
        Attempts = 1,
        CreatedAt = Monday.AddDays(day),
        Parameters = JobSpecs.Write(JobSamples.Save() with { NoRecord = noRecord }),
    };

    private static ImageRecord Image(int day, int level) => new(
        new NewImage(
            new ImageId((UInt128)(uint)(day + 1)), new JobId(day + 1), new ClientName("web"),
            new PolicyName("nightly"), new FileSetName("all"), level, Monday.AddDays(day)),
        ImageState.Sealed, ImageOrigin.Recorded, 1, 1, 1, default,
        new ImageSeal(JobOutcome.Complete, 1, default, default, Monday.AddDays(day)));
}
