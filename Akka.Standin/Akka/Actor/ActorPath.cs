namespace Akka.Actor;

/// <summary>The names from the root of a system down to an actor. Equality leaves the uid aside.</summary>
public abstract class ActorPath : IEquatable<ActorPath>, IComparable<ActorPath>
{
    private const string Symbols = "\"-_.*$+:@&=,!~';()";
    private readonly ActorPath _parent;
    private readonly int _hash;
    private IReadOnlyList<string> _elements;

    private protected ActorPath(Address address, ActorPath parent, string name, long uid)
    {
        Address = address;
        _parent = parent;
        Name = name;
        Uid = uid;
        Depth = parent is null ? 0 : parent.Depth + 1;
        _hash = HashCode.Combine(parent?._hash ?? address.GetHashCode(), name);
    }

    public Address Address { get; }
    public string Name { get; }
    public long Uid { get; }
    public int Depth { get; }
    public ActorPath Parent => _parent ?? this;

    public IReadOnlyList<string> Elements
    {
        get
        {
            if (_elements is not null) return _elements;
            var names = new string[Depth];
            for (var path = this; path._parent is not null; path = path._parent) names[path.Depth - 1] = path.Name;
            return _elements = names;
        }
    }

    public static ActorPath operator /(ActorPath path, string name)
    {
        var hash = name.IndexOf('#');
        return hash < 0
            ? new ChildActorPath(path, name, 0)
            : new ChildActorPath(path, name[..hash], long.Parse(name.AsSpan(hash + 1)));
    }

    public static ActorPath operator /(ActorPath path, IEnumerable<string> names) =>
        names.Where(name => name.Length > 0).Aggregate(path, (p, name) => p / name);

    public static ActorPath Parse(string path) => TryParse(path, out var parsed)
        ? parsed : throw new UriFormatException($"Can not parse an ActorPath: {path}");

    public static bool TryParse(string path, out ActorPath actorPath)
    {
        actorPath = null;
        if (!Address.TryParse(path, out Address address, out var rest)) return false;
        actorPath = new RootActorPath(address) / rest.Split('/');
        return true;
    }

    public static bool IsValidPathElement(string s)
    {
        if (string.IsNullOrEmpty(s) || s[0] == '$') return false;
        for (var i = 0; i < s.Length; i++)
        {
            if (char.IsAsciiLetterOrDigit(s[i]) || Symbols.Contains(s[i])) continue;
            if (s[i] != '%' || i + 2 >= s.Length || !char.IsAsciiHexDigit(s[i + 1]) || !char.IsAsciiHexDigit(s[i + 2]))
                return false;
            i += 2;
        }
        return true;
    }

    public ActorPath WithUid(long uid) => _parent is null || uid == Uid ? this : new ChildActorPath(_parent, Name, uid);

    public string ToStringWithoutAddress() => "/" + string.Join('/', Elements);

    public string ToStringWithAddress() => ToStringWithAddress(Address);

    public string ToStringWithAddress(Address address) =>
        (Address.HasGlobalScope ? Address : address) + ToStringWithoutAddress();

    public string ToStringWithUid() => ToString() + (Uid == 0 ? "" : "#" + Uid);

    public string ToSerializationFormat() => ToStringWithUid();

    public string ToSerializationFormatWithAddress(Address address) =>
        ToStringWithAddress(address) + (Uid == 0 ? "" : "#" + Uid);

    public override string ToString() => Address + ToStringWithoutAddress();

    public bool Equals(ActorPath other)
    {
        ActorPath a = this, b = other;
        if (b is null || a._hash != b._hash || a.Depth != b.Depth) return false;
        for (; !ReferenceEquals(a, b); a = a._parent, b = b._parent)
        {
            if (a.Name != b.Name) return false;
            if (a._parent is null) return a.Address.Equals(b.Address);
        }
        return true;
    }

    public override bool Equals(object obj) => Equals(obj as ActorPath);

    public override int GetHashCode() => _hash;

    public int CompareTo(ActorPath other) => string.CompareOrdinal(ToString(), other?.ToString());
}

public sealed class RootActorPath(Address address, string name = "") : ActorPath(address, null, name, 0);

public sealed class ChildActorPath(ActorPath parentPath, string name, long uid)
    : ActorPath(parentPath.Address, parentPath, name, uid);
