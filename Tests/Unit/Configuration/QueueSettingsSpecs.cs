using Backup.Actors.Jobs;
using Backup.Host.Node;
using Backup.Messages;
using Backup.Messages.Jobs;
using Xunit;

namespace Backup.Tests.Unit.Configuration;

/// <summary>Limits, priorities and duplicates as they are configured, and as jobs and the allocator get them.</summary>
public sealed class QueueSettingsSpecs
{
    [Fact]
    public void Without_a_word_nothing_but_the_clients_is_limited()
    {
        var settings = OneConf.Settings("");
        var limits = NodeOptions.LimitsOf(settings);

        Assert.Equal((2, 0), (limits.PerClient, limits.System));
        Assert.Empty(limits.Clients);
        Assert.Empty(limits.Policies);
        Assert.Null(NodeOptions.Of(settings).Announced.Limits);
        Assert.All(NodeOptions.Policies(settings), policy =>
        {
            Assert.Equal([DuplicateRule.Queue], policy.Duplicates);
            Assert.Equal(new QueueRule(), policy.SpecFor(policy.Clients[0]).Queue);
        });
    }

    [Fact]
    public void What_is_written_comes_to_jobs_allocator_and_directors()
    {
        var settings = OneConf.Settings("""
            client.jobs-max = 3
            clients.one.jobs-max = 1
            job.jobs-max = 40
            storage { jobs-max = 4, reads-max = 2 }
            schedules.office { runs = ["daily at 02:00 priority 7"], overlap = [cancel-lower, queue] }
            policies.q {
              file-set = sys, pool = disk-30d, priority = 9, mixed-priority = off, jobs-max = 5, schedule = office
              duplicates = [cancel-queued, skip], start-delay-max = 2h, wait-max = 30m
            }
            """);
        var limits = NodeOptions.LimitsOf(settings);
        var policy = NodeOptions.Policies(settings).Single(policy => policy.Name.Value == "q");

        Assert.Equal((3, 1, 40), (limits.PerClient, limits.Of(new ClientName("one")), limits.System));
        Assert.Equal(5, limits.Of(new PolicyName("q")));
        Assert.Equal(new StorageLimits(4, 2), NodeOptions.Of(settings).Announced.Limits);
        Assert.Equal(new StorageLimits(4, 2), NodeOptions.Of(settings).Allocator.Storage);
        Assert.Equal([DuplicateRule.CancelQueued, DuplicateRule.Skip], policy.Duplicates);
        Assert.Equal([DuplicateRule.CancelLower, DuplicateRule.Queue], policy.Calendar!.Overlap);
        Assert.Equal(
            new QueueRule(9, Mixes: false, TimeSpan.FromHours(2), TimeSpan.FromMinutes(30)),
            policy.SpecFor(policy.Clients[0]).Queue);
    }

    [Theory]
    [InlineData("defaults.policy.duplicates = [wait]",
        "2:31:4 backup.defaults.policy.duplicates: unknown rule \"wait\"",
        "known rules: cancel-lower, cancel-queued, cancel-running, higher, queue, skip")]
    [InlineData("defaults.schedule.overlap = skip", "2:29:4 backup.defaults.schedule.overlap: found \"skip\"",
        "a list of rules such as [a, b]")]
    [InlineData("defaults.policy.priority = 1001", "2:28:4 backup.defaults.policy.priority: found \"1001\"",
        "a whole number from 0 to 1000")]
    [InlineData("defaults.client.jobs-max = 0", "2:28:1 backup.defaults.client.jobs-max: found \"0\"",
        "a whole number from 1 to 1000")]
    public void What_is_no_rule_or_limit_is_refused(string line, string found, string allowed) =>
        OneConf.Refuses(line, found, allowed);
}
