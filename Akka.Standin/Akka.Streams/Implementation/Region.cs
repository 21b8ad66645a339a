namespace Akka.Streams.Implementation;

/// <summary>Where the stages of a graph are put when it is run: an island, and how it is joined to others.</summary>
internal sealed record Region(ActorMaterializerImpl Materializer, Island Island, int? BufferSize, List<Island> Islands)
{
    public static Region In(Island island) => new(island.Materializer, island, null, [island]);

    public Region Beside(int? bufferSize)
    {
        var island = new Island(Materializer);
        Islands.Add(island);
        return this with { Island = island, BufferSize = bufferSize };
    }
}
