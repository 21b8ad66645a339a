
namespace Akka.Streams.Implementation;

/// <summary>Something for a stage to do, sent to its island from anywhere.</summary>
internal abstract class Message(StageLogic logic)
{
    public readonly StageLogic Logic = logic;

    public abstract void Run();

    /// <summary>The stage has stopped; the message will never run.</summary>
    public virtual void Drop() { }
}

internal sealed class Call<T>(StageLogic logic, Action<T> action, T argument) : Message(logic)
{
    public override void Run() => action(argument);
}
