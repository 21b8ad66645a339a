using System.Text.Json.Serialization;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;

namespace Backup.Messages;

/// <summary>The number of a job: counts from 1 in one catalog, never used again.</summary>
/// <param name="Value">1 or more.</param>
public readonly record struct JobId(long Value)
{
    /// <summary>Reads a decimal job number.</summary>
    /// <param name="text">Decimal digits.</param>
    /// <exception cref="FormatException">The text is not a number of 1 or more.</exception>
    public static JobId Parse(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0
            ? new JobId(value)
            : throw new FormatException($"Expected a job number of 1 or more, found \"{text}\".");

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>
/// The identity of an image: 128 random bits, the same on the medium, in the catalog and in the journal.
/// </summary>
/// <param name="Value">The bits; zero means none.</param>
public readonly record struct ImageId(UInt128 Value)
{
    /// <summary>A new random identity.</summary>
    public static ImageId New() => new(new UInt128(RandomBits(), RandomBits()));

    /// <summary>The identity of an image that takes the place of this one, the same whenever it is asked for.</summary>
    /// <param name="turn">Which of those it is.</param>
    public ImageId Successor(int turn)
    {
        Span<byte> hashed = stackalloc byte[20];
        BinaryPrimitives.WriteUInt128BigEndian(hashed, Value);
        BinaryPrimitives.WriteInt32BigEndian(hashed[16..], turn);
        return new ImageId(BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(hashed)));
    }

    /// <summary>Reads 32 hexadecimal digits.</summary>
    /// <param name="text">32 digits, either case.</param>
    /// <param name="image">The identity, when true.</param>
    public static bool TryParse([NotNullWhen(true)] string? text, out ImageId image)
    {
        var good = UInt128.TryParse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var value)
            && text!.Length == 32;
        image = new ImageId(good ? value : 0);
        return good;
    }

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("x32", CultureInfo.InvariantCulture);

    private static ulong RandomBits()
    {
        Span<byte> bits = stackalloc byte[8];
        RandomNumberGenerator.Fill(bits);
        return BitConverter.ToUInt64(bits);
    }
}

/// <summary>
/// The number of an attempt to write, raised by one conditional update in the catalog; older ones are refused.
/// </summary>
/// <param name="Value">1 or more; 0 means that none was taken.</param>
public readonly record struct Epoch(long Value) : IComparable<Epoch>
{
    /// <inheritdoc/>
    public int CompareTo(Epoch other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>The name of a policy.</summary>
/// <param name="Value">Letters, digits, dot, dash, underscore; 1 to 64 characters.</param>
public readonly record struct PolicyName(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>The name of a client.</summary>
/// <param name="Value">As <see cref="PolicyName"/>.</param>
public readonly record struct ClientName(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>The name of a file set.</summary>
/// <param name="Value">As <see cref="PolicyName"/>.</param>
public readonly record struct FileSetName(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>The name of a pool of volumes.</summary>
/// <param name="Value">As <see cref="PolicyName"/>.</param>
public readonly record struct PoolName(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>The name on a volume's label, unique in a system.</summary>
/// <param name="Value">As <see cref="PolicyName"/>.</param>
public readonly record struct VolumeName(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>The name of a library.</summary>
/// <param name="Value">As <see cref="PolicyName"/>.</param>
public readonly record struct LibraryName(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>A drive of a library.</summary>
/// <param name="Library">The library.</param>
/// <param name="Number">Counts from 0; those of the library's spool from <see cref="SpoolFrom"/>.</param>
public readonly record struct DriveId(LibraryName Library, int Number)
{
    /// <summary>The first drive of a library's spool.</summary>
    public const int SpoolFrom = 1000;

    /// <summary>Whether it writes to the library's spool.</summary>
    [JsonIgnore]
    public bool IsOfSpool => Number >= SpoolFrom;

    /// <inheritdoc/>
    public override string ToString() => $"{Library}/{Number}";
}

/// <summary>The name of a node, unique in a system.</summary>
/// <param name="Value">As <see cref="PolicyName"/>.</param>
public readonly record struct NodeName(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}
