using Akka.Actor;
using Akka.Streams.Supervision;
using Decider = Akka.Streams.Supervision.Decider;

namespace Akka.Streams;

public sealed class ActorMaterializerSettings
{
    public readonly int InitialInputBufferSize;
    public readonly int MaxInputBufferSize;
    public readonly Decider SupervisionDecider;

    private ActorMaterializerSettings(int initialInputBufferSize, int maxInputBufferSize, Decider supervisionDecider) =>
        (InitialInputBufferSize, MaxInputBufferSize, SupervisionDecider) =
        (initialInputBufferSize, maxInputBufferSize, supervisionDecider);

    public static ActorMaterializerSettings Create(ActorSystem system)
    {
        var config = system.Settings.Config;
        return new ActorMaterializerSettings(
            config.GetInt("akka.stream.materializer.initial-input-buffer-size", 4),
            config.GetInt("akka.stream.materializer.max-input-buffer-size", 16),
            Deciders.StoppingDecider);
    }

    public ActorMaterializerSettings WithInputBuffer(int initialSize, int maxSize) =>
        new(initialSize, maxSize, SupervisionDecider);

    public ActorMaterializerSettings WithSupervisionStrategy(Decider decider) =>
        new(InitialInputBufferSize, MaxInputBufferSize, decider);
}
