using Backup.Messages;
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
    public void What_is_just_in_range_is_taken(string line) =>
        Assert.Empty(OneConf.Problems($"plans.office {{ {line} }}"));

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
