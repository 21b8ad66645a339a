using Akka.Streams.Stage;

namespace Akka.Streams.Implementation.Stages;

/// <summary>Passes elements; a copy goes to the tap when that is ready, and one waits for it at most.</summary>
internal sealed class WireTapLogic<T> : GraphStageLogic
{
    public WireTapLogic(UniformFanOutShape<T, T> shape) : base(shape)
    {
        var (untapped, waits, pending) = (false, false, default(T)!);
        var (main, tap) = (shape.Out(0), shape.Out(1));
        SetHandler(shape.In, () =>
        {
            var element = Grab(shape.In);
            Push(main, element);
            if (untapped) return;
            if (IsAvailable(tap)) Push(tap, element);
            else (pending, waits) = (element, true);
        });
        SetHandler(main, () => Pull(shape.In));
        SetHandler(tap, () =>
        {
            if (!waits) return;
            Push(tap, pending);
            (pending, waits) = (default!, false);
        }, _ => (untapped, waits, pending) = (true, false, default!));
    }
}

/// <summary>Gives each element to one of two outlets; what one does not take yet holds up the other.</summary>
internal sealed class DivertLogic<T> : GraphStageLogic
{
    private readonly UniformFanOutShape<T, T> _shape;
    private Outlet<T>? _waitsFor;
    private T _waiting = default!;

    public DivertLogic(UniformFanOutShape<T, T> shape, Func<T, bool> diverts) : base(shape)
    {
        _shape = shape;
        SetHandler(shape.In, () =>
        {
            var element = Grab(shape.In);
            Offer(element, shape.Out(diverts(element) ? 1 : 0));
        }, () =>
        {
            if (_waitsFor is null) CompleteStage();
        });
        foreach (var outlet in shape.Outs) SetHandler(outlet, () => OnDemand(outlet));
    }

    private void Offer(T element, Outlet<T> outlet)
    {
        if (!IsAvailable(outlet)) (_waiting, _waitsFor) = (element, outlet);
        else
        {
            Push(outlet, element);
            if (_shape.Outs.Any(o => IsAvailable(o))) Pull(_shape.In);
        }
    }

    private void OnDemand(Outlet<T> outlet)
    {
        if (_waitsFor == outlet)
        {
            Push(outlet, _waiting);
            (_waitsFor, _waiting) = (null, default!);
            if (IsClosed(_shape.In)) CompleteStage();
            else if (!HasBeenPulled(_shape.In) && _shape.Outs.Any(o => IsAvailable(o))) Pull(_shape.In);
        }
        else if (_waitsFor is null && !IsClosed(_shape.In) && !HasBeenPulled(_shape.In)) Pull(_shape.In);
    }
}

/// <summary>Pairs the elements of two inlets and ends with the shorter.</summary>
internal sealed class ZipLogic<T0, T1, TOut> : GraphStageLogic
{
    private readonly FanInShape<T0, T1, TOut> _shape;
    private readonly Func<T0, T1, TOut> _zip;

    public ZipLogic(FanInShape<T0, T1, TOut> shape, Func<T0, T1, TOut> zip) : base(shape)
    {
        (_shape, _zip) = (shape, zip);
        SetHandler(shape.In0, Emit, () => OnFinish(IsAvailable(shape.In0)));
        SetHandler(shape.In1, Emit, () => OnFinish(IsAvailable(shape.In1)));
        SetHandler(shape.Out, () =>
        {
            Pull(shape.In0);
            Pull(shape.In1);
        });
    }

    private void Emit()
    {
        if (!IsAvailable(_shape.In0) || !IsAvailable(_shape.In1)) return;
        Push(_shape.Out, _zip(Grab(_shape.In0), Grab(_shape.In1)));
        if (IsClosed(_shape.In0) || IsClosed(_shape.In1)) CompleteStage();
    }

    private void OnFinish(bool holdsElement)
    {
        if (!holdsElement) CompleteStage();
    }
}

/// <summary>Takes the second inlet only when the first ended without an element.</summary>
internal sealed class OrElseLogic<T> : GraphStageLogic
{
    public OrElseLogic(UniformFanInShape<T, T> shape) : base(shape)
    {
        var (first, second) = (shape.In(0), shape.In(1));
        var current = first;
        var seen = false;
        SetHandler(first, () =>
        {
            if (!seen) Cancel(second);
            seen = true;
            Push(shape.Out, Grab(first));
        }, () =>
        {
            if (seen || IsClosed(second)) CompleteStage();
            else
            {
                current = second;
                if (IsAvailable(shape.Out)) Pull(second);
            }
        });
        SetHandler(second, () => Push(shape.Out, Grab(second)), () =>
        {
            if (IsClosed(first)) CompleteStage();
        });
        SetHandler(shape.Out, () => Pull(current));
    }
}
