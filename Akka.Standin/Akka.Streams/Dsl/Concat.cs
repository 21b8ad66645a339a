using Akka.Streams.Stage;

namespace Akka.Streams.Dsl;

/// <summary>Emits all of the first inlet, then all of the next.</summary>
public class Concat<TIn, TOut> : GraphStage<UniformFanInShape<TIn, TOut>> where TIn : TOut
{
    public Concat(int inputPorts = 2)
    {
        if (inputPorts < 2) throw new ArgumentException("A concat has at least two input ports.", nameof(inputPorts));
        Shape = new UniformFanInShape<TIn, TOut>(inputPorts);
    }

    public override UniformFanInShape<TIn, TOut> Shape { get; }

    public Outlet<TOut> Out => Shape.Out;

    public Inlet<TIn> In(int id) => Shape.In(id);

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(Shape);

    private sealed class Logic : GraphStageLogic
    {
        private int _active;

        public Logic(UniformFanInShape<TIn, TOut> shape) : base(shape)
        {
            foreach (var inlet in shape.Ins)
                SetHandler(inlet, () => Push(shape.Out, Grab(inlet)), () => OnFinish(shape));
            SetHandler(shape.Out, () => Pull(shape.In(_active)));
        }

        private void OnFinish(UniformFanInShape<TIn, TOut> shape)
        {
            var before = _active;
            while (_active < shape.N && IsClosed(shape.In(_active))) _active++;
            if (_active == shape.N) CompleteStage();
            else if (_active != before && IsAvailable(shape.Out)) Pull(shape.In(_active));
        }
    }
}

public static class Concat
{
    public static IGraph<UniformFanInShape<T, T>, NotUsed> Create<T>(int inputPorts = 2) =>
        new Concat<T, T>(inputPorts);
}
