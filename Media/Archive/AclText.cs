using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;

namespace Backup.Media.Archive;

/// <summary>
/// POSIX ACLs between the kernel's extended attribute (linux/posix_acl_xattr.h: version 2, then tag, permissions and id
/// of each entry, little-endian) and the text of SCHILY.acl.* (acl_to_text(3), numeric ids).
/// </summary>
internal static class AclText
{
    internal static ReadOnlySpan<byte> AccessAttribute => "system.posix_acl_access"u8;

    internal static ReadOnlySpan<byte> DefaultAttribute => "system.posix_acl_default"u8;

    private const uint Version = 2;
    private const int HeaderBytes = 4;
    private const int EntryBytes = 8;
    private const uint NoId = uint.MaxValue;

    private enum Tag : ushort
    {
        Owner = 0x01,
        User = 0x02,
        OwningGroup = 0x04,
        Group = 0x08,
        Mask = 0x10,
        Other = 0x20,
    }

    /// <summary>
    /// False where the attribute's value is none that the kernel makes; it is then archived as an attribute like
    /// others.
    /// </summary>
    internal static bool TryFormat(ReadOnlySpan<byte> attribute, ArrayBufferWriter<byte> text)
    {
        if (attribute.Length < HeaderBytes || (attribute.Length - HeaderBytes) % EntryBytes != 0) return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(attribute) != Version) return false;
        for (var rest = attribute[HeaderBytes..]; !rest.IsEmpty; rest = rest[EntryBytes..])
        {
            var permissions = BinaryPrimitives.ReadUInt16LittleEndian(rest[2..]);
            if (permissions > 7) return false;
            if (!TryFormatWho((Tag)BinaryPrimitives.ReadUInt16LittleEndian(rest),
                BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]), text)) return false;
            text.Write([Letter(permissions, 4, 'r'), Letter(permissions, 2, 'w'), Letter(permissions, 1, 'x'),
                (byte)'\n']);
        }
        return true;
    }

    /// <summary>
    /// Reads the text: entries between line feeds or commas, `user:1001:rw-` (also with a name and the id as a fourth
    /// field, as star writes), comments and blanks ignored. False for names without a number: they are not looked up.
    /// </summary>
    internal static bool TryParse(ReadOnlySpan<byte> text, out byte[] attribute)
    {
        attribute = [];
        var entries = new List<(Tag Tag, uint Id, ushort Permissions)>();
        while (!text.IsEmpty)
        {
            var end = text.IndexOfAny((byte)'\n', (byte)',');
            var line = end < 0 ? text : text[..end];
            text = end < 0 ? [] : text[(end + 1)..];
            var comment = line.IndexOf((byte)'#');
            line = (comment < 0 ? line : line[..comment]).Trim(" \t"u8);
            if (line.IsEmpty) continue;
            if (!TryParseEntry(line, out var entry)) return false;
            entries.Add(entry);
        }
        attribute = ToAttribute(entries);
        return true;
    }

    private static byte[] ToAttribute(List<(Tag Tag, uint Id, ushort Permissions)> entries)
    {
        // The kernel refuses entries out of the order of their tags.
        entries.Sort((
            left, right) => left.Tag != right.Tag ? left.Tag.CompareTo(right.Tag) : left.Id.CompareTo(right.Id));
        var attribute = new byte[HeaderBytes + (entries.Count * EntryBytes)];
        BinaryPrimitives.WriteUInt32LittleEndian(attribute, Version);
        for (var at = 0; at < entries.Count; at++)
        {
            var target = attribute.AsSpan(HeaderBytes + (at * EntryBytes));
            BinaryPrimitives.WriteUInt16LittleEndian(target, (ushort)entries[at].Tag);
            BinaryPrimitives.WriteUInt16LittleEndian(target[2..], entries[at].Permissions);
            BinaryPrimitives.WriteUInt32LittleEndian(target[4..], entries[at].Id);
        }
        return attribute;
    }

    private static bool TryFormatWho(Tag tag, uint id, ArrayBufferWriter<byte> text)
    {
        var word = tag switch
        {
            Tag.Owner or Tag.User => "user:"u8,
            Tag.OwningGroup or Tag.Group => "group:"u8,
            Tag.Mask => "mask:"u8,
            Tag.Other => "other:"u8,
            _ => [],
        };
        if (word.IsEmpty) return false;
        text.Write(word);
        if (tag is Tag.User or Tag.Group)
        {
            Utf8Formatter.TryFormat(id, text.GetSpan(10), out var length);
            text.Advance(length);
        }
        text.Write(":"u8);
        return true;
    }

    private static bool TryParseEntry(ReadOnlySpan<byte> line, out (Tag Tag, uint Id, ushort Permissions) entry)
    {
        entry = default;
        Span<Range> fields = stackalloc Range[4];
        var count = 0;
        foreach (var field in line.Split((byte)':'))
        {
            if (count == fields.Length) return false;
            fields[count++] = field;
        }
        if (count < 3) return false;
        var who = line[fields[1]];
        if (!TryTag(line[fields[0]], named: !who.IsEmpty, out var tag)) return false;
        if (!TryPermissions(line[fields[2]], out var permissions)) return false;
        var id = NoId;
        if (!who.IsEmpty && !TryId(count == 4 ? line[fields[3]] : who, out id)) return false;
        entry = (tag, id, permissions);
        return true;
    }

    private static bool TryTag(ReadOnlySpan<byte> word, bool named, out Tag tag)
    {
        tag = word switch
        {
            _ when word.SequenceEqual("user"u8) || word.SequenceEqual("u"u8) => named ? Tag.User : Tag.Owner,
            _ when word.SequenceEqual("group"u8) || word.SequenceEqual("g"u8) => named ? Tag.Group : Tag.OwningGroup,
            _ when !named && (word.SequenceEqual("mask"u8) || word.SequenceEqual("m"u8)) => Tag.Mask,
            _ when !named && (word.SequenceEqual("other"u8) || word.SequenceEqual("o"u8)) => Tag.Other,
            _ => 0,
        };
        return tag != 0;
    }

    private static bool TryPermissions(ReadOnlySpan<byte> letters, out ushort permissions)
    {
        permissions = 0;
        foreach (var letter in letters)
        {
            if (letter is not ((byte)'r' or (byte)'w' or (byte)'x' or (byte)'-')) return false;
            permissions |= letter switch { (byte)'r' => 4, (byte)'w' => 2, (byte)'x' => 1, _ => 0 };
        }
        return letters.Length is > 0 and <= 3;
    }

    private static bool TryId(ReadOnlySpan<byte> digits, out uint id) =>
        Utf8Parser.TryParse(digits, out id, out var length) && length == digits.Length;

    private static byte Letter(int permissions, int bit, char letter) =>
        (byte)((permissions & bit) != 0 ? letter : '-');
}
