namespace Akka.Streams.Implementation;

/// <summary>
/// The running side of a stage, which has an inlet, an outlet or both. All of it is called by one thread at a time;
/// what comes from elsewhere must go through an asynchronous callback.
/// </summary>
internal abstract class StageLogic
{
    private Wire? _in;
    private Wire? _out;
    private int _openPorts;
    private bool _keepGoing;

    public Island Island { get; set; } = null!;

    public bool Stopped { get; private set; }

    public bool MayStop => _openPorts == 0 && !_keepGoing;

    /// <summary>Called before the first signal.</summary>
    public virtual void PreStart() { }

    /// <summary>Called once when the stage is done, however it ended: the place to close what it holds.</summary>
    public virtual void PostStop() { }

    public virtual void OnPush() { }

    public virtual void OnPull() { }

    public virtual void OnUpstreamFinish() => CompleteStage();

    public virtual void OnUpstreamFailure(Exception e) => FailStage(e);

    public virtual void OnDownstreamFinish(Exception cause) => CancelStage(cause);

    public void CompleteStage() => Close(null, SubscriptionWithCancelException.StageWasCompleted.Instance);

    public void FailStage(Exception reason) => Close(reason, reason);

    /// <summary>Ends the stage because downstream cancelled, as a success or with its failure.</summary>
    public void CancelStage(Exception cause) =>
        Close(cause is SubscriptionWithCancelException.NonFailureCancellation ? null : cause, cause);

    /// <summary>Makes the wire that the next stage is joined to.</summary>
    public virtual Wire OpenOut(Island island) => throw new InvalidOperationException($"{this} has no outlet.");

    public virtual void OpenIn(Wire wire) => Opened(_in = wire);

    public void PortClosed() => _openPorts--;

    public void End()
    {
        Stopped = true;
        PostStop();
    }

    protected Wire<T> OpenOut<T>(Island island)
    {
        var wire = new Wire<T>(island);
        Opened(_out = wire);
        return wire;
    }

    /// <summary>Whether the stage stays although all its ports are closed, until it completes itself.</summary>
    protected void SetKeepGoing(bool enabled) => _keepGoing = enabled;

    /// <summary>A function for other threads; the action runs in the stage, unless that has stopped by then.</summary>
    protected Action<T> GetAsyncCallback<T>(Action<T> handler) =>
        argument => Island.Post(new Call<T>(this, handler, argument));

    private void Opened(Wire _) => _openPorts++;

    /// <summary>Ends every port; the stage stops after the handler that runs.</summary>
    private void Close(Exception? failure, Exception cause)
    {
        _in?.Cancel(cause);
        _out?.Complete(failure);
        _keepGoing = false;
    }
}

/// <summary>A stage with one outlet.</summary>
internal abstract class SourceLogic<TOut> : StageLogic
{
    protected Wire<TOut> Out { get; private set; } = null!;

    public sealed override Wire OpenOut(Island island) => Out = OpenOut<TOut>(island);
}

/// <summary>A stage with one inlet.</summary>
internal abstract class SinkLogic<TIn> : StageLogic
{
    protected Wire<TIn> In { get; private set; } = null!;

    public sealed override void OpenIn(Wire wire)
    {
        In = (Wire<TIn>)wire;
        base.OpenIn(wire);
    }

    public override void PreStart() => In.Pull();
}

/// <summary>A stage with one inlet and one outlet.</summary>
internal abstract class FlowLogic<TIn, TOut> : StageLogic
{
    protected Wire<TIn> In { get; private set; } = null!;

    protected Wire<TOut> Out { get; private set; } = null!;

    public sealed override void OpenIn(Wire wire)
    {
        In = (Wire<TIn>)wire;
        base.OpenIn(wire);
    }

    public sealed override Wire OpenOut(Island island) => Out = OpenOut<TOut>(island);

    public override void OnPull() => In.Pull();

    protected void PullOnce()
    {
        if (!In.InClosed && !In.HasBeenPulled) In.Pull();
    }
}
