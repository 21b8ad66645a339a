using System.Diagnostics.CodeAnalysis;

namespace Backup.Hocon;

/// <summary>A value that was read: scalar, list or object. Immutable; substitutions are already replaced.</summary>
internal abstract class HoconNode(HoconPlace place)
{
    /// <summary>Where it was written; of a substituted value the place of the substitution.</summary>
    public HoconPlace Place { get; } = place;

    /// <summary>Characters and nodes within, shared ones counted each time: what a small text can blow up to.</summary>
    public abstract long Weight { get; }

    /// <summary>1 for a scalar, one more than its deepest child for the others.</summary>
    public abstract int Depth { get; }

    /// <summary>What it is, for messages: "text", "a list", …</summary>
    public abstract string Kind { get; }

    /// <summary>The same value, standing elsewhere.</summary>
    public abstract HoconNode At(HoconPlace place);
}

/// <summary>Text, of which number, duration and so on are readings (<see cref="HoconValues"/>), or null.</summary>
internal sealed class HoconScalar(string? text, HoconPlace place) : HoconNode(place)
{
    /// <summary>The text exactly as quoted; null for <c>null</c> and for an optional substitution of nothing.</summary>
    public string? Text { get; } = text;

    /// <summary>As Akka.NET reads it: trimmed even within quotes, and null where that leaves the word null.</summary>
    public string? AkkaText => Text?.Trim() is { } trimmed && trimmed != "null" ? trimmed : null;

    public override long Weight => 1 + (Text?.Length ?? 0);
    public override int Depth => 1;
    public override string Kind => Text is null ? "null" : "text";
    public override HoconNode At(HoconPlace place) => new HoconScalar(Text, place);
    public override string ToString() => Text ?? "null";
}

/// <summary>A list: <c>[a, b]</c>.</summary>
internal sealed class HoconArray(IReadOnlyList<HoconNode> items, HoconPlace place) : HoconNode(place)
{
    public IReadOnlyList<HoconNode> Items { get; } = items;
    public override long Weight { get; } = 1 + items.Sum(item => item.Weight);
    public override int Depth { get; } = 1 + items.Select(item => item.Depth).DefaultIfEmpty().Max();
    public override string Kind => "a list";
    public override HoconNode At(HoconPlace place) => new HoconArray(Items, place);
}

/// <summary>A key of an object with its value.</summary>
/// <param name="KeyPlace">Where the key was first written.</param>
/// <param name="Overwritten">Places of values that a later one replaced: the last wins.</param>
internal sealed record HoconMember(
    string Key, HoconPlace KeyPlace, HoconNode Value, IReadOnlyList<HoconPlace> Overwritten)
{
    public HoconMember(string key, HoconNode value) : this(key, HoconPlace.None, value, []) { }
}

/// <summary>An object: keys in the order of their first appearance.</summary>
internal sealed class HoconObject : HoconNode
{
    private readonly Dictionary<string, HoconMember> _byKey;

    public HoconObject(IReadOnlyList<HoconMember> members, HoconPlace place) : base(place)
    {
        Members = members;
        _byKey = members.ToDictionary(member => member.Key, StringComparer.Ordinal);
        Weight = 1 + members.Sum(member => member.Key.Length + member.Value.Weight);
        Depth = 1 + members.Select(member => member.Value.Depth).DefaultIfEmpty().Max();
    }

    public static readonly HoconObject Empty = new([], HoconPlace.None);

    public IReadOnlyList<HoconMember> Members { get; }
    public override long Weight { get; }
    public override int Depth { get; }
    public override string Kind => "an object";
    public override HoconNode At(HoconPlace place) => new HoconObject(Members, place);

    public bool TryGet(string key, [NotNullWhen(true)] out HoconMember? member) => _byKey.TryGetValue(key, out member);

    /// <summary>The value at a dotted path, in which quoted elements may hold dots; null where there is none.</summary>
    public HoconNode? Find(string path) => Find(HoconPath.Split(path));

    public HoconNode? Find(IReadOnlyList<string> path)
    {
        HoconNode node = this;
        foreach (var key in path)
        {
            if (node is not HoconObject at || !at.TryGet(key, out var member)) return null;
            node = member.Value;
        }
        return node;
    }

    /// <summary>This object over <paramref name="fallback"/>, key by key where both have an object.</summary>
    public HoconObject WithFallback(HoconObject fallback)
    {
        var members = Members.Select(mine => fallback.TryGet(mine.Key, out var theirs) ? Merge(mine, theirs) : mine);
        var added = fallback.Members.Where(theirs => !_byKey.ContainsKey(theirs.Key));
        return new HoconObject([.. members, .. added], Place);
    }

    private static HoconMember Merge(HoconMember mine, HoconMember theirs) =>
        mine.Value is HoconObject upper && theirs.Value is HoconObject lower
            ? mine with { Value = upper.WithFallback(lower) }
            : mine;

    public override string ToString() => HoconWriter.Write(this);
}
