using Akka.Streams.Implementation;

namespace Akka.Streams;

public interface IGraph<out TShape> where TShape : Shape;

/// <summary>A blueprint of (a part of) a stream: it may be run any number of times.</summary>
public interface IGraph<out TShape, out TMaterialized> : IGraph<TShape> where TShape : Shape;

/// <summary>Runs graphs.</summary>
public interface IMaterializer
{
    TMat Materialize<TMat>(IGraph<ClosedShape, TMat> runnable);
}
