using System.Collections.Concurrent;
using Akka.Actor;
using Backup.Messages;
using Backup.Messages.Nodes;

namespace Backup.Tests.System.Delivery;

/// <summary>What happens to messages of one type.</summary>
public enum Fault
{
    /// <summary>Each comes twice.</summary>
    Doubled,

    /// <summary>The first does not come.</summary>
    Lost,

    /// <summary>The first comes after whoever waits for it has asked again.</summary>
    Late,
}

/// <summary>
/// Stands between the roles of a system: messages of the protocol that one tells another go through its hands, and it
/// does with them what a network, or a node that dies, may do.
/// </summary>
internal sealed class Postman(ActorSystem system, TimeSpan late)
{
    private readonly ConcurrentDictionary<IActorRef, Lazy<IActorRef>> _doors = [];
    private readonly ConcurrentDictionary<IActorRef, bool> _known = [];
    private readonly ConcurrentDictionary<Order, bool> _orders = [];
    private readonly ConcurrentDictionary<Type, bool> _met = [];
    private int _underWay;

    /// <summary>No message is kept back any more.</summary>
    public bool HasDelivered => Volatile.Read(ref _underWay) == 0;

    /// <summary>Whoever tells this tells the other, by way of the postman; so do the answers go back.</summary>
    public IActorRef Door(string name, IActorRef to) => Made(system.ActorOf(DoorActor.Props(this, to), name));

    /// <summary>The types of what came by since <see cref="Mend"/>.</summary>
    public IReadOnlySet<Type> Met => _met.Keys.ToHashSet();

    /// <summary>From now on this happens to messages of a type; the first, or each.</summary>
    /// <param name="type">The type; null: all.</param>
    /// <param name="fault">What happens.</param>
    public void Break(Type? type, Fault fault) => _orders[new Order(type, fault)] = true;

    /// <summary>All is delivered from now on.</summary>
    public void Mend()
    {
        _orders.Clear();
        _met.Clear();
    }

    private void Take(object message, IActorRef sender, IActorRef to)
    {
        var from = BackTo(sender);
        switch (message is IWireMessage ? Next(message) : null)
        {
            case Fault.Lost:
                return;
            case Fault.Late:
                Interlocked.Increment(ref _underWay);
                _ = Task.Delay(late).ContinueWith(
                    _ =>
                    {
                        to.Tell(message, from);
                        Interlocked.Decrement(ref _underWay);
                    },
                    TaskScheduler.Default);
                return;
            case Fault.Doubled:
                to.Tell(message, from);
                break;
        }
        to.Tell(message, from);
    }

    private Fault? Next(object message)
    {
        var type = message.GetType();
        // What is done to a volume, or ordered of the node that gives, travels in an envelope of its own
        var inner = message switch
        {
            NodeProtocol.ForVolume work => work.Work.GetType(),
            NodeProtocol.ForGiver order => order.Command.GetType(),
            _ => null,
        };
        _met[type] = true;
        if (inner is not null) _met[inner] = true;
        foreach (var order in _orders.Keys.OrderBy(each => each.IsForAll))
            if (order.Takes(type) || (inner is not null && !order.IsForAll && order.Takes(inner))) return order.Fault;
        return null;
    }

    private IActorRef BackTo(IActorRef sender) =>
        sender.IsNobody() || sender.Equals(system.DeadLetters) ? ActorRefs.NoSender
        : _known.ContainsKey(sender) ? sender
        : _doors.GetOrAdd(sender, to => new Lazy<IActorRef>(
            () => Made(system.ActorOf(DoorActor.Props(this, to))))).Value;

    private IActorRef Made(IActorRef door)
    {
        _known[door] = true;
        return door;
    }

    /// <summary>What is to be done with messages of one type, or of all.</summary>
    private sealed class Order(Type? type, Fault fault)
    {
        private int _taken;

        public Fault Fault => fault;

        /// <summary>What is said of one type goes before it.</summary>
        public bool IsForAll => type is null;

        public bool Takes(Type met) => (type is null || type == met)
            && (fault == Fault.Doubled || Interlocked.Increment(ref _taken) == 1);
    }

    private sealed class DoorActor : ReceiveActor
    {
        private DoorActor(Postman postman, IActorRef to) =>
            ReceiveAny(message => postman.Take(message, Sender, to));

        public static Props Props(Postman postman, IActorRef to) =>
            Akka.Actor.Props.Create(() => new DoorActor(postman, to));
    }
}
