namespace Akka.Persistence.TestKit;

/// <summary>Runs before each event is written or replayed: a TestJournalRejectionException refuses it, any other fails
/// the call.</summary>
public interface IJournalInterceptor
{
    Task InterceptAsync(IPersistentRepresentation message);
}

public class TestJournalFailureException(string message) : Exception(message);

public class TestJournalRejectionException(string message) : Exception(message);

/// <summary>Waits, then does what is told.</summary>
internal sealed class JournalInterceptor(Action? act = null, TimeSpan delay = default) : IJournalInterceptor
{
    public static readonly JournalInterceptor Passing = new();

    public async Task InterceptAsync(IPersistentRepresentation message)
    {
        if (delay > TimeSpan.Zero) await Task.Delay(delay);
        act?.Invoke();
    }
}
