using System.Buffers.Text;
using Backup.Media.Files;

namespace Backup.Media.Archive;

/// <summary>What the records of extended headers say about the next member.</summary>
internal sealed class ExtendedHeader
{
    internal byte[]? Path { get; set; }
    internal byte[]? LinkPath { get; set; }
    internal long? Size { get; private set; }
    internal uint? UserId { get; private set; }
    internal uint? GroupId { get; private set; }
    internal UnixTime? Modified { get; private set; }
    internal uint? DeviceMajor { get; private set; }
    internal uint? DeviceMinor { get; private set; }
    internal long? SparseMajor { get; private set; }
    internal long? SparseMinor { get; private set; }
    internal byte[]? SparseName { get; private set; }
    internal long? RealSize { get; private set; }
    internal List<ExtendedAttribute> Attributes { get; } = [];
    internal List<string> Warnings { get; } = [];

    /// <summary>True for GNU.sparse 0.0 and 0.1, whose map is in the header; only 1.0 is read.</summary>
    internal bool HasOldSparseMap { get; private set; }

    /// <summary>Takes all records of one header; returns the defect's sentence, or null.</summary>
    internal string? Read(ReadOnlySpan<byte> records)
    {
        while (!records.IsEmpty)
        {
            if (!Utf8Parser.TryParse(records, out int length, out var digits) || length <= digits + 1
                || length > records.Length
                || records[digits] != ' ' || records[length - 1] != '\n')
                return "a record of the extended header has no good length";
            var record = records[(digits + 1)..(length - 1)];
            var cut = record.IndexOf((byte)'=');
            if (cut <= 0) return "a record of the extended header has no keyword";
            if (!TryTake(record[..cut], record[(cut + 1)..]))
                return $"the extended header's {PathText.Escape(record[..cut])} has no good value";
            records = records[length..];
        }
        return null;
    }

    private bool TryTake(ReadOnlySpan<byte> keyword, ReadOnlySpan<byte> value)
    {
        if (keyword.StartsWith("GNU.sparse."u8)) return TryTakeSparse(keyword["GNU.sparse.".Length..], value);
        if (keyword.StartsWith("SCHILY."u8)) return TryTakeSchily(keyword["SCHILY.".Length..], value);
        if (keyword.SequenceEqual("path"u8)) return TryName(value, out var name) && (Path = name) is not null;
        if (keyword.SequenceEqual("linkpath"u8)) return TryName(value, out var name) && (LinkPath = name) is not null;
        if (keyword.SequenceEqual("size"u8)) return TryNumber(value, out var number) && (Size = number) is not null;
        if (keyword.SequenceEqual("uid"u8)) return TryId(value, out var number) && (UserId = number) is not null;
        if (keyword.SequenceEqual("gid"u8)) return TryId(value, out var number) && (GroupId = number) is not null;
        if (keyword.SequenceEqual("mtime"u8)) return TryTime(value, out var time) && (Modified = time) is not null;
        if (keyword.SequenceEqual("atime"u8))
        {
            if (!TryTime(value, out var time)) return false;
            Add(AccessTime.Attribute.ToArray(), AccessTime.Make(time).Value);
        }
        return true; // as POSIX asks: what one does not know is passed over
    }

    private bool TryTakeSparse(ReadOnlySpan<byte> keyword, ReadOnlySpan<byte> value)
    {
        if (keyword.SequenceEqual("name"u8)) return TryName(value, out var name) && (SparseName = name) is not null;
        if (keyword.SequenceEqual("major"u8))
            return TryNumber(value, out var number) && (SparseMajor = number) is not null;
        if (keyword.SequenceEqual("minor"u8))
            return TryNumber(value, out var number) && (SparseMinor = number) is not null;
        if (keyword.SequenceEqual("realsize"u8))
            return TryNumber(value, out var number) && (RealSize = number) is not null;
        HasOldSparseMap |= keyword.SequenceEqual("size"u8) || keyword.SequenceEqual("map"u8)
            || keyword.SequenceEqual("numblocks"u8);
        return true;
    }

    private bool TryTakeSchily(ReadOnlySpan<byte> keyword, ReadOnlySpan<byte> value)
    {
        if (keyword.SequenceEqual("devmajor"u8))
            return TryId(value, out var number) && (DeviceMajor = number) is not null;
        if (keyword.SequenceEqual("devminor"u8))
            return TryId(value, out var number) && (DeviceMinor = number) is not null;
        if (keyword.StartsWith("xattr."u8))
        {
            var name = PaxRecords.AttributeName(keyword["xattr.".Length..]);
            if (name.Length == 0 || name.AsSpan().Contains((byte)0)) return false;
            Add(name, value.ToArray());
        }
        if (keyword.SequenceEqual("fflags"u8)) Add(InodeFlags.Attribute.ToArray(), value.ToArray());
        if (keyword.SequenceEqual("acl.access"u8)) TakeAcl(AclText.AccessAttribute, value);
        if (keyword.SequenceEqual("acl.default"u8)) TakeAcl(AclText.DefaultAttribute, value);
        return true;
    }

    private void TakeAcl(ReadOnlySpan<byte> attribute, ReadOnlySpan<byte> text)
    {
        var name = attribute.ToArray();
        if (AclText.TryParse(text, out var value))
        {
            if (!Attributes.Exists(other => other.Name.AsSpan().SequenceEqual(name))) Add(name, value);
        }
        else Warnings.Add($"Its ACL ({PathText.Escape(name)}) has no numeric ids, or is damaged, and was left out.");
    }

    // GNU tar writes an ACL as text and as attribute; the attribute, which is the kernel's own form, wins.
    private void Add(byte[] name, byte[] value)
    {
        Attributes.RemoveAll(other => other.Name.AsSpan().SequenceEqual(name));
        Attributes.Add(new ExtendedAttribute(name, value));
    }

    private static bool TryName(ReadOnlySpan<byte> value, out byte[] name)
    {
        name = value.ToArray();
        return name.Length > 0 && !value.Contains((byte)0);
    }

    private static bool TryNumber(ReadOnlySpan<byte> value, out long number) =>
        Utf8Parser.TryParse(value, out number, out var used) && used == value.Length && number >= 0;

    private static bool TryId(ReadOnlySpan<byte> value, out uint number) =>
        Utf8Parser.TryParse(value, out number, out var used) && used == value.Length;

    private static bool TryTime(ReadOnlySpan<byte> value, out UnixTime time)
    {
        time = default;
        var negative = value.StartsWith("-"u8);
        var text = negative ? value[1..] : value;
        var point = text.IndexOf((byte)'.');
        var whole = point < 0 ? text : text[..point];
        if (!TryNumber(whole, out var seconds)) return false;
        var nanoseconds = 0;
        var weight = 100_000_000;
        foreach (var digit in point < 0 ? [] : text[(point + 1)..])
        {
            if (digit is < (byte)'0' or > (byte)'9') return false;
            nanoseconds += (digit - '0') * weight;
            weight /= 10;
        }
        if (!negative) time = new UnixTime(seconds, nanoseconds);
        else time = nanoseconds == 0
            ? new UnixTime(-seconds, 0) : new UnixTime(-seconds - 1, 1_000_000_000 - nanoseconds);
        return true;
    }
}
