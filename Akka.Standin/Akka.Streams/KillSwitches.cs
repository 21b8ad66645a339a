using Akka.Streams.Implementation;

namespace Akka.Streams;

public interface IKillSwitch
{
    /// <summary>Completes the stream behind the switch and cancels the stream before it.</summary>
    void Shutdown();

    /// <summary>Fails the stream behind the switch, with the cause wrapped, and cancels the one before it.</summary>
    void Abort(Exception cause);
}

/// <summary>Ends the one stream that it was made with.</summary>
public sealed class UniqueKillSwitch : IKillSwitch
{
    internal UniqueKillSwitch() { }

    internal KillSignal Signal { get; } = new();

    public void Shutdown() => Signal.Throw(null);

    public void Abort(Exception cause) => Signal.Throw(new AggregateException(cause));

    public override string ToString() => "UniqueKillSwitch";
}

/// <summary>Ends all streams that it is in, and later ones as soon as they start.</summary>
public sealed class SharedKillSwitch : IKillSwitch
{
    private readonly KillSignal _signal = new();
    private readonly string _name;

    internal SharedKillSwitch(string name) => _name = name;

    public void Shutdown() => _signal.Throw(null);

    public void Abort(Exception cause) => _signal.Throw(new AggregateException(cause));

    public IGraph<FlowShape<T, T>, SharedKillSwitch> Flow<T>() =>
        Made.Flow<T, T, SharedKillSwitch>((shape, attributes) =>
            (new KillLogic<T>(shape, attributes, _signal), this));

    public override string ToString() => $"SharedKillSwitch({_name})";
}

public static class KillSwitches
{
    public static SharedKillSwitch Shared(string name) => new(name);

    public static IGraph<FlowShape<T, T>, UniqueKillSwitch> Single<T>() =>
        Made.Flow<T, T, UniqueKillSwitch>((shape, attributes) =>
        {
            var made = new UniqueKillSwitch();
            return (new KillLogic<T>(shape, attributes, made.Signal), made);
        });

    /// <summary>A flow that ends when the token is cancelled: as a success if asked to, else as cancelled.</summary>
    public static IGraph<FlowShape<T, T>, NotUsed> AsFlow<T>(
        this CancellationToken cancellationToken, bool cancelGracefully = false) =>
        Made.Flow<T, T>((shape, attributes) =>
            new KillLogic<T>(shape, attributes, new TokenSignal(cancellationToken, cancelGracefully)));
}
