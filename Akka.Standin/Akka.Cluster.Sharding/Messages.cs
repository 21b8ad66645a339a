using System.Collections.Immutable;
using Akka.Actor;
using Akka.Serialization.Wire;

namespace Akka.Cluster.Sharding;

public interface IShardRegionCommand;

public interface IShardRegionQuery;

/// <summary>
/// Told by an entity to its parent: to be stopped by the message, and started again when it is needed.
/// </summary>
public sealed class Passivate(object stopMessage) : IShardRegionCommand
{
    public object StopMessage { get; } = stopMessage;
}

/// <summary>Told to a region: hands its shards over and ends.</summary>
public sealed class GracefulShutdown : IShardRegionCommand
{
    public static readonly GracefulShutdown Instance = new();

    private GracefulShutdown() { }
}

public sealed class GetCurrentRegions : IShardRegionQuery, IProtocolMessage
{
    public static readonly GetCurrentRegions Instance = new();

    private GetCurrentRegions() { }
}

public sealed class CurrentRegions(IImmutableSet<Address> regions) : IProtocolMessage
{
    public readonly IImmutableSet<Address> Regions = regions;
}

public sealed class GetShardRegionState : IShardRegionQuery, IProtocolMessage
{
    public static readonly GetShardRegionState Instance = new();

    private GetShardRegionState() { }
}

public sealed class CurrentShardRegionState(IImmutableSet<ShardState> shards, IImmutableSet<string> failed) : IProtocolMessage
{
    public readonly IImmutableSet<ShardState> Shards = shards;
    public readonly IImmutableSet<string> Failed = failed;
}

public sealed class ShardState(string shardId, IImmutableSet<string> entityIds) : IProtocolMessage
{
    public readonly string ShardId = shardId;
    public readonly IImmutableSet<string> EntityIds = entityIds;
}

/// <summary>Finds the entity and the shard that a message is for.</summary>
public interface IMessageExtractor
{
    /// <summary>Null where the message is for no entity.</summary>
    string EntityId(object message);

    object EntityMessage(object message);

    [Obsolete("Use ShardId(EntityId, object) instead.")]
    string ShardId(object message);

    string ShardId(string entityId, object messageHint = null);
}

/// <summary>Spreads entities over a number of shards by their ids; all nodes have to use the same number.</summary>
public abstract class HashCodeMessageExtractor : IMessageExtractor
{
    public readonly int MaxNumberOfShards;

    protected HashCodeMessageExtractor(int maxNumberOfShards) => MaxNumberOfShards = maxNumberOfShards;

    public abstract string EntityId(object message);

    public virtual object EntityMessage(object message) => message;

    [Obsolete("Use ShardId(EntityId, object) instead.")]
    public virtual string ShardId(object message) => ShardId(EntityId(message), message);

    public virtual string ShardId(string entityId, object messageHint = null)
    {
        var hash = 2166136261;
        foreach (var c in entityId) hash = (hash ^ c) * 16777619;
        return ((hash ^ (hash >> 16)) % (uint)MaxNumberOfShards).ToString();
    }
}

/// <summary>What regions, shards and the coordinator say to each other.</summary>
internal static class ShardingProtocol
{
    /// <summary>
    /// A region that is there, with the shards that it hosts; one that hosts none ever only wants to know.
    /// </summary>
    internal sealed record Register(IActorRef Region, string[] Shards, bool IsProxy, bool IsEnding) : IProtocolMessage;

    internal sealed record Registered(IActorRef Coordinator) : IProtocolMessage;

    internal sealed record WhatDoYouHost(IActorRef Coordinator) : IProtocolMessage;

    internal sealed record GetShardHome(string Shard) : IProtocolMessage;

    internal sealed record ShardHome(string Shard, IActorRef Region) : IProtocolMessage;

    internal sealed record HostShard(string Shard) : IProtocolMessage;

    /// <summary>The shard is about to move: whoever knew its home forgets it.</summary>
    internal sealed record BeginHandOff(string Shard) : IProtocolMessage;

    internal sealed record HandOff(string Shard) : IProtocolMessage;

    internal sealed record ShardStopped(string Shard) : IProtocolMessage;

    internal sealed record RetryTick : INoSerializationVerificationNeeded;
}
