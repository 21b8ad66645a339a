using Akka.Actor;
using Pbm.Wire;

namespace Petabridge.Cmd.Host;

/// <summary>
/// One command and its responses. It is the handler's sender, ends with the first final response, and makes one where
/// none comes: so a command has exactly one, and what a handler says later is nobody's.
/// </summary>
internal sealed class Exchange : ReceiveActor
{
    // As JSON at most six bytes a character, so that a frame takes it.
    private const int CharactersMax = 100_000;

    private readonly long _id;

    public Exchange(long id, Command command, IActorRef handler, TimeSpan within)
    {
        _id = id;
        Receive<CommandResponse>(response => Say(response.Msg, response is ErroredCommandResponse, response.Final));
        Receive<Terminated>(_ => Say("The command failed; the node's log says why.", isError: true, isFinal: true));
        Receive<ReceiveTimeout>(_ =>
            Say($"There was no answer within {within.TotalSeconds:0.#} s. It may still be done.", isError: true,
                isFinal: true));
        Context.Watch(handler);
        Context.SetReceiveTimeout(within);
        handler.Tell(command);
    }

    private void Say(string text, bool isError, bool isFinal)
    {
        for (; text.Length > CharactersMax; text = text[CharactersMax..])
            Context.Parent.Tell(new Answer(_id, text[..CharactersMax], isError, IsFinal: false));
        Context.Parent.Tell(new Answer(_id, text, isError, isFinal));
        if (isFinal) Context.Stop(Self);
    }
}
