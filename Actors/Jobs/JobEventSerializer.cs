using Akka.Actor;
using Akka.Serialization;
using Backup.Persistence.Journal;

namespace Backup.Actors.Jobs;

/// <summary>Writes job events into the journal under their named, versioned manifests; nothing else.</summary>
/// <param name="system">The system whose journal it serves.</param>
public sealed class JobEventSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>Its number in the journal's rows; never used for another.</summary>
    public const int Id = 7301;

    /// <summary>The bindings, as part of an actor system's configuration.</summary>
    public const string Hocon =
        """
        akka.actor {
          serializers.job-events = "Backup.Actors.Jobs.JobEventSerializer, Actors"
          serialization-bindings { "Backup.Persistence.Journal.IJobEvent, Persistence" = job-events }
        }
        """;

    /// <inheritdoc/>
    public override int Identifier => Id;

    /// <inheritdoc/>
    public override string Manifest(object o) => JournalCodec.ManifestOf(o);

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) => JournalCodec.ToBytes(obj);

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest) => JournalCodec.FromBytes(manifest, bytes);
}
