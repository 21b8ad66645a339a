using Akka.Actor;
using Akka.Streams.Implementation;

namespace Akka.Streams;

/// <summary>Runs streams for as long as the system or actor that it was made for lives.</summary>
public abstract class ActorMaterializer : IMaterializer, IDisposable
{
    private protected ActorMaterializer() { }

    /// <summary>Whether it has been shut down; it then runs nothing any more.</summary>
    public abstract bool IsShutdown { get; }

    public static ActorMaterializer Create(
        IActorRefFactory context, ActorMaterializerSettings? settings = null, string? namePrefix = null) =>
        new ActorMaterializerImpl(context);

    /// <summary>Stops every stream of this materializer abruptly.</summary>
    public abstract void Shutdown();

    public void Dispose() => Shutdown();

    public abstract TMat Materialize<TMat>(IGraph<ClosedShape, TMat> runnable);
}

public static class ActorMaterializerExtensions
{
    /// <summary>A new materializer; what it runs ends with the system or the actor.</summary>
    public static ActorMaterializer Materializer(
        this IActorRefFactory context, ActorMaterializerSettings? settings = null, string? namePrefix = null) =>
        ActorMaterializer.Create(context, settings, namePrefix);
}

/// <summary>There is nothing to set here: no stage has a buffer that it was not given.</summary>
public sealed class ActorMaterializerSettings
{
    private ActorMaterializerSettings() { }
}
