namespace Akka.Persistence.TestKit;

/// <summary>How replay behaves; every task ends when the journal has taken the setting over.</summary>
public class JournalRecoveryBehavior
{
    private readonly Func<IJournalInterceptor, Task> _set;

    internal JournalRecoveryBehavior(Func<IJournalInterceptor, Task> set) => _set = set;

    public Task Pass() => _set(JournalInterceptor.Passing);
    public Task PassWithDelay(TimeSpan delay) => _set(new JournalInterceptor(delay: delay));

    public Task Fail() => Set(Failing);
    private protected Task Set(Action act) => _set(new JournalInterceptor(act));

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
