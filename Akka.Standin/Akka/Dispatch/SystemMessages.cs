using Akka.Actor;

namespace Akka.Dispatch.SysMsg;

/// <summary>What cells say to each other; overtakes user messages and is handled even while suspended.</summary>
internal abstract class SystemMessage;

internal sealed class Create : SystemMessage
{
    internal static readonly Create Instance = new();
}

internal sealed class Suspend : SystemMessage
{
    internal static readonly Suspend Instance = new();
}

internal sealed class Resume(Exception causedByFailure) : SystemMessage
{
    internal Exception CausedByFailure => causedByFailure;
}

internal sealed class Recreate(Exception cause) : SystemMessage
{
    internal Exception Cause => cause;
}

internal sealed class Terminate : SystemMessage
{
    internal static readonly Terminate Instance = new();
}

internal sealed class Failed(IActorRef child, Exception cause) : SystemMessage
{
    internal IActorRef Child => child;
    internal Exception Cause => cause;
}

internal sealed class Watch(IActorRef watchee, IActorRef watcher) : SystemMessage
{
    internal IActorRef Watchee => watchee;
    internal IActorRef Watcher => watcher;
}

internal sealed class Unwatch(IActorRef watchee, IActorRef watcher) : SystemMessage
{
    internal IActorRef Watchee => watchee;
    internal IActorRef Watcher => watcher;
}

internal sealed class DeathWatchNotification(IActorRef actor, bool existenceConfirmed, bool addressTerminated)
    : SystemMessage
{
    internal IActorRef Actor => actor;
    internal bool ExistenceConfirmed => existenceConfirmed;
    internal bool AddressTerminated => addressTerminated;
}
