using System.Text;

namespace Backup.Actors.Scripts;

/// <summary>
/// What a script writes on both of its outputs, line by line, in bounded memory: long lines are cut, and of many lines
/// only the first are told. For several threads.
/// </summary>
/// <param name="tell">Takes a line that is safe to print.</param>
internal sealed class ScriptOutput(Action<string> tell)
{
    /// <summary>Lines of one script that are told.</summary>
    public const int LinesMax = 200;

    /// <summary>Characters of a line that are told.</summary>
    public const int CharactersMax = 500;

    private readonly Lock _lock = new();
    private string _last = "";
    private int _lines;

    /// <summary>The last line that was not blank; empty: there was none.</summary>
    public string Last
    {
        get
        {
            lock (_lock) return _last;
        }
    }

    /// <summary>Lines that were not told.</summary>
    public int Untold
    {
        get
        {
            lock (_lock) return Math.Max(0, _lines - LinesMax);
        }
    }

    /// <summary>Reads one output up to its end.</summary>
    /// <param name="from">The output.</param>
    /// <param name="cancellation">Ends it before.</param>
    public async Task Read(TextReader from, CancellationToken cancellation)
    {
        var (buffer, line) = (new char[4096], new StringBuilder());
        int count;
        while ((count = await from.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0)
            foreach (var letter in buffer.AsSpan(0, count))
            {
                if (letter == '\n') End(line);
                else if (line.Length < CharactersMax) line.Append(char.IsControl(letter) ? ' ' : letter);
            }
        End(line);
    }

    private void End(StringBuilder line)
    {
        var text = line.ToString().TrimEnd();
        line.Clear();
        if (text.Length == 0) return;
        lock (_lock)
        {
            _last = text;
            if (++_lines <= LinesMax) tell(text);
        }
    }
}
