using Backup.Messages;
using Xunit;

namespace Backup.Tests.Unit.Configuration;

/// <summary>What can be wrong in backup.schedules, and the exact words for it.</summary>
public class ScheduleProblemSpecs
{
    private const string Rule =
        "[LEVEL] DAYS at HH:MM [priority N] [pool NAME] [select-by WORD] [spool WORD] [messages NAME] "
        + "[no-record], as \"full first sunday at 02:00\"; every N hours; [LEVEL] [DAYS] N hours after the last; "
        + "or five fields of cron";

    [Theory]
    [InlineData("schedules.s { }", "2:11:1 backup.schedules.s.runs: must be given", $"a list such as [{Rule}]")]
    [InlineData("schedules.s.runs = [\"sundae at 02:00\"]",
        "2:21:17 backup.schedules.s.runs: \"sundae\" is no day: expected words such as first sunday, mon-fri, "
            + "day 1,15, last day, even weeks, w10-w20, jan-mar, 2026-12-24", Rule)]
    [InlineData("schedules.s.runs = [\"daily at 02:00 pool none\"]",
        "2:21:26 backup.schedules.s.runs: pool \"none\" is not configured", Rule)]
    [InlineData("schedules.s.runs = [\"daily at 02:00 messages ops\"]",
        "2:21:29 backup.schedules.s.runs: messages \"ops\" are not configured", Rule)]
    [InlineData("schedules.s.runs = [\"daily at 02:00 messages\"]",
        "2:21:25 backup.schedules.s.runs: \"messages\" needs the name of messages, or none, at the end of the rule",
        Rule)]
    [InlineData("schedules.s.runs = [\"daily at 02:00 spool maybe\"]",
        "2:21:28 backup.schedules.s.runs: \"spool\" needs auto, direct, required, never at the end of the rule", Rule)]
    [InlineData("schedules.s.runs = [\"day 31 of feb at 02:00\"]",
        "2:21:24 backup.schedules.s.runs: \"day 31 of feb at 02:00\" never comes",
        "a time that comes within nine years, on a day that is not excluded and in a window")]
    [InlineData("schedules.s { runs = [\"daily at 02:00\"], zone = Europe/Berln }",
        "2:49:12 backup.schedules.s.zone: found \"Europe/Berln\"",
        "a time zone of this machine's list, as Europe/Berlin or UTC")]
    [InlineData("schedules.s { runs = [\"daily at 02:00\"], windows = [\"20:00\"] }",
        "2:53:7 backup.schedules.s.windows: \"20:00\" are no times: expected HH:MM-HH:MM",
        "[DAYS] HH:MM-HH:MM, as \"mon-fri 20:00-06:00\"")]
    [InlineData("schedules.s { runs = [\"daily at 02:00\"], exclude = [2026-12-32] }",
        "2:53:10 backup.schedules.s.exclude: \"2026-12-32\" is no day: expected words such as first sunday, mon-fri, "
            + "day 1,15, last day, even weeks, w10-w20, jan-mar, 2026-12-24",
        "days such as 2026-12-24..2027-01-02, sunday, \"last friday of december\"")]
    [InlineData("schedules.s { runs = [\"daily at 02:00\"], catch-up = 60d }",
        "2:53:3 backup.schedules.s.catch-up: found \"60d\"",
        "a duration such as 250ms, 30s, 10m, 2h or 1d; 0ms to 31d")]
    [InlineData("policies.x { file-set = sys, pool = disk-30d, schedule = nightly }",
        "2:58:7 backup.policies.x.schedule: unknown schedule \"nightly\"", "there are no schedules")]
    public void A_wrong_schedule_is_refused(string lines, string found, string allowed) =>
        OneConf.Refuses(lines, found, allowed);

    [Fact]
    public void A_policy_has_the_calendar_of_its_schedule()
    {
        var settings = OneConf.Settings("""
            schedules.office { runs = ["full first sunday at 02:00", "incremental daily at 02:00"], zone = UTC }
            policies.x { file-set = sys, pool = disk-30d, schedule = office }
            """);

        var policy = settings.Policies[new PolicyName("x")];

        Assert.Equal("office", policy.Schedule);
        Assert.Equal(new DateTimeOffset(2026, 11, 3, 2, 0, 0, TimeSpan.Zero),
            policy.Calendar!.Next(new DateTimeOffset(2026, 11, 2, 12, 0, 0, TimeSpan.Zero))!.At);
        Assert.Null(settings.Policies[new PolicyName("p")].Calendar);
    }

    [Fact]
    public void A_date_that_has_passed_is_a_warning_and_no_refusal()
    {
        var settings = OneConf.Settings("""
            schedules.s {
              runs = ["daily at 21:00", "full 2020-12-31 at 12:00"]
              windows = ["10:00-22:00", "2020-12-01..2020-12-31 20:00-24:00"]
            }
            """);

        Assert.Equal(
            [
                "one.conf:3  backup.schedules.s.runs: \"full 2020-12-31 at 12:00\" does not come any more",
                "one.conf:4  backup.schedules.s.windows: \"2020-12-01..2020-12-31 20:00-24:00\" never opens again",
            ],
            settings.Warnings.Select(warning =>
                $"{warning.Place.File}:{warning.Place.Line}  {warning.Key}: {warning.Found}"));
        Assert.Contains("  warning  backup", settings.Warnings[0].ToString(), StringComparison.Ordinal);
    }
}
