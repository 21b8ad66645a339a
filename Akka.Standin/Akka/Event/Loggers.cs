using Akka.Actor;

namespace Akka.Event;

/// <summary>Writes log events to standard output before there are actors, and where no other logger is named.</summary>
internal sealed class StandardOutLogger : ActorRefBase
{
    public override ActorPath Path { get; } = new RootActorPath(Address.AllSystems) / "StandardOutLogger";

    protected override void TellInternal(object message, IActorRef sender) => Print(message);

    internal static void Print(object message) => Console.WriteLine(message);
}

/// <summary>The logger that is configured by default.</summary>
public class DefaultLogger : ActorBase
{
    protected override bool Receive(object message)
    {
        switch (message)
        {
            case InitializeLogger: Sender.Tell(new LoggerInitialized(), Self); return true;
            case LogEvent entry: Print(entry); return true;
            default: return false;
        }
    }

    protected virtual void Print(LogEvent logEvent) => StandardOutLogger.Print(logEvent);
}

/// <summary>Writes dead letters to the log, the first few of them.</summary>
internal sealed class DeadLetterListener : ActorBase
{
    private readonly int _limit = Context.System.Settings.LogDeadLetters;
    private int _count;

    protected override void PreStart() => Context.System.EventStream.Subscribe(Self, typeof(DeadLetter));

    protected override bool Receive(object message)
    {
        if (message is not DeadLetter letter) return false;
        _count++;
        var last = _count >= _limit ? ", no more dead letters will be logged" : "";
        var text = $"Message [{letter.Message.GetType().Name}] from {letter.Sender} to {letter.Recipient} was not " +
            $"delivered. [{_count}] dead letters encountered{last}.";
        Context.System.EventStream.PublishAt(LogLevel.InfoLevel, new Info(letter.Recipient.Path.ToString(),
            letter.Recipient.GetType(), text));
        if (_count >= _limit) Context.Stop(Self);
        return true;
    }
}
