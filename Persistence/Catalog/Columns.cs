using System.Buffers.Binary;
using System.Text;
using Backup.Messages;
using Backup.Messages.Volumes;

namespace Backup.Persistence.Catalog;

/// <summary>How values stand in columns, and back.</summary>
internal static class Columns
{
    public static byte[] Of(ImageId image)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, image.Value);
        return bytes;
    }

    public static byte[]? Of(ImageId? image) => image is { } some ? Of(some) : null;

    public static byte[] Of(VolumeUuid uuid) => uuid.Value.ToByteArray(bigEndian: true);

    public static long Of(DateTimeOffset time) => time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks;

    public static long? Of(DateTimeOffset? time) => time is { } some ? Of(some) : null;

    /// <summary>
    /// Text without NUL, which PostgreSQL refuses and others cut at, and without halves of surrogate pairs, which have
    /// no UTF-8.
    /// </summary>
    public static string Of(string text)
    {
        var whole = text.Replace('\0', '\uFFFD');
        return whole.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0
            ? whole
            : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(whole));
    }

    public static string? OfOptional(string? text) => text is null ? null : Of(text);

    public static ImageId Image(byte[] column) => new(BinaryPrimitives.ReadUInt128BigEndian(Sized(column, 16)));

    public static ImageId? OptionalImage(byte[]? column) => column is null ? null : Image(column);

    public static Sha256Digest Digest(byte[] column) => new(Sized(column, Sha256Digest.Size));

    public static Sha256Digest? OptionalDigest(byte[]? column) => column is null ? null : Digest(column);

    public static VolumeUuid Uuid(byte[] column) => new(new Guid(Sized(column, 16), bigEndian: true));

    public static DateTimeOffset Time(long column) =>
        column >= -DateTimeOffset.UnixEpoch.Ticks
        && column <= DateTimeOffset.MaxValue.Ticks - DateTimeOffset.UnixEpoch.Ticks
            ? new DateTimeOffset(column + DateTimeOffset.UnixEpoch.Ticks, TimeSpan.Zero)
            : throw new DamagedRowException($"a time of {column} is out of range");

    public static DateTimeOffset? OptionalTime(long? column) => column is { } some ? Time(some) : null;

    private static byte[] Sized(byte[] column, int size) => column.Length == size
        ? column
        : throw new DamagedRowException($"an id or digest has {column.Length} bytes instead of {size}");
}

/// <summary>
/// A row holds what the program never writes: the database is damaged. Becomes <see cref="CatalogFailure.Corrupt"/>.
/// </summary>
internal sealed class DamagedRowException(string message) : Exception(message);
