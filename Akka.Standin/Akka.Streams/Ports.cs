using Akka.Streams.Implementation;

namespace Akka.Streams;

public abstract class InPort
{
    /// <summary>Which of its stage's inlets this is.</summary>
    internal int Index;
}

public abstract class OutPort
{
    /// <summary>Which of its stage's outlets this is.</summary>
    internal int Index;

    internal abstract Wire NewWire(Island island);

    /// <summary>Joins two islands by a buffer of the given size.</summary>
    internal abstract void Bridge(OutEnd from, InEnd to, int size);
}

public abstract class Inlet : InPort
{
    public readonly string Name;

    protected Inlet(string name) => Name = name;

    public sealed override string ToString() => Name;
}

public sealed class Inlet<T> : Inlet
{
    public Inlet(string name) : base(name) { }
}

public abstract class Outlet : OutPort
{
    public readonly string Name;

    protected Outlet(string name) => Name = name;

    public sealed override string ToString() => Name;
}

public sealed class Outlet<T> : Outlet
{
    public Outlet(string name) : base(name) { }

    internal override Wire NewWire(Island island) => new Wire<T>(island);

    internal override void Bridge(OutEnd from, InEnd to, int size) => new Bridge<T>(size).Join(from, to);
}
