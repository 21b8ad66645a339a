using System.Collections;
using System.Reflection;

namespace Backup.Tests.Unit.Wire;

/// <summary>Compares messages member by member; lists and dictionaries by what is in them, whatever holds it.</summary>
internal static class MessageEquality
{
    private const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic
        | BindingFlags.DeclaredOnly;

    /// <summary>Where they differ first; null when they do not.</summary>
    public static string? Difference(object? one, object? other, string at = "")
    {
        if (one is null || other is null)
            return one is null && other is null ? null : $"{at}: {one ?? "null"} and {other ?? "null"}";
        if (one is not string && one is IEnumerable some && other is IEnumerable others)
            return Difference(Sorted(some), Sorted(others), at);
        if (one.GetType() != other.GetType()) return $"{at}: {one.GetType()} and {other.GetType()}";
        if (one is DateTimeOffset moment)
            return moment.EqualsExact((DateTimeOffset)other) ? null : $"{at}: {one} and {other}";
        if (one is string || one.GetType().IsPrimitive || one is Enum or UInt128 or Guid or TimeSpan)
            return one.Equals(other) ? null : $"{at}: {one} and {other}";
        for (var type = one.GetType(); type is not null; type = type.BaseType)
            foreach (var field in type.GetFields(Own))
                if (Difference(field.GetValue(one), field.GetValue(other), $"{at}.{field.Name}") is { } difference)
                    return difference;
        return null;
    }

    private static List<object?> Sorted(IEnumerable items)
    {
        var list = items.Cast<object?>().ToList();
        var key = list.FirstOrDefault()?.GetType() is { IsGenericType: true } type
            && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>) ? type.GetProperty("Key") : null;
        return key is null ? list : [.. list.OrderBy(item => (string)key.GetValue(item)!, StringComparer.Ordinal)];
    }

    private static string? Difference(List<object?> some, List<object?> others, string at)
    {
        if (some.Count != others.Count) return $"{at}: {some.Count} items and {others.Count}";
        return some.Zip(others).Select((pair, index) => Difference(pair.First, pair.Second, $"{at}[{index}]"))
            .FirstOrDefault(difference => difference is not null);
    }
}
