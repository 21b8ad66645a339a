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
        private readonly UniformFanInShape<TIn, TOut> _shape;
        private readonly Exception[] _failures;
        private int _active;

        public Logic(UniformFanInShape<TIn, TOut> shape) : base(shape)
        {
            (_shape, _failures) = (shape, new Exception[shape.N]);
            for (var i = 0; i < shape.N; i++)
            {
                var (inlet, index) = (shape.In(i), i);
                SetHandler(inlet, () => Push(shape.Out, Grab(inlet)), GoOn, e => OnFailure(index, e));
            }
            SetHandler(shape.Out, () => Pull(shape.In(_active)));
        }

        // A source that fails before its turn must not cut off what comes before it.
        private void OnFailure(int index, Exception e)
        {
            _failures[index] = e;
            GoOn();
        }

        private void GoOn()
        {
            var before = _active;
            while (_active < _shape.N && _failures[_active] is null && IsClosed(_shape.In(_active))) _active++;
            if (_active == _shape.N) CompleteStage();
            else if (_failures[_active] is { } failure) FailStage(failure);
            else if (_active != before && IsAvailable(_shape.Out)) Pull(_shape.In(_active));
        }
    }
}

public static class Concat
{
    public static IGraph<UniformFanInShape<T, T>, NotUsed> Create<T>(int inputPorts = 2) =>
        new Concat<T, T>(inputPorts);
}
