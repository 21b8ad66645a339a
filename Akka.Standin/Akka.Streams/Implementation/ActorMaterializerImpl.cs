using Akka.Actor;
using Akka.Event;
using Akka.Pattern;

namespace Akka.Streams.Implementation;

internal sealed class ActorMaterializerImpl : ActorMaterializer
{
    private readonly Lock _lock = new();
    private readonly HashSet<Island> _islands = [];
    private readonly ActorSystem _system;
    private readonly IActorRef _supervisor;
    private bool _shutdown;

    public ActorMaterializerImpl(IActorRefFactory context)
    {
        var supervisor = Props.Create(() => new StreamSupervisor(this));
        _system = context as ActorSystem ?? ((IActorContext)context).System;
        _supervisor = context is ExtendedActorSystem system
            ? system.SystemActorOf(supervisor) : context.ActorOf(supervisor);
    }

    public override bool IsShutdown
    {
        get { lock (_lock) return _shutdown; }
    }

    public override void Shutdown()
    {
        lock (_lock) _shutdown = true;
        _system.Stop(_supervisor);
    }

    public override TMat Materialize<TMat>(IGraph<ClosedShape, TMat> runnable)
    {
        if (IsShutdown) throw new IllegalStateException("A materializer that was shut down runs no stream.");
        var island = new Island(this);
        var value = runnable.Plan()(island).Value;
        bool late;
        lock (_lock)
        {
            late = _shutdown;
            if (!late) _islands.Add(island);
        }
        if (late) island.Abort();
        else island.Start();
        return (TMat)value!;
    }

    public void Forget(Island island)
    {
        lock (_lock) _islands.Remove(island);
    }

    public void Report(Exception e, StageLogic stage) =>
        _system.Log.Error(e, "Error in stage {0}: {1}", stage, e.Message);

    private void AbortAll()
    {
        Island[] islands;
        lock (_lock)
        {
            _shutdown = true;
            islands = [.. _islands];
            _islands.Clear();
        }
        foreach (var island in islands) island.Abort();
    }

    /// <summary>Ties the streams to the life of the system or actor that they belong to.</summary>
    private sealed class StreamSupervisor(ActorMaterializerImpl streams) : UntypedActor
    {
        protected override void OnReceive(object message) => Unhandled(message);

        protected override void PostStop() => streams.AbortAll();
    }
}
