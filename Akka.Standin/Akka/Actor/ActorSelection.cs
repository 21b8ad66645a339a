using Akka.Actor.Internal;
using Akka.Util;

namespace Akka.Actor;

/// <summary>A path, perhaps with wildcards, to tell whichever actors are there when the message comes by.</summary>
public class ActorSelection : ICanTell
{
    private readonly string[] _elements;

    public ActorSelection(IActorRef anchor, string path) : this(anchor, path.Split('/')) { }

    public ActorSelection(IActorRef anchor, IEnumerable<string> elements)
    {
        Anchor = anchor;
        _elements = [.. elements.Where(element => element.Length > 0)];
    }

    public IActorRef Anchor { get; }
    public string PathString => "/" + string.Join('/', _elements);

    public void Tell(object message, IActorRef sender = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        sender ??= InternalCurrentActorCellKeeper.Current?.Self;
        Deliver(Anchor.Inner(), sender, new ActorSelectionMessage(message, _elements));
    }

    public Task<IActorRef> ResolveOne(TimeSpan timeout) => ResolveOne(timeout, CancellationToken.None);

    public async Task<IActorRef> ResolveOne(TimeSpan timeout, CancellationToken ct)
    {
        try
        {
            var identity = await this.Ask<ActorIdentity>(new Identify(null), timeout, ct).ConfigureAwait(false);
            return identity.Subject ?? throw new ActorNotFoundException($"subject was null: {this}");
        }
        catch (AskTimeoutException e)
        {
            throw new ActorNotFoundException($"Timeout while trying to resolve {this}", e);
        }
    }

    internal static void Deliver(IInternalActorRef at, IActorRef sender, ActorSelectionMessage selection)
    {
        if (!at.IsLocal)
        {
            at.Tell(selection, sender); // the other system knows what is there
            return;
        }
        for (var i = 0; i < selection.Elements.Length; i++)
        {
            var rest = selection.Elements[(i + 1)..];
            var name = selection.Elements[i];
            if (at is not LocalActorRef local)
            {
                var child = at.GetChild(selection.Elements[i..]);
                if (child.IsNobody()) NotFound(at, sender, selection);
                else Hand(child.Inner(), sender, new ActorSelectionMessage(selection.Message, []));
                return;
            }
            if (name.AsSpan().ContainsAny('*', '?'))
            {
                foreach (var entry in local.Cell.Entries())
                    if (WildcardMatch.Like(entry.Child.Path.Name, name))
                        Deliver(entry.Child, sender, new ActorSelectionMessage(selection.Message, rest));
                return;
            }
            var next = name == ".." ? local.ParentRef : local.Cell.ChildOrNobody(name);
            if (next.IsNobody())
            {
                NotFound(at, sender, selection);
                return;
            }
            at = next;
        }
        Hand(at, sender, new ActorSelectionMessage(selection.Message, []));
    }

    private static void Hand(IInternalActorRef to, IActorRef sender, ActorSelectionMessage selection) =>
        to.Tell(to is LocalActorRef && selection.Message is not IAutoReceivedMessage ? selection.Message : selection,
            sender);

    private static void NotFound(IInternalActorRef at, IActorRef sender, ActorSelectionMessage selection)
    {
        if (selection.Message is Identify identify)
            sender?.Tell(new ActorIdentity(identify.MessageId, null), ActorRefs.NoSender);
        else
            new EmptyLocalActorRef(at.Provider, at.Path / selection.Elements).Tell(selection.Message, sender);
    }

    public override string ToString() => $"ActorSelection[Anchor({Anchor.Path}), Path({PathString})]";

    public override bool Equals(object obj) =>
        obj is ActorSelection other && Equals(Anchor, other.Anchor) && _elements.SequenceEqual(other._elements);

    public override int GetHashCode() => HashCode.Combine(Anchor, PathString);
}

/// <summary>A message on its way along a selection.</summary>
internal sealed class ActorSelectionMessage(object message, string[] elements)
    : IAutoReceivedMessage, IPossiblyHarmful, IWrappedMessage
{
    public object Message => message;
    internal string[] Elements => elements;

    public override string ToString() => $"{message} to {string.Join('/', elements)}";
}

internal static class ActorRefFactoryShared
{
    internal static ActorSelection ActorSelection(string path, ActorSystemImpl system, IActorRef anchor)
    {
        if (path.StartsWith('/')) return new ActorSelection(system.Provider.RootGuardian, path);
        return ActorPath.TryParse(path, out var actorPath)
            ? ActorSelection(actorPath, system) : new ActorSelection(anchor, path);
    }

    internal static ActorSelection ActorSelection(ActorPath path, ActorSystemImpl system) =>
        new(system.Provider.RootGuardianAt(path.Address), path.Elements);
}
