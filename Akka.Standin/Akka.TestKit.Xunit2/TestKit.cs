using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Event;
using Xunit.Abstractions;

namespace Akka.TestKit.Xunit2;

/// <summary>The base of tests of actors with xunit: each test has an actor system of its own.</summary>
public class TestKit : TestKitBase, IDisposable
{
    protected readonly ITestOutputHelper Output;
    private static int s_loggers;

    public TestKit(Config config, string actorSystemName = null, ITestOutputHelper output = null)
        : base(Assertions, config, actorSystemName)
    {
        Output = output;
        InitializeLogger(Sys);
    }

    public TestKit(string config, ITestOutputHelper output = null)
        : this(ConfigurationFactory.ParseString(config), null, output) { }

    protected static XunitAssertions Assertions { get; } = new();

    /// <summary>Called when the test is over; ends the system.</summary>
    protected virtual void AfterAll() => Shutdown();

    /// <summary>Lets the log of the system appear in the output of the test.</summary>
    protected void InitializeLogger(ActorSystem system)
    {
        if (Output is null) return;
        var logger = ((ExtendedActorSystem)system).SystemActorOf(
            Props.Create(() => new Internals.TestOutputLogger(Output)),
                "log-test-" + Interlocked.Increment(ref s_loggers));
        logger.Tell(new InitializeLogger(system.EventStream), ActorRefs.NoSender);
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => AfterAll();
}
