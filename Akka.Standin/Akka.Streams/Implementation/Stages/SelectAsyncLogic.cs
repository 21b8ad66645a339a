namespace Akka.Streams.Implementation.Stages;

/// <summary>
/// Runs up to so many tasks at a time and emits their results in the order of the elements. A failed task fails the
/// stream at once; a cancelled one completes it, as Akka.NET does.
/// </summary>
internal sealed class SelectAsyncLogic<TIn, TOut>(int parallelism, Func<TIn, Task<TOut>> map)
    : FlowLogic<TIn, TOut>
{
    private readonly Queue<Task<TOut>> _tasks = [];

    public override void OnPush()
    {
        var task = map(In.Grab());
        _tasks.Enqueue(task);
        Pending<TOut>.Await(this, task, Settle);
        if (!Out.OutClosed) PullWhenRoom();
    }

    public override void OnPull() => Emit();

    public override void OnUpstreamFinish() => Emit();

    private void Settle(Task<TOut> done)
    {
        if (done.IsFaulted) FailStage(done.Exception!);
        else if (!Out.OutClosed) Emit();
    }

    private void Emit()
    {
        while (_tasks.TryPeek(out var ready) && ready.IsCompleted && (!ready.IsCompletedSuccessfully || Out.CanPush))
        {
            if (!ready.IsCompletedSuccessfully)
            {
                if (ready.IsFaulted) FailStage(ready.Exception!);
                else CompleteStage();
                return;
            }
            _tasks.Dequeue();
            Out.Push(ready.Result);
        }
        if (In.InClosed && _tasks.Count == 0) CompleteStage();
        else PullWhenRoom();
    }

    private void PullWhenRoom()
    {
        if (_tasks.Count < parallelism) PullOnce();
    }
}
