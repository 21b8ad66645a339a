using Akka.Streams.Implementation;

namespace Akka.Streams.Implementation.Stages;

/// <summary>
/// Handles one element after another by a function that either emits, asks for the next, or ends the stream.
/// The function is made anew for every run, and after a restart, so it may have state.
/// </summary>
internal sealed class StepLogic<TIn, TOut>(
    FlowShape<TIn, TOut> shape, Attributes attributes, Func<Action<StepLogic<TIn, TOut>, TIn>> begin)
    : FlowLogic<TIn, TOut>(shape, attributes)
{
    private Action<StepLogic<TIn, TOut>, TIn> _step = begin();

    public void Emit(TOut element) => Push(Out, element);

    public void Next() => Pull(In);

    public void Finish() => CompleteStage();

    public void Fail(Exception e) => FailStage(e);

    protected override void OnElement(TIn element) => _step(this, element);

    protected override void Reset() => _step = begin();
}
