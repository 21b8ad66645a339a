namespace Akka.Streams;

/// <summary>Settings of a graph, from the least to the most specific; what stands last counts.</summary>
public sealed class Attributes
{
    public interface IAttribute;

    public interface IMandatoryAttribute : IAttribute;

    public sealed class Name : IAttribute
    {
        public readonly string Value;

        public Name(string value) => Value = value;

        public override string ToString() => $"Name({Value})";
    }

    /// <summary>How many elements a buffer between two islands, or in front of a queue, may hold.</summary>
    public sealed class InputBuffer : IMandatoryAttribute
    {
        public readonly int Initial;
        public readonly int Max;

        public InputBuffer(int initial, int max)
        {
            Initial = initial;
            Max = max;
        }

        public override string ToString() => $"InputBuffer({Initial},{Max})";
    }

    public sealed class AsyncBoundary : IAttribute
    {
        public static readonly AsyncBoundary Instance = new();

        private AsyncBoundary() { }

        public override string ToString() => "AsyncBoundary";
    }

    public static readonly Attributes None = new();

    private readonly IAttribute[] _attributes;

    public Attributes(params IAttribute[] attributes) => _attributes = attributes;

    public IEnumerable<IAttribute> AttributeList => _attributes;

    public static Attributes CreateInputBuffer(int initial, int max) => new(new InputBuffer(initial, max));

    public static Attributes CreateAsyncBoundary() => new(AsyncBoundary.Instance);

    public static Attributes CreateName(string name) => new(new Name(name));

    public Attributes And(Attributes other) =>
        other._attributes.Length == 0 ? this
        : _attributes.Length == 0 ? other
        : new([.. _attributes, .. other._attributes]);

    public Attributes And(IAttribute other) => new([.. _attributes, other]);

    public TAttr GetAttribute<TAttr>(TAttr defaultIfNotFound) where TAttr : class, IAttribute =>
        GetAttribute<TAttr>() ?? defaultIfNotFound;

    public TAttr? GetAttribute<TAttr>() where TAttr : class, IAttribute
    {
        for (var i = _attributes.Length - 1; i >= 0; i--)
            if (_attributes[i] is TAttr found) return found;
        return null;
    }

    public TAttr GetMandatoryAttribute<TAttr>() where TAttr : class, IMandatoryAttribute =>
        GetAttribute<TAttr>() ?? throw new InvalidOperationException($"There is no attribute {typeof(TAttr).Name}.");

    public bool Contains<TAttr>(TAttr attribute) where TAttr : IAttribute =>
        Array.Exists(_attributes, a => a.Equals(attribute));

    public override string ToString() => $"Attributes({string.Join(", ", (object[])_attributes)})";
}
