using System.Collections;
using System.Runtime.CompilerServices;
using System.Runtime.Serialization;
using Akka.Actor;

namespace Akka.Serialization.Wire;

/// <summary>
/// Reads what <see cref="ObjectWriter"/> wrote. Fields that the type here lacks are skipped, those that the bytes lack
/// keep their default; a type that is not known here is an error only where its value is wanted.
/// </summary>
internal sealed class ObjectReader(ExtendedActorSystem system, WirePolicy policy, WireReader from)
{
    private sealed record Described(string Name, WireShape Shape, bool IsReference, WireKind Element, WireKind Value,
        (string Name, WireKind Kind)[] Fields)
    {
        internal WireType Local { get; set; }
        internal WireField[] Slots { get; set; }
    }

    private readonly List<Described> _types = [];
    private readonly List<object> _seen = [];
    private int _depth;

    internal static object Read(ExtendedActorSystem system, WirePolicy policy, ReadOnlyMemory<byte> bytes)
    {
        var from = new WireReader(bytes);
        var value = new ObjectReader(system, policy, from).Tagged(typeof(object), wanted: true);
        return from.Left == 0 ? value : throw new SerializationException($"{from.Left} bytes are too many.");
    }

    private object Tagged(Type declared, bool wanted)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (++_depth > WireTag.DepthLimit)
            throw new SerializationException($"Nested more than {WireTag.DepthLimit} deep.");
        var value = Content(from.Count(), wanted);
        _depth--;
        if (!wanted) return null;
        if (value is null ? declared.IsValueType
            && Nullable.GetUnderlyingType(declared) is null : !declared.IsInstanceOfType(value))
            throw new SerializationException($"Found {value?.GetType().ToString() ?? "null"}, expected a {declared}.");
        return value;
    }

    private object Content(int tag, bool wanted)
    {
        switch (tag)
        {
            case WireTag.Null: return null;
            case WireTag.Again:
                var number = from.Count();
                if (number < 0 || number >= _seen.Count)
                    throw new SerializationException("Refers to nothing that came before.");
                return _seen[number];
            case WireTag.ActorRef:
                return from.Text() is { Length: > 0 } path
                ? system.Provider.ResolveActorRef(path) : Nobody.Instance;
            case WireTag.Type:
                var name = from.Text();
                return wanted ? Resolve(name) : null;
            case WireTag.Nested: return system.Serialization.ReadNested(from, wanted);
            case WireTag.Plain: return WireKinds.Read(from, (WireKind)from.Byte());
            case WireTag.NewType:
                _types.Add(Description());
                return Object(_types[^1], wanted);
            default:
                if (tag < 0 || tag - WireTag.FirstType >= _types.Count)
                    throw new SerializationException($"{tag} is the tag of nothing.");
                return Object(_types[tag - WireTag.FirstType], wanted);
        }
    }

    private Described Description()
    {
        var (name, shape, isReference) = (from.Text(), (WireShape)from.Byte(), from.Byte() != 0);
        if (shape != WireShape.Fields) return new Described(name, shape, isReference, (WireKind)from.Byte(),
            (WireKind)from.Byte(), []);
        var fields = new (string, WireKind)[from.Items()];
        for (var i = 0; i < fields.Length; i++) fields[i] = (from.Text(), (WireKind)from.Byte());
        return new Described(name, shape, isReference, default, default, fields);
    }

    private Type Resolve(string name)
    {
        policy.CheckName(name);
        var type = Type.GetType(name, throwOnError: false)
            ?? throw new SerializationException($"There is no type {name}.");
        policy.CheckRead(type);
        return type;
    }

    private void Bind(Described described)
    {
        var local = WireType.Of(Resolve(described.Name));
        if (local.Shape != described.Shape || local.IsReference != described.IsReference
            || local.ElementKind != described.Element || local.ValueKind != described.Value)
            throw new SerializationException($"{described.Name} is made differently here.");
        described.Slots = [.. described.Fields.Select(field =>
            local.Fields.FirstOrDefault(mine => mine.Name == field.Name))];
        for (var i = 0; i < described.Slots.Length; i++)
            if (described.Slots[i] is { } slot && slot.Kind != described.Fields[i].Kind)
                throw new SerializationException($"{described.Name}.{slot.Name} is {described.Fields[i].Kind}, expected {slot.Kind}.");
        described.Local = local;
    }

    private object Object(Described described, bool wanted)
    {
        if (wanted && described.Local is null) Bind(described);
        var local = wanted ? described.Local : null;
        var place = _seen.Count;
        var made = local is { IsMutable: true, Shape: not WireShape.Array } ? local.NewEmpty() : null;
        if (described.IsReference) _seen.Add(made);
        switch (described.Shape)
        {
            case WireShape.Enum:
                var number = WireKinds.Read(from, described.Element);
                return wanted ? Enum.ToObject(local.Type, number) : null;
            case WireShape.Fields:
                Fields(described, made, wanted);
                return made;
            case WireShape.Map: made = Map(described, local, made); break;
            case WireShape.Array:
                var array = wanted ? Array.CreateInstance(local.ElementType, from.Items()) : null;
                if (wanted) _seen[place] = array;
                var length = array?.Length ?? from.Items();
                for (var i = 0; i < length; i++)
                {
                    var item = Value(local?.ElementType, described.Element, wanted);
                    array?.SetValue(item, i);
                }
                return array;
            default: made = Sequence(described, local, made); break;
        }
        if (described.IsReference) _seen[place] = made;
        return made;
    }

    private void Fields(Described described, object made, bool wanted)
    {
        for (var i = 0; i < described.Fields.Length; i++)
        {
            var slot = wanted ? described.Slots[i] : null;
            var value = Value(slot?.Type, described.Fields[i].Kind, slot is not null);
            slot?.Set(made, value);
        }
    }

    private object Sequence(Described described, WireType local, object made)
    {
        var items = new List<object>();
        for (var left = from.Items(); left > 0; left--)
        {
            var item = Value(local?.ElementType, described.Element, local is not null);
            if (made is null) items.Add(item);
            else local.Add(made, item);
        }
        return made ?? local?.FromItems(items);
    }

    private object Map(Described described, WireType local, object made)
    {
        var pairs = new List<KeyValuePair<object, object>>();
        for (var left = from.Items(); left > 0; left--)
        {
            var key = Value(local?.ElementType, described.Element, local is not null);
            var value = Value(local?.ValueType, described.Value, local is not null);
            if (made is null) pairs.Add(new(key, value));
            else ((IDictionary)made).Add(key, value);
        }
        return made ?? local?.FromPairs(pairs);
    }

    private object Value(Type declared, WireKind kind, bool wanted)
    {
        if (kind == WireKind.Tagged) return Tagged(declared, wanted);
        var value = WireKinds.Read(from, kind);
        return wanted && declared.IsEnum ? Enum.ToObject(declared, value) : value;
    }
}
