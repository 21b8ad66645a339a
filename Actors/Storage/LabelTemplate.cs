using System.Globalization;
using System.Text;
using Backup.Messages;

namespace Backup.Actors.Storage;

/// <summary>
/// A pattern of names for volumes: letters, digits, dot, dash and underscore; `%d` or `%04d` the number, once; `%p` the
/// pool, `%l` the library, `%y` year and `%m` month of the day it is labelled (UTC). A pure function.
/// </summary>
public static class LabelTemplate
{
    /// <summary>Characters of a volume's name at most.</summary>
    public const int NameMax = 64;

    private const int WidthMax = 9;
    private const int NumberMax = 99_999; // more than a library has slots

    /// <summary>What is wrong with it, as a sentence; null: nothing.</summary>
    /// <param name="template">Any text.</param>
    public static string? Problem(string template)
    {
        if (Read(template, out var parts) is { } problem) return problem;
        var numbers = parts.Count(part => part.Kind == 'd');
        return numbers == 1 ? null
            : $"Expected a template with one number, as lto-%04d, found {numbers} in \"{Shown(template)}\".";
    }

    /// <summary>The name with a number; may be longer than a volume's name can be.</summary>
    /// <param name="template">One without a problem.</param>
    /// <param name="number">From 1.</param>
    /// <param name="pool">The pool that it is labelled for.</param>
    /// <param name="library">The library in which it is.</param>
    /// <param name="now">The moment.</param>
    public static string Name(string template, int number, PoolName pool, LibraryName library, DateTimeOffset now)
    {
        if (Read(template, out var parts) is { } problem) throw new ArgumentException(problem, nameof(template));
        var name = new StringBuilder();
        foreach (var (kind, text, width) in parts)
            name.Append(kind switch
            {
                'd' => number.ToString(CultureInfo.InvariantCulture).PadLeft(width, '0'),
                'p' => pool.Value,
                'l' => library.Value,
                'y' => now.UtcDateTime.ToString("yyyy", CultureInfo.InvariantCulture),
                'm' => now.UtcDateTime.ToString("MM", CultureInfo.InvariantCulture),
                _ => text,
            });
        return name.ToString();
    }

    /// <summary>Characters of the longest name that it gives a volume.</summary>
    /// <param name="template">One without a problem.</param>
    /// <param name="pool">The pool.</param>
    /// <param name="library">The library.</param>
    public static int LengthOf(string template, PoolName pool, LibraryName library) =>
        Name(template, NumberMax, pool, library, DateTimeOffset.UnixEpoch).Length;

    /// <summary>
    /// What all names of a template have in common, whatever number and month: two templates with one shape give the
    /// same names.
    /// </summary>
    /// <param name="template">One without a problem.</param>
    /// <param name="pool">The pool.</param>
    /// <param name="library">The library.</param>
    public static string Shape(string template, PoolName pool, LibraryName library)
    {
        if (Read(template, out var parts) is { } problem) throw new ArgumentException(problem, nameof(template));
        return string.Concat(parts.Select(part => part.Kind switch
        {
            'd' => "%d",
            'p' => pool.Value,
            'l' => library.Value,
            'y' or 'm' => $"%{part.Kind}",
            _ => part.Text,
        }));
    }

    private static string? Read(string template, out List<(char Kind, string Text, int Width)> parts)
    {
        parts = [];
        if (template.Length is 0 or > NameMax) return $"Expected a template of 1 to {NameMax} characters.";
        for (var at = 0; at < template.Length; at++)
        {
            var letter = template[at];
            if (char.IsAsciiLetterOrDigit(letter) || (letter is '.' or '-' or '_' && (at > 0 || letter == '_')))
            {
                parts.Add((' ', letter.ToString(), 0));
                continue;
            }
            var digits = letter == '%' ? template[(at + 1)..].TakeWhile(char.IsAsciiDigit).Count() : 0;
            var kind = letter == '%' && at + 1 + digits < template.Length ? template[at + 1 + digits] : ' ';
            if (kind is not ('d' or 'p' or 'l' or 'y' or 'm') || (digits > 0 && kind != 'd') || digits > 2)
                return "Expected letters, digits, dot, dash and underscore (the first two first), %d or %04d, %p, %l, "
                    + $"%y or %m in a template, found \"{Shown(template[at..])}\".";
            var width = digits == 0 ? 0 : int.Parse(template.AsSpan(at + 1, digits), CultureInfo.InvariantCulture);
            if (width > WidthMax) return $"Expected a number of {WidthMax} digits at most, found %{width}d.";
            parts.Add((kind, "", width));
            at += 1 + digits;
        }
        return null;
    }

    private static string Shown(string text) =>
        new([.. text.Take(NameMax).Select(letter => letter is >= ' ' and <= '~' ? letter : '?')]);
}
