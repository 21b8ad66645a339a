using System.Globalization;
using Backup.Host.Service;
using Xunit;

namespace Backup.Tests.Unit.Service;

public sealed class ServiceNotifierSpecs
{
    private readonly List<string> _troubles = [];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_manager_hears_every_state(bool isAbstract)
    {
        using var manager = new NotifySocket(isAbstract);
        var notifier = Notifier(("NOTIFY_SOCKET", manager.Name));

        notifier.Status("Starting.");
        notifier.Ready("Running.");
        notifier.Alive();
        notifier.Stopping("Stopping.");

        Assert.Equal(["STATUS=Starting."], manager.Next());
        Assert.Equal(["READY=1", "STATUS=Running."], manager.Next());
        Assert.Equal(["WATCHDOG=1"], manager.Next());
        Assert.Equal(["STOPPING=1", "STATUS=Stopping."], manager.Next());
        Assert.Empty(_troubles);
    }

    [Fact]
    public void A_reload_says_when_it_began_by_the_clock_that_does_not_jump()
    {
        using var manager = new NotifySocket();
        var before = Environment.TickCount64;

        Notifier(("NOTIFY_SOCKET", manager.Name)).Reloading();

        var lines = manager.Next();
        Assert.Equal("RELOADING=1", lines[0]);
        Assert.StartsWith("MONOTONIC_USEC=", lines[1], StringComparison.Ordinal);
        var said = long.Parse(lines[1]["MONOTONIC_USEC=".Length..], CultureInfo.InvariantCulture) / 1000;
        Assert.InRange(said, before - 100, Environment.TickCount64 + 100);
    }

    [Fact]
    public void A_status_is_one_line()
    {
        using var manager = new NotifySocket();

        Notifier(("NOTIFY_SOCKET", manager.Name)).Status("a\nREADY=1\r\nb");

        Assert.Equal(["STATUS=a READY=1 b"], manager.Next());
    }

    [Fact]
    public void Without_a_manager_nothing_is_done()
    {
        var notifier = Notifier(("WATCHDOG_USEC", "1000000"));

        notifier.Ready("Running.");

        Assert.Null(notifier.Watchdog);
        Assert.Empty(_troubles);
    }

    [Theory]
    [InlineData("/nowhere/notify")]
    [InlineData("relative/notify")]
    [InlineData("vsock:2:1")]
    public void What_cannot_be_told_is_said_once(string socket)
    {
        var notifier = Notifier(("NOTIFY_SOCKET", socket));

        notifier.Ready("Running.");
        notifier.Alive();

        Assert.Contains(socket, Assert.Single(_troubles), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("3000000", null, 3.0)]
    [InlineData("3000000", "4711", 3.0)]
    [InlineData("3000000", "4712", null)]
    [InlineData("0", null, null)]
    [InlineData("soon", null, null)]
    [InlineData(null, null, null)]
    public void The_watchdog_is_for_the_process_that_is_named(string? microseconds, string? process, double? seconds)
    {
        var notifier = Notifier(
            ("NOTIFY_SOCKET", "/nowhere"), ("WATCHDOG_USEC", microseconds), ("WATCHDOG_PID", process));

        Assert.Equal(seconds, notifier.Watchdog?.TotalSeconds);
    }

    private ServiceNotifier Notifier(params (string Name, string? Value)[] variables) => ServiceNotifier.Of(
        name => variables.FirstOrDefault(variable => variable.Name == name).Value, 4711, _troubles.Add);
}
