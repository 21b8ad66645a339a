using Akka.Actor;
using Akka.Dispatch.SysMsg;

namespace Akka.Remote;

/// <summary>The reference of an actor of another system.</summary>
internal sealed class RemoteActorRef(RemoteActorRefProvider provider, ActorPath path) : ActorRefBase
{
    private string _wirePath;

    public override ActorPath Path => path;
    internal override IActorRefProvider ProviderOrNull => provider;
    internal override bool IsLocalRef => false;
    internal override IInternalActorRef ParentRef => new RemoteActorRef(provider, path.Parent);

    /// <summary>As it stands in frames.</summary>
    internal string WirePath => _wirePath ??= path.ToSerializationFormat();

    protected override void TellInternal(object message, IActorRef sender)
    {
        ArgumentNullException.ThrowIfNull(message);
        provider.Remoting.Send(this, message, sender);
    }

    internal override void ReceiveSystem(SystemMessage message) => provider.SendSystem(this, message);

    internal override IActorRef ResolveChild(IReadOnlyList<string> names) => new RemoteActorRef(provider, path / names);
}
