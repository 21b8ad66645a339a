namespace Akka.Persistence.TestKit;

/// <summary>How replay behaves; every task ends when the journal has taken the setting over.</summary>
public class JournalRecoveryBehavior
{
    private readonly Func<IJournalInterceptor, Task> _set;

    internal JournalRecoveryBehavior(Func<IJournalInterceptor, Task> set) => _set = set;

    public Task Pass() => _set(JournalInterceptor.Passing);
    public Task PassWithDelay(TimeSpan delay) => _set(new JournalInterceptor(delay: delay));

    public Task Fail() => Set(Failing);
    public Task FailIf(Func<IPersistentRepresentation, bool> predicate) =>
        FailIf(message => Task.FromResult(predicate(message)));
    public Task FailIf(Func<IPersistentRepresentation, Task<bool>> predicate) => Set(Failing, predicate);
    private protected Task Set(
        Action act, Func<IPersistentRepresentation, Task<bool>>? condition = null, TimeSpan delay = default) =>
        _set(new JournalInterceptor(act, condition, delay));

    private static void Failing() => throw new TestJournalFailureException("The test lets the journal fail.");
}

/// <summary>How writing behaves.</summary>
public class JournalWriteBehavior : JournalRecoveryBehavior
{
    internal JournalWriteBehavior(Func<IJournalInterceptor, Task> set) : base(set) { }

    public Task Reject() => Set(Rejecting);
    private static void Rejecting() => throw new TestJournalRejectionException("The test lets the journal refuse.");
}

public interface ITestJournal
{
    JournalWriteBehavior OnWrite { get; }
    JournalRecoveryBehavior OnRecovery { get; }
}
