using Backup.Messages.Operations;

namespace Backup.Actors.Node;

/// <summary>
/// What happened to one object last, and how it is: written by whoever works with it, read from any thread without
/// waiting for that work. In memory alone: it lasts as long as the process, and no longer.
/// </summary>
/// <param name="clock">The clock.</param>
/// <param name="state">How it begins.</param>
internal sealed class EventRing(TimeProvider clock, string state)
{
    private readonly Lock _turn = new();
    private readonly Queue<ObjectEvent> _events = [];
    private readonly Queue<ObjectSpan> _spans = [];
    private ObjectSpan _now = new(state, clock.GetUtcNow(), null);
    private string _state = state;
    private IReadOnlyList<string> _waitsFor = [];
    private long _number;

    /// <summary>Something happened, and it is as before.</summary>
    /// <param name="code">A stable code.</param>
    /// <param name="text">The sentence.</param>
    public void Note(string code, string text)
    {
        lock (_turn) Add(code, text);
    }

    /// <summary>Something happened, and it is otherwise now. The same again is nothing new.</summary>
    /// <param name="state">One word.</param>
    /// <param name="what">What it does in this state.</param>
    /// <param name="code">A stable code.</param>
    /// <param name="text">The sentence.</param>
    /// <param name="waitsFor">What it waits for; null: nothing.</param>
    /// <returns>Whether it is something new.</returns>
    public bool Become(string state, string what, string code, string text, string? waitsFor = null)
    {
        lock (_turn)
        {
            IReadOnlyList<string> waits = waitsFor is null ? [] : [waitsFor];
            if (state == _state && what == _now.What && waits.SequenceEqual(_waitsFor)) return false;
            Add(code, text);
            var at = clock.GetUtcNow();
            _spans.Enqueue(_now with { To = at });
            if (_spans.Count == ObjectLook.Max) _spans.Dequeue(); // the one of now is one of them
            (_state, _waitsFor, _now) = (state, waits, new ObjectSpan(what, at, null));
            return true;
        }
    }

    /// <summary>What it does now.</summary>
    public string Doing
    {
        get
        {
            lock (_turn) return _now.What;
        }
    }

    /// <summary>As it is at this moment.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="name">Its name.</param>
    /// <param name="eventsMax">Most events.</param>
    public ObjectShown Show(ObjectKind kind, string name, int eventsMax)
    {
        lock (_turn)
            return new ObjectShown(
                kind, name, null, _state, _now.From, _waitsFor, [.. _spans, _now], [.. _events.TakeLast(eventsMax)]);
    }

    private void Add(string code, string text)
    {
        _events.Enqueue(new ObjectEvent(++_number, clock.GetUtcNow(), code, text));
        if (_events.Count > ObjectLook.Max) _events.Dequeue();
    }
}
