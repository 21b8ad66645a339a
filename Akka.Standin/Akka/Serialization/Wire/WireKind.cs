using System.Runtime.InteropServices;
using System.Runtime.Serialization;

namespace Akka.Serialization.Wire;

/// <summary>How a value stands in the bytes when its place says what it is; Tagged values say it themselves.</summary>
internal enum WireKind : byte
{
    Tagged, Boolean, Byte, SByte, Int16, UInt16, Int32, UInt32, Int64, UInt64, Single, Double, Decimal, Char,
    String, Guid, DateTime, DateTimeOffset, TimeSpan, Bytes,
}

internal static class WireKinds
{
    private static readonly Dictionary<Type, WireKind> Kinds = new()
    {
        [typeof(bool)] = WireKind.Boolean,
        [typeof(byte)] = WireKind.Byte,
        [typeof(sbyte)] = WireKind.SByte,
        [typeof(short)] = WireKind.Int16,
        [typeof(ushort)] = WireKind.UInt16,
        [typeof(int)] = WireKind.Int32,
        [typeof(uint)] = WireKind.UInt32,
        [typeof(long)] = WireKind.Int64,
        [typeof(ulong)] = WireKind.UInt64,
        [typeof(float)] = WireKind.Single,
        [typeof(double)] = WireKind.Double,
        [typeof(decimal)] = WireKind.Decimal,
        [typeof(char)] = WireKind.Char,
        [typeof(string)] = WireKind.String,
        [typeof(Guid)] = WireKind.Guid,
        [typeof(DateTime)] = WireKind.DateTime,
        [typeof(DateTimeOffset)] = WireKind.DateTimeOffset,
        [typeof(TimeSpan)] = WireKind.TimeSpan,
        [typeof(byte[])] = WireKind.Bytes,
    };

    internal static WireKind Of(Type type) =>
        Kinds.GetValueOrDefault(type.IsEnum ? Enum.GetUnderlyingType(type) : type, WireKind.Tagged);

    internal static void Write(WireWriter to, WireKind kind, object value)
    {
        if (value is Enum) value = Convert.ChangeType(value, Enum.GetUnderlyingType(value.GetType()), null);
        switch (kind)
        {
            case WireKind.Boolean: to.Byte((bool)value ? (byte)1 : (byte)0); break;
            case WireKind.Byte: to.Byte((byte)value); break;
            case WireKind.SByte: to.Byte((byte)(sbyte)value); break;
            case WireKind.Int16: Raw(to, (short)value); break;
            case WireKind.UInt16: Raw(to, (ushort)value); break;
            case WireKind.Int32: to.Int32((int)value); break;
            case WireKind.UInt32: Raw(to, (uint)value); break;
            case WireKind.Int64: to.Int64((long)value); break;
            case WireKind.UInt64: Raw(to, (ulong)value); break;
            case WireKind.Single: Raw(to, (float)value); break;
            case WireKind.Double: Raw(to, (double)value); break;
            case WireKind.Decimal: foreach (var part in decimal.GetBits((decimal)value)) to.Int32(part); break;
            case WireKind.Char: Raw(to, (ushort)(char)value); break;
            case WireKind.String: to.Text((string)value); break;
            case WireKind.Guid: ((Guid)value).TryWriteBytes(to.Take(16)); break;
            case WireKind.DateTime: to.Int64(((DateTime)value).ToBinary()); break;
            case WireKind.DateTimeOffset:
                to.Int64(((DateTimeOffset)value).Ticks);
                to.Int64(((DateTimeOffset)value).Offset.Ticks);
                break;
            case WireKind.TimeSpan: to.Int64(((TimeSpan)value).Ticks); break;
            case WireKind.Bytes: to.Bytes((byte[])value); break;
            default: throw new SerializationException($"{kind} is no kind of plain value.");
        }
    }

    internal static object Read(WireReader from, WireKind kind) => kind switch
    {
        WireKind.Boolean => from.Byte() != 0,
        WireKind.Byte => from.Byte(),
        WireKind.SByte => (sbyte)from.Byte(),
        WireKind.Int16 => Raw<short>(from),
        WireKind.UInt16 => Raw<ushort>(from),
        WireKind.Int32 => from.Int32(),
        WireKind.UInt32 => Raw<uint>(from),
        WireKind.Int64 => from.Int64(),
        WireKind.UInt64 => Raw<ulong>(from),
        WireKind.Single => Raw<float>(from),
        WireKind.Double => Raw<double>(from),
        WireKind.Decimal => new decimal([from.Int32(), from.Int32(), from.Int32(), from.Int32()]),
        WireKind.Char => (char)Raw<ushort>(from),
        WireKind.String => from.Text(),
        WireKind.Guid => new Guid(from.Take(16)),
        WireKind.DateTime => DateTime.FromBinary(from.Int64()),
        WireKind.DateTimeOffset => new DateTimeOffset(from.Int64(), new TimeSpan(from.Int64())),
        WireKind.TimeSpan => new TimeSpan(from.Int64()),
        WireKind.Bytes => from.Bytes(),
        _ => throw new SerializationException($"{kind} is no kind of plain value."),
    };

    private static void Raw<T>(WireWriter to, T value) where T : struct =>
        MemoryMarshal.Write(to.Take(System.Runtime.CompilerServices.Unsafe.SizeOf<T>()), in value);

    private static T Raw<T>(WireReader from) where T : struct =>
        MemoryMarshal.Read<T>(from.Take(System.Runtime.CompilerServices.Unsafe.SizeOf<T>()));
}
