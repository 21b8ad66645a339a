
namespace Akka.Streams.Implementation;

/// <summary>Joins an outlet to an inlet within an island: room for one element, and the signals under way.</summary>
internal abstract class Wire(Island island)
{
    [Flags]
    private enum Is
    {
        Idle = 1,           // downstream may pull
        Pulling = 2,        // a pull that upstream has not seen yet
        Wanted = 4,         // upstream may push
        Pushing = 8,        // an element that downstream has not seen yet
        Held = 16,          // an element that downstream may grab
        UpClosed = 32,
        DownClosed = 64,
        Signalled = 128,
    }

    private Is _is = Is.Idle;
    private Exception? _cause;

    public StageLogic Up { get; set; } = null!;

    public StageLogic Down { get; set; } = null!;

    public bool InClosed => Has(Is.DownClosed);

    public bool OutClosed => Has(Is.UpClosed);

    public bool HasBeenPulled => (_is & (Is.Idle | Is.DownClosed)) == 0;

    public bool CanGrab => Has(Is.Held) && !Has(Is.Pushing);

    public bool CanPush => (_is & (Is.Wanted | Is.UpClosed | Is.DownClosed)) == Is.Wanted;

    public void Pull()
    {
        if (InClosed) throw new ArgumentException("Cannot pull a closed port.");
        if (!Has(Is.Idle)) throw new ArgumentException("Cannot pull a port twice.");
        if (Has(Is.Held)) Clear();
        _is = _is & ~(Is.Idle | Is.Held) | Is.Pulling;
        if (!OutClosed) Signal();
    }

    public void Complete(Exception? failure)
    {
        if (OutClosed) return;
        _is |= Is.UpClosed;
        _cause = failure;
        Up.PortClosed();
        if (!InClosed) Signal();
    }

    public void Cancel(Exception cause)
    {
        if (InClosed) return;
        _is = _is & ~(Is.Held | Is.Pushing) | Is.DownClosed;
        Clear();
        Down.PortClosed();
        if (OutClosed) return;
        _cause = cause;
        Signal();
    }

    /// <summary>Tells the side that does not know yet what has happened on the other.</summary>
    public void Deliver()
    {
        _is &= ~Is.Signalled;
        if (Has(Is.DownClosed)) DeliverCancel();
        else if (Has(Is.Pushing)) DeliverPush();
        else if (Has(Is.UpClosed)) DeliverEnd();
        else if (Has(Is.Pulling)) DeliverPull();
    }

    protected abstract void Clear();

    protected void StartPush()
    {
        if (OutClosed) throw new ArgumentException("Cannot push to a closed port.");
        if (!Has(Is.Wanted)) throw new ArgumentException("Cannot push to a port that has not been pulled.");
        if (InClosed) return;
        _is = _is & ~Is.Wanted | Is.Pushing | Is.Held;
        Signal();
    }

    protected void StartGrab()
    {
        if (!CanGrab) throw new ArgumentException("Cannot grab from a port that holds no element.");
        _is &= ~Is.Held;
    }

    private bool Has(Is what) => (_is & what) != 0;

    private void Signal()
    {
        if (Has(Is.Signalled)) return;
        _is |= Is.Signalled;
        island.Signal(this);
    }

    private void DeliverPush()
    {
        island.Active = Down;
        _is = _is & ~Is.Pushing | Is.Idle;
        if (OutClosed) Signal();
        Down.OnPush();
    }

    private void DeliverPull()
    {
        island.Active = Up;
        _is = _is & ~Is.Pulling | Is.Wanted;
        Up.OnPull();
    }

    private void DeliverEnd()
    {
        island.Active = Down;
        _is |= Is.DownClosed;
        Down.PortClosed();
        if (_cause is null) Down.OnUpstreamFinish();
        else Down.OnUpstreamFailure(_cause);
    }

    private void DeliverCancel()
    {
        island.Active = Up;
        if (OutClosed) return;
        _is |= Is.UpClosed;
        Up.PortClosed();
        Up.OnDownstreamFinish(_cause!);
    }
}

internal sealed class Wire<T>(Island island) : Wire(island)
{
    private T? _element;

    public void Push(T element)
    {
        if (element is null) throw new ArgumentNullException(nameof(element), "An element must not be null.");
        StartPush();
        if (!InClosed) _element = element;
    }

    public T Grab()
    {
        StartGrab();
        var element = _element!;
        _element = default;
        return element;
    }

    protected override void Clear() => _element = default;
}
