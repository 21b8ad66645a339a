using Akka.Actor;
using Akka.Cluster.Tools;
using Akka.Event;
using static Akka.Cluster.Sharding.ShardingProtocol;

namespace Akka.Cluster.Sharding;

/// <summary>
/// The door to the entities of a type on one node: hosts the shards that the coordinator gives it, passes messages for
/// others to their regions, and keeps them while it does not know which.
/// </summary>
internal sealed class RegionActor : ReceiveActor, IWithTimers
{
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly ShardingNames _names;
    private readonly EntityKind _kind;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<string, IActorRef> _shards = [];  // hosted here
    private readonly HashSet<string> _handingOff = [];
    private readonly Dictionary<string, IActorRef> _homes = [];   // of shards elsewhere
    private readonly Dictionary<string, MessageBuffer> _waiting = [];
    private readonly int _bufferSize;
    private IActorRef _coordinator;
    private bool _isEnding;

    public RegionActor(ShardingNames names, EntityKind kind)
    {
        (_names, _kind) = (names, kind);
        _bufferSize = kind.Settings.Config.GetInt("buffer-size");
        Receive<RetryTick>(_ => OnRetry());
        Receive<ClusterEvent.CurrentClusterState>(_ => Introduce());
        Receive<ClusterEvent.IMemberEvent>(_ => { if (_coordinator is null) Introduce(); });
        Receive<Registered>(registered => Follow(registered.Coordinator));
        Receive<WhatDoYouHost>(question =>
        {
            Follow(question.Coordinator);
            _coordinator.Tell(Card());
        });
        Receive<ShardHome>(home => OnShardHome(home.Shard, home.Region));
        Receive<HostShard>(host => { if (Sender.Equals(_coordinator)) OnShardHome(host.Shard, Self); });
        Receive<BeginHandOff>(begin => { if (!_shards.ContainsKey(begin.Shard)) _homes.Remove(begin.Shard); });
        Receive<HandOff>(handOff => { if (Sender.Equals(_coordinator)) OnHandOff(handOff.Shard); });
        Receive<Terminated>(gone => OnTerminated(gone.ActorRef));
        Receive<GracefulShutdown>(_ =>
        {
            _isEnding = true;
            OnRetry();
        });
        Receive<GetCurrentRegions>(question => _coordinator?.Forward(question));
        Receive<GetShardRegionState>(_ => AskShards());
        ReceiveAny(message => Route(message, Sender));
    }

    public ITimerScheduler Timers { get; set; }

    private ClusterShardingSettings Settings => _kind.Settings;

    protected override void PreStart()
    {
        _cluster.Subscribe(Self, typeof(ClusterEvent.IMemberEvent));
        Timers.StartPeriodicTimer(typeof(RetryTick), new RetryTick(), Settings.Config.GetTimeSpan("retry-interval"));
    }

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    private Register Card() => new(Self, [.. _shards.Keys], _kind.IsProxy, _isEnding);

    /// <summary>Looks for the coordinator where it must be: at the oldest node.</summary>
    private void Introduce()
    {
        var oldest = _cluster.State.Members.Where(member => Settings.IsFor(member)
            && member.Status is MemberStatus.Up or MemberStatus.Leaving)
            .Order(Member.AgeOrdering).FirstOrDefault();
        if (oldest is not null)
            Context.ActorSelection(_names.At(oldest.Address, _names.Manager, ShardingNames.Coordinator)).Tell(Card());
    }

    private void Follow(IActorRef coordinator)
    {
        if (coordinator.Equals(_coordinator)) return;
        if (_coordinator is not null) Context.Unwatch(_coordinator);
        _coordinator = Context.Watch(coordinator);
        foreach (var shard in _waiting.Keys) AskHome(shard);
    }

    private void AskHome(string shard)
    {
        if (!_handingOff.Contains(shard)) _coordinator?.Tell(new GetShardHome(shard));
    }

    private void OnRetry()
    {
        if (_coordinator is null) Introduce();
        foreach (var shard in _waiting.Keys) AskHome(shard);
        if (!_isEnding) return;
        if (_shards.Count == 0 && _waiting.Count == 0) Context.Stop(Self);
        else _coordinator?.Tell(Card());
    }

    private void Route(object message, IActorRef sender)
    {
        if (_kind.Extractor.EntityId(message) is not { Length: > 0 } id)
        {
            Unhandled(message);
            return;
        }
        var shard = _kind.Extractor.ShardId(id, message);
        if (!_handingOff.Contains(shard) && !_waiting.ContainsKey(shard))
        {
            if (_shards.TryGetValue(shard, out var here))
            {
                here.Tell(message, sender);
                return;
            }
            if (_homes.TryGetValue(shard, out var there))
            {
                there.Tell(message, sender);
                return;
            }
        }
        if (!_waiting.TryGetValue(shard, out var buffer))
        {
            _waiting[shard] = buffer = new MessageBuffer(int.MaxValue, Context.System.DeadLetters);
            AskHome(shard);
        }
        if (_waiting.Values.Sum(each => each.Count) < _bufferSize) buffer.Add(message, sender);
        else Context.System.DeadLetters.Tell(message, sender);
    }

    private void OnShardHome(string shard, IActorRef region)
    {
        if (_handingOff.Contains(shard)) return; // an answer from before
        if (region.Equals(Self))
        {
            if (_kind.IsProxy) return;
            if (!_shards.ContainsKey(shard)) Host(shard);
        }
        else
        {
            if (_shards.ContainsKey(shard)) return; // it is here until the coordinator takes it away
            _homes[shard] = Context.Watch(region);
        }
        if (!_waiting.Remove(shard, out var buffer)) return;
        var to = _shards.GetValueOrDefault(shard) ?? region;
        buffer.DrainTo((message, sender) => to.Tell(message, sender));
    }

    private void Host(string shard)
    {
        _homes.Remove(shard);
        var kind = _kind;
        _shards[shard] = Context.Watch(Context.ActorOf(Props.Create(() => new Shard(shard, kind)),
            Uri.EscapeDataString(shard)));
        _log.Debug("The shard {0} is here", shard);
    }

    private void OnHandOff(string shard)
    {
        _homes.Remove(shard);
        if (!_shards.TryGetValue(shard, out var actor)) Sender.Tell(new ShardStopped(shard));
        else if (_handingOff.Add(shard)) actor.Tell(new Shard.HandOff());
    }

    private void OnTerminated(IActorRef gone)
    {
        if (gone.Equals(_coordinator))
        {
            _coordinator = null;
            Introduce();
            return;
        }
        foreach (var shard in _homes.Where(each => each.Value.Equals(gone)).Select(each => each.Key).ToArray())
            _homes.Remove(shard);
        var ended = _shards.FirstOrDefault(each => each.Value.Equals(gone)).Key;
        if (ended is null) return;
        _shards.Remove(ended);
        if (!_handingOff.Remove(ended)) return;
        _coordinator?.Tell(new ShardStopped(ended));
        if (_waiting.ContainsKey(ended)) AskHome(ended);
        if (_isEnding) OnRetry();
    }

    /// <summary>Gathers an answer of every shard; those that do not answer in time are named.</summary>
    private void AskShards()
    {
        var (asker, timeout) = (Sender, Settings.ShardRegionQueryTimeout);
        var asked = _shards.Select(each =>
            (each.Key, Answer: each.Value.Ask<ShardState>(GetShardRegionState.Instance, timeout))).ToArray();
        Task.WhenAll(asked.Select(each => each.Answer)).ContinueWith(_ => new CurrentShardRegionState(
            [.. asked.Where(each => each.Answer.IsCompletedSuccessfully).Select(each => each.Answer.Result)],
            [.. asked.Where(each => !each.Answer.IsCompletedSuccessfully).Select(each => each.Key)]),
                TaskScheduler.Default).PipeTo(asker, Self);
    }
}
