using System.Text.RegularExpressions;
using Akka.Actor;
using Akka.Event;

namespace Akka.TestKit;

/// <summary>Waits for log events that fit.</summary>
public interface IEventFilterApplier
{
    void ExpectOne(Action action, CancellationToken cancellationToken = default);

    void ExpectOne(TimeSpan timeout, Action action, CancellationToken cancellationToken = default);

    void Expect(int expectedCount, Action action, CancellationToken cancellationToken = default);

    Task ExpectOneAsync(Func<Task> actionAsync, CancellationToken cancellationToken = default);
}

/// <summary>Makes filters of log events.</summary>
public class EventFilterFactory
{
    private readonly TestKitBase _kit;
    private readonly ActorSystem _system;

    public EventFilterFactory(TestKitBase testKit) : this(testKit, testKit.Sys) { }

    public EventFilterFactory(TestKitBase testKit, ActorSystem system)
    {
        _kit = testKit;
        _system = system;
    }

    public IEventFilterApplier Exception<TException>(
        string message = null, string start = null, string contains = null, string source = null)
        where TException : Exception => Exception(typeof(TException), message, start, contains, source);

    public IEventFilterApplier Exception(
        Type exceptionType, string message = null, string start = null, string contains = null, string source = null,
        bool checkInnerExceptions = false)
    {
        var fits = Text(message, start, contains);
        return Apply(source, entry => entry is Error error
            && Causes(error.Cause, checkInnerExceptions).Any(cause => exceptionType.IsInstanceOfType(cause)
                && (fits(cause.Message) || fits(error.Message?.ToString()))));
    }

    private static IEnumerable<Exception> Causes(Exception cause, bool withInner)
    {
        for (; cause is not null; cause = cause.InnerException)
        {
            yield return cause;
            if (!withInner) yield break;
        }
    }

    public IEventFilterApplier Error(
        string message = null, string start = null, string contains = null, string source = null) =>
        ForLogLevel(LogLevel.ErrorLevel, message, start, contains, source);

    public IEventFilterApplier Warning(
        string message = null, string start = null, string contains = null, string source = null) =>
        ForLogLevel(LogLevel.WarningLevel, message, start, contains, source);

    public IEventFilterApplier Info(
        string message = null, string start = null, string contains = null, string source = null) =>
        ForLogLevel(LogLevel.InfoLevel, message, start, contains, source);

    public IEventFilterApplier ForLogLevel(
        LogLevel logLevel, string message = null, string start = null, string contains = null, string source = null)
    {
        var fits = Text(message, start, contains);
        return Apply(source, entry => entry.LogLevel() == logLevel && fits(entry.Message?.ToString()));
    }

    public IEventFilterApplier DeadLetter<TMessage>(string source = null) => DeadLetter(typeof(TMessage), source);

    public IEventFilterApplier DeadLetter(Type type, string source = null) => DeadLetter(type, _ => true, source);

    public IEventFilterApplier DeadLetter(Type type, Func<object, bool> isMatch, string source = null) =>
        Apply(source, entry => entry.Message is DeadLetter letter && type.IsInstanceOfType(letter.Message)
            && isMatch(letter.Message));

    private EventFilterApplier Apply(string source, Predicate<LogEvent> fits) =>
        new(_kit, _system, entry => (source is null || entry.LogSource == source
            || entry.LogSource?.EndsWith(source, StringComparison.Ordinal) == true) && fits(entry));

    private static Predicate<string> Text(string message, string start, string contains) => text =>
        (message is null || text == message) && (start is null || text?.StartsWith(start,
            StringComparison.Ordinal) == true)
        && (contains is null || text?.Contains(contains, StringComparison.Ordinal) == true);
}

/// <summary>One filter at work: counts what fits and keeps it from being printed.</summary>
internal sealed class MutedEvents(Predicate<LogEvent> fits) : INoSerializationVerificationNeeded
{
    private int _count;

    internal int Count => Volatile.Read(ref _count);

    internal bool Take(LogEvent entry)
    {
        if (!fits(entry)) return false;
        Interlocked.Increment(ref _count);
        return true;
    }
}

internal sealed class EventFilterApplier(TestKitBase kit, ActorSystem system, Predicate<LogEvent> fits)
    : IEventFilterApplier
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);

    public void ExpectOne(Action action, CancellationToken cancellationToken = default) =>
        Expect(1, action, cancellationToken);

    public void ExpectOne(TimeSpan timeout, Action action, CancellationToken cancellationToken = default) =>
        Expect(1, timeout, action, cancellationToken);

    public void Expect(int expectedCount, Action action, CancellationToken cancellationToken = default) =>
        Expect(expectedCount, kit.TestKitSettings.TestEventFilterLeeway, action, cancellationToken);

    public void Expect(
        int expectedCount, TimeSpan timeout, Action action, CancellationToken cancellationToken = default)
    {
        var muted = Begin();
        try
        {
            action();
            kit.AwaitConditionNoThrow(() => IsDecided(muted, expectedCount), kit.Dilated(timeout), Poll,
                cancellationToken);
            Check(muted, expectedCount);
        }
        finally
        {
            End(muted);
        }
    }

    public Task ExpectOneAsync(Func<Task> actionAsync, CancellationToken cancellationToken = default) =>
        ExpectAsync(1, actionAsync, cancellationToken);

    public Task ExpectAsync(int expectedCount, Func<Task> actionAsync, CancellationToken cancellationToken = default) =>
        ExpectAsync(expectedCount, kit.TestKitSettings.TestEventFilterLeeway, actionAsync, cancellationToken);

    public async Task ExpectAsync(
        int expectedCount, TimeSpan timeout, Func<Task> actionAsync, CancellationToken cancellationToken = default)
    {
        var muted = Begin();
        try
        {
            await actionAsync();
            var until = TestKitBase.Now + kit.Dilated(timeout);
            while (!IsDecided(muted, expectedCount) && TestKitBase.Now < until) await Task.Delay(Poll,
                cancellationToken);
            Check(muted, expectedCount);
        }
        finally
        {
            End(muted);
        }
    }

    // None expected: only the end of the time can tell.
    private static bool IsDecided(MutedEvents muted, int expected) => muted.Count >= Math.Max(1, expected);

    private void Check(MutedEvents muted, int expected) =>
        kit.Assert.AssertTrue(muted.Count == expected, "Expected {0} event(s) that fit the filter, received {1}.",
            expected, muted.Count);

    private MutedEvents Begin()
    {
        var muted = new MutedEvents(fits);
        system.EventStream.Publish(new TestEventListener.Mute(muted));
        return muted;
    }

    private void End(MutedEvents muted) => system.EventStream.Publish(new TestEventListener.Unmute(muted));
}

/// <summary>The logger of tests: shows events to the filters before it prints them.</summary>
public class TestEventListener : DefaultLogger
{
    private readonly List<MutedEvents> _muted = [];

    internal sealed record Mute(MutedEvents Events) : INoSerializationVerificationNeeded;

    internal sealed record Unmute(MutedEvents Events) : INoSerializationVerificationNeeded;

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case InitializeLogger initialize:
                foreach (var type in (Type[])[typeof(Mute), typeof(Unmute), typeof(DeadLetter),
                    typeof(UnhandledMessage)])
                    initialize.LoggingBus.Subscribe(Self, type);
                return base.Receive(message);
            case Mute mute: _muted.Add(mute.Events); return true;
            case Unmute unmute: _muted.Remove(unmute.Events); return true;
            case LogEvent entry: Show(entry); return true;
            case DeadLetter letter: ShowLetter(letter); return true;
            case UnhandledMessage unhandled: ShowUnhandled(unhandled); return true;
            default: return base.Receive(message);
        }
    }

    private bool IsMuted(LogEvent entry)
    {
        foreach (var muted in _muted)
            if (muted.Take(entry)) return true;
        return false;
    }

    private void Show(LogEvent entry)
    {
        if (!IsMuted(entry)) Print(entry);
    }

    private void ShowLetter(DeadLetter letter) =>
        IsMuted(new Warning(letter.Recipient.Path.ToString(), letter.Recipient.GetType(), letter));

    private void ShowUnhandled(UnhandledMessage unhandled) =>
        IsMuted(new Warning(unhandled.Recipient.Path.ToString(), unhandled.Recipient.GetType(),
            "Unhandled message from " + unhandled.Sender + ": " + unhandled.Message));
}
