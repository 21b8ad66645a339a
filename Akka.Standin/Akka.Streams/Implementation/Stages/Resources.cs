using Akka.Streams.Supervision;
using Akka.Util;

namespace Akka.Streams.Implementation.Stages;

/// <summary>Reads from something that is opened at the start and closed once, however the stream ends.</summary>
internal sealed class ResourceLogic<T, TSource>(
    SourceShape<T> shape, Attributes attributes, Func<TSource> create, Func<TSource, Option<T>> read,
    Action<TSource> close) : SourceLogic<T>(shape)
{
    private TSource _source = default!;
    private bool _open;

    public override void PreStart() => Open();

    public override void OnPull()
    {
        while (true)
        {
            try
            {
                var element = read(_source);
                if (element.HasValue) Push(Out, element.Value);
                else Finish();
                return;
            }
            catch (Exception e) when (_open)
            {
                var directive = FlowLogic<T, T>.Deciding(attributes)(e);
                if (directive == Directive.Stop) throw;
                if (directive == Directive.Restart) Reopen();
            }
        }
    }

    public override void PostStop() => Close();

    private void Open()
    {
        _source = create();
        _open = true;
    }

    private void Reopen()
    {
        Close();
        Open();
    }

    private void Finish()
    {
        Close();
        CompleteStage();
    }

    private void Close()
    {
        if (!_open) return;
        _open = false;
        close(_source);
    }
}

/// <summary>The same with tasks; the stream ends only after the close, unless it ends abruptly.</summary>
internal sealed class AsyncResourceLogic<T, TSource>(
    SourceShape<T> shape, Attributes attributes, Func<Task<TSource>> create, Func<TSource, Task<Option<T>>> read,
    Func<TSource, Task<Done>> close) : SourceLogic<T>(shape)
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
        if (IsAvailable(Out)) Read();
    }

    private void Read() => Pending<Option<T>>.Await(this, read(_source), OnRead);

    private void OnRead(Task<Option<T>> task)
    {
        if (!_open) return;
        if (!task.IsCompletedSuccessfully) OnFailure(Cause(task));
        else if (task.Result.HasValue) Push(Out, task.Result.Value);
        else CloseThen(CompleteStage);
    }

    private void OnFailure(Exception e)
    {
        switch (FlowLogic<T, T>.Deciding(attributes)(e))
        {
            case Directive.Stop: CloseThen(() => FailStage(e)); break;
            case Directive.Restart: CloseThen(Open); break;
            default: Read(); break;
        }
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
