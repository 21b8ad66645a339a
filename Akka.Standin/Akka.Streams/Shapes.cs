namespace Akka.Streams;

/// <summary>Which ends of a graph are open. Here a graph is a chain, so the type says it all.</summary>
public abstract class Shape
{
    private protected Shape() { }
}

public class ClosedShape : Shape
{
    private ClosedShape() { }
}

public sealed class SourceShape<TOut> : Shape
{
    private SourceShape() { }
}

public sealed class FlowShape<TIn, TOut> : Shape
{
    private FlowShape() { }
}

public sealed class SinkShape<TIn> : Shape
{
    private SinkShape() { }
}
