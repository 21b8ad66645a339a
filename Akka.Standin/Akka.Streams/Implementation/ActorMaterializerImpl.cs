using Akka.Actor;
using Akka.Event;
using Akka.Pattern;
using Akka.Streams.Stage;

namespace Akka.Streams.Implementation;

internal sealed class ActorMaterializerImpl : ActorMaterializer
{
    private readonly Lock _lock = new();
    private readonly HashSet<Island> _islands = [];
    private readonly Attributes _defaults;
    private bool _shutdown;

    private ActorMaterializerImpl(ActorSystem system, ActorMaterializerSettings settings)
    {
        (System, Settings) = (system, settings);
        _defaults = new Attributes(
            new Attributes.InputBuffer(settings.InitialInputBufferSize, settings.MaxInputBufferSize),
            new ActorAttributes.SupervisionStrategy(settings.SupervisionDecider));
    }

    public override ActorSystem System { get; }

    public override ActorMaterializerSettings Settings { get; }

    public override IActorRef Supervisor => _supervisor;

    private IActorRef _supervisor = ActorRefs.Nobody;

    public override bool IsShutdown
    {
        get { lock (_lock) return _shutdown; }
    }

    public int BufferSize => Settings.MaxInputBufferSize;

    public TimeSpan Clock => System.Scheduler.MonotonicClock;

    public static ActorMaterializerImpl Make(IActorRefFactory context, ActorMaterializerSettings? settings)
    {
        var system = context as ActorSystem ?? ((IActorContext)context).System;
        var made = new ActorMaterializerImpl(system, settings ?? ActorMaterializerSettings.Create(system));
        var supervisor = Props.Create(() => new StreamSupervisor(made));
        made._supervisor = context is ActorSystem ? made.NewActor(supervisor) : context.ActorOf(supervisor);
        return made;
    }

    public override void Shutdown()
    {
        lock (_lock) _shutdown = true;
        System.Stop(_supervisor);
    }

    public override TMat Materialize<TMat>(IGraph<ClosedShape, TMat> runnable) =>
        Materialize(runnable, Attributes.None);

    public override TMat Materialize<TMat>(IGraph<ClosedShape, TMat> runnable, Attributes initialAttributes)
    {
        if (IsShutdown) throw new IllegalStateException("A materializer that was shut down runs no stream.");
        var region = Region.In(new Island(this));
        var value = Plan.Of(runnable).Build(region, _defaults.And(initialAttributes)).Value;
        region.Islands.ForEach(Launch);
        return (TMat)value!;
    }

    public override ICancelable ScheduleOnce(TimeSpan delay, Action action) =>
        System.Scheduler.Advanced.ScheduleOnceCancelable(delay, action);

    public override ICancelable ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action) =>
        System.Scheduler.Advanced.ScheduleRepeatedlyCancelable(initialDelay, interval, action);

    public IActorRef NewActor(Props props) => ((ExtendedActorSystem)System).SystemActorOf(props);

    public void Launch(Island island)
    {
        bool late;
        lock (_lock)
        {
            late = _shutdown;
            if (!late) _islands.Add(island);
        }
        if (late) island.Abort();
        else island.Start();
    }

    public void Forget(Island island)
    {
        lock (_lock) _islands.Remove(island);
    }

    public void Report(Exception e, GraphStageLogic stage) =>
        System.Log.Error(e, "Error in stage {0}: {1}", stage, e.Message);

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
