using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster.Tools;
using Akka.Event;

namespace Akka.Cluster.Sharding;

/// <summary>
/// The parent of some entities of a type: starts them with their first message and knows which there are.
/// </summary>
internal sealed class Shard : ReceiveActor, IWithTimers, IWithUnboundedStash
{
    internal sealed record HandOff : INoSerializationVerificationNeeded;

    private sealed record IdleTick : INoSerializationVerificationNeeded;

    private sealed record RestartEntity(string Id) : INoSerializationVerificationNeeded;

    private sealed record HandOffOver : INoSerializationVerificationNeeded;

    private sealed class Entity(MessageBuffer waiting)
    {
        internal readonly MessageBuffer Waiting = waiting; // while it is not there or on its way out
        internal IActorRef Actor;
        internal bool IsRemembered;
        internal bool IsPassivating;
        internal bool IsWanted; // by a message that came while it was passivating
        internal TimeSpan LastMessage;
    }

    private readonly string _id;
    private readonly EntityKind _kind;
    private readonly IActorRef _memory; // null: nothing is remembered
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<string, Entity> _entities = [];
    private readonly Dictionary<IActorRef, string> _ids = [];
    private bool _isHandingOff;

    public Shard(string id, EntityKind kind, ShardingNames names)
    {
        (_id, _kind) = (id, kind);
        _memory = MemoryOf(kind, names, id);
        if (_memory is null) Serve();
        else
        {
            Receive<MemoryProtocol.Recalled>(recalled =>
            {
                foreach (var each in recalled.Ids)
                {
                    var entity = EntityOf(each);
                    entity.IsRemembered = true;
                    StartEntity(each, entity);
                }
                Become(Serve);
                Stash.UnstashAll();
            });
            Receive<HandOff>(_ => Context.Stop(Self));
            Receive<Terminated>(_ => Context.Stop(Self)); // the memory: without it nothing may start
            ReceiveAny(_ => Stash.Stash());
        }
    }

    public ITimerScheduler Timers { get; set; }
    public IStash Stash { get; set; }

    private TimeSpan Now => Context.System.Scheduler.MonotonicClock;
    private ClusterShardingSettings Settings => _kind.Settings;

    internal static IActorRef MemoryOf(EntityKind kind, ShardingNames names, string shard)
    {
        if (!kind.Settings.RememberEntities) return null;
        if (kind.Settings.RememberEntitiesStore == RememberEntitiesStore.Eventsourced)
            return Context.Watch(Context.ActorOf(Props.Create(() =>
                new JournalMemory(kind.TypeName, shard, kind.Settings)), "memory"));
        var provider = ((ExtendedActorSystem)Context.System).Provider;
        return provider.ResolveActorRef(names.At(provider.DefaultAddress, names.Memory));
    }

    protected override void PreStart()
    {
        _memory?.Tell(new MemoryProtocol.Recall(_id));
        if (!Settings.ShouldPassivateIdleEntities) return;
        var often = TimeSpan.FromTicks(Math.Max(Settings.PassivateIdleEntityAfter.Ticks / 4,
            TimeSpan.TicksPerMillisecond * 50));
        Timers.StartPeriodicTimer(typeof(IdleTick), new IdleTick(), often);
    }

    // Entities survive a restart of nothing: a shard that fails is made anew by its region.
    protected override void PreRestart(Exception reason, object message) => Context.Stop(Self);

    private void Serve()
    {
        Receive<Passivate>(passivate =>
        {
            if (_ids.TryGetValue(Sender, out var id)) PassivateEntity(id, passivate.StopMessage);
        });
        Receive<Terminated>(gone =>
        {
            if (gone.ActorRef.Equals(_memory)) Context.Stop(Self); // what it cannot remember it may not start
            else if (_ids.Remove(gone.ActorRef, out var id)) EntityEnded(id);
        });
        Receive<MemoryProtocol.Changed>(OnChanged);
        Receive<RestartEntity>(restart =>
        {
            if (!_isHandingOff && _entities.TryGetValue(restart.Id, out var entity) && entity.Actor is null)
                StartEntity(restart.Id, entity);
        });
        Receive<IdleTick>(_ => PassivateIdle());
        Receive<HandOff>(_ => BeginHandOff());
        Receive<HandOffOver>(_ => { foreach (var entity in _ids.Keys) Context.Stop(entity); });
        Receive<GetShardRegionState>(_ => Sender.Tell(new ShardState(_id, [.. Running])));
        Receive<GetShardRegionStats>(_ => Sender.Tell(Running.Count()));
        Receive<ShardRegion.StartEntity>(start =>
        {
            Deliver(start.EntityId, null, null);
            Sender.Tell(new ShardRegion.StartEntityAck(start.EntityId, _id));
        });
        ReceiveAny(message =>
        {
            if (_kind.EntityIdOf(message) is { Length: > 0 } id) Deliver(id, message, Sender);
            else Unhandled(message);
        });
    }

    private IEnumerable<string> Running =>
        _entities.Where(each => each.Value.Actor is not null).Select(each => each.Key);

    private Entity EntityOf(string id)
    {
        if (_entities.TryGetValue(id, out var entity)) return entity;
        return _entities[id] = new Entity(new MessageBuffer(Settings.Config.GetInt("buffer-size"),
            Context.System.DeadLetters));
    }

    /// <param name="message">Null to start the entity only.</param>
    private void Deliver(string id, object message, IActorRef sender)
    {
        var isNew = !_entities.ContainsKey(id);
        var entity = EntityOf(id);
        entity.LastMessage = Now;
        if (entity.Actor is not null && !entity.IsPassivating)
        {
            if (message is not null) Pass(entity, message, sender);
            return;
        }
        entity.IsWanted |= entity.IsPassivating;
        if (message is not null) entity.Waiting.Add(message, sender);
        if (!isNew || _isHandingOff) return;
        if (_memory is null) StartEntity(id, entity);
        else _memory.Tell(new MemoryProtocol.Change(_id, [id], []));
    }

    private void Pass(Entity entity, object message, IActorRef sender) =>
        entity.Actor.Tell(_kind.Extractor.EntityMessage(message), sender);

    private void OnChanged(MemoryProtocol.Changed changed)
    {
        if (_isHandingOff) return;
        foreach (var id in changed.Added)
        {
            if (!_entities.TryGetValue(id, out var entity)) continue;
            entity.IsRemembered = true;
            if (entity.Actor is null) StartEntity(id, entity);
        }
    }

    private void StartEntity(string id, Entity entity)
    {
        entity.Actor = Context.Watch(Context.ActorOf(_kind.PropsOf(id), Uri.EscapeDataString(id)));
        entity.LastMessage = Now;
        _ids[entity.Actor] = id;
        entity.Waiting.DrainTo((message, sender) => Pass(entity, message, sender));
    }

    private void PassivateEntity(string id, object stopMessage)
    {
        var entity = _entities[id];
        if (entity.IsPassivating || _isHandingOff) return;
        entity.IsPassivating = true;
        entity.Actor.Tell(stopMessage);
    }

    private void PassivateIdle()
    {
        var oldest = Now - Settings.PassivateIdleEntityAfter;
        foreach (var (id, entity) in _entities.ToArray())
            if (entity.Actor is not null && entity.LastMessage < oldest) PassivateEntity(id, _kind.StopMessage);
    }

    private void EntityEnded(string id)
    {
        var entity = _entities[id];
        entity.Actor = null;
        var wasPassivating = entity.IsPassivating;
        entity.IsPassivating = false;
        if (_isHandingOff)
        {
            if (_ids.Count == 0) Context.Stop(Self);
        }
        else if (wasPassivating && entity.IsWanted)
        {
            entity.IsWanted = false;
            StartEntity(id, entity);
        }
        else if (wasPassivating || !entity.IsRemembered)
        {
            _entities.Remove(id);
            if (entity.IsRemembered) _memory.Tell(new MemoryProtocol.Change(_id, [], [id]));
        }
        else
        {
            _log.Debug("The entity {0} ended by itself; it is started again", id);
            Timers.StartSingleTimer(id, new RestartEntity(id), Settings.Config.GetTimeSpan("entity-restart-backoff"));
        }
    }

    private void BeginHandOff()
    {
        if (_isHandingOff) return;
        _isHandingOff = true;
        var region = Context.Parent;
        foreach (var entity in _entities.Values)
            entity.Waiting.DrainTo((message, sender) => region.Tell(message, sender));
        if (_ids.Count == 0) Context.Stop(Self);
        foreach (var entity in _ids.Keys) entity.Tell(_kind.StopMessage);
        Timers.StartSingleTimer(typeof(HandOffOver), new HandOffOver(), Settings.Config.GetTimeSpan("handoff-timeout"));
    }
}
