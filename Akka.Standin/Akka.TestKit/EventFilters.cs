using System.Text.RegularExpressions;
using Akka.Actor;
using Akka.Event;

namespace Akka.TestKit;

/// <summary>Waits for log events that fit.</summary>
public interface IEventFilterApplier
{
    void ExpectOne(Action action, CancellationToken cancellationToken = default);

    void Expect(int expectedCount, Action action, CancellationToken cancellationToken = default);
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

    public IEventFilterApplier Error(
        string message = null, string start = null, string contains = null, string source = null) =>
        ForLogLevel(LogLevel.ErrorLevel, message, start, contains, source);

    public IEventFilterApplier ForLogLevel(
        LogLevel logLevel, string message = null, string start = null, string contains = null, string source = null)
    {
        var fits = Text(message, start, contains);
        return Apply(source, entry => entry.LogLevel() == logLevel && fits(entry.Message?.ToString()));
    }

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

    public void Expect(int expectedCount, Action action, CancellationToken cancellationToken = default)
    {
        var muted = Begin();
        try
        {
            action();
            // None expected: only the end of the time can tell.
            kit.AwaitConditionNoThrow(() => muted.Count >= Math.Max(1, expectedCount),
                kit.Dilated(kit.TestKitSettings.TestEventFilterLeeway), Poll, cancellationToken);
            Check(muted, expectedCount);
        }
        finally
        {
            End(muted);
        }
    }

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
                initialize.LoggingBus.Subscribe(Self, typeof(Mute));
                initialize.LoggingBus.Subscribe(Self, typeof(Unmute));
                return base.Receive(message);
            case Mute mute: _muted.Add(mute.Events); return true;
            case Unmute unmute: _muted.Remove(unmute.Events); return true;
            case LogEvent entry: Show(entry); return true;
            default: return base.Receive(message);
        }
    }

    private void Show(LogEvent entry)
    {
        foreach (var muted in _muted)
            if (muted.Take(entry)) return;
        Print(entry);
    }
}
