using Akka.Event;
using Backup.Host.Service;
using Backup.Tests.Unit.Data;
using Xunit;

namespace Backup.Tests.Unit.Service;

/// <summary>What the service manager and the log hear of a node that runs.</summary>
public sealed class NodeWatchSpecs : ActorKit
{
    private readonly ManualTime _clock = new();
    private readonly NotifySocket _manager = new();
    private string? _dead;
    private string? _trouble;

    public NodeWatchSpecs() : base("akka.loglevel = INFO") { }

    protected override void AfterAll()
    {
        _manager.Dispose();
        base.AfterAll();
    }

    [Fact]
    public async Task The_watchdog_is_fed_as_long_as_the_node_answers_itself()
    {
        await using var watch = Watch(watchdog: true, out var health);
        await watch.Look();
        Assert.Equal(["WATCHDOG=1"], _manager.Next());
        Assert.Equal(["STATUS=Ready."], _manager.Next());

        _dead = "No answer within 5 s.";
        _clock.Move(TimeSpan.FromMinutes(1));
        await watch.Look();
        Assert.Equal(["STATUS=Not ready: system: No answer within 5 s."], _manager.Next());
        Assert.False(_manager.HasMore);

        health.Stopping();
        await watch.Look();
        Assert.Equal(["WATCHDOG=1"], _manager.Next());
        Assert.False(_manager.HasMore);
    }

    [Fact]
    public async Task Status_and_log_say_when_it_is_not_ready_and_when_it_is_again_and_not_in_between()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(Warning));
        Sys.EventStream.Subscribe(TestActor, typeof(Info));
        await using var watch = Watch(watchdog: false, out _);
        await watch.Look();
        Assert.Equal(["STATUS=Ready."], _manager.Next());

        _trouble = "database is locked";
        for (var look = 0; look < 3; look++)
        {
            _clock.Move(TimeSpan.FromMinutes(1));
            await watch.Look();
        }
        _trouble = null;
        _clock.Move(TimeSpan.FromMinutes(1));
        await watch.Look();

        Assert.Equal(["STATUS=Not ready: catalog: database is locked"], _manager.Next());
        Assert.Equal(["STATUS=Ready."], _manager.Next());
        Assert.False(_manager.HasMore);
        Assert.Equal("The node is not ready: catalog: database is locked",
            (await ExpectMsgAsync<Warning>()).Message.ToString());
        Assert.Equal("The node is ready again.", (await ExpectMsgAsync<Info>()).Message.ToString());
        await ExpectNoMsgAsync(TimeSpan.FromMilliseconds(50));
    }

    [Theory]
    [InlineData(null, 15)]
    [InlineData(180, 15)]
    [InlineData(30, 10)]
    [InlineData(3, 1)]
    public void It_looks_three_times_before_the_watchdog_bites(int? watchdog, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds),
            NodeWatch.IntervalFor(watchdog is { } within ? TimeSpan.FromSeconds(within) : null));

    private NodeWatch Watch(bool watchdog, out NodeHealth health)
    {
        health = new NodeHealth(_clock);
        health.Watch(
            [new HealthCheck("system", _ => Task.FromResult(_dead))],
            [new HealthCheck("catalog", _ => Task.FromResult(_trouble))]);
        var notifier = new ServiceNotifier(
            _manager.Name, watchdog ? TimeSpan.FromSeconds(30) : null, sentence => Assert.Fail(sentence));
        return new NodeWatch(health, notifier, Logging.GetLogger(Sys, "node"));
    }
}
