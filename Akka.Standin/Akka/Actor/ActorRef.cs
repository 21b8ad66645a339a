using System.Diagnostics.CodeAnalysis;
using Akka.Actor.Internal;
using Akka.Dispatch.SysMsg;

namespace Akka.Actor;

public interface ICanTell
{
    void Tell(object message, IActorRef sender);
}

/// <summary>The handle of an actor: may be copied, sent and told, whatever the actor itself is doing.</summary>
public interface IActorRef : ICanTell, IEquatable<IActorRef>, IComparable<IActorRef>, IComparable
{
    ActorPath Path { get; }
}

/// <summary>What the system itself needs of every reference, be it of an actor, a promise or another node.</summary>
internal interface IInternalActorRef : IActorRef
{
    IActorRefProvider Provider { get; }
    IInternalActorRef Parent { get; }
    bool IsLocal { get; }

    /// <summary>The ref that a relative path leads to; Nobody when there is none.</summary>
    IActorRef GetChild(IReadOnlyList<string> names);

    void SendSystemMessage(SystemMessage message);
}

/// <summary>The base of all references: equal when path and uid are.</summary>
public abstract class ActorRefBase : IInternalActorRef
{
    public abstract ActorPath Path { get; }

    IActorRefProvider IInternalActorRef.Provider => ProviderOrNull;
    IInternalActorRef IInternalActorRef.Parent => ParentRef;
    bool IInternalActorRef.IsLocal => IsLocalRef;

    internal virtual IActorRefProvider ProviderOrNull => null;
    internal virtual IInternalActorRef ParentRef => Nobody.Instance;
    internal virtual bool IsLocalRef => true;

    public void Tell(object message, IActorRef sender) => TellInternal(message, sender);

    protected abstract void TellInternal(object message, IActorRef sender);

    IActorRef IInternalActorRef.GetChild(IReadOnlyList<string> names) => ResolveChild(names);

    internal virtual IActorRef ResolveChild(IReadOnlyList<string> names) =>
        names.All(name => name.Length == 0) ? this : Nobody.Instance;

    void IInternalActorRef.SendSystemMessage(SystemMessage message) => ReceiveSystem(message);

    internal virtual void ReceiveSystem(SystemMessage message) { }

    public bool Equals(IActorRef other) =>
        ReferenceEquals(this, other) || (other is not null && Path.Uid == other.Path.Uid && Path.Equals(other.Path));

    public override bool Equals(object obj) => obj is IActorRef other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Path, Path.Uid);

    public int CompareTo(IActorRef other)
    {
        var order = Path.CompareTo(other?.Path);
        return order != 0 ? order : Path.Uid.CompareTo(other.Path.Uid);
    }

    public int CompareTo(object obj) => CompareTo(obj as IActorRef);

    public override string ToString() => $"[{Path.ToStringWithUid()}]";
}

/// <summary>The reference of no actor at all.</summary>
public sealed class Nobody : ActorRefBase
{
    public static Nobody Instance = new();

    private Nobody() { }

    public override ActorPath Path { get; } = new RootActorPath(Address.AllSystems) / "Nobody";

    protected override void TellInternal(object message, IActorRef sender) { }
}

public static class ActorRefs
{
    public static readonly IActorRef NoSender = null;
    public static readonly Nobody Nobody = Nobody.Instance;
}

public static class ActorRefExtensions
{
    public static bool IsNobody(this IActorRef actorRef) => actorRef is null or Nobody;

    internal static IInternalActorRef Inner(this IActorRef actorRef) => (IInternalActorRef)actorRef;
}

/// <summary>Telling with the actor that runs on this thread as sender.</summary>
public static class ActorRefImplicitSenderExtensions
{
    public static void Tell(this IActorRef receiver, object message) =>
        receiver.Tell(message, InternalCurrentActorCellKeeper.Current?.Self);

    public static void Forward(this IActorRef receiver, object message) =>
        receiver.Tell(message, InternalCurrentActorCellKeeper.Current?.Sender);
}

/// <summary>The reference of an actor of this process.</summary>
internal sealed class LocalActorRef : ActorRefBase
{
    internal LocalActorRef(ActorSystemImpl system, Props props, IInternalActorRef parent, ActorPath path)
    {
        Path = path;
        Cell = new ActorCell(system, this, props, parent);
    }

    internal ActorCell Cell { get; }
    public override ActorPath Path { get; }
    internal override IActorRefProvider ProviderOrNull => Cell.SystemImpl.Provider;
    internal override IInternalActorRef ParentRef => Cell.ParentRef;

    internal void Start() => ReceiveSystem(Create.Instance);

    protected override void TellInternal(object message, IActorRef sender)
    {
        if (message is null) ThrowNull();
        Cell.SendMessage(message, sender);
    }

    [DoesNotReturn]
    private static void ThrowNull() => throw new ArgumentNullException("message", "Message is null");

    internal override void ReceiveSystem(SystemMessage message) => Cell.Mailbox.PostSystem(message);

    internal override IActorRef ResolveChild(IReadOnlyList<string> names)
    {
        IInternalActorRef at = this;
        for (var i = 0; i < names.Count; i++)
        {
            var name = names[i];
            if (name.Length == 0) continue;
            if (at is not LocalActorRef local) return at.GetChild([.. names.Skip(i)]);
            at = name == ".." ? local.ParentRef : local.Cell.ChildOrNobody(name);
            if (at.IsNobody()) return Nobody.Instance;
        }
        return at;
    }
}
