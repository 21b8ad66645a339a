using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using Akka.Event;
using Backup.Host.Configuration;
using Backup.Messages;

namespace Backup.Host.CommandLine;

/// <summary>Events of the log as lines: for people, for the journal of systemd, or as JSON.</summary>
internal static partial class LogText
{
    private static readonly bool UnderSystemd = Environment.GetEnvironmentVariable("JOURNAL_STREAM") is { Length: > 0 };
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes an event to standard error.</summary>
    public static void Write(LogEvent entry, LogFormat format) =>
        Console.Error.WriteLine(format == LogFormat.Json ? Json(entry) : Line(entry, UnderSystemd));

    /// <summary>
    /// For people. Under systemd the line begins with its priority (sd-daemon(3)) and leaves the time to the journal.
    /// </summary>
    public static string Line(LogEvent entry, bool underSystemd)
    {
        var (priority, word) = Level(entry);
        var head = underSystemd ? $"<{priority}>" : $"{Time(entry)} ";
        var cause = entry.Cause is null ? "" : $" | {entry.Cause}";
        return OneLine($"{head}{word} {entry.LogSource}: {entry.Message}{cause}");
    }

    /// <summary>As an object on one line; a key that has no value is left out.</summary>
    public static string Json(LogEvent entry)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Relaxed))
        {
            json.WriteStartObject();
            json.WriteString("time", Time(entry));
            json.WriteString("level", Level(entry).Word);
            json.WriteString("source", entry.LogSource);
            json.WriteString("message", entry.Message?.ToString());
            if (JobOf(entry) is { } job) json.WriteNumber("job", job);
            if (Parameters(entry).OfType<ImageId>().Select(image => image.ToString()).FirstOrDefault() is { } found)
                json.WriteString("image", found);
            if (entry.Cause is not null) json.WriteString("exception", entry.Cause.ToString());
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>A level as Akka's configuration has it.</summary>
    public static string AkkaLevel(LogLevel level) => level switch
    {
        LogLevel.DebugLevel => "DEBUG",
        LogLevel.WarningLevel => "WARNING",
        LogLevel.ErrorLevel => "ERROR",
        _ => "INFO",
    };

    /// <summary>The job that it is about: one that it names, else that of the session or saga that says it.</summary>
    private static long? JobOf(LogEvent entry)
    {
        foreach (var job in Parameters(entry).OfType<JobId>()) return job.Value;
        return JobInPath().Match(entry.LogSource ?? "") is { Success: true } named
            && long.TryParse(named.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
    }

    private static IEnumerable<object> Parameters(LogEvent entry) =>
        entry.Message is LogMessage message ? message.Parameters() : [];

    private static string Time(LogEvent entry) =>
        entry.Timestamp.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    private static (int Priority, string Word) Level(LogEvent entry) => entry.LogLevel() switch
    {
        LogLevel.ErrorLevel => (3, "error"),
        LogLevel.WarningLevel => (4, "warning"),
        LogLevel.InfoLevel => (6, "info"),
        _ => (7, "debug"),
    };

    // What an event holds may come from a file's name, and must not forge a line or drive a terminal.
    private static string OneLine(string text) =>
        string.Concat(text.Select(letter => letter is '\n' ? " | " : char.IsControl(letter) ? "" : letter.ToString()));

    /// <summary>Sessions and sagas are called job-7-epoch-1 or job-7; shards of sagas hold 7 alone.</summary>
    [GeneratedRegex(@"/job-([0-9]{1,18})(?:-epoch-[0-9]+)?(?:[/\]#]|\z)", RegexOptions.CultureInvariant)]
    private static partial Regex JobInPath();
}
