namespace Pbm;

/// <summary>Where a line is typed.</summary>
internal class Terminal
{
    public virtual ConsoleKeyInfo ReadKey() => Console.ReadKey(intercept: true);

    public virtual void Write(string text) => Console.Write(text);
}

/// <summary>Reads lines from a terminal, with a history (up, down) and completion (Tab).</summary>
internal sealed class LineEditor(Terminal terminal)
{
    private const int HistoryMax = 500;
    private readonly List<string> _history = [];

    /// <returns>The line; null at the end of input (Ctrl-D on an empty line).</returns>
    public string? Read(string prompt, Func<string, IReadOnlyList<string>> complete)
    {
        var (text, cursor, recalled) = ("", 0, _history.Count);
        while (true)
        {
            // To the start, erase to the end, the line, and back to the cursor.
            terminal.Write($"\r\e[J{prompt}{text}{(cursor < text.Length ? $"\e[{text.Length - cursor}D" : "")}");
            var key = terminal.ReadKey();
            switch (key.Key)
            {
                case ConsoleKey.Enter:
                    terminal.Write("\n");
                    Remember(text);
                    return text;
                case ConsoleKey.D when key.Modifiers == ConsoleModifiers.Control && text.Length == 0:
                    terminal.Write("\n");
                    return null;
                case ConsoleKey.Backspace when cursor > 0:
                    (text, cursor) = (text.Remove(cursor - 1, 1), cursor - 1);
                    break;
                case ConsoleKey.Delete when cursor < text.Length:
                    text = text.Remove(cursor, 1);
                    break;
                case ConsoleKey.LeftArrow:
                    cursor = Math.Max(0, cursor - 1);
                    break;
                case ConsoleKey.RightArrow:
                    cursor = Math.Min(text.Length, cursor + 1);
                    break;
                case ConsoleKey.Home:
                    cursor = 0;
                    break;
                case ConsoleKey.End:
                    cursor = text.Length;
                    break;
                case ConsoleKey.UpArrow or ConsoleKey.DownArrow:
                    recalled = Math.Clamp(recalled + (key.Key == ConsoleKey.UpArrow ? -1 : 1), 0, _history.Count);
                    text = recalled < _history.Count ? _history[recalled] : "";
                    cursor = text.Length;
                    break;
                case ConsoleKey.Tab when cursor == text.Length:
                    text += Completed(text, complete(text));
                    cursor = text.Length;
                    break;
                default:
                    if (char.IsControl(key.KeyChar)) break;
                    (text, cursor) = (text.Insert(cursor, $"{key.KeyChar}"), cursor + 1);
                    break;
            }
        }
    }

    private void Remember(string text)
    {
        if (text.Length == 0 || (_history.Count > 0 && _history[^1] == text)) return;
        _history.Add(text);
        if (_history.Count > HistoryMax) _history.RemoveAt(0);
    }

    /// <summary>The rest of the one that fits, or as far as all agree; they are listed when that is nowhere.</summary>
    private string Completed(string text, IReadOnlyList<string> rests)
    {
        if (rests.Count == 0) return "";
        if (rests.Count == 1) return rests[0] + " ";
        var common = rests.Aggregate((left, right) => left[..left.AsSpan().CommonPrefixLength(right)]);
        if (common.Length > 0) return common;
        var begun = text[(text.LastIndexOf(' ') + 1)..];
        terminal.Write($"\n{string.Join("  ", rests.Select(rest => begun + rest))}\n");
        return "";
    }
}
