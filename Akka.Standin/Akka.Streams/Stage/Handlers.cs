namespace Akka.Streams.Stage;

public interface IInHandler
{
    void OnPush();

    void OnUpstreamFinish();

    void OnUpstreamFailure(Exception e);
}

public interface IOutHandler
{
    void OnPull();

    void OnDownstreamFinish(Exception cause);
}

public abstract class InHandler : IInHandler
{
    protected InHandler() { }

    internal GraphStageLogic Stage { get; set; } = null!;

    public abstract void OnPush();

    public virtual void OnUpstreamFinish() => Stage.CompleteStage();

    public virtual void OnUpstreamFailure(Exception e) => Stage.FailStage(e);
}

public abstract class OutHandler : IOutHandler
{
    protected OutHandler() { }

    internal GraphStageLogic Stage { get; set; } = null!;

    public abstract void OnPull();

    public virtual void OnDownstreamFinish(Exception cause) => Stage.CancelStage(cause);
}
