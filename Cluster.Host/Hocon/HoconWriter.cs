using System.Globalization;
using System.Text;

namespace Backup.Hocon;

/// <summary>Writes a tree as text that this reader and Akka.NET read back to the same tree.</summary>
internal static class HoconWriter
{
    public static string Write(HoconObject root)
    {
        var text = new StringBuilder();
        WriteMembers(text, root, indent: 0);
        return text.ToString();
    }

    /// <summary>The key, quoted where it must be.</summary>
    public static string Key(string key) => key != "include" && key.Length > 0 && key.All(IsPlain) ? key : Quote(key);

    /// <summary>The text, quoted where it must be. A dot, slash or dash within plain text needs no quotes.</summary>
    public static string Text(string? text)
    {
        if (text is null) return "null";
        var plain = text.Length > 0 && text != "null" && !text.Contains("//", StringComparison.Ordinal)
            && text.All(c => IsPlain(c) || c is '.' or '/');
        return plain ? text : Quote(text);
    }

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_';

    private static void WriteMembers(StringBuilder text, HoconObject node, int indent)
    {
        foreach (var member in node.Members)
        {
            text.Append(' ', indent).Append(Key(member.Key)).Append(member.Value is HoconObject ? " " : " = ");
            WriteValue(text, member.Value, indent);
            text.Append('\n');
        }
    }

    private static void WriteValue(StringBuilder text, HoconNode node, int indent)
    {
        switch (node)
        {
            case HoconScalar scalar: text.Append(Text(scalar.Text)); break;
            case HoconArray array: WriteArray(text, array, indent); break;
            case HoconObject { Members.Count: 0 }: text.Append("{ }"); break;
            case HoconObject inner:
                text.Append("{\n");
                WriteMembers(text, inner, indent + 2);
                text.Append(' ', indent).Append('}');
                break;
        }
    }

    private static void WriteArray(StringBuilder text, HoconArray array, int indent)
    {
        text.Append('[');
        for (var i = 0; i < array.Items.Count; i++)
        {
            if (i > 0) text.Append(", ");
            WriteValue(text, array.Items[i], indent);
        }
        text.Append(']');
    }

    private static string Quote(string value)
    {
        var text = new StringBuilder("\"", value.Length + 2);
        foreach (var c in value)
        {
            switch (c)
            {
                case '"': text.Append("\\\""); break;
                case '\\': text.Append("\\\\"); break;
                case '\n': text.Append("\\n"); break;
                case '\r': text.Append("\\r"); break;
                case '\t': text.Append("\\t"); break;
                case < ' ': text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"); break;
                default: text.Append(c); break;
            }
        }
        return text.Append('"').ToString();
    }
}
