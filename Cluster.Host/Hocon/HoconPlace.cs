namespace Backup.Hocon;

/// <summary>One text that is read: its name for messages, and its lines to show in them.</summary>
internal sealed class HoconSource(string name, string text)
{
    private string[]? _lines;

    public string Name { get; } = name;
    public string Text { get; } = text;

    /// <summary>The line without its end; empty where there is no such line.</summary>
    /// <param name="line">From 1.</param>
    public string Line(int line)
    {
        _lines ??= Text.Split('\n');
        return line >= 1 && line <= _lines.Length ? _lines[line - 1].TrimEnd('\r') : "";
    }
}

/// <summary>Where a key or value stands.</summary>
/// <param name="Source">Null for what no text holds: a node made by a program.</param>
/// <param name="Line">From 1; 0 for the text as a whole.</param>
/// <param name="Column">From 1, in UTF-16 units.</param>
/// <param name="Width">How much of the line it takes, at least 1.</param>
internal readonly record struct HoconPlace(HoconSource? Source, int Line, int Column, int Width)
{
    private const int ShownMax = 160;

    public static readonly HoconPlace None = new(null, 0, 0, 1);

    public string File => Source?.Name ?? "";

    public override string ToString() =>
        Source is null ? "(made by a program)" : Line == 0 ? File : $"{File}:{Line}:{Column}";

    /// <summary>The source line, and below it carets under this place followed by <paramref name="remark"/>.</summary>
    public string Excerpt(string remark)
    {
        if (Source is null || Line == 0) return $"     | {remark}";
        var line = Source.Line(Line);
        var column = Math.Clamp(Column - 1, 0, line.Length);
        // A long line is shown as a window around the place; control characters must not reach a terminal.
        var from = line.Length <= ShownMax ? 0 : Math.Clamp(column - ShownMax / 2, 0, line.Length - ShownMax);
        var shown = string.Create(Math.Min(ShownMax, line.Length), (line, from), static (span, state) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                var c = state.line[state.from + i];
                span[i] = char.IsControl(c) ? ' ' : c;
            }
        });
        var carets = new string('^', Math.Clamp(Width, 1, Math.Max(1, shown.Length - (column - from))));
        var below = $"     | {new string(' ', column - from)}{carets}";
        return $"{Line,4} | {shown}".TrimEnd() + "\n" + (remark.Length == 0 ? below : $"{below} {remark}");
    }
}
