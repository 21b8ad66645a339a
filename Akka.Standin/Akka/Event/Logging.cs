using Akka.Actor;

namespace Akka.Event;

public interface ILogMessageFormatter
{
    string Format(string format, params object[] args);
}

public class DefaultLogMessageFormatter : ILogMessageFormatter
{
    public static readonly DefaultLogMessageFormatter Instance = new();

    private DefaultLogMessageFormatter() { }

    public string Format(string format, params object[] args) => string.Format(format, args);
}

/// <summary>A format and what goes into it, put together when somebody reads it.</summary>
public abstract class LogMessage
{
    protected readonly ILogMessageFormatter Formatter;

    public LogMessage(ILogMessageFormatter formatter, string format)
    {
        Formatter = formatter;
        Format = format;
    }

    public string Format { get; }

    public abstract IEnumerable<object> Parameters();
}

internal sealed class FormattedLogMessage(ILogMessageFormatter formatter, string format, object[] args)
    : LogMessage(formatter, format)
{
    public override IEnumerable<object> Parameters() => args;

    public override string ToString() => Formatter.Format(Format, args);
}

/// <summary>Writes to the log.</summary>
public interface ILoggingAdapter
{
    ILogMessageFormatter Formatter { get; }

    bool IsEnabled(LogLevel logLevel);

    void Log(LogLevel logLevel, Exception cause, LogMessage message);

    void Log(LogLevel logLevel, Exception cause, string message);
}

/// <summary>Publishes log events of one source on the event stream.</summary>
internal sealed class BusLogging(EventStream bus, string logSource, Type logClass) : ILoggingAdapter
{
    public ILogMessageFormatter Formatter => DefaultLogMessageFormatter.Instance;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= bus.LogLevel;

    public void Log(LogLevel logLevel, Exception cause, LogMessage message) => Write(logLevel, cause, message);

    public void Log(LogLevel logLevel, Exception cause, string message) => Write(logLevel, cause, message);

    private void Write(LogLevel level, Exception cause, object message)
    {
        if (!IsEnabled(level)) return;
        bus.Publish(level switch
        {
            LogLevel.DebugLevel => new Debug(cause, logSource, logClass, message),
            LogLevel.InfoLevel => new Info(cause, logSource, logClass, message),
            LogLevel.WarningLevel => new Warning(cause, logSource, logClass, message),
            _ => new Error(cause, logSource, logClass, message),
        });
    }
}

public static class Logging
{
    public static ILoggingAdapter GetLogger(this IActorContext context,
        ILogMessageFormatter logMessageFormatter = null) =>
        new BusLogging(context.System.EventStream, context.Self.Path.ToString(),
            (context as ActorCell)?.Props.Type ?? context.Props.Type);

    public static ILoggingAdapter GetLogger(
        ActorSystem system, object logSourceObj, ILogMessageFormatter logMessageFormatter = null) =>
        new BusLogging(system.EventStream, SourceOf(logSourceObj, system), ClassOf(logSourceObj));

    public static Type ClassFor(this LogLevel logLevel) => logLevel switch
    {
        LogLevel.DebugLevel => typeof(Debug),
        LogLevel.InfoLevel => typeof(Info),
        LogLevel.WarningLevel => typeof(Warning),
        LogLevel.ErrorLevel => typeof(Error),
        _ => throw new ArgumentException("Unknown LogLevel", nameof(logLevel)),
    };

    public static string StringFor(this LogLevel logLevel) => logLevel switch
    {
        LogLevel.DebugLevel => "DEBUG",
        LogLevel.InfoLevel => "INFO",
        LogLevel.WarningLevel => "WARNING",
        LogLevel.ErrorLevel => "ERROR",
        _ => "OFF",
    };

    internal static LogLevel LevelOf(string logLevel) => logLevel?.ToUpperInvariant() switch
    {
        "DEBUG" => LogLevel.DebugLevel,
        "INFO" => LogLevel.InfoLevel,
        "WARNING" => LogLevel.WarningLevel,
        "ERROR" => LogLevel.ErrorLevel,
        "OFF" => (LogLevel)int.MaxValue,
        _ => throw new ArgumentException($"Unknown LogLevel: \"{logLevel}\".", nameof(logLevel)),
    };

    private static string SourceOf(object source, ActorSystem system) => source switch
    {
        string text => $"{text}({system})",
        Type type => type.Name,
        IActorRef actorRef => actorRef.Path.ToString(),
        ActorBase actor => actor.Cell.Self.Path.ToString(),
        null => "null",
        _ => source.GetType().Name,
    };

    private static Type ClassOf(object source) => source switch
    {
        string => typeof(string),
        Type type => type,
        null => typeof(object),
        _ => source.GetType(),
    };

    internal static void PublishAt(this EventStream bus, LogLevel level, LogEvent entry)
    {
        if (level >= bus.LogLevel) bus.Publish(entry);
    }
}
