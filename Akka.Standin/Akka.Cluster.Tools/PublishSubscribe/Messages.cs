using Akka.Actor;
using Akka.Event;
using Akka.Serialization.Wire;

namespace Akka.Cluster.Tools.PublishSubscribe;

/// <summary>Makes a local actor known by its path.</summary>
public sealed class Put(IActorRef @ref)
{
    public IActorRef Ref { get; } = @ref;
}

public sealed class Remove(string path)
{
    public string Path { get; } = path;
}

public sealed class Subscribe(string topic, IActorRef @ref, string group = null)
{
    public string Topic { get; } = topic;
    public IActorRef Ref { get; } = @ref;

    /// <summary>Not used: every subscriber gets every message.</summary>
    public string Group { get; } = group;
}

public sealed class SubscribeAck(Subscribe subscribe) : IDeadLetterSuppression
{
    public Subscribe Subscribe { get; } = subscribe;
}

public sealed class Unsubscribe(string topic, IActorRef @ref, string group = null)
{
    public string Topic { get; } = topic;
    public IActorRef Ref { get; } = @ref;
    public string Group { get; } = group;
}

public sealed class UnsubscribeAck(Unsubscribe unsubscribe)
{
    public Unsubscribe Unsubscribe { get; } = unsubscribe;
}

/// <summary>To all subscribers of a topic, wherever they are.</summary>
public sealed class Publish(string topic, object message, bool sendOneMessageToEachGroup = false) : IWrappedMessage,
    IProtocolMessage
{
    public string Topic { get; } = topic;
    public object Message { get; } = message;
    public bool SendOneMessageToEachGroup { get; } = sendOneMessageToEachGroup;
}

/// <summary>To one of the actors that are known by the path.</summary>
public sealed class Send(string path, object message, bool localAffinity = true) : IWrappedMessage, IProtocolMessage
{
    public string Path { get; } = path;
    public object Message { get; } = message;
    public bool LocalAffinity { get; } = localAffinity;
}

/// <summary>To all actors that are known by the path.</summary>
public sealed class SendToAll(string path, object message, bool excludeSelf = false) : IWrappedMessage, IProtocolMessage
{
    public string Path { get; } = path;
    public object Message { get; } = message;
    public bool ExcludeSelf { get; } = excludeSelf;
}
