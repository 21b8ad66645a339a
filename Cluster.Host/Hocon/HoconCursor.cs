using System.Text;

namespace Backup.Hocon;

/// <summary>Walks over a text: characters, blanks, comments, quoted and plain text, each with its place.</summary>
internal sealed class HoconCursor(HoconSource source)
{
    // What Akka.NET ends plain text at, so that no text means one thing here and another there.
    private const string NotInText = "$\"{}[]:=,#`^?!@*&\\";
    private const string TripleQuote = "\"\"\"";

    private readonly string _text = source.Text;
    private int _at = source.Text.StartsWith('\uFEFF') ? 1 : 0;
    private int _line = 1;
    private int _lineStart;

    public bool AtEnd => _at >= _text.Length;
    public char Current => AtEnd ? '\0' : _text[_at];
    public bool AtBlank => !AtEnd && char.IsWhiteSpace(Current);
    public bool AtComment => Current == '#' && !AtEnd || Matches("//");
    public bool AtPlainText => !AtEnd && !AtBlank && !AtComment && !NotInText.Contains(Current);

    /// <summary>The place of what begins here and is <paramref name="width"/> long.</summary>
    public HoconPlace Here(int width = 1) => new(source, _line, _at - _lineStart + 1, Math.Max(1, width));

    /// <summary><paramref name="start"/>, as wide as what was read since, if it is on one line.</summary>
    public HoconPlace Since(HoconPlace start) =>
        start.Line == _line ? start with { Width = Math.Max(1, _at - _lineStart + 1 - start.Column) } : start;

    public bool Matches(string what) => string.CompareOrdinal(_text, _at, what, 0, what.Length) == 0;

    public char Take()
    {
        var c = _text[_at++];
        if (c == '\n') (_line, _lineStart) = (_line + 1, _at);
        return c;
    }

    public bool TryTake(char c)
    {
        if (AtEnd || Current != c) return false;
        Take();
        return true;
    }

    /// <summary>Takes the word and the spaces behind it, if a quote follows them.</summary>
    public bool TryTakeBeforeQuote(string word)
    {
        if (!Matches(word)) return false;
        var next = _at + word.Length;
        while (next < _text.Length && _text[next] is ' ' or '\t') next++;
        if (next >= _text.Length || _text[next] != '"') return false;
        _at = next;
        return true;
    }

    /// <summary>Skips blanks, line ends and comments. True if that passed the end of a line.</summary>
    public bool SkipBlanks()
    {
        var line = _line;
        while (AtBlank || AtComment)
        {
            if (AtComment) SkipComment();
            else Take();
        }
        return _line > line;
    }

    /// <summary>Skips blanks within the line and a comment up to its end.</summary>
    public void SkipToEndOfLine()
    {
        while (AtBlank && Current != '\n') Take();
        if (AtComment) SkipComment();
    }

    /// <summary>The spaces and tabs from here: they belong to a text that goes on behind them.</summary>
    public string TakeSpaces()
    {
        var start = _at;
        while (Current is ' ' or '\t') Take();
        return _text[start.._at];
    }

    /// <summary>Text without quotes: up to a blank, a comment or a character with a meaning.</summary>
    public string TakePlainText()
    {
        var start = _at;
        while (AtPlainText) Take();
        return _text[start.._at];
    }

    /// <summary>A key's element without quotes; spaces within it belong to it.</summary>
    public string TakePlainKey()
    {
        var start = _at;
        while (AtPlainText && Current != '.' || Current is ' ' or '\t') Take();
        return _text[start.._at].TrimEnd();
    }

    public string TakeQuoted() => Matches(TripleQuote) ? TakeTripleQuoted() : TakeSingleQuoted();

    public HoconException Unexpected(string expected) => new(Here(), Describe(), expected);

    /// <summary>What stands here, for a message.</summary>
    public string Describe()
    {
        if (AtEnd) return "the end of the file";
        if (Current is '\n' or '\r') return "the end of the line";
        if (AtComment) return "a comment";
        if (char.IsControl(Current)) return $"the character U+{(int)Current:X4}";
        return AtPlainText ? $"\"{Peek(TakePlainText)}\"" : $"\"{Current}\"";
    }

    private string Peek(Func<string> take)
    {
        var saved = (_at, _line, _lineStart);
        var found = take();
        (_at, _line, _lineStart) = saved;
        var shown = string.Concat(found.Take(40).Select(c => char.IsControl(c) ? ' ' : c));
        return found.Length <= 40 ? shown : shown + "…";
    }

    private void SkipComment()
    {
        while (!AtEnd && Current != '\n') Take();
    }

    private string TakeTripleQuoted()
    {
        var start = Here(TripleQuote.Length);
        for (var i = 0; i < TripleQuote.Length; i++) Take();
        var from = _at;
        var end = _text.IndexOf(TripleQuote, from, StringComparison.Ordinal);
        if (end < 0) throw new HoconException(start, "a text in triple quotes that does not end", "a closing \"\"\"");
        while (_at < end + TripleQuote.Length) Take();
        return _text[from..end];
    }

    private string TakeSingleQuoted()
    {
        var start = Here();
        Take();
        var text = new StringBuilder();
        while (!AtEnd && Current is not ('\n' or '"')) text.Append(Current == '\\' ? TakeEscape() : Take());
        if (!TryTake('"'))
        {
            throw new HoconException(Since(start), "a quoted text that does not end on its line",
                "a closing quote (text of several lines stands between triple quotes)");
        }
        return text.ToString();
    }

    private char TakeEscape()
    {
        var place = Here(width: 2);
        Take();
        var c = AtEnd ? '\0' : Take();
        return c switch
        {
            '"' or '\\' or '/' => c,
            'b' => '\b',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => TakeHex(place),
            _ => throw new HoconException(place, "an unknown escape", @"one of \"" \\ \/ \b \f \n \r \t \uXXXX"),
        };
    }

    private char TakeHex(HoconPlace place)
    {
        var value = 0;
        for (var i = 0; i < 4; i++)
        {
            if (!char.IsAsciiHexDigit(Current))
                throw new HoconException(Since(place), "an unfinished escape", "\\u and four hexadecimal digits");
            value = value * 16 + Convert.ToInt32(Take().ToString(), 16);
        }
        return (char)value;
    }
}
