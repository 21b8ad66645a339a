using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster.Tools;

namespace Akka.Cluster.Sharding;

/// <summary>
/// The parent of some entities of a type: starts them with their first message and knows which there are.
/// </summary>
internal sealed class Shard : ReceiveActor, IWithTimers
{
    internal sealed record HandOff : INoSerializationVerificationNeeded;

    private sealed record IdleTick : INoSerializationVerificationNeeded;

    private sealed record HandOffOver : INoSerializationVerificationNeeded;

    private sealed class Entity(MessageBuffer waiting)
    {
        internal readonly MessageBuffer Waiting = waiting; // while it is not there or on its way out
        internal IActorRef Actor;
        internal bool IsPassivating;
        internal bool IsWanted; // by a message that came while it was passivating
        internal TimeSpan LastMessage;
    }

    private readonly string _id;
    private readonly EntityKind _kind;
    private readonly Dictionary<string, Entity> _entities = [];
    private readonly Dictionary<IActorRef, string> _ids = [];
    private bool _isHandingOff;

    public Shard(string id, EntityKind kind)
    {
        (_id, _kind) = (id, kind);
        Receive<Passivate>(passivate =>
        {
            if (_ids.TryGetValue(Sender, out var entity)) PassivateEntity(entity, passivate.StopMessage);
        });
        Receive<Terminated>(gone =>
        {
            if (_ids.Remove(gone.ActorRef, out var entity)) EntityEnded(entity);
        });
        Receive<IdleTick>(_ => PassivateIdle());
        Receive<HandOff>(_ => BeginHandOff());
        Receive<HandOffOver>(_ => { foreach (var entity in _ids.Keys) Context.Stop(entity); });
        Receive<GetShardRegionState>(_ => Sender.Tell(new ShardState(_id, [.. Running])));
        ReceiveAny(message =>
        {
            if (_kind.Extractor.EntityId(message) is { Length: > 0 } entity) Deliver(entity, message, Sender);
            else Unhandled(message);
        });
    }

    public ITimerScheduler Timers { get; set; }

    private TimeSpan Now => Context.System.Scheduler.MonotonicClock;
    private ClusterShardingSettings Settings => _kind.Settings;

    protected override void PreStart()
    {
        if (Settings.PassivateIdleEntityAfter <= TimeSpan.Zero) return;
        var often = TimeSpan.FromTicks(Math.Max(Settings.PassivateIdleEntityAfter.Ticks / 4,
            TimeSpan.TicksPerMillisecond * 50));
        Timers.StartPeriodicTimer(typeof(IdleTick), new IdleTick(), often);
    }

    // Entities survive a restart of nothing: a shard that fails is made anew by its region.
    protected override void PreRestart(Exception reason, object message) => Context.Stop(Self);

    private IEnumerable<string> Running =>
        _entities.Where(each => each.Value.Actor is not null).Select(each => each.Key);

    private Entity EntityOf(string id)
    {
        if (_entities.TryGetValue(id, out var entity)) return entity;
        return _entities[id] = new Entity(new MessageBuffer(Settings.Config.GetInt("buffer-size"),
            Context.System.DeadLetters));
    }

    private void Deliver(string id, object message, IActorRef sender)
    {
        var isNew = !_entities.ContainsKey(id);
        var entity = EntityOf(id);
        entity.LastMessage = Now;
        if (entity.Actor is not null && !entity.IsPassivating)
        {
            Pass(entity, message, sender);
            return;
        }
        entity.IsWanted |= entity.IsPassivating;
        entity.Waiting.Add(message, sender);
        if (isNew && !_isHandingOff) StartEntity(id, entity);
    }

    private void Pass(Entity entity, object message, IActorRef sender) =>
        entity.Actor.Tell(_kind.Extractor.EntityMessage(message), sender);

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
        else _entities.Remove(id);
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
