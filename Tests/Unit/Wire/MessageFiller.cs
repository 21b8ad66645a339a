using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Reflection;
using Backup.Messages;

namespace Backup.Tests.Unit.Wire;

/// <summary>
/// Messages filled by chance, through their constructors as the program makes them; lists and dictionaries of every
/// kind that the program might hand over.
/// </summary>
internal sealed class MessageFiller(int seed)
{
    private const int DepthMax = 8;
    private readonly Random _random = new(seed);
    private readonly NullabilityInfoContext _nullability = new();
    private int _depth;

    public static IReadOnlyList<Type> Messages { get; } = [.. typeof(IWireMessage).Assembly.GetTypes()
        .Where(type => type is { IsInterface: false, IsAbstract: false } && type.IsAssignableTo(typeof(IWireMessage)))
        .OrderBy(type => type.FullName, StringComparer.Ordinal)];

    public object Make(Type type)
    {
        _depth++;
        var constructor = type.GetConstructors().MaxBy(each => each.GetParameters().Length);
        var made = constructor is null ? Activator.CreateInstance(type)! : constructor.Invoke(
            [.. constructor.GetParameters().Select(parameter => Value(parameter.ParameterType,
                _nullability.Create(parameter)))]);
        _depth--;
        return made;
    }

    private object? Value(Type type, NullabilityInfo? nullability)
    {
        if (Nullable.GetUnderlyingType(type) is { } value) return _random.Next(3) == 0 ? null : Value(value, null);
        if (nullability?.ReadState == NullabilityState.Nullable && _random.Next(3) == 0) return null;
        if (type == typeof(string)) return Text();
        if (type == typeof(byte[])) return Bytes(_random.Next(40));
        if (type == typeof(bool)) return _random.Next(2) == 0;
        if (type == typeof(int)) return _random.Next();
        if (type == typeof(long)) return _random.NextInt64();
        if (type == typeof(double)) return _random.NextDouble() * 1e9;
        if (type == typeof(UInt128)) return new UInt128((ulong)_random.NextInt64(), (ulong)_random.NextInt64());
        if (type == typeof(Guid)) return new Guid(Bytes(16));
        if (type == typeof(TimeSpan)) return new TimeSpan(_random.NextInt64(TimeSpan.MaxValue.Ticks));
        if (type == typeof(DateTimeOffset))
            return new DateTimeOffset(_random.NextInt64(TimeSpan.TicksPerDay * 1000, TimeSpan.TicksPerDay * 900_000),
                TimeSpan.FromMinutes(_random.Next(-14 * 60, 14 * 60)));
        if (type.IsEnum) return Enum.GetValues(type).GetValue(_random.Next(Enum.GetValues(type).Length));
        if (type == typeof(Sha256Digest)) return new Sha256Digest(Bytes(Sha256Digest.Size));
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
            return Call(nameof(List), type.GenericTypeArguments[0], nullability?.GenericTypeArguments[0]);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>))
            return Call(nameof(Map), type.GenericTypeArguments[1], nullability?.GenericTypeArguments[1]);
        if (!type.IsAbstract) return Make(type);
        var family = type.Assembly.GetTypes().Where(each => !each.IsAbstract && each.IsAssignableTo(type)).ToArray();
        if (_depth > DepthMax) family = [.. family.Where(each => each.GetConstructors().All(one =>
            one.GetParameters().All(parameter => !parameter.ParameterType.IsAbstract)))];
        return Make(family[_random.Next(family.Length)]);
    }

    private object Call(string kind, Type element, NullabilityInfo? nullability) =>
        GetType().GetMethod(kind, BindingFlags.Instance | BindingFlags.NonPublic)!.MakeGenericMethod(element)
            .Invoke(this, [nullability])!;

    private IReadOnlyList<T> List<T>(NullabilityInfo? nullability)
    {
        // What holds its own kind ends somewhere
        var items = Enumerable.Range(0, _depth > DepthMax ? 0 : _random.Next(4)).Select(_ => (T)Value(typeof(T), nullability)!).ToArray();
        return _random.Next(4) switch
        {
            0 => items,
            1 => items.ToImmutableArray(),
            2 => [.. items.AsEnumerable()], // a type that the compiler makes, in this assembly
            _ => new List<T>(items),
        };
    }

    private IReadOnlyDictionary<string, T> Map<T>(NullabilityInfo? nullability)
    {
        var pairs = Enumerable.Range(0, _random.Next(4))
            .ToDictionary(at => $"{Text()}{at}", _ => (T)Value(typeof(T), nullability)!);
        return _random.Next(3) switch
        {
            0 => pairs,
            1 => pairs.ToImmutableDictionary(),
            _ => pairs.ToFrozenDictionary(),
        };
    }

    private string Text() =>
        new([.. Enumerable.Range(0, _random.Next(12)).Select(_ => "aZ0/\\é\n ☃"[_random.Next(9)])]);

    private byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        _random.NextBytes(bytes);
        return bytes;
    }
}
