using Akka.Streams.Stage;

namespace Akka.Streams.Dsl;

/// <summary>Emits whatever comes from any inlet; completes with the last of them, or eagerly with the first.</summary>
public class Merge<TIn, TOut> : GraphStage<UniformFanInShape<TIn, TOut>> where TIn : TOut
{
    private readonly bool _eagerComplete;

    public Merge(int inputPorts, bool eagerComplete = false)
    {
        if (inputPorts < 1) throw new ArgumentException("A merge has at least one input port.", nameof(inputPorts));
        (Shape, _eagerComplete) = (new UniformFanInShape<TIn, TOut>(inputPorts), eagerComplete);
    }

    public override UniformFanInShape<TIn, TOut> Shape { get; }

    public Outlet<TOut> Out => Shape.Out;

    public Inlet<TIn> In(int id) => Shape.In(id);

    public override string ToString() => "Merge";

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(Shape, _eagerComplete);

    private sealed class Logic : GraphStageLogic
    {
        private readonly UniformFanInShape<TIn, TOut> _shape;
        private readonly Queue<Inlet<TIn>> _ready = new();
        private int _running;

        public Logic(UniformFanInShape<TIn, TOut> shape, bool eagerComplete) : base(shape)
        {
            (_shape, _running) = (shape, shape.N);
            foreach (var inlet in shape.Ins)
                SetHandler(inlet, () => OnPush(inlet), () => OnFinish(eagerComplete));
            SetHandler(shape.Out, () =>
            {
                if (_ready.TryDequeue(out var inlet)) Emit(inlet);
            });
        }

        public override void PreStart()
        {
            foreach (var inlet in _shape.Ins) TryPull(inlet);
        }

        private void OnPush(Inlet<TIn> inlet)
        {
            if (IsAvailable(_shape.Out)) Emit(inlet);
            else _ready.Enqueue(inlet);
        }

        private void OnFinish(bool eagerComplete)
        {
            _running--;
            if (eagerComplete)
            {
                _running = 0;
                foreach (var inlet in _shape.Ins)
                    if (!IsAvailable(inlet)) Cancel(inlet);
            }
            if (_running == 0 && _ready.Count == 0) CompleteStage();
        }

        private void Emit(Inlet<TIn> inlet)
        {
            Push(_shape.Out, Grab(inlet));
            if (_running > 0) TryPull(inlet);
            else if (_ready.Count == 0) CompleteStage();
        }
    }
}

public sealed class Merge<T> : Merge<T, T>
{
    public Merge(int inputPorts, bool eagerComplete = false) : base(inputPorts, eagerComplete) { }
}
