using System.Collections.Concurrent;
using Akka.Actor;
using Petabridge.Cmd.Host.Palettes;

namespace Petabridge.Cmd.Host;

/// <summary>
/// The host of an actor system: listens for `pbm`, and gives each of its commands to a palette's handler.
/// </summary>
public sealed class PetabridgeCmd : IExtension
{
    private readonly ConcurrentDictionary<string, CommandPaletteHandler> _palettes = new(StringComparer.Ordinal);
    private int _started;

    internal PetabridgeCmd(ExtendedActorSystem system)
    {
        Sys = system;
        RegisterCommandPalette(new ActorPalette());
    }

    public ExtendedActorSystem Sys { get; }

    internal IEnumerable<CommandPaletteHandler> Palettes =>
        _palettes.Values.OrderBy(handler => handler.Palette.ModuleName, StringComparer.Ordinal);

    public static PetabridgeCmd Get(ActorSystem system) => system.WithExtension<PetabridgeCmd, PetabridgeCmdProvider>();

    /// <summary>Adds a palette. A client sees it when it connects after that.</summary>
    /// <exception cref="ArgumentException">There is one of this name.</exception>
    public void RegisterCommandPalette(CommandPaletteHandler handler)
    {
        var name = handler.Palette.ModuleName;
        if (!_palettes.TryAdd(name, handler))
            throw new ArgumentException($"There is a palette {name} already.", nameof(handler));
        handler.OnRegister(this);
    }

    /// <summary>Begins to listen. What prevents it is logged; the system goes on without.</summary>
    public void Start()
    {
        if (Interlocked.Exchange(ref _started, 1) == 0)
            Sys.ActorOf(Props.Create(() => new Listener(this, HostSettings.Of(Sys.Settings.Config))), "petabridge.cmd");
    }

    internal CommandPaletteHandler? Find(string palette) => _palettes.GetValueOrDefault(palette);
}

internal sealed class PetabridgeCmdProvider : ExtensionIdProvider<PetabridgeCmd>
{
    public override PetabridgeCmd CreateExtension(ExtendedActorSystem system) => new(system);
}

/// <summary>A palette, and the actor that does its commands: one for each connection that uses it.</summary>
public abstract class CommandPaletteHandler(CommandPalette palette)
{
    public CommandPalette Palette { get; } = palette;

    public abstract Props HandlerProps { get; }

    public virtual void OnRegister(PetabridgeCmd plugin)
    {
    }
}

/// <summary>
/// Does the commands of a palette. Its sender gets the responses; the first final one counts, what comes later does
/// not.
/// </summary>
public abstract class CommandHandlerActor(CommandPalette palette) : UntypedActor
{
    private readonly Dictionary<string, Action<Command>> _actions = new(StringComparer.Ordinal);

    protected void Process(string commandName, Action<Command> action)
    {
        if (palette.Commands.All(command => command.Name != commandName))
            throw new ArgumentException(
                $"The palette {palette.ModuleName} has no command {commandName}.", nameof(commandName));
        _actions.Add(commandName, action);
    }

    protected override void OnReceive(object message)
    {
        if (message is not Command command) Unhandled(message);
        else if (_actions.TryGetValue(command.Name, out var action)) action(command);
        else Sender.Tell(
            new ErroredCommandResponse($"The palette {palette.ModuleName} has no command {command.Name}."));
    }
}
