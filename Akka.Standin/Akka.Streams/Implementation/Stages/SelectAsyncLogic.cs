namespace Akka.Streams.Implementation.Stages;

/// <summary>
/// Runs up to so many tasks at a time and emits their results in the order of the elements, or each as soon as it is
/// there. A failed task fails the stream at once; a cancelled one completes it, as Akka.NET does.
/// </summary>
internal sealed class SelectAsyncLogic<TIn, TOut>(int parallelism, bool ordered, Func<TIn, Task<TOut>> map)
    : FlowLogic<TIn, TOut>
{
    private readonly LinkedList<Task<TOut>> _tasks = [];

    public override void OnPush()
    {
        var task = map(In.Grab());
        _tasks.AddLast(task);
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
        while (Ready() is { } ready && (!ready.IsCompletedSuccessfully || Out.CanPush))
        {
            if (!ready.IsCompletedSuccessfully)
            {
                if (ready.IsFaulted) FailStage(ready.Exception!);
                else CompleteStage();
                return;
            }
            _tasks.Remove(ready);
            Out.Push(ready.Result);
        }
        if (In.InClosed && _tasks.Count == 0) CompleteStage();
        else PullWhenRoom();
    }

    private Task<TOut>? Ready() =>
        ordered ? (_tasks.First?.Value is { IsCompleted: true } first ? first : null)
        : _tasks.FirstOrDefault(task => task.IsCompleted);

    private void PullWhenRoom()
    {
        if (_tasks.Count < parallelism) PullOnce();
    }
}
