using Akka.Actor;
using Akka.Event;
using Backup.Host.Configuration;
using Backup.Messages.Operations;
using Petabridge.Cmd;
using Petabridge.Cmd.Host;

namespace Backup.Host.Pbm;

/// <summary>What the handlers of all palettes work with.</summary>
/// <param name="Node">The gateway.</param>
/// <param name="Settings">Which operations are allowed.</param>
/// <param name="AnswerWithin">How long the gateway may take.</param>
internal sealed record PbmSetup(INodeConnection Node, PbmSettings Settings, TimeSpan AnswerWithin);

/// <summary>A palette for the host.</summary>
internal sealed class PbmPalette(CommandPalette palette, PbmSetup setup) : CommandPaletteHandler(palette)
{
    private readonly CommandPalette _palette = palette;

    public override Props HandlerProps => Props.Create(() => new PbmHandler(_palette, setup));
}

/// <summary>
/// Does the commands of a palette: reads the arguments, and leaves the rest to an actor for each command. It holds
/// nothing.
/// </summary>
internal sealed class PbmHandler : CommandHandlerActor
{
    private readonly PbmSetup _setup;

    public PbmHandler(CommandPalette palette, PbmSetup setup) : base(palette)
    {
        _setup = setup;
        foreach (var command in PbmCommands.Of(palette)) Process(command.Name, typed => Begin(command, typed));
    }

    // What fails, fails its command alone, which then says so.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    private void Begin(PbmCommand command, Command typed)
    {
        var asker = Sender;
        if (!_setup.Settings.Allow.Contains(command.Operation.Permission))
        {
            var permission = command.Operation.Permission.ToString().ToLowerInvariant();
            asker.Tell(new ErroredCommandResponse(
                $"{command.Palette} {command.Name} is not allowed: backup.pbm.allow lacks {permission}. See "
                    + "docs/pbm.md."));
            return;
        }
        var read = PbmRequest.Read(command, typed.Arguments);
        if (read.Request is null) asker.Tell(new ErroredCommandResponse(read.Problem));
        else Context.ActorOf(PbmExchange.Props(command, read, _setup, asker));
    }
}

/// <summary>One command: asks the gateway, and answers with exactly one final response, whatever happens.</summary>
internal sealed class PbmExchange : ReceiveActor
{
    private readonly CancellationTokenSource _stopped = new();
    private readonly PbmSetup _setup;
    private readonly IRequest _request;
    private readonly IActorRef _asker;
    private bool _answered;

    private PbmExchange(PbmCommand command, PbmRequest request, PbmSetup setup, IActorRef asker)
    {
        (_setup, _request, _asker) = (setup, request.Request!, asker);
        Receive<IReply>(reply => Answer(PbmText.Responses(command, reply, request.AsJson)));
        Receive<Status.Failure>(failure =>
        {
            var cause = failure.Cause.GetBaseException();
            if (cause is not NodeUnreachableException)
                Context.GetLogger().Error(cause, "{0} {1} failed.", command.Palette, command.Name);
            Answer([new ErroredCommandResponse(cause.Message)]);
        });
        Receive<ReceiveTimeout>(_ => Answer([new ErroredCommandResponse(
            $"No answer within {setup.AnswerWithin.TotalSeconds:0.#} s. It may still be done; see: backup jobs")]));
    }

    public static Props Props(PbmCommand command, PbmRequest request, PbmSetup setup, IActorRef asker) =>
        Akka.Actor.Props.Create(() => new PbmExchange(command, request, setup, asker));

    protected override void PreStart()
    {
        Context.SetReceiveTimeout(_setup.AnswerWithin);
        Ask().PipeTo(Self);
    }

    protected override void PostStop()
    {
        _stopped.Cancel();
        _stopped.Dispose();
        if (!_answered) _asker.Tell(new ErroredCommandResponse("The command failed; the node's log says why."));
    }

    // As a task of its own, so that what is thrown at once comes as a message too.
    private async Task<IReply> Ask() => await _setup.Node.Ask(_request, _stopped.Token).ConfigureAwait(false);

    private void Answer(IReadOnlyList<CommandResponse> responses)
    {
        foreach (var response in responses) _asker.Tell(response);
        _answered = true;
        Context.Stop(Self);
    }
}
