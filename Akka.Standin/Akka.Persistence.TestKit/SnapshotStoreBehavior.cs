namespace Akka.Persistence.TestKit;

/// <summary>How saving behaves; every task ends when the store has taken the setting over.</summary>
public class SnapshotStoreSaveBehavior
{
    private readonly Func<ISnapshotStoreInterceptor, Task> _set;

    internal SnapshotStoreSaveBehavior(Func<ISnapshotStoreInterceptor, Task> set) => _set = set;

    public Task Pass() => _set(SnapshotStoreInterceptor.Passing);
    public Task PassWithDelay(TimeSpan delay) => _set(new SnapshotStoreInterceptor(delay: delay));

    public Task Fail() => _set(new SnapshotStoreInterceptor(Failing));
    private static void Failing() =>
        throw new TestSnapshotStoreFailureException("The test lets the snapshot store fail.");
}

public class SnapshotStoreLoadBehavior : SnapshotStoreSaveBehavior
{
    internal SnapshotStoreLoadBehavior(Func<ISnapshotStoreInterceptor, Task> set) : base(set) { }
}

public class SnapshotStoreDeleteBehavior : SnapshotStoreSaveBehavior
{
    internal SnapshotStoreDeleteBehavior(Func<ISnapshotStoreInterceptor, Task> set) : base(set) { }
}

public interface ITestSnapshotStore
{
    SnapshotStoreSaveBehavior OnSave { get; }
    SnapshotStoreLoadBehavior OnLoad { get; }
    SnapshotStoreDeleteBehavior OnDelete { get; }
}
