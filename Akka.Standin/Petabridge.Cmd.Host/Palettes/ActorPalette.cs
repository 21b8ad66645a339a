using Akka.Actor;

namespace Petabridge.Cmd.Host.Palettes;

/// <summary>The palette `actor`, which every host has: a look at the actors of the system.</summary>
internal sealed class ActorPalette() : CommandPaletteHandler(Commands)
{
    private const string DepthWhenAbsent = "4";

    public static readonly CommandDefinition System = new CommandDefinitionBuilder().WithName("system")
        .WithDescription("Shows the address of the actor system. Changes nothing.").Build();

    public static readonly CommandDefinition Hierarchy = new CommandDefinitionBuilder().WithName("hierarchy")
        .WithDescription("Lists the actors that answer at once, and counts them. Changes nothing.")
        .WithArgument(argument => argument.WithName("depth").WithSwitch("-d").WithSwitch("-D")
            .WithDescription("Levels below the first actor, 0 to 16; 4 when absent.")
            .WithDefaultValues(DepthWhenAbsent))
        .WithArgument(argument => argument.WithName("start").WithSwitch("-s").WithSwitch("-S")
            .WithDescription("The path of the first actor; /user when absent.").WithDefaultValues("/user", "/system"))
        .Build();

    private static readonly CommandPalette Commands = new("actor", [System, Hierarchy]);

    public override Props HandlerProps => Props.Create(() => new Handler());

    private sealed class Handler : CommandHandlerActor
    {
        private const int DepthMax = 16;

        public Handler() : base(Commands)
        {
            Process(System.Name, _ => Sender.Tell(new CommandResponse(
                ((ExtendedActorSystem)Context.System).Provider.DefaultAddress.ToString())));
            Process(Hierarchy.Name, List);
        }

        private void List(Command command)
        {
            var (depthText,
                start) = (Value(command, "depth", DepthWhenAbsent), Value(command, "start", "/user").TrimEnd('/'));
            if (!int.TryParse(depthText, out var depth) || depth is < 0 or > DepthMax)
                Sender.Tell(new ErroredCommandResponse($"Expected a depth of 0 to {DepthMax}, found {depthText}."));
            else if (!start.StartsWith('/') || start.Contains('*') || start.Contains('?'))
                Sender.Tell(new ErroredCommandResponse($"Expected a path such as /user/jobs, found {start}."));
            else
            {
                var asker = Sender;
                Context.ActorOf(Props.Create(() => new Census(asker, start, depth)));
            }
        }

        private static string Value(Command command, string argument, string otherwise) => command.Arguments
            .FirstOrDefault(each => Hierarchy.ArgumentsByName[argument].Switch.Contains(each.Item1))?.Item2
            ?? otherwise;
    }

    /// <summary>Asks every actor of a subtree who it is, until no more answers come.</summary>
    private sealed class Census : ReceiveActor
    {
        private const int ActorsMax = 1000;
        private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(300);
        private readonly SortedSet<string> _paths = new(StringComparer.Ordinal);

        public Census(IActorRef asker, string start, int depth)
        {
            Receive<ActorIdentity>(identity =>
            {
                if (identity.Subject is { } actor)
                    _paths.Add(string.Concat("/", string.Join('/', actor.Path.Elements)));
            });
            Receive<ReceiveTimeout>(_ =>
            {
                if (_paths.Count == 0) asker.Tell(new ErroredCommandResponse($"No actor answers at {start}."));
                foreach (var path in _paths.Take(ActorsMax)) asker.Tell(new CommandResponse(path, final: false));
                if (_paths.Count > 0)
                    asker.Tell(
                        new CommandResponse(
                            $"Count: {_paths.Count} "
                                + $"actors{(_paths.Count > ActorsMax ? $", the first {ActorsMax} shown" : "")}"));
                Context.Stop(Self);
            });
            Context.SetReceiveTimeout(Quiet);
            for (var (level, path) = (0, start); level <= depth; level++, path += "/*")
                Context.ActorSelection(path).Tell(new Identify(level));
        }
    }
}
