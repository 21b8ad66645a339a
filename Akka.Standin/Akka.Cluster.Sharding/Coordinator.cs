using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using static Akka.Cluster.Sharding.ShardingProtocol;

namespace Akka.Cluster.Sharding;

/// <summary>
/// Gives shards to regions; there is one for each type, at the oldest node. It keeps nothing: where the shards are, the
/// regions
/// know, and it decides nothing new before every node of the role has said what it hosts, or is gone.
/// </summary>
internal sealed class Coordinator : ReceiveActor, IWithTimers
{
    private sealed record RebalanceTick : INoSerializationVerificationNeeded;

    private sealed record Decision(string Shard, IActorRef Region) : INoSerializationVerificationNeeded;

    private sealed record ToMove(IImmutableSet<string> Shards) : INoSerializationVerificationNeeded;

    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly ShardingNames _names;
    private readonly ClusterShardingSettings _settings;
    private readonly IShardAllocationStrategy _strategy;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly HashSet<IActorRef> _regions = [];
    private readonly HashSet<IActorRef> _proxies = [];
    private readonly HashSet<IActorRef> _ending = [];
    private readonly HashSet<UniqueAddress> _answered = [];
    private readonly Dictionary<string, IActorRef> _homes = [];
    private readonly HashSet<string> _moving = [];
    private readonly HashSet<string> _deciding = [];
    private readonly Dictionary<string, HashSet<IActorRef>> _askers = [];
    private bool _isReady;

    public Coordinator(ShardingNames names, ClusterShardingSettings settings, IShardAllocationStrategy strategy)
    {
        (_names, _settings, _strategy) = (names, settings, strategy);
        Receive<Register>(OnRegister);
        Receive<ActorIdentity>(identity =>
        {
            if (identity.Subject is null && identity.MessageId is string node) Answered(node);
        });
        Receive<ClusterEvent.CurrentClusterState>(_ => AskAll());
        Receive<ClusterEvent.IMemberEvent>(_ => BeginWhenReady());
        Receive<RetryTick>(_ => OnRetry());
        Receive<GetShardHome>(question => OnGetShardHome(question.Shard, Sender));
        Receive<Decision>(OnDecision);
        Receive<ShardStopped>(stopped => OnShardStopped(stopped.Shard, Sender));
        Receive<RebalanceTick>(_ => Rebalance());
        Receive<ToMove>(move => { foreach (var shard in move.Shards) Move(shard); });
        Receive<Status.Failure>(failure => _log.Error(failure.Cause, "The allocation strategy failed"));
        Receive<Terminated>(gone => OnTerminated(gone.ActorRef));
        Receive<GetCurrentRegions>(_ => Sender.Tell(new CurrentRegions([.. _regions.Select(AddressOf)])));
    }

    public ITimerScheduler Timers { get; set; }

    protected override void PreStart()
    {
        _cluster.Subscribe(Self, typeof(ClusterEvent.IMemberEvent));
        Timers.StartPeriodicTimer(typeof(RetryTick), new RetryTick(), _settings.Config.GetTimeSpan("retry-interval"));
        Timers.StartPeriodicTimer(typeof(RebalanceTick), new RebalanceTick(),
            _settings.Config.GetTimeSpan("rebalance-interval"));
    }

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    private IEnumerable<Member> Unheard =>
        _cluster.State.Members.Where(member => _settings.IsFor(member) && member.Status
        is not (MemberStatus.Joining or MemberStatus.WeaklyUp or MemberStatus.Removed)
            && !_answered.Contains(member.UniqueAddress));

    private Address AddressOf(IActorRef region) =>
        region.Path.Address.HasGlobalScope ? region.Path.Address : _cluster.SelfAddress;

    /// <summary>
    /// Asks every node that may host something what it is; one without a region says that it has none.
    /// </summary>
    private void AskAll()
    {
        foreach (var member in Unheard)
        {
            var region = Context.ActorSelection(_names.At(member.Address, _names.Region));
            region.Tell(new WhatDoYouHost(Self));
            region.Tell(new Identify(member.UniqueAddress.ToString()));
        }
    }

    private void Answered(string node)
    {
        foreach (var member in Unheard.Where(member => member.UniqueAddress.ToString() == node).ToArray())
            _answered.Add(member.UniqueAddress);
        BeginWhenReady();
    }

    private void BeginWhenReady()
    {
        if (_isReady || _cluster.State.Members.IsEmpty || Unheard.Any()) return;
        _isReady = true;
        _log.Info($"The shards of {_names.TypeName} are known: {_homes.Count} in {_regions.Count} regions");
        foreach (var shard in _askers.Keys.ToArray()) Allocate(shard);
    }

    private void OnRetry()
    {
        if (!_isReady) AskAll();
        BeginWhenReady();
        if (!_isReady) return;
        foreach (var shard in _askers.Keys.ToArray()) Allocate(shard);
        foreach (var shard in _moving) TellHandOff(shard); // what got lost is said again
    }

    private void OnRegister(Register register)
    {
        var region = register.Region;
        region.Tell(new Registered(Self));
        if (register.IsProxy)
        {
            if (_proxies.Add(region)) Context.Watch(region);
            return;
        }
        if (_regions.Add(region)) Context.Watch(region);
        foreach (var shard in register.Shards)
        {
            if (_homes.TryAdd(shard, region)) Answer(shard);
            else if (!_homes[shard].Equals(region)) region.Tell(new HandOff(shard)); // it is somewhere else by now
        }
        foreach (var member in Unheard.Where(member => member.Address.Equals(AddressOf(region))).ToArray())
            _answered.Add(member.UniqueAddress);
        if (register.IsEnding)
        {
            _ending.Add(region);
            foreach (var shard in _homes.Where(each => each.Value.Equals(region)).Select(each => each.Key).ToArray())
                Move(shard);
        }
        BeginWhenReady();
    }

    private void OnGetShardHome(string shard, IActorRef asker)
    {
        if (!_askers.TryGetValue(shard, out var askers)) _askers[shard] = askers = [];
        askers.Add(asker);
        if (_homes.ContainsKey(shard)) Answer(shard);
        else if (_isReady) Allocate(shard);
    }

    private void Answer(string shard)
    {
        if (_moving.Contains(shard) || !_askers.Remove(shard, out var askers)) return;
        foreach (var asker in askers) asker.Tell(new ShardHome(shard, _homes[shard]));
    }

    private ImmutableDictionary<IActorRef, IImmutableList<string>> Allocations =>
        _regions.Where(region => !_ending.Contains(region))
        .ToImmutableDictionary(region => region,
            region => (IImmutableList<string>)_homes.Where(each => each.Value.Equals(region)).Select(each => each.Key)
            .ToImmutableList());

    private void Allocate(string shard)
    {
        if (_homes.ContainsKey(shard) || _deciding.Contains(shard)) return;
        var allocations = Allocations;
        if (allocations.IsEmpty) return;
        _deciding.Add(shard);
        var asker = _askers.TryGetValue(shard, out var askers) ? askers.First() : Self;
        _strategy.AllocateShard(asker, shard, allocations)
            .ContinueWith(decided => new Decision(shard, decided.IsCompletedSuccessfully ? decided.Result : null),
            TaskScheduler.Default).PipeTo(Self);
    }

    private void OnDecision(Decision decision)
    {
        _deciding.Remove(decision.Shard);
        if (decision.Region is null || _homes.ContainsKey(decision.Shard) || !_regions.Contains(decision.Region)
            || _ending.Contains(decision.Region)) return;
        _homes[decision.Shard] = decision.Region;
        decision.Region.Tell(new HostShard(decision.Shard));
        Answer(decision.Shard);
    }

    private void Rebalance()
    {
        if (_isReady) _strategy.Rebalance(Allocations, [.. _moving])
            .PipeTo(Self, success: shards => new ToMove(shards));
    }

    private void Move(string shard)
    {
        if (!_homes.ContainsKey(shard) || !_moving.Add(shard)) return;
        foreach (var region in _regions.Concat(_proxies)) region.Tell(new BeginHandOff(shard));
        TellHandOff(shard);
    }

    private void TellHandOff(string shard) => _homes[shard].Tell(new HandOff(shard));

    private void OnShardStopped(string shard, IActorRef region)
    {
        if (!_homes.TryGetValue(shard, out var home) || !home.Equals(region) || !_moving.Remove(shard)) return;
        _homes.Remove(shard);
        if (_askers.ContainsKey(shard)) Allocate(shard);
    }

    private void OnTerminated(IActorRef gone)
    {
        _proxies.Remove(gone);
        _ending.Remove(gone);
        foreach (var askers in _askers.Values) askers.Remove(gone);
        foreach (var shard in _askers.Where(each => each.Value.Count == 0).Select(each => each.Key).ToArray())
            _askers.Remove(shard);
        if (!_regions.Remove(gone)) return;
        foreach (var shard in _homes.Where(each => each.Value.Equals(gone)).Select(each => each.Key).ToArray())
        {
            _homes.Remove(shard);
            _moving.Remove(shard);
        }
        if (!_isReady) return;
        foreach (var shard in _askers.Keys.ToArray()) Allocate(shard);
    }
}
