namespace Akka.Streams.Implementation.Stages;

/// <summary>Passes elements until a signal from outside, which ends the stream both ways.</summary>
internal sealed class KillLogic<T> : FlowLogic<T, T>
{
    /// <summary>For other threads: null completes the stream, an exception fails it.</summary>
    public Action<Exception?> Throw => GetAsyncCallback<Exception?>(OnThrown);

    public override void OnPush() => Out.Push(In.Grab());

    private void OnThrown(Exception? cause)
    {
        if (cause is null) CompleteStage();
        else FailStage(cause);
    }
}
