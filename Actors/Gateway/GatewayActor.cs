using Akka.Actor;
using Akka.Event;
using Backup.Messages.Operations;

namespace Backup.Actors.Gateway;

/// <summary>
/// The public door: every face (command line, HTTP, console, other actor systems) asks here, and each request gets
/// exactly one answer.
/// </summary>
public sealed class GatewayActor : ReceiveActor
{
    private readonly ILoggingAdapter _log = Context.GetLogger();

    /// <summary>For <see cref="Props"/>.</summary>
    private GatewayActor(GatewayDesk desk) => Receive<IRequest>(request =>
        desk.Answer(request).PipeTo(Sender, Self, failure: cause =>
        {
            _log.Error(cause, "{0} could not be answered.", request.GetType().Name);
            return new Refused(
                RefusalCode.Unavailable, $"The node could not answer: {cause.GetBaseException().Message}");
        }));

    /// <summary>A gateway.</summary>
    /// <param name="desk">Answers.</param>
    public static Props Props(GatewayDesk desk) => Akka.Actor.Props.Create(() => new GatewayActor(desk));
}
