using System.Collections.Immutable;

namespace Akka.Streams.Implementation.Stages;

/// <summary>A sink that tells by a task how it ended, but nothing of an abrupt end.</summary>
internal abstract class ResultLogic<TIn, TResult> : SinkLogic<TIn>
{
    protected readonly TaskCompletionSource<TResult> Promise =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<TResult> Result => Promise.Task;

    public override void OnUpstreamFailure(Exception e)
    {
        Promise.TrySetException(e);
        FailStage(e);
    }
}

/// <summary>Runs an action on every element.</summary>
internal sealed class EachLogic<T>(Action<T> action) : ResultLogic<T, Done>
{
    public override void OnPush()
    {
        try
        {
            action(In.Grab());
        }
        catch (Exception e) // of the user's action, whatever it is
        {
            Promise.TrySetException(e);
            throw;
        }
        In.Pull();
    }

    public override void OnUpstreamFinish()
    {
        Promise.TrySetResult(Done.Instance);
        CompleteStage();
    }
}

internal sealed class SeqLogic<T> : ResultLogic<T, IImmutableList<T>>
{
    private readonly ImmutableArray<T>.Builder _elements = ImmutableArray.CreateBuilder<T>();

    public override void OnPush()
    {
        _elements.Add(In.Grab());
        In.Pull();
    }

    public override void OnUpstreamFinish()
    {
        Promise.TrySetResult(_elements.DrainToImmutable());
        CompleteStage();
    }

    public override void PostStop() => Promise.TrySetException(new AbruptStageTerminationException(this));
}

internal sealed class FirstLogic<T> : ResultLogic<T, T>
{
    public override void OnPush()
    {
        Promise.TrySetResult(In.Grab());
        CompleteStage();
    }

    public override void OnUpstreamFinish()
    {
        Promise.TrySetException(new NoSuchElementException("The stream ended without an element."));
        CompleteStage();
    }
}
