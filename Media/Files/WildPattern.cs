using System.Text;

namespace Backup.Media.Files;

/// <summary>
/// A wildcard pattern over the bytes of a path. `*` is any bytes of one component, `?` one byte, `[a-z]` and `[!a-z]`
/// (or `[^a-z]`) one byte of a set. A component `**` is any number of components, none included; at the end of a
/// pattern it is at least one, so that `/a/**` is all that `/a` holds and not `/a`. `{a,b}` is either; it nests. `\`
/// takes the next character as it is, `\xNN` is a byte. A pattern that begins with `/` is matched from the beginning of
/// the path, another against its last components; both to its end. A trailing `/` matches directories only. Time is at
/// most proportional to pattern times path, times the components of the path.
/// </summary>
public sealed class WildPattern
{
    private const int AlternativesMax = 1000;
    private readonly Alternative[] _alternatives;

    /// <summary>Compiles a pattern.</summary>
    /// <param name="text">The pattern; UTF-8 stands for its bytes.</param>
    /// <exception cref="FormatException">It is not one; the message says where and why.</exception>
    public WildPattern(string text)
    {
        var expanded = Braces.Expand(Encoding.UTF8.GetBytes(text), AlternativesMax);
        _alternatives = [.. expanded.Select(bytes => new Alternative(bytes))];
    }

    /// <summary>Whether a path matches.</summary>
    /// <param name="path">Relative to the root, as <see cref="FilePath.Bytes"/>.</param>
    /// <param name="isDirectory">Whether it is a directory.</param>
    public bool Matches(ReadOnlySpan<byte> path, bool isDirectory)
    {
        foreach (var alternative in _alternatives)
            if (alternative.Matches(path, isDirectory)) return true;
        return false;
    }

    private sealed class Alternative
    {
        private readonly bool _directoryOnly;
        private readonly Component[] _components;

        internal Alternative(byte[] pattern)
        {
            var text = pattern.AsSpan();
            var anchored = text.StartsWith("/"u8);
            text = text[(anchored ? 1 : 0)..];
            _directoryOnly = text.EndsWith("/"u8);
            if (_directoryOnly) text = text[..^1];
            if (text.IsEmpty && !anchored) throw new FormatException("A pattern must not be empty.");
            var components = new List<Component>();
            if (!anchored) components.Add(Component.AnyComponents);
            foreach (var range in Split(text)) components.Add(Component.Parse(text[range]));
            if (components is [.., { IsAnyComponents: true }]) components.Add(Component.AnyOne);
            _components = [.. components];
        }

        // Greedy with one point to come back to: the last `**` takes one component more each time what follows it does
        // not fit.
        internal bool Matches(ReadOnlySpan<byte> path, bool isDirectory)
        {
            if (_directoryOnly && !isDirectory) return false;
            var (pattern, at, retryPattern, retryAt) = (0, 0, -1, 0);
            while (true)
            {
                if (pattern < _components.Length && _components[pattern].IsAnyComponents)
                {
                    (retryPattern, retryAt) = (++pattern, at);
                    continue;
                }
                if (at >= path.Length)
                {
                    if (pattern == _components.Length) return true;
                    return false;
                }
                var end = End(path, at);
                if (pattern < _components.Length && _components[pattern].Matches(path[at..end]))
                {
                    (pattern, at) = (pattern + 1, end + 1);
                    continue;
                }
                if (retryPattern < 0) return false;
                retryAt = End(path, retryAt) + 1;
                (pattern, at) = (retryPattern, retryAt);
            }
        }

        private static int End(ReadOnlySpan<byte> path, int at)
        {
            var length = path[at..].IndexOf((byte)'/');
            return length < 0 ? path.Length : at + length;
        }

        private static List<Range> Split(ReadOnlySpan<byte> text)
        {
            var ranges = new List<Range>();
            if (text.IsEmpty) return ranges;
            var start = 0;
            for (var at = 0; at < text.Length; at++)
            {
                if (text[at] == (byte)'\\') at++;
                else if (text[at] == (byte)'/')
                {
                    ranges.Add(start..at);
                    start = at + 1;
                }
            }
            ranges.Add(start..text.Length);
            return ranges;
        }
    }
}
