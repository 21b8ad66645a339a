using System.Text;

namespace Backup.Media.Files;

/// <summary>
/// A path as the file system knows it: bytes, `/` between components, relative to the root of the file system, without
/// a leading or trailing `/`. Empty is the root itself. Any byte but NUL and `/` may be in a component; nothing is
/// decoded.
/// </summary>
public readonly struct FilePath : IEquatable<FilePath>, IComparable<FilePath>
{
    private readonly byte[]? _bytes;

    /// <summary>Takes the bytes over; they must not be changed afterwards.</summary>
    /// <param name="bytes">As the type says.</param>
    public FilePath(byte[] bytes) => _bytes = bytes;

    /// <summary>The root of the file system.</summary>
    public static FilePath Root => default;

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The bytes as they are held; not to be changed.</summary>
    public byte[] ToArray() => _bytes ?? [];

    /// <summary>True for the file system's root.</summary>
    public bool IsRoot => _bytes is null || _bytes.Length == 0;

    /// <summary>The path of an item in this directory.</summary>
    /// <param name="name">One component.</param>
    public FilePath Append(ReadOnlySpan<byte> name)
    {
        if (IsRoot) return new FilePath(name.ToArray());
        var bytes = new byte[_bytes!.Length + 1 + name.Length];
        _bytes.CopyTo(bytes, 0);
        bytes[_bytes.Length] = (byte)'/';
        name.CopyTo(bytes.AsSpan(_bytes.Length + 1));
        return new FilePath(bytes);
    }

    /// <summary>The last component; empty for the root.</summary>
    public ReadOnlySpan<byte> Name => Bytes[(Bytes.LastIndexOf((byte)'/') + 1)..];

    /// <summary>The directory that holds this item; the root's parent is the root.</summary>
    public FilePath Parent
    {
        get
        {
            var cut = Bytes.LastIndexOf((byte)'/');
            return cut < 0 ? Root : new FilePath(Bytes[..cut].ToArray());
        }
    }

    /// <summary>True when this is the other path or lies below it.</summary>
    /// <param name="ancestor">A directory.</param>
    public bool IsWithin(FilePath ancestor) => ancestor.Holds(Bytes);

    /// <summary>True when another path is this one or lies below it.</summary>
    /// <param name="path">Its bytes.</param>
    public bool Holds(ReadOnlySpan<byte> path) =>
        IsRoot || (path.StartsWith(Bytes) && (path.Length == _bytes!.Length || path[_bytes.Length] == (byte)'/'));

    /// <summary>
    /// Walk order: byte order of the components, a directory before what it holds. Equal to memcmp of the paths with
    /// `/` as 0x00.
    /// </summary>
    /// <param name="other">The other path.</param>
    public int CompareTo(FilePath other) => Compare(Bytes, other.Bytes);

    /// <summary>Walk order of the bytes of two paths.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static int Compare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var common = left.CommonPrefixLength(right);
        if (common == left.Length || common == right.Length) return left.Length.CompareTo(right.Length);
        return Rank(left[common]) - Rank(right[common]);
    }

    private static int Rank(byte value) => value == (byte)'/' ? 0 : value;

    /// <summary>The path as the catalog keeps it: `/` is 0x00, so that memcmp is the walk order.</summary>
    public byte[] ToCatalog()
    {
        var bytes = Bytes.ToArray();
        bytes.AsSpan().Replace((byte)'/', (byte)0);
        return bytes;
    }

    /// <summary>Reads the catalog's form.</summary>
    /// <param name="bytes">Components with 0x00 between them.</param>
    public static FilePath FromCatalog(ReadOnlySpan<byte> bytes)
    {
        var copy = bytes.ToArray();
        copy.AsSpan().Replace((byte)0, (byte)'/');
        return new FilePath(copy);
    }

    /// <summary>A path written as text in UTF-8, with or without leading and trailing `/`.</summary>
    /// <param name="text">As `/etc/hosts`.</param>
    public static FilePath FromText(string text) => new(Encoding.UTF8.GetBytes(text.Trim('/')));

    /// <summary>
    /// For people: UTF-8 where it is UTF-8; control characters, bytes that are no UTF-8 and backslashes as `\xNN` and
    /// `\\`, so that no name can forge a log line or drive a terminal.
    /// </summary>
    public override string ToString() => PathText.Escape(Bytes);

    /// <inheritdoc/>
    public bool Equals(FilePath other) => Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is FilePath other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }

    /// <summary>Equality of all bytes.</summary>
    public static bool operator ==(FilePath left, FilePath right) => left.Equals(right);

    /// <summary>Inequality of any byte.</summary>
    public static bool operator !=(FilePath left, FilePath right) => !left.Equals(right);
}
