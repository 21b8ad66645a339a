using System.Collections;
using System.Runtime.CompilerServices;
using System.Runtime.Serialization;
using Akka.Actor;

namespace Akka.Serialization.Wire;

/// <summary>What stands before a tagged value; from FirstType on it is the number of a type described before.</summary>
internal static class WireTag
{
    internal const int Null = 0;
    internal const int Again = 1;
    internal const int ActorRef = 2;
    internal const int Type = 3;
    internal const int Nested = 4;
    internal const int Plain = 5;
    internal const int NewType = 6;
    internal const int FirstType = 7;
    internal const int DepthLimit = 300;
}

/// <summary>
/// Writes an object with all that it refers to. Each type is described where it is met first, by names and kinds
/// of its fields, so that a reader with a newer or older version of it finds its way.
/// </summary>
internal sealed class ObjectWriter(ExtendedActorSystem system, WirePolicy policy, WireWriter to)
{
    private readonly Dictionary<Type, int> _types = [];
    private readonly Dictionary<object, int> _seen = new(ReferenceEqualityComparer.Instance);
    private int _depth;

    internal static byte[] Write(ExtendedActorSystem system, WirePolicy policy, object value)
    {
        var to = new WireWriter();
        new ObjectWriter(system, policy, to).Tagged(value, null);
        return to.ToArray();
    }

    private void Tagged(object value, Type declared)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (++_depth > WireTag.DepthLimit)
            throw new SerializationException($"{value.GetType()} is nested more than {WireTag.DepthLimit} deep.");
        switch (value)
        {
            case null: to.Count(WireTag.Null); break;
            case IActorRef actorRef:
                to.Count(WireTag.ActorRef);
                to.Text(Serialization.SerializedActorPath(actorRef));
                break;
            case Type type:
                policy.CheckWritten(type);
                to.Count(WireTag.Type);
                to.Text(Serialization.TypeManifest(type));
                break;
            case Delegate: throw new SerializationException($"A {value.GetType()} cannot be written.");
            default: Content(WireType.Plain(value), declared); break;
        }
        _depth--;
    }

    private void Content(object value, Type declared)
    {
        var kind = value is Enum ? WireKind.Tagged : WireKinds.Of(value.GetType());
        if (kind != WireKind.Tagged)
        {
            to.Count(WireTag.Plain);
            to.Byte((byte)kind);
            WireKinds.Write(to, kind, value);
        }
        else if (policy.NestsObjects && declared == typeof(object))
        {
            to.Count(WireTag.Nested);
            system.Serialization.WriteNested(to, value);
        }
        else if (_seen.TryGetValue(value, out var earlier))
        {
            to.Count(WireTag.Again);
            to.Count(earlier);
        }
        else Described(value, WireType.Of(value.GetType()));
    }

    private void Described(object value, WireType type)
    {
        if (_types.TryGetValue(type.Type, out var number)) to.Count(WireTag.FirstType + number);
        else Describe(type);
        if (type.IsReference) _seen.Add(value, _seen.Count);
        switch (type.Shape)
        {
            case WireShape.Enum: WireKinds.Write(to, type.ElementKind, value); break;
            case WireShape.Fields:
                foreach (var field in type.Fields) Value(field.Get(value), field.Type, field.Kind);
                break;
            case WireShape.Map:
                to.Count(((IDictionary)value).Count);
                for (var pairs = ((IDictionary)value).GetEnumerator(); pairs.MoveNext();)
                {
                    Value(pairs.Key, type.ElementType, type.ElementKind);
                    Value(pairs.Value, type.ValueType, type.ValueKind);
                }
                break;
            default:
                var items = type.Items(value).Cast<object>().ToList();
                to.Count(items.Count);
                foreach (var item in items) Value(item, type.ElementType, type.ElementKind);
                break;
        }
    }

    private void Value(object value, Type declared, WireKind kind)
    {
        if (kind == WireKind.Tagged) Tagged(value, declared);
        else WireKinds.Write(to, kind, value);
    }

    private void Describe(WireType type)
    {
        policy.CheckWritten(type.Type);
        _types.Add(type.Type, _types.Count);
        to.Count(WireTag.NewType);
        to.Text(type.Name);
        to.Byte((byte)type.Shape);
        to.Byte(type.IsReference ? (byte)1 : (byte)0);
        if (type.Shape != WireShape.Fields)
        {
            to.Byte((byte)type.ElementKind);
            to.Byte((byte)type.ValueKind);
            return;
        }
        to.Count(type.Fields.Length);
        foreach (var field in type.Fields)
        {
            to.Text(field.Name);
            to.Byte((byte)field.Kind);
        }
    }
}
