using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Akka.Serialization.Wire;

/// <summary>What a type is made of, as it stands in the bytes.</summary>
internal enum WireShape : byte { Fields, Array, Sequence, Map, Enum }

internal sealed record WireField(string Name, Type Type, WireKind Kind,
    Func<object, object> Get, Action<object, object> Set);

/// <summary>How values of one .NET type are taken apart and put together.</summary>
internal sealed class WireType
{
    private const BindingFlags Own =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
    private static readonly ConcurrentDictionary<Type, WireType> Known = new();
    private static readonly Dictionary<Type, Type> Immutables = new()
    {
        [typeof(ImmutableArray<>)] = typeof(ImmutableArray),
        [typeof(ImmutableList<>)] = typeof(ImmutableList),
        [typeof(ImmutableHashSet<>)] = typeof(ImmutableHashSet),
        [typeof(ImmutableSortedSet<>)] = typeof(ImmutableSortedSet),
        [typeof(ImmutableQueue<>)] = typeof(ImmutableQueue),
        [typeof(ImmutableDictionary<,>)] = typeof(ImmutableDictionary),
        [typeof(ImmutableSortedDictionary<,>)] = typeof(ImmutableSortedDictionary),
    };

    private readonly MethodInfo _createRange; // of an immutable collection
    private readonly MethodInfo _add;         // of a collection that is no IList

    private WireType(Type type)
    {
        Type = type;
        Name = Serialization.TypeManifest(type);
        IsReference = !type.IsValueType;
        var definition = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        if (type.IsEnum)
        {
            (Shape, ElementType) = (WireShape.Enum, type);
        }
        else if (type.IsSZArray)
        {
            (Shape, ElementType) = (WireShape.Array, type.GetElementType());
        }
        else if (definition is not null && Immutables.TryGetValue(definition, out var factory))
        {
            var arguments = type.GetGenericArguments();
            Shape = arguments.Length == 2 ? WireShape.Map : WireShape.Sequence;
            (ElementType, ValueType) = (arguments[0], arguments[^1]);
            _createRange = factory.GetMethods().Single(m => m.Name == "CreateRange" && m.GetParameters() is [{ } only]
                && only.ParameterType.IsGenericType
                    && only.ParameterType.GetGenericTypeDefinition() == typeof(IEnumerable<>))
                .MakeGenericMethod(arguments);
        }
        else if (IsPlainCollection(type) && Implemented(type, typeof(IDictionary<,>)) is { } map && typeof(IDictionary)
            .IsAssignableFrom(type))
        {
            (Shape, ElementType, ValueType) = (WireShape.Map, map.GetGenericArguments()[0],
                map.GetGenericArguments()[1]);
        }
        else if (IsPlainCollection(type) && Implemented(type, typeof(ICollection<>)) is { } sequence)
        {
            (Shape, ElementType) = (WireShape.Sequence, sequence.GetGenericArguments()[0]);
            _add = sequence.GetMethod("Add");
        }
        else Fields = [.. FieldsOf(type)];
        if (ElementType is not null) ElementKind = WireKinds.Of(ElementType);
        if (ValueType is not null) ValueKind = WireKinds.Of(ValueType);
    }

    internal Type Type { get; }
    internal string Name { get; }
    internal WireShape Shape { get; }

    /// <summary>Whether the same object may stand in several places and is written once.</summary>
    internal bool IsReference { get; }

    internal WireField[] Fields { get; } = [];
    internal Type ElementType { get; }
    internal Type ValueType { get; }
    internal WireKind ElementKind { get; }
    internal WireKind ValueKind { get; }

    /// <summary>Made empty first, so that what is in it may refer to it.</summary>
    internal bool IsMutable => _createRange is null && Shape != WireShape.Enum;

    internal static WireType Of(Type type) => Known.GetOrAdd(type, static each => new WireType(each));

    /// <summary>The lists that a compiler makes of [..] have no name that lasts: they travel as arrays.</summary>
    internal static object Plain(object value) =>
        value.GetType().Name.StartsWith("<>z__ReadOnly", StringComparison.Ordinal)
        ? ToArray((IEnumerable)value, Implemented(value.GetType(), typeof(IEnumerable<>))
            .GetGenericArguments()[0]) : value;

    internal static Array ToArray(IEnumerable items, Type elementType)
    {
        var list = items.Cast<object>().ToList();
        var array = Array.CreateInstance(elementType, list.Count);
        for (var i = 0; i < list.Count; i++) array.SetValue(list[i], i);
        return array;
    }

    internal IEnumerable Items(object value) =>
        _createRange is not null && IsReference is false && (bool)Type.GetProperty("IsDefault").GetValue(value)
            ? Array.Empty<object>() : (IEnumerable)value;

    internal object NewEmpty() =>
        Shape == WireShape.Fields ? RuntimeHelpers.GetUninitializedObject(Type) : Activator.CreateInstance(Type);

    internal void Add(object to, object item)
    {
        if (to is IList list) list.Add(item);
        else _add.Invoke(to, [item]);
    }

    internal object FromItems(List<object> items) => _createRange.Invoke(null, [ToArray(items, ElementType)]);

    internal object FromPairs(List<KeyValuePair<object, object>> pairs)
    {
        var pair = typeof(KeyValuePair<,>).MakeGenericType(ElementType, ValueType);
        return _createRange.Invoke(null, [ToArray(pairs.Select(p => Activator.CreateInstance(pair, p.Key, p.Value)),
            pair)]);
    }

    private static bool IsPlainCollection(Type type) =>
        !type.IsAbstract && type.GetConstructor(Type.EmptyTypes) is not null
        && type.Namespace?.StartsWith("System.Collections", StringComparison.Ordinal) == true;

    private static Type Implemented(Type type, Type definition) =>
        type.GetInterfaces().FirstOrDefault(each => each.IsGenericType
            && each.GetGenericTypeDefinition() == definition);

    private static IEnumerable<WireField> FieldsOf(Type type)
    {
        for (var at = type; at is not null && at != typeof(object) && at != typeof(ValueType); at = at.BaseType)
        {
            foreach (var field in at.GetFields(Own).OrderBy(f => f.Name, StringComparer.Ordinal))
            {
                if (field.IsDefined(typeof(NonSerializedAttribute))
                    || (at == typeof(Exception)
                    && field.Name is not ("_message" or "_innerException" or "_remoteStackTraceString")))
                    continue;
                var isTrace = at == typeof(Exception) && field.Name == "_remoteStackTraceString";
                yield return new WireField(at == type ? field.Name : at.Name + "." + field.Name, field.FieldType,
                    WireKinds.Of(field.FieldType),
                    isTrace ? static thrown => ((Exception)thrown).StackTrace : field.GetValue, field.SetValue);
            }
        }
    }
}
