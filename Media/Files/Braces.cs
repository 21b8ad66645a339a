namespace Backup.Media.Files;

/// <summary>`{a,b}` in a wildcard pattern, written out as one pattern each.</summary>
internal static class Braces
{
    private const int DepthMax = 16;

    internal static List<byte[]> Expand(byte[] pattern, int countMax)
    {
        var at = 0;
        var result = Sequence(pattern, ref at, 0, countMax);
        return at == pattern.Length
            ? result : throw new FormatException($"`}}` at byte {at + 1} closes nothing; write `\\}}`.");
    }

    // Up to the end, or at depth to the `,` or `}` that ends this alternative.
    private static List<byte[]> Sequence(byte[] pattern, ref int at, int depth, int countMax)
    {
        var result = new List<byte[]> { Array.Empty<byte>() };
        while (at < pattern.Length)
        {
            var value = pattern[at];
            if (value == (byte)'}' || (value == (byte)',' && depth > 0)) break;
            var parts = value == (byte)'{' ? Choice(pattern, ref at, depth + 1, countMax) : [Literal(pattern, ref at)];
            if ((long)result.Count * parts.Count > countMax)
                throw new FormatException($"The braces stand for more than {countMax} patterns.");
            result = [.. result.SelectMany(_ => parts, (left, right) => (byte[])[.. left, .. right])];
        }
        return result;
    }

    private static List<byte[]> Choice(byte[] pattern, ref int at, int depth, int countMax)
    {
        var start = at;
        if (depth > DepthMax) throw new FormatException($"Braces nest deeper than {DepthMax}.");
        var result = new List<byte[]>();
        do
        {
            at++; // the `{` or `,`
            result.AddRange(Sequence(pattern, ref at, depth, countMax));
        }
        while (at < pattern.Length && pattern[at] == (byte)',');
        if (at == pattern.Length)
            throw new FormatException($"`{{` at byte {start + 1} is not closed; write `\\{{` for the character.");
        at++;
        return result;
    }

    // Bytes up to the next brace or comma; those that are escaped or in a set do not count.
    private static byte[] Literal(byte[] pattern, ref int at)
    {
        var start = at;
        do
        {
            if (pattern[at] == (byte)'\\') at++;
            else if (pattern[at] == (byte)'[') at = EndOfSet(pattern, at);
            at++;
        }
        while (at < pattern.Length && pattern[at] is not ((byte)'{' or (byte)'}' or (byte)','));
        at = Math.Min(at, pattern.Length);
        return pattern[start..at];
    }

    private static int EndOfSet(byte[] pattern, int start)
    {
        var at = start + 1;
        if (at < pattern.Length && pattern[at] is (byte)'!' or (byte)'^') at++;
        for (var first = true; at < pattern.Length; first = false, at++)
        {
            if (pattern[at] == (byte)'\\') at++;
            else if (pattern[at] == (byte)']' && !first) return at;
        }
        return start; // not a set: the component's parser says so
    }
}
