using System.Diagnostics;
using System.Threading.Channels;
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Event;

namespace Akka.TestKit;

/// <summary>Marks kits whose thread does not send in their name.</summary>
public interface INoImplicitSender;

/// <summary>
/// An actor system and an actor in it whose messages a test can wait for. Everything that waits exists once, as
/// an asynchronous method; its synchronous twin blocks on it.
/// </summary>
public abstract partial class TestKitBase : IActorRefFactory
{
    private static int s_testActorsMade;

    private readonly Channel<MessageEnvelope> _queue = Channel.CreateUnbounded<MessageEnvelope>();
    private readonly ITestKitAssertions _assertions;
    private MessageEnvelope _last = NullMessageEnvelope.Instance;

    protected TestKitBase(ITestKitAssertions assertions, ActorSystem system = null, string testActorName = null)
        : this(assertions, system, ConfigurationFactory.Empty, null, testActorName) { }

    protected TestKitBase(
        ITestKitAssertions assertions, Config config, string actorSystemName = null, string testActorName = null)
        : this(assertions, null, config, actorSystemName, testActorName) { }

    private TestKitBase(
        ITestKitAssertions assertions, ActorSystem system, Config config, string systemName, string testActorName)
    {
        _assertions = assertions ?? throw new ArgumentNullException(nameof(assertions));
        Sys = system ?? ActorSystem.Create(systemName ?? "test", config.SafeWithFallback(DefaultConfig));
        ((ExtendedActorSystem)Sys).Settings.InjectTopLevelFallback(DefaultConfig);
        TestKitSettings = TestKitExtension.For(Sys);
        EventFilter = new EventFilterFactory(this);
        TestActor = CreateTestActor(testActorName ?? "testActor" + Interlocked.Increment(ref s_testActorsMade));
        if (this is INoImplicitSender) return;
        var cell = ((LocalActorRef)TestActor).Cell;
        InternalCurrentActorCellKeeper.Current = cell;
        SynchronizationContext.SetSynchronizationContext(
            new ActorCellKeepingSynchronizationContext(cell));
    }

    public static Config DefaultConfig { get; } =
        ConfigurationFactory.FromResource("testkit.conf", typeof(TestKitBase).Assembly);

    public static TimeSpan Now => Stopwatch.GetElapsedTime(0);

    public ActorSystem Sys { get; }
    public IActorRef TestActor { get; }
    public TestKitSettings TestKitSettings { get; }
    public EventFilterFactory EventFilter { get; }
    public bool HasMessages => _queue.Reader.TryPeek(out _);
    public IActorRef LastSender => _last.Sender;
    internal ITestKitAssertions Assert => _assertions;

    public TimeSpan RemainingOrDefault => Dilated(TestKitSettings.SingleExpectDefault);

    public IActorRef CreateTestActor(string name) => ((ExtendedActorSystem)Sys).SystemActorOf(
        Props.Create(() => new InternalTestActor(_queue.Writer)).WithDispatcher("akka.test.test-actor.dispatcher"),
            name);

    public virtual TestProbe CreateTestProbe(string name = null) => new(Sys, _assertions, name);

    public virtual TestProbe CreateTestProbe(ActorSystem system, string name = null) => new(system, _assertions, name);

    IActorRef IActorRefFactory.ActorOf(Props props, string name) => Sys.ActorOf(props, name);

    public ActorSelection ActorSelection(ActorPath actorPath) => Sys.ActorSelection(actorPath);

    public ActorSelection ActorSelection(string actorPath) => Sys.ActorSelection(actorPath);

    public IActorRef ChildActorOf(Props props, CancellationToken cancellationToken = default) =>
        SpawnChild(props, null, cancellationToken);

    private IActorRef SpawnChild(Props props, string name, CancellationToken token) =>
        Block(TestActor.Ask<IActorRef>(new InternalTestActor.Spawn(props, name), TestKitSettings.DefaultTimeout,
            token));

    public IActorRef Watch(IActorRef actorToWatch)
    {
        TestActor.Tell(new InternalTestActor.WatchFor(actorToWatch));
        return actorToWatch;
    }

    public void IgnoreMessages(Func<object, bool> shouldIgnoreMessage) =>
        TestActor.Tell(new InternalTestActor.SetIgnore(shouldIgnoreMessage));

    public void IgnoreNoMessages() => IgnoreMessages(null);

    public virtual void Shutdown(TimeSpan? duration = null, bool verifySystemShutdown = false) =>
        Shutdown(Sys, duration, verifySystemShutdown);

    protected virtual void Shutdown(ActorSystem system, TimeSpan? duration = null, bool verifySystemShutdown = false)
    {
        system ??= Sys;
        var within = duration ?? Dilated(TestKitSettings.DefaultTimeout);
        var ended = system.Terminate().Wait(within) && system.WhenTerminated.Wait(within);
        if (!ended && verifySystemShutdown)
            throw new TimeoutException($"Failed to stop [{system.Name}] within [{within}]");
    }

    public TimeSpan Dilated(TimeSpan duration) =>
        duration == Timeout.InfiniteTimeSpan ? duration : duration * TestKitSettings.TestTimeFactor;

    public TimeSpan RemainingOrDilated(TimeSpan? duration) =>
        duration is { } given ? Dilated(given) : RemainingOrDefault;

    /// <summary>
    /// Waits without the kit's synchronization context, whose work would want this very thread's place.
    /// </summary>
    internal static T Block<T>(Task<T> task) => task.GetAwaiter().GetResult();

    internal static T Block<T>(ValueTask<T> task) => Block(task.AsTask());

    internal static void Block(Task task) => task.GetAwaiter().GetResult();
}

/// <summary>Lets what follows an await in a test go on with the test's actor as sender.</summary>
internal sealed class ActorCellKeepingSynchronizationContext(ActorCell cell) : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object state) => ThreadPool.QueueUserWorkItem(_ => Run(d, state));

    public override void Send(SendOrPostCallback d, object state) => Run(d, state);

    public override SynchronizationContext CreateCopy() => this;

    private void Run(SendOrPostCallback callback, object state)
    {
        var (cellBefore, contextBefore) = (InternalCurrentActorCellKeeper.Current, Current);
        InternalCurrentActorCellKeeper.Current = cell;
        SetSynchronizationContext(this);
        try
        {
            callback(state);
        }
        finally
        {
            InternalCurrentActorCellKeeper.Current = cellBefore;
            SetSynchronizationContext(contextBefore);
        }
    }
}
