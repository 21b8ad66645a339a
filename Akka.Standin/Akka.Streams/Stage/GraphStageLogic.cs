using Akka.Streams.Implementation;

namespace Akka.Streams.Stage;

/// <summary>
/// The running side of a stage. All of it is called by one thread at a time;
/// what comes from elsewhere must go through an asynchronous callback.
/// </summary>
public abstract class GraphStageLogic
{
    public readonly int InCount;
    public readonly int OutCount;

    private readonly Wire[] _ins;
    private readonly Wire[] _outs;
    private readonly IInHandler[] _inHandlers;
    private readonly IOutHandler[] _outHandlers;
    private List<ISubInlet>? _inner;
    private StageActor? _stageActor;
    private int _openPorts;
    private bool _keepGoing;

    protected GraphStageLogic(Shape shape) : this(shape.Inlets.Length, shape.Outlets.Length) { }

    protected GraphStageLogic(int inCount, int outCount)
    {
        (InCount, OutCount, _openPorts) = (inCount, outCount, inCount + outCount);
        (_ins, _outs) = (new Wire[inCount], new Wire[outCount]);
        (_inHandlers, _outHandlers) = (new IInHandler[inCount], new IOutHandler[outCount]);
    }

    public StageActor StageActor =>
        _stageActor ?? throw new InvalidOperationException("There is no stage actor yet.");

    protected IMaterializer Materializer => Island.Materializer;

    internal Island Island { get; set; } = null!;

    internal bool Stopped { get; private set; }

    internal bool MayStop => _openPorts == 0 && !_keepGoing;

    /// <summary>Called before the first signal.</summary>
    public virtual void PreStart() { }

    /// <summary>Called once when the stage is done, however it ended: the place to close what it holds.</summary>
    public virtual void PostStop() { }

    public void CompleteStage() => Close(null, SubscriptionWithCancelException.StageWasCompleted.Instance);

    public void FailStage(Exception reason) => Close(reason, reason);

    /// <summary>Ends the stage because downstream cancelled, as a success or with its failure.</summary>
    public void CancelStage(Exception cause) =>
        Close(cause is SubscriptionWithCancelException.NonFailureCancellation ? null : cause, cause);

    internal void Attach(Inlet inlet, Wire wire)
    {
        _ins[inlet.Index] = wire;
        (wire.Down, wire.InHandler) = (this, _inHandlers[inlet.Index]);
    }

    internal void Attach(Outlet outlet, Wire wire)
    {
        _outs[outlet.Index] = wire;
        (wire.Up, wire.OutHandler) = (this, _outHandlers[outlet.Index]);
    }

    internal void Attach(ISubInlet inner)
    {
        (_inner ??= []).Add(inner);
        _openPorts++;
    }

    internal void Detach(ISubInlet inner) => _inner?.Remove(inner);

    internal void PortClosed() => _openPorts--;

    internal void End()
    {
        Stopped = true;
        try { PostStop(); }
        finally { AfterPostStop(); }
    }

    protected virtual void AfterPostStop() => _stageActor?.Stop();

    protected void SetHandler<T>(Inlet<T> inlet, IInHandler handler)
    {
        if (handler is InHandler standalone) standalone.Stage = this;
        _inHandlers[inlet.Index] = handler;
        if (_ins[inlet.Index] is { } wire) wire.InHandler = handler;
    }

    protected void SetHandler<T>(Inlet<T> inlet, Action onPush, Action? onUpstreamFinish = null,
        Action<Exception>? onUpstreamFailure = null) =>
        SetHandler(inlet, new LambdaInHandler(onPush, onUpstreamFinish, onUpstreamFailure));

    protected void SetHandler<T>(Outlet<T> outlet, IOutHandler handler)
    {
        if (handler is OutHandler standalone) standalone.Stage = this;
        _outHandlers[outlet.Index] = handler;
        if (_outs[outlet.Index] is { } wire) wire.OutHandler = handler;
    }

    protected void SetHandler<T>(Outlet<T> outlet, Action onPull, Action<Exception>? onDownstreamFinish = null) =>
        SetHandler(outlet, new LambdaOutHandler(onPull, onDownstreamFinish));

    protected void Pull<T>(Inlet<T> inlet) => _ins[inlet.Index].Pull();

    protected void TryPull<T>(Inlet<T> inlet)
    {
        if (!IsClosed(inlet)) Pull(inlet);
    }

    protected T Grab<T>(Inlet<T> inlet) => ((Wire<T>)_ins[inlet.Index]).Grab();

    protected void Push<T>(Outlet<T> outlet, T element) => ((Wire<T>)_outs[outlet.Index]).Push(element);

    protected void Complete<T>(Outlet<T> outlet) => _outs[outlet.Index].Complete(null);

    protected void Fail<T>(Outlet<T> outlet, Exception reason) => _outs[outlet.Index].Complete(reason);

    protected void Cancel<T>(Inlet<T> inlet) =>
        Cancel(inlet, SubscriptionWithCancelException.NoMoreElementsNeeded.Instance);

    protected void Cancel<T>(Inlet<T> inlet, Exception cause) => _ins[inlet.Index].Cancel(cause);

    protected bool HasBeenPulled<T>(Inlet<T> inlet) => _ins[inlet.Index].HasBeenPulled;

    protected bool IsAvailable<T>(Inlet<T> inlet) => _ins[inlet.Index].CanGrab;

    protected bool IsAvailable<T>(Outlet<T> outlet) => _outs[outlet.Index].CanPush;

    protected bool IsClosed<T>(Inlet<T> inlet) => _ins[inlet.Index].InClosed;

    protected bool IsClosed<T>(Outlet<T> outlet) => _outs[outlet.Index].OutClosed;

    /// <summary>Whether the stage stays although all its ports are closed, until it completes itself.</summary>
    protected void SetKeepGoing(bool enabled) => _keepGoing = enabled;

    /// <summary>A function for other threads; the action runs in the stage, unless that has stopped by then.</summary>
    protected Action<T> GetAsyncCallback<T>(Action<T> handler) =>
        argument => Island.Post(new Call<T>(this, handler, argument));

    protected Action GetAsyncCallback(Action handler)
    {
        var call = GetAsyncCallback<Action>(action => action());
        return () => call(handler);
    }

    protected StageActor GetStageActor(StageActorRef.Receive receive)
    {
        if (_stageActor is null) _stageActor = new StageActor(Island.Materializer, GetAsyncCallback, receive);
        else _stageActor.Become(receive);
        return _stageActor;
    }

    /// <summary>Ends every port; the stage stops after the handler that runs.</summary>
    private void Close(Exception? failure, Exception cause)
    {
        foreach (var wire in _ins) wire.Cancel(cause);
        foreach (var wire in _outs) wire.Complete(failure);
        for (var i = (_inner?.Count ?? 0) - 1; i >= 0; i--) _inner![i].Cancel(cause);
        _keepGoing = false;
    }

    protected sealed class LambdaInHandler(
        Action onPush, Action? onUpstreamFinish = null, Action<Exception>? onUpstreamFailure = null) : InHandler
    {
        public override void OnPush() => onPush();

        public override void OnUpstreamFinish()
        {
            if (onUpstreamFinish is null) base.OnUpstreamFinish();
            else onUpstreamFinish();
        }

        public override void OnUpstreamFailure(Exception e)
        {
            if (onUpstreamFailure is null) base.OnUpstreamFailure(e);
            else onUpstreamFailure(e);
        }
    }

    protected sealed class LambdaOutHandler(Action onPull, Action<Exception>? onDownstreamFinish = null) : OutHandler
    {
        public override void OnPull() => onPull();

        public override void OnDownstreamFinish(Exception cause)
        {
            if (onDownstreamFinish is null) base.OnDownstreamFinish(cause);
            else onDownstreamFinish(cause);
        }
    }
}
