using Akka.Streams.Stage;

namespace Akka.Streams.Implementation;

/// <summary>Something for a stage to do, sent to its island from anywhere.</summary>
internal abstract class Message(GraphStageLogic logic)
{
    public readonly GraphStageLogic Logic = logic;

    public abstract void Run();

    /// <summary>The stage has stopped; the message will never run.</summary>
    public virtual void Drop() { }
}

internal sealed class Call<T>(GraphStageLogic logic, Action<T> action, T argument) : Message(logic)
{
    public override void Run() => action(argument);
}
