using Akka.Streams.Dsl;
using Akka.Streams.Implementation;
using Akka.Streams.Implementation.Stages;

namespace Akka.Streams;

public interface IKillSwitch
{
    /// <summary>Completes the stream behind the switch and cancels the stream before it.</summary>
    void Shutdown();

    /// <summary>Fails the stream behind the switch, with the cause wrapped, and cancels the one before it.</summary>
    void Abort(Exception cause);
}

/// <summary>Ends the one stream that it was made with; what is thrown later than the first does not count.</summary>
public sealed class UniqueKillSwitch : IKillSwitch
{
    private readonly Action<Exception?> _throw;

    internal UniqueKillSwitch(Action<Exception?> @throw) => _throw = @throw;

    public void Shutdown() => _throw(null);

    public void Abort(Exception cause) => _throw(new AggregateException(cause));
}

public static class KillSwitches
{
    public static IGraph<FlowShape<T, T>, UniqueKillSwitch> Single<T>() =>
        new Flow<T, T, UniqueKillSwitch>(Plans.Of(() =>
        {
            var logic = new KillLogic<T>();
            return ((StageLogic)logic, new UniqueKillSwitch(logic.Throw));
        }));
}
