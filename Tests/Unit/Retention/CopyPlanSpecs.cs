using Backup.Actors.Retention;
using Backup.Messages;
using Backup.Persistence.Catalog;
using Xunit;

namespace Backup.Tests.Unit.Retention;

/// <summary>How long copies lie in pools that have rules of their own.</summary>
public sealed class CopyPlanSpecs
{
    private static readonly PolicyName Nightly = new("nightly");
    private static readonly PoolName Disk = new("disk");
    private static readonly PoolName Tape = new("tape");
    private static readonly ImageSet Set = new(new ClientName("web"), new FileSetName("home"));
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private static readonly RetentionRules Week = new() { For = TimeSpan.FromDays(7) };

    [Fact]
    public void A_pool_keeps_its_copies_longer_than_the_policy_its_images()
    {
        var images = Days(20, day => [In(Disk), In(Tape)]);

        var verdicts = Plan(Week, (Tape, new RetentionRules { For = TimeSpan.FromDays(15) })).Of(images, Now);

        Assert.Equal(16, verdicts.Count(verdict => verdict.IsKept));
        Assert.Equal(["pool tape: not older than 15 days"], verdicts[10].Reasons);
        Assert.Equal(
            ["disk goes: no rule keeps it", "tape stays: not older than 15 days"], Said(verdicts[10]));
        Assert.Equal(
            ["disk stays: not older than 7 days", "tape stays: not older than 15 days"], Said(verdicts[5]));
        Assert.Empty(verdicts[18].Copies); // the image itself goes, and all of it
    }

    [Fact]
    public void A_pool_keeps_its_copies_for_less_time_where_another_is_whole()
    {
        var images = Days(10, day => day switch
        {
            4 => [In(Disk)],
            5 => [In(Disk), In(Tape, isWhole: false)],
            6 => [In(Disk, isWhole: false), In(Tape)],
            7 => [],
            _ => [In(Disk), In(Tape)],
        });

        var verdicts = Plan(RetentionRules.Everything, (Disk, new RetentionRules { Last = 2 })).Of(images, Now);

        Assert.All(verdicts, verdict => Assert.True(verdict.IsKept));
        Assert.Equal(
            ["disk stays: last 2 of 2", "tape stays: its policy has no retention"], Said(verdicts[1]));
        Assert.Equal(
            ["disk goes: no rule of pool disk keeps it", "tape stays: its policy has no retention"], Said(verdicts[2]));
        Assert.Equal(["disk stays: the image is kept, and lies in no place that stays"], Said(verdicts[4]));
        Assert.Contains("disk stays: the image is kept, and lies in no place that stays", Said(verdicts[5]));
        Assert.Equal(
            ["disk stays: not whole there", "tape stays: its policy has no retention"], Said(verdicts[6]));
        Assert.Empty(verdicts[7].Copies);
    }

    [Fact]
    public void What_a_copy_builds_on_stays_where_the_copy_is()
    {
        // A chain of which only the newest is to stay on disk; another in which the full was never copied
        var images = new[]
        {
            Of(6, Now) with { Base = Id(5), Level = 2, Copies = [In(Disk), In(Tape)] },
            Of(5, Now.AddDays(-1)) with { Base = Id(4), Level = 1, Copies = [In(Disk), In(Tape)] },
            Of(4, Now.AddDays(-2)) with { Copies = [In(Disk), In(Tape)] },
            Of(3, Now.AddDays(-3)) with { Base = Id(2), Level = 1, Copies = [In(Disk), In(Tape)] },
            Of(2, Now.AddDays(-4)) with { Copies = [In(Disk)] },
            Of(1, Now.AddDays(-5)) with { Copies = [In(Disk), In(Tape)] },
        };

        var verdicts = Plan(RetentionRules.Everything, (Disk, new RetentionRules { Last = 1 })).Of(images, Now);

        Assert.StartsWith("disk stays: base of 0000", Said(verdicts[1])[0], StringComparison.Ordinal);
        Assert.StartsWith("disk stays: base of 0000", Said(verdicts[2])[0], StringComparison.Ordinal);
        // On tape it could not be restored without its full
        Assert.Equal("disk stays: the image is kept, and lies in no place that stays", Said(verdicts[3])[0]);
        Assert.StartsWith("disk stays: base of 0000", Said(verdicts[4])[0], StringComparison.Ordinal);
        Assert.Equal("disk goes: no rule of pool disk keeps it", Said(verdicts[5])[0]);
    }

    [Fact]
    public void In_one_library_a_chain_needs_its_bases_in_one_pool()
    {
        var near = new LibraryName("one");
        var (disk, tape) = (new RetainedCopy(Disk, [near]), new RetainedCopy(Tape, [near]));
        var images = new[]
        {
            Of(3, Now) with { Base = Id(2), Level = 1, Copies = [disk, tape] },
            Of(2, Now.AddDays(-1)) with { Copies = [disk, tape] },
            Of(1, Now.AddDays(-20)) with { Copies = [disk, tape] },
        };

        var gone = Plan(RetentionRules.Everything, (Disk, new RetentionRules { Tags = ["never"] })).Of(images, Now);
        var chain = Plan(RetentionRules.Everything, (Disk, new RetentionRules { Last = 1 })).Of(images, Now);

        Assert.All(gone, verdict => Assert.StartsWith("disk goes", Said(verdict)[0], StringComparison.Ordinal));
        Assert.StartsWith("disk stays: base of", Said(chain[1])[0], StringComparison.Ordinal);
        Assert.StartsWith("disk goes", Said(chain[2])[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Holds_jobs_and_the_last_that_can_be_restored_keep_all_that_there_is_or_one_place()
    {
        var images = new[]
        {
            Of(4, Now) with { Copies = [In(Disk), In(Tape)] },
            Of(3, Now.AddDays(-1)) with { Hold = "held: audit", Copies = [In(Disk), In(Tape)] },
            Of(2, Now.AddDays(-2)) with { UsedBy = "job 7", Copies = [In(Disk), In(Tape)] },
            Of(1, Now.AddDays(-3)) with { Copies = [In(Disk), In(Tape)] },
        };
        var tag = new RetentionRules { Tags = ["never"] };

        var verdicts = Plan(tag, (Disk, tag), (Tape, tag)).Of(images, Now);

        Assert.Equal([true, true, true, false], verdicts.Select(verdict => verdict.IsKept));
        Assert.All(verdicts[0].Copies, copy => Assert.True(copy.IsKept));
        Assert.Equal(["disk stays: held: audit", "tape stays: held: audit"], Said(verdicts[1]));
        Assert.Equal(["disk stays: used by job 7", "tape stays: used by job 7"], Said(verdicts[2]));
    }

    [Fact]
    public void Copies_go_in_two_steps_like_images_and_not_too_many_at_once()
    {
        var condemned = Now - RetentionTerms.Usual.Grace;
        var images = Days(30, day =>
            [In(Disk) with { CondemnedAt = day is 0 or 25 ? condemned : day == 26 ? Now : null }, In(Tape)]);
        var verdicts = Plan(RetentionRules.Everything, (Disk, new RetentionRules { Last = 5 })).Of(images, Now);

        var turn = RetentionTurn.Of(verdicts, Now, RetentionTerms.Usual);

        Assert.Empty(turn.Condemn);
        Assert.Empty(turn.CondemnCopies);
        Assert.Equal([new CopyInPool(Id(30), Disk)], turn.ReprieveCopies);
        Assert.Equal([new CopyInPool(Id(5), Disk)], turn.Expire);
        var stopped = Assert.Single(turn.Stopped);
        Assert.Equal((23, 27, 23, Disk), (stopped.Images, stopped.Of, stopped.InAll, stopped.Pool!.Value));
        Assert.Contains("in pool disk, 23 would go", stopped.Sentence, StringComparison.Ordinal);
        var agreed = RetentionTurn.Of(verdicts, Now, RetentionTerms.Usual, confirmed: 23);
        Assert.Equal(23, agreed.CondemnCopies.Count);
        var other = RetentionTurn.Of(verdicts, Now, RetentionTerms.Usual, policy: new PolicyName("other"));
        Assert.Empty(other.CondemnCopies);
    }

    private static string[] Said(RetentionVerdict verdict) => [.. verdict.Copies.Select(
        copy => $"{copy.Copy.Pool} {(copy.IsKept ? "stays" : "goes")}: {string.Join(", ", copy.Reasons)}")];

    private static RetentionPlan Plan(RetentionRules policy, params (PoolName Pool, RetentionRules Rules)[] pools) =>
        new(new Dictionary<PolicyName, RetentionRules> { [Nightly] = policy }, TimeZoneInfo.Utc)
        {
            Pools = pools.ToDictionary(pool => pool.Pool, pool => pool.Rules),
        };

    /// <summary>One a day, the newest first; numbers count from the oldest.</summary>
    private static List<RetainedImage> Days(int count, Func<int, IReadOnlyList<RetainedCopy>> copies) =>
        [.. Enumerable.Range(0, count).Select(
            day => Of(count - day, Now.AddDays(-day)) with { Copies = copies(day) })];

    private static RetainedCopy In(PoolName pool, bool isWhole = true) =>
        new(pool, isWhole ? [new LibraryName($"{pool}-library")] : []);

    private static ImageId Id(int number) => new((UInt128)number << 80);

    private static RetainedImage Of(int number, DateTimeOffset at) => new(
        Id(number), Set, Nightly, at, 0, null, IsVerified: false, UsedBy: null);
}
