using System.Globalization;
using Backup.Actors.Retention;
using Backup.Messages;
using Xunit;

namespace Backup.Tests.Unit.Retention;

/// <summary>What is kept, and why.</summary>
public sealed class RetentionPlanSpecs
{
    private static readonly PolicyName Nightly = new("nightly");
    private static readonly ImageSet Set = new(new ClientName("web"), new FileSetName("home"));
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Each_rule_keeps_the_newest_image_of_each_period_that_has_one()
    {
        // Two a day for 40 days, none in the ten days before the last
        var images = Enumerable.Range(0, 80).Where(half => half is 0 or > 20)
            .Select(half => Of(half, Now.AddHours(-12 * half))).ToList();

        var kept = Kept(images, new RetentionRules { Last = 1, Daily = 3, Weekly = 3, Monthly = 2 });

        Assert.Equal(
            [
                "11-22 12: last 1 of 1, daily 1 of 3 (2026-11-22), weekly 1 of 3 (2026-W47), "
                    + "monthly 1 of 2 (2026-11), the newest that can be restored",
                "11-12 00: daily 2 of 3 (2026-11-12), weekly 2 of 3 (2026-W46)",
                "11-11 12: daily 3 of 3 (2026-11-11)",
                "11-08 12: weekly 3 of 3 (2026-W45)",
                "10-31 12: monthly 2 of 2 (2026-10)",
            ],
            kept);
    }

    [Fact]
    public void Periods_are_those_of_the_zone()
    {
        var images = new[] { Of(1, Now.AddHours(11)), Of(2, Now.AddHours(12)) };

        var zone = TimeZoneInfo.CreateCustomTimeZone("x", TimeSpan.FromHours(5), "x", "x");

        var kept = new RetentionPlan(Rules(new RetentionRules { Daily = 2 }), zone)
            .Of(images, Now.AddDays(2)).Where(verdict => verdict.IsKept);

        Assert.Equal(images[1].Image, Assert.Single(kept).Image.Image); // 22nd 23:00 and 23rd 00:00 are one day there
    }

    [Fact]
    public void Times_are_measured_from_the_newest_and_from_now()
    {
        var images = Enumerable.Range(0, 30).Select(day => Of(day, Now.AddDays(-100 - day))).ToList();

        Assert.Equal(4, Kept(images, new RetentionRules { Within = TimeSpan.FromDays(3) }).Count);
        Assert.Equal(6, Kept(images, new RetentionRules { For = TimeSpan.FromDays(105) }).Count);
        Assert.Single(Kept(images, new RetentionRules { For = TimeSpan.FromDays(7) }));
    }

    [Fact]
    public void What_a_kept_image_builds_on_is_kept()
    {
        var images = new[]
        {
            Of(5, Now), Of(4, Now.AddDays(-1)) with { Base = Id(3), Level = 2 },
            Of(3, Now.AddDays(-2)) with { Base = Id(1), Level = 1 },
            Of(2, Now.AddDays(-3)) with { Base = Id(1), Level = 1 }, Of(1, Now.AddDays(-4)),
        };

        var verdicts = Plan(new RetentionRules { Last = 2 }).Of(images, Now);

        Assert.Equal([true, true, true, false, true], verdicts.Select(verdict => verdict.IsKept));
        Assert.Equal(["base of " + Id(4).ToString()[..12]], verdicts[2].Reasons);
        Assert.Equal(["no rule keeps it"], verdicts[3].Reasons);
    }

    [Fact]
    public void Jobs_and_policies_that_are_gone_keep_images()
    {
        var images = new[]
        {
            Of(9, Now), Of(3, Now.AddYears(-2)) with { UsedBy = "job 12" },
            Of(2, Now.AddYears(-3)) with { Policy = new PolicyName("gone") }, Of(1, Now.AddYears(-4)),
        };

        var verdicts = Plan(new RetentionRules { Last = 1 }).Of(images, Now);

        Assert.Equal([true, true, true, false], verdicts.Select(verdict => verdict.IsKept));
        Assert.Equal("used by job 12", Assert.Single(verdicts[1].Reasons));
        Assert.Equal("policy gone is not configured any more", Assert.Single(verdicts[2].Reasons));
        Assert.All(Plan(RetentionRules.Everything).Of(images, Now), verdict => Assert.True(verdict.IsKept));
    }

    [Fact]
    public void The_newest_that_was_verified_and_the_newest_whole_chain_stay_whatever_the_rules_say()
    {
        var images = new[]
        {
            Of(4, Now) with { Base = Id(99), Level = 1 }, // its base is lost
            Of(3, Now.AddDays(-1)), Of(2, Now.AddDays(-2)) with { IsVerified = true }, Of(1, Now.AddDays(-3)),
        };

        var verdicts = Plan(new RetentionRules { Last = 1 }).Of(images, Now);

        Assert.Equal([true, true, true, false], verdicts.Select(verdict => verdict.IsKept));
        Assert.Contains("the newest that can be restored", verdicts[1].Reasons);
        Assert.Contains("the newest that was verified", verdicts[2].Reasons);
        var broken = Plan(new RetentionRules { Last = 1 }).Of(
            [images[0], Of(3, Now.AddDays(-1)) with { Base = Id(98), Level = 1 }], Now);
        Assert.All(broken, verdict => Assert.True(verdict.IsKept));
    }

    /// <summary>Ten thousand random histories with random rules.</summary>
    [Fact]
    public void Nothing_that_is_kept_loses_what_it_needs_and_every_set_can_be_restored()
    {
        for (var seed = 0; seed < 10_000; seed++)
        {
            var random = new Random(seed);
            var images = History(random);
            var rules = new RetentionRules
            {
                Last = random.Next(3),
                Hourly = random.Next(4),
                Daily = random.Next(5),
                Weekly = random.Next(4),
                Monthly = random.Next(3),
                Yearly = random.Next(2),
                Verified = random.Next(3),
                Within = TimeSpan.FromDays(random.Next(3)),
                For = TimeSpan.FromDays(random.Next(0, 40)),
            };
            var plan = Plan(rules);

            var verdicts = plan.Of(images, Now);

            Assert.Equal(
                images.Select(image => image.Image).ToHashSet(), verdicts.Select(each => each.Image.Image).ToHashSet());
            Assert.All(verdicts, verdict => Assert.NotEmpty(verdict.Reasons));
            var kept = verdicts.Where(verdict => verdict.IsKept).Select(verdict => verdict.Image).ToList();
            var ids = kept.Select(image => image.Image).ToHashSet();
            Assert.True(
                kept.TrueForAll(image => image.Base is not { } below || ids.Contains(below)
                    || images.TrueForAll(other => other.Image != below)), $"seed {seed}");
            foreach (var set in images.GroupBy(image => image.Set))
            {
                var newest = set.Where(image => Restorable(image, images)).MaxBy(image => image.SealedAt);
                Assert.True(newest is null || ids.Contains(newest.Image), $"seed {seed}");
                Assert.True(Model(rules, [.. set]).IsSubsetOf(ids), $"seed {seed}");
            }
            // What is kept stays kept when the rest is gone
            Assert.True(plan.Of(kept, Now).All(verdict => verdict.IsKept), $"seed {seed}");
        }
    }

    private static HashSet<ImageId> Model(RetentionRules rules, IReadOnlyList<RetainedImage> set)
    {
        var newest = set.OrderByDescending(image => image.SealedAt)
            .ThenByDescending(image => image.Image.Value).ToList();
        var kept = newest.Take(rules.Last).ToList();
        Periods("yyyyMMddHH", rules.Hourly);
        Periods("yyyyMMdd", rules.Daily);
        Periods("yyyyMM", rules.Monthly);
        Periods("yyyy", rules.Yearly);
        kept.AddRange(newest.Where(image => image.IsVerified).Take(rules.Verified));
        kept.AddRange(newest.Where(image => Now - image.SealedAt <= rules.For && rules.For > TimeSpan.Zero));
        return [.. kept.Select(image => image.Image)];

        void Periods(string format, int count) => kept.AddRange(
            newest.GroupBy(image => image.SealedAt.ToString(format, CultureInfo.InvariantCulture)).Take(count)
                .Select(period => period.First()));
    }

    private static bool Restorable(RetainedImage image, List<RetainedImage> all) => image.Base is not { } below
        || (all.Find(other => other.Image == below) is { } found && Restorable(found, all));

    private static List<RetainedImage> History(Random random)
    {
        var images = new List<RetainedImage>();
        var at = Now.AddDays(-60);
        for (var number = 1; number <= random.Next(1, 30); number++)
        {
            at = at.AddHours(random.Next(1, 60));
            var set = Set with { Client = new ClientName($"c{random.Next(2)}") };
            var bases = images.Where(image => image.Set == set).ToList();
            var below = bases.Count > 0 && random.Next(3) > 0 ? bases[random.Next(bases.Count)] : null;
            images.Add(Of(number, at) with
            {
                Set = set,
                Base = below?.Image,
                Level = below is null ? 0 : below.Level + 1,
                IsVerified = random.Next(4) == 0,
            });
        }
        // Some are lost
        images.RemoveAll(_ => random.Next(12) == 0);
        return images;
    }

    private static List<string> Kept(IReadOnlyList<RetainedImage> images, RetentionRules rules) =>
        [.. Plan(rules).Of(images, Now).Where(verdict => verdict.IsKept).Select(verdict =>
            verdict.Image.SealedAt.ToString("MM-dd HH", CultureInfo.InvariantCulture) + ": "
                + string.Join(", ", verdict.Reasons))];

    private static RetentionPlan Plan(RetentionRules rules) => new(Rules(rules), TimeZoneInfo.Utc);

    private static Dictionary<PolicyName, RetentionRules> Rules(RetentionRules rules) => new() { [Nightly] = rules };

    private static ImageId Id(int number) => new((UInt128)number);

    private static RetainedImage Of(int number, DateTimeOffset at) =>
        new(Id(number), Set, Nightly, at, 0, null, false, null);
}
