using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.Unit.Configuration;

/// <summary>What can be wrong in backup.plans.</summary>
public sealed class PlanProblemSpecs
{
    [Theory]
    [InlineData("cycle-days = 0")]
    [InlineData("cycle-days = 3651")]
    [InlineData("runs-per-cycle = 0")]
    [InlineData("runs-per-cycle = 100001")]
    [InlineData("capacity = -1")]
    [InlineData("run-volumes = 1001")]
    [InlineData("run-volumes = 2, capacity = 1GiB")]
    [InlineData("bump-size = -1")]
    [InlineData("bump-percent = 101")]
    [InlineData("bump-percent = -1")]
    [InlineData("bump-multiplier = 0.9")]
    [InlineData("bump-multiplier = 101")]
    [InlineData("bump-days = 0")]
    [InlineData("bump-days = 3651")]
    [InlineData("level-max = 0")]
    [InlineData("level-max = 10")]
    [InlineData("promote-days-max = -1")]
    [InlineData("promote-days-max = 3651")]
    [InlineData("strategy = none")]
    [InlineData("estimate = client")]
    [InlineData("estimate-timeout = 0s")]
    [InlineData("dump-order = sx")]
    [InlineData("skip-full-on = [sundae]")]
    [InlineData("skip-incremental-on = [2026-13-01]")]
    public void What_is_out_of_range_is_refused_with_its_place_and_key(string line)
    {
        var problem = Assert.Single(OneConf.Problems($"plans.office {{ {line} }}"));

        Assert.Equal($"backup.plans.office.{line.Split(' ')[0]}", problem.Key);
        Assert.Equal(2, problem.Place.Line);
        Assert.NotEqual("", problem.Allowed);
    }

    [Theory]
    [InlineData("cycle-days = 3650")]
    [InlineData("runs-per-cycle = 100000")]
    [InlineData("bump-percent = 100")]
    [InlineData("bump-multiplier = 1")]
    [InlineData("level-max = 9")]
    [InlineData("promote-days-max = 0")]
    [InlineData("dump-order = none")]
    [InlineData("dump-order = sStTbB")]
    [InlineData("estimate = both")]
    public void What_is_just_in_range_is_taken(string line) =>
        Assert.Empty(OneConf.Problems($"plans.office {{ {line} }}"));

    [Theory]
    [InlineData("run-volumes = 2", "", 20L << 30, 2)]
    [InlineData("run-volumes = 3", "volume-bytes-max = 1GiB", 3L << 30, 3)]
    [InlineData("capacity = 5GiB", "", 5L << 30, 0)]
    [InlineData("", "", 0, 0)]
    public void What_a_run_takes_may_be_a_number_of_volumes(string plan, string pool, long capacity, int volumes)
    {
        var settings = OneConf.Settings(
            $"plans.office {{ {plan} }}\npools.disk-30d {{ {pool} }}\npolicies.p.plan = office");

        var terms = settings.Policies[new PolicyName("p")].Member!.Terms;
        Assert.Equal((capacity, volumes), (terms.CapacityBytes, terms.RunVolumes));
    }

    [Theory]
    [InlineData("run-volumes = 2", "", null)]
    [InlineData("run-volumes = 3", "", "20 volumes in a turn (slots of its libraries), and the runs of a cycle write 21")]
    [InlineData("run-volumes = 2", "volume-cycle = 14", "14 volumes in a turn (volume-cycle)")]
    [InlineData("run-volumes = 2", "volume-cycle = 15", null)]
    [InlineData("run-volumes = 2", "volumes-max = 3", "3 volumes in a turn (volumes-max)")]
    [InlineData("capacity = 1TiB", "volumes-max = 3", null)]
    public void A_turn_of_volumes_that_is_shorter_than_a_cycle_is_warned_of(string plan, string pool, string? expected)
    {
        var warnings = OneConf.Settings(
            $"plans.office {{ {plan} }}\npools.disk-30d {{ {pool} }}\npolicies.p.plan = office").Warnings;

        if (expected is null) Assert.Empty(warnings);
        else
        {
            var warning = Assert.Single(warnings);
            Assert.Equal("backup.plans.office.run-volumes", warning.Key);
            Assert.Contains(expected, warning.Found, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_pool_that_would_never_use_a_volume_again_is_refused() => OneConf.Refuses(
        "pools.disk-30d { volumes-max = 3, volume-cycle = 4 }",
        "2:50:1 backup.pools.disk-30d.volume-cycle: found 4, and volumes-max = 3",
        "at most volumes-max: no volume would ever be used again");

    [Fact]
    public void A_key_that_nobody_knows_is_refused() =>
        Assert.Equal("backup.plans.office.tapecycle", Assert.Single(OneConf.Problems(
            "plans.office { tapecycle = 5 }")).Key);

    [Theory]
    [InlineData("daily at 20:00", 7, 0)]
    [InlineData("mon,thu at 20:00", 4, 0)]
    [InlineData("mon,thu at 20:00", 7, 1)]
    [InlineData("sunday at 20:00", 7, 1)]
    public void More_runs_than_the_schedule_has_are_warned_of(string runs, int perCycle, int warnings)
    {
        var problems = OneConf.Settings($$"""
            schedules.s { runs = ["{{runs}}"], zone = UTC }
            plans.office.runs-per-cycle = {{perCycle}}
            policies.x { file-set = sys, pool = disk-30d, schedule = s, plan = office }
            """).Warnings;

        Assert.Equal(warnings, problems.Count);
        Assert.All(problems, problem => Assert.Equal("backup.policies.x.plan", problem.Key));
        Assert.All(problems, problem => Assert.Contains($"counts on {perCycle} runs in 7 days", problem.Found));
    }

    [Theory]
    [InlineData("for = 3d", 1)]
    [InlineData("within = 6d, for = 1d", 1)]
    [InlineData("for = 7d", 0)]
    [InlineData("for = 3d, weekly = 2", 0)]
    [InlineData("", 0)]
    public void Images_that_are_kept_for_less_than_a_cycle_are_warned_of(string rules, int warnings)
    {
        var problems = OneConf.Settings($$"""
            plans.office.cycle-days = 7
            policies.x { file-set = sys, pool = disk-30d, plan = office, retention { {{rules}} } }
            """).Warnings;

        Assert.Equal(warnings, problems.Count);
        Assert.All(problems, problem => Assert.Equal("backup.policies.x.retention", problem.Key));
    }

    [Fact]
    public void How_sizes_are_known_is_the_plans_word_unless_the_policy_has_its_own()
    {
        var policies = OneConf.Settings("""
            plans.office { estimate-timeout = 5m, dump-order = none }
            policies.x { file-set = sys, pool = disk-30d, plan = office }
            policies.y { file-set = sys, pool = disk-30d, plan = office, estimate = history }
            """).Policies;

        Assert.Equal(
            (PlanEstimate.Walk, TimeSpan.FromMinutes(5), null),
            (policies[new PolicyName("x")].Member!.Terms.Estimate,
                policies[new PolicyName("x")].Member!.Terms.EstimateTimeout,
                policies[new PolicyName("x")].Member!.Terms.DumpOrder));
        Assert.Equal(PlanEstimate.History, policies[new PolicyName("y")].Member!.Terms.Estimate);
    }

    [Fact]
    public void How_long_a_backup_may_run_may_be_said_by_level()
    {
        var policies = OneConf.Settings("""
            policies.x { file-set = sys, pool = disk-30d, full-run-time-max = 9h, incremental-run-time-max = 1h }
            policies.y { file-set = sys, pool = disk-30d, run-time-max = 2h }
            """).Policies;

        Assert.Equal(
            new LevelRunTimes(TimeSpan.FromHours(9), null, TimeSpan.FromHours(1)),
            policies[new PolicyName("x")].Frame!.ByLevel);
        Assert.Null(policies[new PolicyName("y")].Frame!.ByLevel);
    }

    [Fact]
    public void A_planned_policy_brings_its_schedule_along()
    {
        var member = OneConf.Settings("""
            schedules.s { runs = ["mon at 20:00"], zone = UTC, exclude = [2026-12-28] }
            plans.office { cycle-days = 14, runs-per-cycle = 2 }
            policies.x { file-set = sys, pool = disk-30d, schedule = s, plan = office }
            """).Policies[new PolicyName("x")].Member!;

        Assert.Equal(("UTC", "mon at 20:00", "2026-12-28"),
            (member.Calendar!.Zone, member.Calendar.Runs.Single(), member.Calendar.Excluded.Single()));
        Assert.Equal(PlanStrategy.Standard, member.Terms.Strategy);
    }
}
