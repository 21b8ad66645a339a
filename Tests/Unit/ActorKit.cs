using Akka.Configuration;
using Akka.TestKit.Xunit2;

namespace Backup.Tests.Unit;

/// <summary>
/// An actor system for a test class: it logs nothing unless it is told to, and waits long enough that a machine which does
/// something else for seconds fails no test.
/// </summary>
public abstract class ActorKit : TestKit
{
    /// <summary>Settings for whatever a class does not say itself.</summary>
    internal static readonly Config Patient = ConfigurationFactory.ParseString(
        """
        akka {
          loglevel = OFF
          stdout-loglevel = OFF
          logger-startup-timeout = 60s
          test { single-expect-default = 60s, default-timeout = 60s, filter-leeway = 60s }
        }
        """);

    /// <summary>HOCON of a class that turns the clock of its system itself.</summary>
    internal const string TestScheduled =
        "akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"";

    /// <summary>Starts the system.</summary>
    /// <param name="config">HOCON of the class, before <see cref="Patient"/>.</param>
    protected ActorKit(string config = "")
        : this(ConfigurationFactory.ParseString(config))
    {
    }

    /// <inheritdoc cref="ActorKit(string)"/>
    protected ActorKit(Config config)
        : base(config.WithFallback(Patient))
    {
    }
}
