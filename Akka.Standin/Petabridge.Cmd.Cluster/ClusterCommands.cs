using Akka.Actor;
using Akka.Cluster;
using Petabridge.Cmd.Host;

namespace Petabridge.Cmd.Cluster;

/// <summary>The palette `cluster`: the members as this node sees them, and how one is taken out.</summary>
public sealed class ClusterCommands : CommandPaletteHandler
{
    private static readonly CommandDefinition Show = new CommandDefinitionBuilder().WithName("show")
        .WithDescription("Lists the members with their states and roles. Changes nothing.").Build();

    private static readonly CommandDefinition Leave = OfOne(
        "leave", "Lets a member leave in good order: what it does is handed over.");

    private static readonly CommandDefinition Down = OfOne(
        "down", "Declares a member dead: for one that is gone for good. If it lives, it is shut out.");

    private static readonly CommandPalette Commands = new("cluster", [Show, Leave, Down]);

    // Behind what it is made of: static fields are set in the order in which they stand.
    public static readonly ClusterCommands Instance = new();

    private ClusterCommands() : base(Commands)
    {
    }

    public override Props HandlerProps => Props.Create(() => new Handler());

    private static CommandDefinition OfOne(string name, string description) => new CommandDefinitionBuilder()
        .WithName(name).WithDescription(description)
        .WithArgument(argument => argument.WithName("address").WithSwitch("-a").WithSwitch("-A").IsMandatory(true)
            .WithDescription("The member's address, as `cluster show` prints it.")).Build();

    private sealed class Handler : CommandHandlerActor
    {
        private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);

        public Handler() : base(Commands)
        {
            Process(Show.Name, _ => List());
            Process(Leave.Name, command => OnMember(command, _cluster.Leave, "leaves"));
            Process(Down.Name, command => OnMember(command, _cluster.Down, "is declared dead"));
        }

        private void List()
        {
            var state = _cluster.State;
            foreach (var member in state.Members)
            {
                var reach = state.Unreachable.Contains(member) ? "unreachable" : "reachable";
                var leads = member.Address.Equals(state.Leader) ? " | leader" : "";
                Sender.Tell(new CommandResponse(
                    $"{member.Address} | {member.Status} | [{string.Join(",", member.Roles)}] | {reach}{leads}",
                    final: false));
            }
            Sender.Tell(new CommandResponse($"Count: {state.Members.Count} members"));
        }

        private void OnMember(Command command, Action<Address> act, string done)
        {
            var text = command.Arguments.FirstOrDefault(each => each.Item1 is "-a" or "-A")?.Item2 ?? "";
            var member = _cluster.State.Members.FirstOrDefault(each => each.Address.ToString() == text);
            if (member is null)
            {
                Sender.Tell(new ErroredCommandResponse($"Expected the address of a member, found {text}."));
                return;
            }
            act(member.Address);
            Sender.Tell(new CommandResponse($"{member.Address} {done}."));
        }
    }
}
