using System.Collections;
using System.Globalization;
using System.Reflection;

namespace Backup.Messages.Serialization;

/// <summary>What a place in a message may hold.</summary>
internal abstract class WireType
{
    /// <summary>
    /// Checks a value and gives it in the form in which it travels; throws what the path makes of a problem.
    /// </summary>
    /// <returns>The value itself where nothing in it has another form.</returns>
    public abstract object Take(object value, WirePath path);
}

/// <summary>A place of a type that may be empty, or not.</summary>
internal sealed record WireSlot(WireType Type, bool Optional)
{
    public object? Take(object? value, WirePath path)
    {
        if (value is not null) return Type.Take(value, path);
        return Optional ? null : throw path.Refuse("is missing.");
    }
}

/// <summary>
/// Text, a number, a moment, bytes. No count, size or duration is negative, and no number is infinite.
/// </summary>
internal sealed class WireLeaf(Type type) : WireType
{
    public override object Take(object value, WirePath path)
    {
        if (value.GetType() != type) throw path.Refuse($"is a {value.GetType()}, expected a {type}.");
        var good = value switch
        {
            Enum => Enum.IsDefined(type, value),
            double number => double.IsFinite(number), // seconds of a clock that was set back are below zero
            int number => number >= 0,
            long number => number >= 0,
            TimeSpan time => time >= TimeSpan.Zero,
            _ => true,
        };
        return good ? value : throw path.Refuse(string.Create(CultureInfo.InvariantCulture,
            $"is {value}, which is no {(value is Enum ? type.Name : "count, size or duration")}."));
    }
}

/// <summary>A list: whatever implements it here, an array travels.</summary>
internal sealed class WireList(Type element) : WireType
{
    public Type Array { get; } = element.MakeArrayType();

    public WireSlot Element { get; set; } = null!;

    public override object Take(object value, WirePath path)
    {
        var given = value.GetType() == Array ? (Array)value : Copy((IEnumerable)value);
        var taken = given;
        for (var at = 0; at < given.Length; at++)
        {
            var item = given.GetValue(at);
            path.Enter(at);
            var form = Element.Take(item, path);
            path.Leave();
            if (ReferenceEquals(form, item)) continue;
            if (ReferenceEquals(taken, value)) taken = (Array)given.Clone();
            taken.SetValue(form, at);
        }
        return taken;
    }

    private Array Copy(IEnumerable items)
    {
        var list = items.Cast<object?>().ToList();
        var copy = System.Array.CreateInstance(element, list.Count);
        for (var at = 0; at < list.Count; at++) copy.SetValue(list[at], at);
        return copy;
    }
}

/// <summary>
/// A dictionary by text: whatever implements it here, a <see cref="Dictionary{TKey,TValue}"/> travels.
/// </summary>
internal sealed class WireMap(Type value) : WireType
{
    public Type Map { get; } = typeof(Dictionary<,>).MakeGenericType(typeof(string), value);

    public Type Pair { get; } = typeof(KeyValuePair<,>).MakeGenericType(typeof(string), value);

    public WireSlot Value { get; set; } = null!;

    public override object Take(object value, WirePath path)
    {
        var copy = (IDictionary)Activator.CreateInstance(Map)!;
        var (key, held) = (Pair.GetProperty("Key")!, Pair.GetProperty("Value")!);
        foreach (var pair in (IEnumerable)value)
        {
            var name = (string)key.GetValue(pair)!;
            path.Enter(name);
            copy.Add(name, Value.Take(held.GetValue(pair), path));
            path.Leave();
        }
        return copy;
    }
}

/// <summary>A record of the protocol, by its fields.</summary>
internal sealed class WireRecord(Type type) : WireType
{
    private static readonly Func<object, object> Clone = typeof(object)
        .GetMethod(nameof(MemberwiseClone), BindingFlags.Instance | BindingFlags.NonPublic)!
        .CreateDelegate<Func<object, object>>();

    public IReadOnlyList<(FieldInfo Field, string Name, WireSlot Slot)> Members { get; set; } = [];

    public override object Take(object value, WirePath path)
    {
        if (value.GetType() != type) throw path.Refuse($"is a {value.GetType()}, expected a {type}.");
        object? copy = null;
        foreach (var (field, name, slot) in Members)
        {
            var held = field.GetValue(value);
            path.Enter(name);
            var taken = slot.Take(held, path);
            path.Leave();
            if (ReferenceEquals(held, taken)) continue;
            copy ??= Clone(value);
            field.SetValue(copy, taken);
        }
        return copy ?? value;
    }
}

/// <summary>One of a closed family of records.</summary>
internal sealed class WireFamily(Type family) : WireType
{
    public IReadOnlyDictionary<Type, WireRecord> Records { get; set; } = new Dictionary<Type, WireRecord>();

    public override object Take(object value, WirePath path) => Records.TryGetValue(value.GetType(), out var record)
        ? record.Take(value, path)
        : throw path.Refuse($"is a {value.GetType()}, which is no {family.Name} of the protocol.");
}
