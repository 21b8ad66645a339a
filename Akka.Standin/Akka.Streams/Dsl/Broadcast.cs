using Akka.Streams.Stage;

namespace Akka.Streams.Dsl;

/// <summary>Gives every element to all outlets, at the pace of the slowest.</summary>
public sealed class Broadcast<T> : GraphStage<UniformFanOutShape<T, T>>
{
    public readonly Inlet<T> In;
    private readonly bool _eagerCancel;

    public Broadcast(int outputPorts, bool eagerCancel = false)
    {
        if (outputPorts < 1) throw new ArgumentException("A broadcast has at least one port.", nameof(outputPorts));
        (Shape, _eagerCancel) = (new UniformFanOutShape<T, T>(outputPorts), eagerCancel);
        In = Shape.In;
    }

    public override UniformFanOutShape<T, T> Shape { get; }

    public Outlet<T> Out(int id) => Shape.Out(id);

    public override string ToString() => "Broadcast";

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(Shape, _eagerCancel);

    private sealed class Logic : GraphStageLogic
    {
        private readonly UniformFanOutShape<T, T> _shape;
        private readonly Outlet<T>[] _outs;

        public Logic(UniformFanOutShape<T, T> shape, bool eagerCancel) : base(shape)
        {
            (_shape, _outs) = (shape, [.. shape.Outs]);
            SetHandler(shape.In, () =>
            {
                var element = Grab(shape.In);
                foreach (var outlet in _outs)
                    if (!IsClosed(outlet)) Push(outlet, element);
            });
            foreach (var outlet in _outs) SetHandler(outlet, PullWhenAllWant, cause => OnCancel(cause, eagerCancel));
        }

        private void OnCancel(Exception cause, bool eagerCancel)
        {
            if (eagerCancel || Array.TrueForAll(_outs, outlet => IsClosed(outlet))) CancelStage(cause);
            else PullWhenAllWant();
        }

        private void PullWhenAllWant()
        {
            var allWant = Array.TrueForAll(_outs, outlet => IsClosed(outlet) || IsAvailable(outlet));
            if (allWant && !IsClosed(_shape.In) && !HasBeenPulled(_shape.In)) Pull(_shape.In);
        }
    }
}
