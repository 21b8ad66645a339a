using Akka.Configuration;
using Akka.Util;

namespace Akka.Actor.Setup
{
    /// <summary>A part of the set-up of a system that is not text.</summary>
    public abstract class Setup
    {
        public ActorSystemSetup And(Setup other) => ActorSystemSetup.Create(this, other);
    }

    /// <summary>One set-up of each kind.</summary>
    public sealed class ActorSystemSetup
    {
        public static readonly ActorSystemSetup Empty = new([]);

        private readonly Setup[] _setups;

        private ActorSystemSetup(Setup[] setups) => _setups = setups;

        public static ActorSystemSetup Create(params Setup[] setups) =>
            setups.Aggregate(Empty, (all, setup) => all.With(setup));

        public Option<T> Get<T>() where T : Setup => _setups.OfType<T>().FirstOrDefault();

        public ActorSystemSetup WithSetup<T>(T setup) where T : Setup => With(setup);

        public ActorSystemSetup And<T>(T setup) where T : Setup => With(setup);

        private ActorSystemSetup With(Setup setup) =>
            new([.. _setups.Where(other => other.GetType() != setup.GetType()), setup]);
    }
}

namespace Akka.Actor
{
    /// <summary>Configuration and kind of a system, given in code.</summary>
    public sealed class BootstrapSetup : Setup.Setup
    {
        private BootstrapSetup(Option<Config> config, Option<ProviderSelection> provider)
        {
            Config = config;
            ActorRefProvider = provider;
        }

        public Option<Config> Config { get; }
        public Option<ProviderSelection> ActorRefProvider { get; }

        public static BootstrapSetup Create() => new(Option<Config>.None, Option<ProviderSelection>.None);

        public BootstrapSetup WithConfig(Config config) => new(config, ActorRefProvider);

        public BootstrapSetup WithConfigFallback(Config config) =>
            new(Config.HasValue ? Config.Value.SafeWithFallback(config) : config, ActorRefProvider);

        public BootstrapSetup WithActorRefProvider(ProviderSelection name) => new(Config, name);
    }

    /// <summary>The kinds of systems: alone, with neighbours, in a cluster.</summary>
    public abstract class ProviderSelection
    {
        private ProviderSelection(string identifier) => Identifier = identifier;

        internal string Identifier { get; }

        public sealed class Local : ProviderSelection
        {
            public static readonly Local Instance = new();

            private Local() : base("local") { }
        }

        public sealed class Remote : ProviderSelection
        {
            public static readonly Remote Instance = new();

            private Remote() : base("remote") { }
        }

        public sealed class Cluster : ProviderSelection
        {
            public static readonly Cluster Instance = new();

            private Cluster() : base("cluster") { }
        }
    }
}
