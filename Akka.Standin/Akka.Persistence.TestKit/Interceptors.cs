namespace Akka.Persistence.TestKit;

/// <summary>Runs before each event is written or replayed: a TestJournalRejectionException refuses it, any other fails the call.</summary>
public interface IJournalInterceptor
{
    Task InterceptAsync(IPersistentRepresentation message);
}

/// <summary>Runs before each call of the snapshot store: an exception fails the call.</summary>
public interface ISnapshotStoreInterceptor
{
    Task InterceptAsync(string persistenceId, SnapshotSelectionCriteria criteria);
}

public class TestJournalFailureException(string message) : Exception(message);

public class TestJournalRejectionException(string message) : Exception(message);

public class TestSnapshotStoreFailureException(string message) : Exception(message);

/// <summary>Waits, then does what is told where the condition holds.</summary>
internal sealed class JournalInterceptor(
    Action? act = null, Func<IPersistentRepresentation, Task<bool>>? condition = null, TimeSpan delay = default) : IJournalInterceptor
{
    public static readonly JournalInterceptor Passing = new();

    public async Task InterceptAsync(IPersistentRepresentation message)
    {
        if (delay > TimeSpan.Zero) await Task.Delay(delay);
        if (act is not null && (condition is null || await condition(message))) act();
    }
}

/// <summary>Waits, then does what is told where the condition holds.</summary>
internal sealed class SnapshotStoreInterceptor(
    Action? act = null, Func<string, SnapshotSelectionCriteria, Task<bool>>? condition = null, TimeSpan delay = default)
    : ISnapshotStoreInterceptor
{
    public static readonly SnapshotStoreInterceptor Passing = new();

    public async Task InterceptAsync(string persistenceId, SnapshotSelectionCriteria criteria)
    {
        if (delay > TimeSpan.Zero) await Task.Delay(delay);
        if (act is not null && (condition is null || await condition(persistenceId, criteria))) act();
    }
}
