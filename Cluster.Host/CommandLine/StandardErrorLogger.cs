using System.Globalization;
using Akka.Event;

namespace Backup.Host.CommandLine;

/// <summary>
/// Akka's log on standard error, a line an event, so that standard output stays the command's. Under systemd each line
/// begins with its priority (sd-daemon(3)) and leaves the time to the journal.
/// </summary>
public sealed class StandardErrorLogger : DefaultLogger
{
    private static readonly bool UnderSystemd = Environment.GetEnvironmentVariable("JOURNAL_STREAM") is { Length: > 0 };

    /// <summary>The line of an event.</summary>
    internal static string Line(LogEvent entry, bool underSystemd)
    {
        var (priority, word) = entry.LogLevel() switch
        {
            LogLevel.ErrorLevel => (3, "error"),
            LogLevel.WarningLevel => (4, "warning"),
            LogLevel.InfoLevel => (6, "info"),
            _ => (7, "debug"),
        };
        var head = underSystemd ? $"<{priority}>"
            : string.Create(CultureInfo.InvariantCulture, $"{entry.Timestamp:yyyy-MM-ddTHH:mm:ss.fffZ} ");
        var cause = entry.Cause is null ? "" : $" | {entry.Cause}";
        return OneLine($"{head}{word} {entry.LogSource}: {entry.Message}{cause}");
    }

    /// <inheritdoc/>
    protected override void Print(LogEvent logEvent) => Write(logEvent);

    /// <summary>Writes the line of an event.</summary>
    internal static void Write(LogEvent entry) => Console.Error.WriteLine(Line(entry, UnderSystemd));

    // What an event holds may come from a file's name, and must not forge a line or drive a terminal.
    private static string OneLine(string text) =>
        string.Concat(text.Select(letter => letter is '\n' ? " | " : char.IsControl(letter) ? "" : letter.ToString()));
}
