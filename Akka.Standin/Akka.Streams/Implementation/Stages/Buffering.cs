namespace Akka.Streams.Implementation.Stages;

/// <summary>Takes so many elements ahead of demand, and then no more until there is room.</summary>
internal sealed class BufferLogic<T>(int size) : FlowLogic<T, T>
{
    private readonly Queue<T> _elements = [];

    public override void PreStart() => In.Pull();

    public override void OnPush()
    {
        var element = In.Grab();
        if (_elements.Count == 0 && Out.CanPush) Out.Push(element);
        else _elements.Enqueue(element);
        PullWhenRoom();
    }

    public override void OnPull()
    {
        if (_elements.TryDequeue(out var element)) Out.Push(element);
        if (In.InClosed && _elements.Count == 0) CompleteStage();
        else PullWhenRoom();
    }

    public override void OnUpstreamFinish()
    {
        if (_elements.Count == 0) CompleteStage();
    }

    private void PullWhenRoom()
    {
        if (_elements.Count < size) PullOnce();
    }
}
