using Akka.Streams.Stage;

namespace Akka.Streams.Implementation;

internal interface ISubInlet
{
    void Cancel(Exception cause);
}

/// <summary>An inlet that a stage opens while it runs, to take in another source; it closes with its stage.</summary>
internal sealed class SubInlet<T>(GraphStageLogic stage, Action onPush, Action onFinish, Action<Exception> onFailure)
    : ISubInlet, IInHandler
{
    private Wire<T>? _wire;

    public bool IsClosed => _wire is { InClosed: true };

    public bool IsAvailable => _wire is { CanGrab: true };

    public bool HasBeenPulled => _wire is { HasBeenPulled: true };

    /// <summary>Runs the source within the stage's own island, beginning at once.</summary>
    public void Run<TMat>(IGraph<SourceShape<T>, TMat> source, Attributes attributes)
    {
        var region = Region.In(stage.Island);
        var end = Plan.Of(source).Build(region, attributes).Outs[0];
        end.To(new InEnd(region, Attach));
        stage.Island.StartFresh();
        foreach (var island in region.Islands)
            if (island != stage.Island) stage.Island.Materializer.Launch(island);
    }

    public void Pull() => _wire!.Pull();

    public T Grab() => _wire!.Grab();

    public void Cancel(Exception cause)
    {
        stage.Detach(this);
        _wire?.Cancel(cause);
    }

    public void OnPush() => onPush();

    public void OnUpstreamFinish()
    {
        stage.Detach(this);
        onFinish();
    }

    public void OnUpstreamFailure(Exception e)
    {
        stage.Detach(this);
        onFailure(e);
    }

    private void Attach(Wire wire)
    {
        stage.Attach(this);
        _wire = (Wire<T>)wire;
        (wire.Down, wire.InHandler) = (stage, this);
    }
}
