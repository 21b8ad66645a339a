using Akka.Actor;
using Akka.Configuration;

namespace Akka.Cluster.Tools;

internal static class ToolsConfig
{
    /// <summary>A section of the configuration, above the defaults.</summary>
    internal static Config Section(ActorSystem system, string path)
    {
        if (!system.Settings.Config.HasPath("akka.cluster.client.receptionist.name"))
            system.Settings.InjectTopLevelFallback(ConfigurationFactory.FromResource("Akka.Cluster.Tools.tools.conf",
                typeof(ToolsConfig).Assembly));
        return system.Settings.Config.GetConfig(path);
    }

    internal static string RoleIn(Config config) => config.GetString("role") is { Length: > 0 } role ? role : null;
}

/// <summary>Messages that wait for somebody; when there are too many, the oldest are let go.</summary>
internal sealed class MessageBuffer(int capacity, IActorRef deadLetters)
{
    private readonly Queue<(object Message, IActorRef Sender)> _waiting = new();

    internal int Count => _waiting.Count;

    internal void Add(object message, IActorRef sender)
    {
        if (capacity <= 0)
        {
            deadLetters.Tell(message, sender);
            return;
        }
        if (_waiting.Count >= capacity && _waiting.TryDequeue(out var oldest))
            deadLetters.Tell(oldest.Message, oldest.Sender);
        _waiting.Enqueue((message, sender));
    }

    internal void DrainTo(Action<object, IActorRef> receiver)
    {
        while (_waiting.TryDequeue(out var each)) receiver(each.Message, each.Sender);
    }
}
