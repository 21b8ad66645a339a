using System.Text;
using Pbm.Wire;

namespace Pbm;

/// <summary>What is typed, as words and as arguments.</summary>
internal static class Words
{
    /// <summary>
    /// Splits a line at blanks; quotes of either kind hold words together, and a backslash takes the next character as
    /// it is.
    /// </summary>
    public static IReadOnlyList<string> Split(string line)
    {
        var (words, word, quote, begun) = (new List<string>(), new StringBuilder(), '\0', false);
        for (var at = 0; at < line.Length; at++)
        {
            var letter = line[at];
            if (letter == '\\' && quote != '\'' && at + 1 < line.Length) (begun, _) = (true, word.Append(line[++at]));
            else if (quote != '\0' && letter == quote) quote = '\0';
            else if (quote == '\0' && letter is '"' or '\'') (begun, quote) = (true, letter);
            else if (quote != '\0' || !char.IsWhiteSpace(letter)) (begun, _) = (true, word.Append(letter));
            else if (begun) (begun, word) = (Add(), new StringBuilder());
        }
        if (begun) Add();
        return words;

        bool Add()
        {
            words.Add(word.ToString());
            return false;
        }
    }

    /// <summary>
    /// The words behind a command as switches with values. The word behind a switch is its value, unless it is a switch
    /// itself; where the switch does not exist the host says so.
    /// </summary>
    public static IReadOnlyList<Argument> Arguments(IReadOnlyList<string> words, CommandInfo? command)
    {
        var switches =
            command?.Arguments.SelectMany(argument => argument.Switches).ToHashSet(StringComparer.Ordinal) ?? [];
        var arguments = new List<Argument>();
        for (var at = 0; at < words.Count; at++)
        {
            var hasValue = at + 1 < words.Count && !switches.Contains(words[at + 1]);
            arguments.Add(new Argument(words[at], hasValue ? words[++at] : ""));
        }
        return arguments;
    }

    /// <summary>What could stand at the end of a line: palettes, commands, switches, values.</summary>
    public static IReadOnlyList<string> Completions(string line, Welcome host)
    {
        var words = Split(line).ToList();
        var begun = words.Count > 0 && !char.IsWhiteSpace(line[^1]) ? words[^1] : "";
        if (begun.Length > 0) words.RemoveAt(words.Count - 1);
        var palette = words.Count > 0 ? host.Palettes.FirstOrDefault(each => each.Name == words[0]) : null;
        var command = words.Count > 1 ? palette?.Commands.FirstOrDefault(each => each.Name == words[1]) : null;
        var values = words.Count > 2
            ? command?.Arguments.FirstOrDefault(each => each.Switches.Contains(words[^1]))?.Defaults : null;
        IEnumerable<string> all = words.Count switch
        {
            0 => [.. host.Palettes.Select(each => each.Name), "help", "exit"],
            1 => palette?.Commands.Select(each => each.Name) ?? [],
            _ => values ?? command?.Arguments.SelectMany(each => each.Switches.Take(1)) ?? [],
        };
        return [.. all.Where(each => each.StartsWith(begun, StringComparison.Ordinal))
            .Select(each => each[begun.Length..]).Distinct()];
    }
}
