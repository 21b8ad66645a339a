using Backup.Actors.Retention;
using Backup.Messages;
using Xunit;

namespace Backup.Tests.Unit.Retention;

/// <summary>What a run of retention does with the verdicts.</summary>
public sealed class RetentionTurnSpecs
{
    private static readonly PolicyName Nightly = new("nightly");
    private static readonly ImageSet Set = new(new ClientName("web"), new FileSetName("home"));
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private static readonly RetentionTerms Terms = RetentionTerms.Usual with { ShareMax = 100 };

    [Fact]
    public void What_nothing_keeps_is_condemned_and_goes_after_the_grace_time_the_upper_ones_first()
    {
        var images = new List<RetainedImage>
        {
            Of(5, Now), Of(4, Now.AddDays(-1)) with { CondemnedAt = Now },
            Of(3, Now.AddDays(-2)) with { Base = Id(2), CondemnedAt = Now - Terms.Grace },
            Of(2, Now.AddDays(-3)) with { CondemnedAt = Now - Terms.Grace }, Of(1, Now.AddDays(-9)),
        };
        var plan = Plan(new RetentionRules { Last = 2 });

        var turn = RetentionTurn.Of(plan.Of(images, Now), Now, Terms);

        Assert.Equal([Id(1)], turn.Condemn.Select(image => image.Image));
        Assert.Equal([Id(4)], turn.Reprieve.Select(image => image.Image));
        Assert.Equal([Id(3), Id(2)], turn.Purge.Select(image => image.Image));
        Assert.Empty(RetentionTurn.Of(plan.Of(images, Now), Now, Terms, policy: new PolicyName("other")).Condemn);
        var atOnce = RetentionTurn.Of(plan.Of(images, Now), Now, Terms with { Grace = TimeSpan.Zero });
        Assert.Equal([Id(3), Id(2), Id(1)], atOnce.Purge.Select(image => image.Image).OrderByDescending(id => id.Value));
    }

    [Fact]
    public void More_than_a_share_at_once_is_stopped_until_somebody_names_the_number()
    {
        var images = Enumerable.Range(0, 40).Select(day => Of(day + 1, Now.AddDays(-day)) with { Bytes = 10 }).ToList();
        images.AddRange(Enumerable.Range(0, 4).Select(day => Of(100 + day, Now.AddDays(-day)) with
        {
            Set = Set with { Client = new ClientName("mail") },
        }));
        var verdicts = Plan(new RetentionRules { Last = 3 }).Of(images, Now);
        var terms = RetentionTerms.Usual;

        var turn = RetentionTurn.Of(verdicts, Now, terms);

        Assert.Equal("mail", Assert.Single(turn.Condemn).Set.Client.Value);
        var stopped = Assert.Single(turn.Stopped);
        Assert.Equal((37, 40, 38), (stopped.Images, stopped.Of, stopped.InAll));
        Assert.Contains("--agree 38", stopped.Sentence, StringComparison.Ordinal);
        Assert.DoesNotContain(
            RetentionTurn.Of(verdicts, Now, terms, confirmed: 37).Condemn, image => image.Set == Set);
        Assert.Equal(38, RetentionTurn.Of(verdicts, Now, terms, confirmed: 38).Condemn.Count);
        Assert.Empty(RetentionTurn.Of(verdicts, Now, terms with { FewImages = 37 }).Stopped);
        // Few images that are most of the bytes
        var heavy = Plan(new RetentionRules { Last = 29 }).Of(
            [.. images.Take(40).Select((image, number) => image with { Bytes = number < 29 ? 1 : 1000 })], Now);
        Assert.Single(RetentionTurn.Of(heavy, Now, terms).Stopped);
    }

    [Fact]
    public void A_clock_that_is_behind_or_far_ahead_is_not_believed()
    {
        var terms = RetentionTerms.Usual;

        Assert.Null(terms.DoubtOf(Now, null, null));
        Assert.Null(terms.DoubtOf(Now, Now.AddMinutes(5), Now.AddDays(-1)));
        Assert.Contains("behind", terms.DoubtOf(Now, Now.AddHours(1), null), StringComparison.Ordinal);
        Assert.Contains("behind", terms.DoubtOf(Now, Now.AddDays(-3), Now.AddHours(1)), StringComparison.Ordinal);
        Assert.Null(terms.DoubtOf(Now, Now.AddDays(-30), null));
        Assert.Contains("--accept-clock", terms.DoubtOf(Now, Now.AddDays(-40), null), StringComparison.Ordinal);
        // What was made since it jumped says nothing for it
        Assert.Contains("--accept-clock", terms.DoubtOf(Now, Now, Now.AddDays(-40)), StringComparison.Ordinal);
    }

    [Fact]
    public void Holds_tags_windows_and_volumes_in_error_count()
    {
        var images = new[]
        {
            Of(6, Now) with { IsDoubtful = true }, Of(5, Now.AddDays(-1)),
            Of(4, Now.AddDays(-2)) with { Hold = "held: audit" },
            Of(3, Now.AddDays(-3)) with { Tags = ["release"] },
            Of(2, Now.AddDays(-4)) with { IsSealed = false }, Of(1, Now.AddDays(-5)),
        };

        var verdicts = Plan(new RetentionRules { Last = 1, Tags = ["release", "x"] }).Of(images, Now);

        Assert.Equal([true, true, true, true, false, false], verdicts.Select(verdict => verdict.IsKept));
        Assert.Equal(["the newest that can be restored"], verdicts[1].Reasons);
        Assert.Equal(["held: audit"], verdicts[2].Reasons);
        Assert.Equal(["tag release"], verdicts[3].Reasons);
        Assert.Equal(
            4, Plan(new RetentionRules { Window = TimeSpan.FromDays(2.5) }).Of(images, Now)
                .Count(verdict => verdict.Reasons.Any(why => why.StartsWith("window", StringComparison.Ordinal))));
        Assert.False(new RetentionRules { Tags = ["x"] }.IsEverything);
        Assert.True(new RetentionRules { Tags = [] }.IsEverything);
    }

    /// <summary>Histories that grow while rules, holds and runs of retention come in between.</summary>
    [Fact]
    public void Runs_of_retention_never_take_what_is_needed_and_do_what_the_simulation_says()
    {
        var (purged, condemned) = (0, 0);
        for (var seed = 0; seed < 1_500; seed++)
        {
            var random = new Random(seed);
            var (images, number, at) = (new List<RetainedImage>(), 0, Now);
            var terms = Terms with { Grace = TimeSpan.FromDays(random.Next(4)), ShareMax = random.Next(20, 101) };
            var rules = RulesOf(random);
            for (var step = 0; step < 30; step++)
            {
                at = at.AddHours(random.Next(1, 40));
                if (random.Next(12) == 0) rules = RulesOf(random);
                if (random.Next(3) > 0) images.Add(Next(random, images, ++number, at));
                for (var i = 0; i < images.Count; i++)
                    if (random.Next(20) == 0)
                        images[i] = images[i] with
                        {
                            Hold = random.Next(2) == 0 ? "held" : null,
                            IsVerified = random.Next(2) == 0,
                            UsedBy = random.Next(3) == 0 ? "job 1" : null,
                        };
                var verdicts = Plan(rules).Of(images, at);
                var simulated = verdicts.Where(verdict => !verdict.IsKept).Select(verdict => verdict.Image.Image).ToHashSet();
                var turn = RetentionTurn.Of(verdicts, at, terms);
                var before = images.Where(image => IsWhole(image, images)).Select(image => image.Set).ToHashSet();

                Assert.All(turn.Purge.Concat(turn.Condemn), image => Assert.Contains(image.Image, simulated));
                Assert.DoesNotContain(turn.Purge, image => image.Hold is not null || image.UsedBy is not null);
                var stopped = turn.Stopped.Select(stop => stop.Set).ToHashSet();
                Assert.All(verdicts.Where(verdict => !verdict.IsKept), verdict => Assert.True(
                    verdict.Image.CondemnedAt is not null || stopped.Contains(verdict.Image.Set)
                    || turn.Condemn.Contains(verdict.Image)));
                var marked = turn.Condemn.Select(image => image.Image).ToHashSet();
                var freed = turn.Reprieve.Select(image => image.Image).ToHashSet();
                foreach (var gone in turn.Purge) // one by one, as the catalog does
                {
                    images.RemoveAll(image => image.Image == gone.Image);
                    Assert.DoesNotContain(images, image => image.Base == gone.Image);
                    Assert.Superset(
                        before, images.Where(image => IsWhole(image, images)).Select(image => image.Set).ToHashSet());
                }
                images = images.ConvertAll(image => marked.Contains(image.Image) ? image with { CondemnedAt = at }
                    : freed.Contains(image.Image) ? image with { CondemnedAt = null } : image);
                (purged, condemned) = (purged + turn.Purge.Count, condemned + turn.Condemn.Count);
            }
        }
        Assert.True(purged > 3_000 && condemned > purged, $"{purged} {condemned}");
    }

    private static RetainedImage Next(Random random, List<RetainedImage> images, int number, DateTimeOffset at)
    {
        var set = Set with { Client = new ClientName($"c{random.Next(2)}") };
        var bases = images.Where(image => image.Set == set).ToList();
        var below = bases.Count > 0 && random.Next(3) > 0 ? bases[random.Next(bases.Count)] : null;
        return Of(number, at) with
        {
            Set = set,
            Base = below?.Image,
            Level = below is null ? 0 : 1,
            IsVerified = random.Next(4) == 0,
            Bytes = random.Next(1000),
        };
    }

    private static RetentionRules RulesOf(Random random) => new()
    {
        Last = random.Next(3),
        Daily = random.Next(4),
        Weekly = random.Next(2),
        Verified = random.Next(2),
        For = TimeSpan.FromDays(random.Next(0, 6)),
        Window = TimeSpan.FromDays(random.Next(0, 3)),
    };

    private static bool IsWhole(RetainedImage image, List<RetainedImage> all) => image.Base is not { } below
        || (all.Find(other => other.Image == below) is { } found && IsWhole(found, all));

    private static RetentionPlan Plan(RetentionRules rules) =>
        new(new Dictionary<PolicyName, RetentionRules> { [Nightly] = rules }, TimeZoneInfo.Utc);

    private static ImageId Id(int number) => new((UInt128)number << 80);

    private static RetainedImage Of(int number, DateTimeOffset at) => new(
        Id(number), Set, Nightly, at, 0, null, IsVerified: false, UsedBy: null);
}
