using System.Collections.Immutable;

namespace Akka.Streams;

public abstract class FanInShape<TOut> : Shape
{
    private protected FanInShape(Outlet<TOut> outlet, ImmutableArray<Inlet> inlets) =>
        (Out, Inlets, Outlets) = (outlet, inlets, [outlet]);

    public Outlet<TOut> Out { get; }

    public override ImmutableArray<Inlet> Inlets { get; }

    public override ImmutableArray<Outlet> Outlets { get; }
}

public class UniformFanInShape<TIn, TOut> : FanInShape<TOut>
{
    public readonly int N;

    public UniformFanInShape(Outlet<TOut> outlet, params Inlet<TIn>[] inlets)
        : base(outlet, [.. inlets]) => (N, Ins) = (inlets.Length, [.. inlets]);

    public UniformFanInShape(int n)
        : this(new Outlet<TOut>("out"), [.. Enumerable.Range(0, n).Select(i => new Inlet<TIn>("in" + i))]) { }

    public IImmutableList<Inlet<TIn>> Ins { get; }

    public Inlet<TIn> In(int n) => Ins[n];
}

public class FanInShape<T0, T1, TOut> : FanInShape<TOut>
{
    public readonly Inlet<T0> In0;
    public readonly Inlet<T1> In1;

    public FanInShape(Outlet<TOut> outlet, Inlet<T0> in0, Inlet<T1> in1)
        : base(outlet, [in0, in1]) => (In0, In1) = (in0, in1);
}

public abstract class FanOutShape<TIn> : Shape
{
    private protected FanOutShape(Inlet<TIn> inlet, ImmutableArray<Outlet> outlets) =>
        (In, Inlets, Outlets) = (inlet, [inlet], outlets);

    public Inlet<TIn> In { get; }

    public override ImmutableArray<Inlet> Inlets { get; }

    public override ImmutableArray<Outlet> Outlets { get; }
}

public class UniformFanOutShape<TIn, TOut> : FanOutShape<TIn>
{
    public UniformFanOutShape(Inlet<TIn> inlet, params Outlet<TOut>[] outlets)
        : base(inlet, [.. outlets]) => Outs = [.. outlets];

    public UniformFanOutShape(int n)
        : this(new Inlet<TIn>("in"), [.. Enumerable.Range(0, n).Select(i => new Outlet<TOut>("out" + i))]) { }

    public IImmutableList<Outlet<TOut>> Outs { get; }

    public Outlet<TOut> Out(int n) => Outs[n];
}
