using Akka.Streams.Stage;
using Akka.Streams.Supervision;

namespace Akka.Streams.Implementation;

/// <summary>A stage with one outlet.</summary>
internal abstract class SourceLogic<TOut> : TimerGraphStageLogic, IOutHandler
{
    protected readonly Outlet<TOut> Out;

    protected SourceLogic(SourceShape<TOut> shape) : base(shape)
    {
        Out = shape.Outlet;
        SetHandler(Out, this);
    }

    public abstract void OnPull();

    public virtual void OnDownstreamFinish(Exception cause) => CancelStage(cause);

    protected override void OnTimer(object timerKey) { }
}

/// <summary>A stage with one inlet.</summary>
internal abstract class SinkLogic<TIn> : GraphStageLogic, IInHandler
{
    protected readonly Inlet<TIn> In;

    protected SinkLogic(SinkShape<TIn> shape) : base(shape)
    {
        In = shape.Inlet;
        SetHandler(In, this);
    }

    public override void PreStart() => Pull(In);

    public abstract void OnPush();

    public virtual void OnUpstreamFinish() => CompleteStage();

    public virtual void OnUpstreamFailure(Exception e) => FailStage(e);
}

/// <summary>A stage with one inlet and one outlet; a failing user function is judged by the decider.</summary>
internal abstract class FlowLogic<TIn, TOut> : TimerGraphStageLogic, IInHandler, IOutHandler
{
    protected readonly Inlet<TIn> In;
    protected readonly Outlet<TOut> Out;
    private readonly Decider _decider;

    protected FlowLogic(FlowShape<TIn, TOut> shape, Attributes attributes) : base(shape)
    {
        (In, Out) = (shape.Inlet, shape.Outlet);
        _decider = Deciding(attributes);
        Attributes = attributes;
        SetHandler(In, this);
        SetHandler(Out, this);
    }

    protected Attributes Attributes { get; }

    protected TimeSpan Clock => Island.Materializer.Clock;

    public static Decider Deciding(Attributes attributes) =>
        attributes.GetAttribute<ActorAttributes.SupervisionStrategy>()?.Decider ?? Deciders.StoppingDecider;

    public virtual void OnPush()
    {
        try { OnElement(Grab(In)); }
        catch (Exception e) { Judge(e); }
    }

    public virtual void OnPull() => Pull(In);

    public virtual void OnUpstreamFinish() => CompleteStage();

    public virtual void OnUpstreamFailure(Exception e) => FailStage(e);

    public virtual void OnDownstreamFinish(Exception cause) => CancelStage(cause);

    protected virtual void OnElement(TIn element) { }

    protected override void OnTimer(object timerKey) { }

    /// <summary>Forgets what was gathered so far.</summary>
    protected virtual void Reset() { }

    /// <summary>Goes on after an element was dropped.</summary>
    protected virtual void Resume() => PullOnce();

    protected void PullOnce()
    {
        if (!IsClosed(In) && !HasBeenPulled(In)) Pull(In);
    }

    protected void Judge(Exception e)
    {
        var directive = _decider(e);
        if (directive == Directive.Stop)
        {
            FailStage(e);
            return;
        }
        if (directive == Directive.Restart) Reset();
        Resume();
    }
}
