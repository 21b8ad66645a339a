using Akka.Event;
using Backup.Host.Configuration;

namespace Backup.Host.CommandLine;

/// <summary>
/// Akka's log on standard error, a line an event, so that standard output stays the command's. Its form is in the
/// configuration of its system, and may be changed by a <see cref="LogSettings"/> on the event stream.
/// </summary>
public sealed class StandardErrorLogger : DefaultLogger
{
    private LogFormat _format = Enum.Parse<LogFormat>(
        Context.System.Settings.Config.GetString(FormatKey, nameof(LogFormat.Text)));

    /// <summary>Where the configuration of the system has its form.</summary>
    internal const string FormatKey = "backup.log-format";

    /// <inheritdoc/>
    protected override void PreStart() => Context.System.EventStream.Subscribe(Self, typeof(LogSettings));

    /// <inheritdoc/>
    protected override bool Receive(object message)
    {
        if (message is not LogSettings changed) return base.Receive(message);
        _format = changed.Format;
        return true;
    }

    /// <inheritdoc/>
    protected override void Print(LogEvent logEvent) => LogText.Write(logEvent, _format);
}
