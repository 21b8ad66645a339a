using Akka.Util;

namespace Akka.Streams.Implementation.Stages;

/// <summary>Reads from something that is opened at the start and closed once, however the stream ends; the stream ends
/// only after the close, unless it ends abruptly.</summary>
internal sealed class AsyncResourceLogic<T, TSource>(
    Func<Task<TSource>> create, Func<TSource, Task<Option<T>>> read,
    Func<TSource, Task<Done>> close) : SourceLogic<T>
{
    private TSource _source = default!;
    private bool _open;

    public override void PreStart() => Open();

    public override void OnPull()
    {
        if (_open) Read();
    }

    public override void OnDownstreamFinish(Exception cause) => CloseThen(() => CancelStage(cause));

    public override void PostStop()
    {
        if (!_open) return;
        _open = false;
        _ = close(_source);
    }

    private void Open()
    {
        var opening = create();
        if (opening.IsCompleted) OnOpen(opening);
        else _ = OpenLater(opening);
    }

    // A resource that opens after the stream has ended must be closed all the same.
    private async Task OpenLater(Task<TSource> opening)
    {
        await Task.WhenAny(opening).ConfigureAwait(false);
        Island.Post(new Opened(this, opening));
    }

    private void OnOpen(Task<TSource> opening)
    {
        if (!opening.IsCompletedSuccessfully)
        {
            FailStage(Cause(opening));
            return;
        }
        (_source, _open) = (opening.Result, true);
        if (Out.CanPush) Read();
    }

    private void Read() => Pending<Option<T>>.Await(this, read(_source), OnRead);

    private void OnRead(Task<Option<T>> task)
    {
        if (!_open) return;
        if (!task.IsCompletedSuccessfully) CloseThen(() => FailStage(Cause(task)));
        else if (task.Result.HasValue) Out.Push(task.Result.Value);
        else CloseThen(CompleteStage);
    }

    private void CloseThen(Action then)
    {
        if (!_open)
        {
            then();
            return;
        }
        _open = false;
        SetKeepGoing(true);
        Pending<Done>.Await(this, close(_source), task =>
        {
            SetKeepGoing(false);
            if (task.IsCompletedSuccessfully) then();
            else FailStage(Cause(task));
        });
    }

    private static Exception Cause(Task task) => task.Exception ?? (Exception)new TaskCanceledException(task);

    private sealed class Opened(AsyncResourceLogic<T, TSource> stage, Task<TSource> opening) : Message(stage)
    {
        public override void Run() => stage.OnOpen(opening);

        public override void Drop()
        {
            if (opening.IsCompletedSuccessfully) _ = stage.CloseLate(opening.Result);
        }
    }

    private Task<Done> CloseLate(TSource source) => close(source);
}
