using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Serialization;

namespace Backup.Messages.Serialization;

/// <summary>
/// The closed set of types that travel: the messages and what they contain, found once by walking their fields. A type
/// that cannot travel is a mistake of the program, and the set cannot be made.
/// </summary>
internal sealed class WireTypes
{
    private const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic
        | BindingFlags.DeclaredOnly;

    private static readonly HashSet<Type> Leaves =
    [
        typeof(bool), typeof(int), typeof(long), typeof(double), typeof(string), typeof(Guid), typeof(UInt128),
        typeof(DateTimeOffset), typeof(TimeSpan), typeof(byte[]),
    ];

    private readonly NullabilityInfoContext _nullability = new();
    private readonly Dictionary<Type, WireType> _known = [];
    private readonly HashSet<Type> _written = [];
    private readonly List<Type> _ours;
    private readonly WireFamily _messages;

    /// <summary>The set of some messages.</summary>
    /// <param name="messages">Concrete types; what they contain may be of their assembly or of this one.</param>
    /// <exception cref="NotSupportedException">
    /// One contains what cannot travel; the sentence names the place.
    /// </exception>
    public WireTypes(IReadOnlyCollection<Type> messages)
    {
        _ours = [.. messages.Select(type => type.Assembly).Append(typeof(WireTypes).Assembly).Distinct()
            .SelectMany(assembly => assembly.GetTypes())
            .Where(type => type is { IsAbstract: false, IsInterface: false, ContainsGenericParameters: false })];
        _messages = new WireFamily(typeof(IWireMessage))
        {
            Records = messages.ToDictionary(type => type, type => (WireRecord)Of(type, null, type.Name)),
        };
    }

    /// <summary>The protocol's.</summary>
    public static WireTypes Protocol { get; } = new([.. typeof(IWireMessage).Assembly.GetTypes()
        .Where(type => type is { IsAbstract: false, IsInterface: false }
            && type.IsAssignableTo(typeof(IWireMessage)))]);

    /// <summary>The messages.</summary>
    public IEnumerable<Type> Messages => _messages.Records.Keys;

    /// <summary>All types whose names may stand in the bytes.</summary>
    public IReadOnlySet<Type> Written => _written;

    /// <summary>Checks a message and gives it in the form in which it travels.</summary>
    /// <exception cref="SerializationException">It is none, or something in it is not as it must be.</exception>
    public object Take(object? message) => message is null
        ? throw new SerializationException("Expected a message, found nothing.")
        : _messages.Records.TryGetValue(message.GetType(), out var record)
            ? record.Take(message, new WirePath(message.GetType()))
            : throw new SerializationException($"{message.GetType()} is no message of the protocol.");

    private WireSlot Slot(Type type, NullabilityInfo? nullability, string place)
    {
        if (Nullable.GetUnderlyingType(type) is { } value)
        {
            _written.Add(type);
            return new WireSlot(Of(value, null, place), Optional: true);
        }
        return new WireSlot(Of(type, nullability, place), nullability?.ReadState == NullabilityState.Nullable);
    }

    private WireType Of(Type type, NullabilityInfo? nullability, string place)
    {
        var definition = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        if (definition == typeof(IReadOnlyList<>)) return ListOf(type.GenericTypeArguments[0], nullability, place);
        if (definition == typeof(IReadOnlyDictionary<,>) && type.GenericTypeArguments[0] == typeof(string))
            return MapOf(type.GenericTypeArguments[1], nullability, place);
        if (_known.TryGetValue(type, out var known)) return known;
        if (Leaves.Contains(type) || (type.IsEnum && _ours.Contains(type)))
        {
            _written.Add(type);
            return _known[type] = new WireLeaf(type);
        }
        if (_ours.Contains(type) || IsTuple(type)) return RecordOf(type, place);
        if (type.IsAbstract && _ours.Any(each => each.IsAssignableTo(type) && each.Assembly == type.Assembly))
            return FamilyOf(type, place);
        throw new NotSupportedException(
            $"{place} is a {type}, which cannot travel. A message holds numbers, text, bytes, moments, enumerations, "
                + "records of its own assembly, and IReadOnlyList and IReadOnlyDictionary (by text) of these.");
    }

    // A list or map depends on what may be null in it, so it is made for its place.
    private WireList ListOf(Type element, NullabilityInfo? nullability, string place)
    {
        var list = new WireList(element);
        _written.Add(list.Array);
        list.Element = Slot(element, nullability?.GenericTypeArguments[0], place + "[]");
        return list;
    }

    private WireMap MapOf(Type value, NullabilityInfo? nullability, string place)
    {
        var map = new WireMap(value);
        _written.UnionWith([map.Map, map.Pair, typeof(string)]);
        map.Value = Slot(value, nullability?.GenericTypeArguments[1], place + "[]");
        return map;
    }

    private WireRecord RecordOf(Type type, string place)
    {
        if (type is { IsClass: true, IsSealed: false })
            throw new NotSupportedException($"{place} is a {type}, which is neither sealed nor abstract.");
        if (type.IsAssignableTo(typeof(Exception)) || type.IsAssignableTo(typeof(Delegate)))
            throw new NotSupportedException($"{place} is a {type}, which cannot travel: what failed is a value here.");
        var record = new WireRecord(type);
        _known.Add(type, record);
        _written.Add(type);
        var members = new List<(FieldInfo, string, WireSlot)>();
        for (var at = type; at is not null && at != typeof(object) && at != typeof(ValueType); at = at.BaseType)
            foreach (var field in at.GetFields(Own))
            {
                var name = field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>')] : field.Name;
                var nullability = at.GetProperty(name, Own) is { } property
                    ? _nullability.Create(property) : _nullability.Create(field);
                members.Add((field, name, Slot(field.FieldType, nullability, $"{type.Name}.{name}")));
            }
        record.Members = members;
        return record;
    }

    private WireFamily FamilyOf(Type type, string place)
    {
        var family = new WireFamily(type);
        _known.Add(type, family);
        family.Records = _ours.Where(each => each.IsAssignableTo(type))
            .ToDictionary(each => each, each => (WireRecord)Of(each, null, $"{place} ({each.Name})"));
        return family;
    }

    private static bool IsTuple(Type type) =>
        type is { IsGenericType: true, IsValueType: true } && type.IsAssignableTo(typeof(ITuple));
}
