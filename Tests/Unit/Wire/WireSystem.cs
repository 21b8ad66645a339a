using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;
using Backup.Messages.Operations;
using Backup.Messages.Serialization;

namespace Backup.Tests.Unit.Wire;

/// <summary>Actor systems that speak the protocol, by the configuration that comes with it.</summary>
public sealed class WireSystem : IAsyncDisposable
{
    private readonly List<ActorSystem> _systems = [];

    public ExtendedActorSystem Local => (ExtendedActorSystem)(_systems.FirstOrDefault() ?? Start(""));

    /// <summary>What is bound to the protocol.</summary>
    public Serializer Messages => Local.Serialization.FindSerializerForType(typeof(ShowStatus));

    public ActorSystem Start(string config, string name = "wire")
    {
        var system = ActorSystem.Create(name, ConfigurationFactory.ParseString(config + """

            akka { loglevel = OFF, stdout-loglevel = OFF, log-dead-letters = off, coordinated-shutdown.exit-clr = off }
            """).WithFallback(MessagesConfig.Default));
        _systems.Add(system);
        return system;
    }

    /// <summary>One that listens on loopback.</summary>
    public ActorSystem Remoting(string name) => Start("""
        akka { actor.provider = remote, remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 } }
        """, name);

    public object Read(byte[] bytes) => Local.Serialization.Deserialize(bytes, MessagesSerializer.Number, "");

    public async ValueTask DisposeAsync()
    {
        foreach (var system in _systems) await system.Terminate();
    }
}
