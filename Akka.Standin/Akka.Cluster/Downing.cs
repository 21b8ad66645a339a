using Akka.Actor;

namespace Akka.Cluster;

/// <summary>Decides what becomes of members that cannot be reached.</summary>
public interface IDowningProvider
{
    TimeSpan DownRemovalMargin { get; }

    /// <summary>The actor that decides; none where only people do.</summary>
    Props DowningActorProps { get; }
}

public sealed class NoDowning : IDowningProvider
{
    internal NoDowning(ActorSystem system, Cluster cluster) => _ = (system, cluster);

    public TimeSpan DownRemovalMargin => TimeSpan.Zero;
    public Props DowningActorProps => null;
}
