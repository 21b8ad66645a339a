using Akka.Configuration;
using Akka.Util;

namespace Akka.Actor.Setup
{
    /// <summary>A part of the set-up of a system that is not text.</summary>
    public abstract class Setup;

    /// <summary>One set-up of each kind.</summary>
    public sealed class ActorSystemSetup
    {
        private readonly Setup[] _setups;

        private ActorSystemSetup(Setup[] setups) => _setups = setups;

        public static ActorSystemSetup Create(params Setup[] setups) => new(setups);

        /// <summary>The last one of the kind counts.</summary>
        public Option<T> Get<T>() where T : Setup => _setups.OfType<T>().LastOrDefault();
    }
}

namespace Akka.Actor
{
    /// <summary>The configuration of a system, given in code.</summary>
    public sealed class BootstrapSetup : Setup.Setup
    {
        private BootstrapSetup(Option<Config> config) => Config = config;

        public Option<Config> Config { get; }

        public static BootstrapSetup Create() => new(Option<Config>.None);

        public BootstrapSetup WithConfig(Config config) => new(config);
    }
}
