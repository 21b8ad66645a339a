using Akka.Actor.Internal;
using Akka.Dispatch;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor;

/// <summary>
/// What surrounds an actor instance and outlives it: mailbox, behaviours, children, watches. Everything but
/// the mailbox and the list of children is touched only in the actor's turn.
/// </summary>
internal sealed partial class ActorCell : IUntypedActorContext
{
    private readonly LocalActorRef _self;
    private Receive _behavior;
    private ActorBase _actor;
    private Envelope _current;
    private TimerScheduler _timers;

    internal ActorCell(ActorSystemImpl system, LocalActorRef self, Props props, IInternalActorRef parent)
    {
        SystemImpl = system;
        _self = self;
        Props = props;
        ParentRef = parent;
        Dispatcher = system.Dispatchers.Lookup(props.Dispatcher);
        Mailbox = new Mailbox(this, Dispatcher);
    }

    internal ActorSystemImpl SystemImpl { get; }
    internal IInternalActorRef ParentRef { get; }
    internal Mailbox Mailbox { get; }
    internal Envelope CurrentEnvelope => _current;

    /// <summary>Counts the messages taken, so that a stash can tell one message from the next.</summary>
    internal long MessagesTaken { get; private set; }

    internal object CurrentMessage => _current.Message;
    internal TimerScheduler TimersOrNull => _timers;
    internal TimerScheduler Timers => _timers ??= new TimerScheduler(this);
    internal bool IsTerminated => Mailbox.IsClosed;

    public Props Props { get; }
    public MessageDispatcher Dispatcher { get; }
    public ActorSystem System => SystemImpl;
    public IActorRef Self => _self;
    public IActorRef Parent => ParentRef;
    public IActorRef Sender => _current.Sender ?? SystemImpl.DeadLetters;

    public void Become(Receive receive) => _behavior = receive;

    public void Become(UntypedReceive receive) => Become(message =>
    {
        receive(message);
        return true;
    });

    public ActorSelection ActorSelection(ActorPath actorPath) => SystemImpl.ActorSelection(actorPath);

    public ActorSelection ActorSelection(string actorPath) =>
        ActorRefFactoryShared.ActorSelection(actorPath, SystemImpl, _self);

    public void Stop(IActorRef child)
    {
        if (TryGetChild(child, out var entry)) entry.IsDying = true;
        child.Inner().SendSystemMessage(Dispatch.SysMsg.Terminate.Instance);
    }

    internal void SendMessage(object message, IActorRef sender)
    {
        if (SystemImpl.Settings.SerializeAllMessages && !TryVerify(ref message)) return;
        Mailbox.Post(new Envelope(message, sender));
    }

    private bool TryVerify(ref object message)
    {
        var content = message is IWrappedMessage wrapped ? wrapped.Message : message;
        if (content is INoSerializationVerificationNeeded || message is INoSerializationVerificationNeeded
            || message is ITimerTick) return true;
        try
        {
            var copy = SystemImpl.Serialization.Copy(content);
            if (ReferenceEquals(content, message)) message = copy;
            return true;
        }
        catch (Exception e)
        {
            SystemImpl.EventStream.Publish(new Error(e, _self.Path.ToString(), typeof(ActorCell),
                $"Swallowing exception during message send: {e.Message}"));
            return false;
        }
    }

    internal void Invoke(in Envelope envelope)
    {
        _current = envelope;
        MessagesTaken++;
        try
        {
            NoteActivity(envelope.Message);
            if (envelope.Message is IAutoReceivedMessage) AutoReceive(envelope.Message);
            else if (envelope.Message is ITimerTick tick) Tick(tick);
            else ReceiveMessage(envelope.Message);
        }
        catch (Exception e)
        {
            Fail(e, perpetrator: null);
            return;
        }
        _current = default;
    }

    internal void ReceiveMessage(object message) => _actor.AroundReceive(_behavior, message);

    private void Tick(ITimerTick tick)
    {
        if (!tick.TryOpen(this, out var message)) return;
        _current = new Envelope(message, _current.Sender);
        ReceiveMessage(message);
    }

    private void AutoReceive(object message)
    {
        switch (message)
        {
            case Terminated terminated: ReceivedTerminated(terminated); break;
            case PoisonPill: StopSelf(); break;
            case Kill: throw new ActorKilledException("Kill");
            case ActorSelectionMessage selection: DeliverSelected(selection); break;
            case Identify identify: Sender.Tell(new ActorIdentity(identify.MessageId, _self), _self); break;
            default: ReceiveMessage(message); break;
        }
    }

    private void DeliverSelected(ActorSelectionMessage selection)
    {
        if (selection.Elements.Length > 0) Akka.Actor.ActorSelection.Deliver(_self, Sender, selection);
        else if (selection.Message is IAutoReceivedMessage inner) AutoReceive(inner);
        else ReceiveMessage(selection.Message);
    }

    internal void StopSelf() => Stop(_self);

    internal void InvokeSystem(SystemMessage message)
    {
        try
        {
            switch (message)
            {
                case Create: CreateActor(); break;
                case Suspend: SuspendAll(); break;
                case Resume resume: ResumeAll(resume.CausedByFailure); break;
                case Recreate recreate: BeginRestart(recreate.Cause); break;
                case Terminate: BeginTermination(); break;
                case Failed failed: ChildFailed(failed); break;
                case Watch watch: AddWatcher(watch.Watcher); break;
                case Unwatch unwatch: _watchedBy?.Remove(unwatch.Watcher); break;
                case DeathWatchNotification gone: WatchedActorTerminated(gone); break;
            }
        }
        catch (Exception e)
        {
            Fail(e, perpetrator: (message as Failed)?.Child);
        }
    }
}
