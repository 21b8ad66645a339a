using Akka.Actor;
using Akka.Streams.Implementation;

namespace Akka.Streams;

/// <summary>Runs streams for as long as the system or actor that it was made for lives.</summary>
public abstract class ActorMaterializer : IMaterializer, IDisposable
{
    protected ActorMaterializer() { }

    public abstract ActorMaterializerSettings Settings { get; }

    /// <summary>Whether it has been shut down; it then runs nothing any more.</summary>
    public abstract bool IsShutdown { get; }

    public abstract ActorSystem System { get; }

    public abstract IActorRef Supervisor { get; }

    public static ActorMaterializer Create(
        IActorRefFactory context, ActorMaterializerSettings? settings = null, string? namePrefix = null) =>
        ActorMaterializerImpl.Make(context, settings);

    /// <summary>Stops every stream of this materializer abruptly.</summary>
    public abstract void Shutdown();

    public void Dispose() => Shutdown();

    public abstract TMat Materialize<TMat>(IGraph<ClosedShape, TMat> runnable);

    public abstract TMat Materialize<TMat>(IGraph<ClosedShape, TMat> runnable, Attributes initialAttributes);

    public abstract ICancelable ScheduleOnce(TimeSpan delay, Action action);

    public abstract ICancelable ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action);
}

public static class ActorMaterializerExtensions
{
    /// <summary>A new materializer; what it runs ends with the system or the actor.</summary>
    public static ActorMaterializer Materializer(
        this IActorRefFactory context, ActorMaterializerSettings? settings = null, string? namePrefix = null) =>
        ActorMaterializer.Create(context, settings, namePrefix);
}
