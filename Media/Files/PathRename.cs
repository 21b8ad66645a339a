using System.Text;
using System.Text.RegularExpressions;

namespace Backup.Media.Files;

/// <summary>
/// A change of paths as in sed: `s/pattern/replacement/` with the flags `g` (every match, not only the first) and `i`
/// (letters A to Z in either case). Any character but a letter, digit or backslash may stand for the slashes. In the
/// replacement `&amp;` is the match, `\1` to `\9` its groups, `\&amp;` and `\\` those characters. Paths are bytes, and
/// are matched as such, with a slash at their beginning. Safe for use by several threads.
/// </summary>
public sealed class PathRename
{
    private const string Form = "Expected s/PATTERN/REPLACEMENT/ with the flags g and i at most";

    private readonly Regex _pattern;
    private readonly string _replacement;
    private readonly int _times;

    private PathRename(Regex pattern, string replacement, int times) =>
        (_pattern, _replacement, _times) = (pattern, replacement, times);

    /// <summary>Reads one.</summary>
    /// <param name="text">In the form above.</param>
    /// <exception cref="FormatException">It is none; the message says why.</exception>
    public static PathRename Parse(string text)
    {
        if (text.Length < 2 || text[0] != 's' || char.IsLetterOrDigit(text[1]) || text[1] == '\\')
            throw new FormatException($"{Form}, found \"{text}\".");
        var at = 2;
        if (Part(text, ref at) is not { } pattern || Part(text, ref at) is not { } replacement)
            throw new FormatException($"{Form}, found \"{text}\", where a {text[1]} is missing.");
        var (options, times) = (RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, 1);
        foreach (var flag in text[at..])
        {
            if (flag == 'g') times = -1;
            else if (flag == 'i') options |= RegexOptions.IgnoreCase;
            else throw new FormatException($"{Form}, found the flag {flag} in \"{text}\".");
        }
        try
        {
            var regex = new Regex(Bytes(pattern), options);
            return new PathRename(regex, Replacement(Bytes(replacement), regex.GetGroupNumbers().Length - 1), times);
        }
        catch (Exception bad) when (bad is RegexParseException or NotSupportedException)
        {
            throw new FormatException($"The pattern of \"{text}\" is none: {bad.Message}", bad);
        }
    }

    /// <summary>A path, changed; the same where the pattern does not match. May be one that no item can have.</summary>
    /// <param name="path">Any path.</param>
    public FilePath Of(FilePath path)
    {
        var text = "/" + Encoding.Latin1.GetString(path.Bytes);
        var changed = _pattern.Replace(text, _replacement, _times);
        return ReferenceEquals(changed, text) ? path : new FilePath(Encoding.Latin1.GetBytes(changed.TrimStart('/')));
    }

    /// <summary>Up to the next separator; one with a backslash before it is the character itself.</summary>
    private static string? Part(string text, ref int at)
    {
        var part = new StringBuilder();
        for (; at < text.Length; at++)
        {
            if (text[at] == text[1])
            {
                at++;
                return part.ToString();
            }
            if (text[at] == '\\' && at + 1 < text.Length)
            {
                at++;
                if (text[at] != text[1]) part.Append('\\');
            }
            part.Append(text[at]);
        }
        return null;
    }

    /// <summary>In the words of .NET.</summary>
    private static string Replacement(string sed, int groups)
    {
        var text = new StringBuilder();
        for (var at = 0; at < sed.Length; at++)
        {
            var escapes = sed[at] == '\\' && at + 1 < sed.Length;
            var character = escapes ? sed[++at] : sed[at];
            if (escapes && char.IsAsciiDigit(character))
            {
                if (character - '0' > groups)
                    throw new FormatException($"The replacement names group {character}, the pattern has {groups}.");
                text.Append("${").Append(character).Append('}');
            }
            else text.Append((escapes, character) switch
            {
                (false, '&') => "$0",
                (_, '$') => "$$",
                _ => character.ToString(),
            });
        }
        return text.ToString();
    }

    // A character a byte, as with the rules of a file set
    private static string Bytes(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));
}
