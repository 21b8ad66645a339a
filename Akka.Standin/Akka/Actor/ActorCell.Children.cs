using System.Diagnostics;
using Akka.Actor.Internal;

namespace Akka.Actor;

/// <summary>A child as its parent sees it.</summary>
internal sealed class ChildEntry(LocalActorRef child)
{
    private int _restarts;
    private long _windowStart;

    internal LocalActorRef Child => child;
    internal bool IsDying { get; set; }

    /// <summary>Whether one more restart is within the limit; counts it.</summary>
    internal bool MayRestart(int? maxRetries, TimeSpan? window)
    {
        if (maxRetries is < 1) return false;
        if (window is null) return maxRetries is null || ++_restarts <= maxRetries;
        var now = Stopwatch.GetTimestamp();
        if (_windowStart == 0) _windowStart = now;
        if (Stopwatch.GetElapsedTime(_windowStart, now) <= window) return ++_restarts <= (maxRetries ?? 1);
        _restarts = 1;
        _windowStart = now;
        return true;
    }
}

internal sealed partial class ActorCell
{
    private const string Base64 = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+~";

    // Guarded by itself: guardians get children, and selections read them, from any thread.
    private readonly Dictionary<string, ChildEntry> _children = [];
    private long _namesGiven;

    public IActorRef ActorOf(Props props, string name = null) => AttachChild(props, name, isSystemName: false);

    internal LocalActorRef AttachChild(Props props, string name, bool isSystemName)
    {
        if (name is not null && !isSystemName && !ActorPath.IsValidPathElement(name))
            throw new InvalidActorNameException(
                $"Illegal actor name [{name}]. Actor names must be URL characters and not start with '$' or be empty.");
        LocalActorRef child;
        lock (_children)
        {
            if (IsTerminated || _restartOrStop == Waiting.Termination)
                throw new InvalidOperationException("Cannot create child while terminating or terminated");
            name ??= RandomName();
            if (_children.ContainsKey(name))
                throw new InvalidActorNameException($"Actor name \"{name}\" is not unique!");
            var path = new ChildActorPath(_self.Path, name, NewUid());
            child = new LocalActorRef(SystemImpl, props, _self, path);
            _children.Add(name, new ChildEntry(child));
        }
        child.Start();
        return child;
    }

    private static long NewUid() => Random.Shared.NextInt64(1, int.MaxValue);

    private string RandomName()
    {
        var name = "$";
        var number = _namesGiven++;
        do
        {
            name += Base64[(int)(number & 63)];
            number >>= 6;
        }
        while (number > 0);
        return name;
    }

    public IActorRef Child(string name) => ChildOrNobody(name);

    internal IInternalActorRef ChildOrNobody(string name)
    {
        var hash = name.IndexOf('#');
        var bare = hash < 0 ? name : name[..hash];
        lock (_children)
        {
            if (!_children.TryGetValue(bare, out var entry)) return Nobody.Instance;
            return hash < 0 || name.AsSpan(hash + 1).SequenceEqual(entry.Child.Path.Uid.ToString())
                ? entry.Child : Nobody.Instance;
        }
    }

    public IEnumerable<IActorRef> GetChildren() => [.. Entries().Select(entry => entry.Child)];

    internal ChildEntry[] Entries()
    {
        lock (_children) return [.. _children.Values];
    }

    internal bool TryGetChild(IActorRef child, out ChildEntry entry)
    {
        lock (_children)
            return _children.TryGetValue(child.Path.Name, out entry) && entry.Child.Equals(child);
    }

    private bool HasChildren
    {
        get
        {
            lock (_children) return _children.Count > 0;
        }
    }

    private void RemoveChild(IActorRef child)
    {
        lock (_children)
            if (_children.TryGetValue(child.Path.Name, out var entry) && entry.Child.Equals(child))
                _children.Remove(child.Path.Name);
    }
}
