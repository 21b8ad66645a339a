namespace Akka.Actor;

/// <summary>Where an actor system can be reached: protocol, system name and, unless local, host and port.</summary>
public sealed class Address : IEquatable<Address>, IComparable<Address>, IComparable
{
    public static readonly Address AllSystems = new("akka", "all-systems");

    public Address(string protocol, string system, string host = null, int? port = null)
    {
        Protocol = protocol;
        System = system;
        Host = host?.ToLowerInvariant();
        Port = port;
    }

    public string Protocol { get; }
    public string System { get; }
    public string Host { get; }
    public int? Port { get; }
    public bool HasGlobalScope => Host is not null;

    public override string ToString() =>
        Host is null ? $"{Protocol}://{System}" : $"{Protocol}://{System}@{Host}:{Port}";

    public static Address Parse(string address) => TryParse(address, out Address parsed)
        ? parsed : throw new ArgumentException($"Not an address: \"{address}\".", nameof(address));

    public static bool TryParse(string address, out Address parsed) =>
        TryParse(address, out parsed, out var rest) && rest is "" or "/";

    /// <summary>Reads the address at the beginning of a path; the rest begins with its first slash.</summary>
    internal static bool TryParse(string text, out Address address, out string rest)
    {
        (address, rest) = (null, null);
        var scheme = text?.IndexOf("://", StringComparison.Ordinal) ?? -1;
        if (scheme <= 0 || !text.StartsWith("akka", StringComparison.OrdinalIgnoreCase)) return false;
        var protocol = text[..scheme].ToLowerInvariant();
        var body = text[(scheme + 3)..];
        var slash = body.IndexOf('/');
        (body, rest) = slash < 0 ? (body, "") : (body[..slash], body[slash..]);
        var at = body.IndexOf('@');
        if (at < 0)
        {
            if (body.Length == 0 || body.Contains(':')) return false;
            address = new Address(protocol, body);
            return true;
        }
        var colon = body.LastIndexOf(':');
        if (at == 0 || colon < at + 2 || !int.TryParse(body.AsSpan(colon + 1), out var port)) return false;
        address = new Address(protocol, body[..at], body[(at + 1)..colon], port);
        return true;
    }

    public bool Equals(Address other) =>
        other is not null && Port == other.Port && Host == other.Host && System == other.System
        && Protocol == other.Protocol;

    public override bool Equals(object obj) => Equals(obj as Address);

    public override int GetHashCode() => HashCode.Combine(Protocol, System, Host, Port);

    public int CompareTo(Address other)
    {
        if (other is null) return 1;
        var order = string.CompareOrdinal(Protocol, other.Protocol);
        if (order == 0) order = string.CompareOrdinal(System, other.System);
        if (order == 0) order = string.CompareOrdinal(Host ?? "", other.Host ?? "");
        return order != 0 ? order : (Port ?? 0).CompareTo(other.Port ?? 0);
    }

    int IComparable.CompareTo(object obj) => CompareTo(obj as Address);

    public static bool operator ==(Address left, Address right) => Equals(left, right);

    public static bool operator !=(Address left, Address right) => !Equals(left, right);
}
