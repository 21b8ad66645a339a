using System.Collections.Concurrent;
using Akka.Streams.Stage;

namespace Akka.Streams.Implementation;

/// <summary>Carries elements from one island to another, at most so many ahead of the other's demand.</summary>
internal sealed class Bridge<T>(int size)
{
    private readonly ConcurrentQueue<T> _elements = new();
    private volatile Exception? _failure;
    private volatile bool _ended;
    private int _signalled;

    public void Join(OutEnd from, InEnd to)
    {
        var entry = new Entry(this);
        var exit = new Exit(this);
        (entry.Far, exit.Far) = (exit, entry);
        from.Region.Island.Add(entry);
        to.Region.Island.Add(exit);
        from.Join(new InEnd(from.Region, wire => entry.Attach(entry.In, wire)));
        new OutEnd(to.Region, exit, exit.Out).Join(to);
    }

    private sealed class Entry : GraphStageLogic, IInHandler
    {
        public readonly Inlet<T> In = new("bridge.in");
        private readonly Bridge<T> _bridge;
        private readonly Action<int> _request;
        private readonly Action<Exception> _cancel;
        private int _demand;

        public Entry(Bridge<T> bridge) : base(1, 0)
        {
            _bridge = bridge;
            _demand = bridge.Size;
            _request = GetAsyncCallback<int>(More);
            _cancel = GetAsyncCallback<Exception>(cause => Cancel(In, cause));
            SetHandler(In, this);
        }

        public Exit Far { get; set; } = null!;

        public void Request(int count) => _request(count);

        public void CancelFrom(Exception cause) => _cancel(cause);

        public override void PreStart() => Pull(In);

        public void OnPush()
        {
            _bridge._elements.Enqueue(Grab(In));
            if (--_demand > 0) Pull(In);
            Signal();
        }

        public void OnUpstreamFinish()
        {
            _bridge._ended = true;
            Signal();
        }

        public void OnUpstreamFailure(Exception e)
        {
            _bridge._failure = e;
            Signal();
        }

        private void Signal()
        {
            if (Interlocked.Exchange(ref _bridge._signalled, 1) == 0) Far.Wake();
        }

        private void More(int count)
        {
            var wasIdle = _demand == 0;
            _demand += count;
            if (wasIdle && !IsClosed(In)) Pull(In);
        }
    }

    private sealed class Exit : GraphStageLogic, IOutHandler
    {
        public readonly Outlet<T> Out = new("bridge.out");
        private readonly Bridge<T> _bridge;
        private readonly Action _arrived;
        private int _taken;

        public Exit(Bridge<T> bridge) : base(0, 1)
        {
            _bridge = bridge;
            _arrived = GetAsyncCallback(OnArrived);
            SetHandler(Out, this);
        }

        public Entry Far { get; set; } = null!;

        public void Wake() => _arrived();

        public void OnPull() => Emit();

        public void OnDownstreamFinish(Exception cause) => Far.CancelFrom(cause);

        private void OnArrived()
        {
            Interlocked.Exchange(ref _bridge._signalled, 0);
            Emit();
        }

        private void Emit()
        {
            if (_bridge._failure is { } failure)
            {
                FailStage(failure);
                return;
            }
            var ended = _bridge._ended;
            if (IsAvailable(Out) && _bridge._elements.TryDequeue(out var element))
            {
                Push(Out, element);
                if (++_taken >= Math.Max(1, _bridge.Size / 2) && !ended)
                {
                    Far.Request(_taken);
                    _taken = 0;
                }
            }
            if (ended && _bridge._elements.IsEmpty) CompleteStage();
        }
    }

    private int Size => size;
}
