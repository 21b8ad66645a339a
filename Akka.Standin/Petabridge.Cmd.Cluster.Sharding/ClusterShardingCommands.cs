using Akka.Actor;
using Akka.Cluster.Sharding;
using Petabridge.Cmd.Host;

namespace Petabridge.Cmd.Cluster.Sharding;

/// <summary>The palette `cluster-sharding`: which entities live where.</summary>
public sealed class ClusterShardingCommands : CommandPaletteHandler
{
    private static readonly CommandDefinition Regions = new CommandDefinitionBuilder().WithName("list-regions")
        .WithDescription("Lists the types of entities that have a region on this node. Changes nothing.").Build();

    private static readonly CommandDefinition Shards = new CommandDefinitionBuilder().WithName("list-shards")
        .WithDescription("Lists the shards of a type that live on this node, with their entities. Changes nothing.")
        .WithArgument(argument => argument.WithName("type").WithSwitch("-t").WithSwitch("-T").IsMandatory(true)
            .WithDescription("The type, as `cluster-sharding list-regions` prints it.")).Build();

    private static readonly CommandPalette Commands = new("cluster-sharding", [Regions, Shards]);

    // Behind what it is made of: static fields are set in the order in which they stand.
    public static readonly ClusterShardingCommands Instance = new();

    private ClusterShardingCommands() : base(Commands)
    {
    }

    public override Props HandlerProps => Props.Create(() => new Handler());

    private sealed class Handler : CommandHandlerActor
    {
        private static readonly TimeSpan Within = TimeSpan.FromSeconds(5);
        private readonly ClusterSharding _sharding = ClusterSharding.Get(Context.System);

        public Handler() : base(Commands)
        {
            Process(Regions.Name, _ => List());
            Process(Shards.Name, Look);
        }

        private void List()
        {
            foreach (var type in _sharding.ShardTypeNames.Order(StringComparer.Ordinal))
                Sender.Tell(new CommandResponse(type, final: false));
            Sender.Tell(new CommandResponse($"Count: {_sharding.ShardTypeNames.Count} types"));
        }

        private void Look(Command command)
        {
            var type = command.Arguments.FirstOrDefault(each => each.Item1 is "-t" or "-T")?.Item2 ?? "";
            if (!_sharding.ShardTypeNames.Contains(type))
            {
                Sender.Tell(new ErroredCommandResponse($"Expected a type with a region on this node, found {type}."));
                return;
            }
            var asker = Sender;
            _sharding.ShardRegion(type).Ask<CurrentShardRegionState>(GetShardRegionState.Instance, Within)
                .ContinueWith(
                    asked => Tell(asker, asked), CancellationToken.None, TaskContinuationOptions.None,
                    TaskScheduler.Default);
        }

        private static void Tell(IActorRef asker, Task<CurrentShardRegionState> asked)
        {
            if (!asked.IsCompletedSuccessfully)
            {
                asker.Tell(new ErroredCommandResponse($"The region does not answer: {asked.Exception?.GetBaseException().Message}"));
                return;
            }
            var shards = asked.Result.Shards.Where(shard => shard.EntityIds.Count > 0)
                .OrderBy(shard => shard.ShardId, StringComparer.Ordinal).ToList();
            foreach (var shard in shards)
                asker.Tell(new CommandResponse($"{shard.ShardId} | {string.Join(",", shard.EntityIds)}", final: false));
            asker.Tell(new CommandResponse(
                $"Count: {shards.Count} shards with {shards.Sum(shard => shard.EntityIds.Count)} entities"));
        }
    }
}
