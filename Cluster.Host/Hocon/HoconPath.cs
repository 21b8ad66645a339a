using System.Text;

namespace Backup.Hocon;

/// <summary>Dotted paths: <c>a."b.c".d</c> has three elements.</summary>
internal static class HoconPath
{
    /// <summary>The elements, unquoted; plain ones are trimmed. Anything is accepted, as by Akka.NET.</summary>
    public static IReadOnlyList<string> Split(string path)
    {
        var elements = new List<string>();
        var element = new StringBuilder();
        bool quoted = false, wasQuoted = false;
        for (var i = 0; i < path.Length; i++)
        {
            var c = path[i];
            if (quoted && c == '\\' && i + 1 < path.Length) element.Append(path[++i]);
            else if (c == '"') { quoted = !quoted; wasQuoted = true; }
            else if (c == '.' && !quoted) End();
            else if (!wasQuoted || quoted || !char.IsWhiteSpace(c)) element.Append(c);
        }
        End();
        return elements;

        void End()
        {
            elements.Add(wasQuoted ? element.ToString() : element.ToString().Trim());
            element.Clear();
            wasQuoted = false;
        }
    }

    public static string Join(IEnumerable<string> elements) => string.Join('.', elements.Select(HoconWriter.Key));
}
