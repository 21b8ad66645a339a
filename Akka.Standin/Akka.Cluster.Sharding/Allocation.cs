using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster.Sharding;

/// <summary>Decides which region hosts a shard.</summary>
public interface IShardAllocationStrategy
{
    Task<IActorRef> AllocateShard(IActorRef requester, string shardId,
        IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations);

    /// <summary>The shards that should move now.</summary>
    Task<IImmutableSet<string>> Rebalance(
        IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations, IImmutableSet<string> rebalanceInProgress);
}

/// <summary>The region with the fewest shards gets the next; those with the most give some away.</summary>
internal sealed class LeastShards(int threshold, Func<int, int> atATime) : IShardAllocationStrategy
{
    public Task<IActorRef> AllocateShard(
        IActorRef requester, string shardId,
            IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations) =>
        Task.FromResult(currentShardAllocations.MinBy(each => each.Value.Count).Key);

    public Task<IImmutableSet<string>> Rebalance(
        IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations, IImmutableSet<string> rebalanceInProgress)
    {
        IImmutableSet<string> moved = ImmutableHashSet<string>.Empty;
        if (rebalanceInProgress.Count > 0 || currentShardAllocations.Count < 2) return Task.FromResult(moved);
        var most = currentShardAllocations.MaxBy(each => each.Value.Count).Value;
        var difference = most.Count - currentShardAllocations.Min(each => each.Value.Count);
        if (difference <= threshold) return Task.FromResult(moved);
        var limit = atATime(currentShardAllocations.Sum(each => each.Value.Count));
        return Task.FromResult<IImmutableSet<string>>(most.Take(Math.Min(limit, difference / 2)).ToImmutableHashSet());
    }
}
